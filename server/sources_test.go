package server

import (
	"strings"
	"testing"
)

func TestSourcesAreChecked(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{MySQL: []string{"nonsense"}}, "--mysql"},
		{Config{MySQL: []string{"db.example.com/sales=mysql://r:hidden@db.example.com/sales?allowAllFiles=true"}}, "only tls is known"},
		{Config{MySQL: []string{"db.example.com/sales=oracle://r:hidden@x"}}, "begins with none"},
		{Config{MySQL: []string{"db.example.com/sales=mysql://r:hidden@x/y", "DB.example.com:3306/sales=mysql://r:hidden@x/y"}}, "listed twice"},
		{Config{MySQL: []string{"db.example.com/sales=mysql://r:hidden@x/y?tls=true"}, WebHosts: []string{"data.example.com"}}, ""},
	} {
		err := c.cfg.checkSources()
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%v: %v", c.cfg.MySQL, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%v: %v, want %q", c.cfg.MySQL, err, c.want)
		case err != nil && strings.Contains(err.Error(), "hidden"):
			t.Errorf("the error shows a secret: %v", err)
		}
	}
}
