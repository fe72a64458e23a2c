package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"inlay/model"
	"inlay/model/powerquery"
)

func host(t *testing.T, s *httptest.Server) string {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func TestGet(t *testing.T) {
	var elsewhere string
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch r.URL.Path {
		case "/data.csv":
			_, _ = w.Write([]byte("a,b\n1," + r.URL.Query().Get("q") + r.Header.Get("X-Key")))
		case "/moved":
			http.Redirect(w, r, "/data.csv?q=m", http.StatusFound)
		case "/away":
			http.Redirect(w, r, elsewhere, http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	defer s.Close()
	inner := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inner++ }))
	defer other.Close()
	elsewhere = other.URL

	c := New([]string{host(t, s)})
	ask := func(m string) (string, error) {
		plan, err := powerquery.Query(context.Background(), powerquery.Config{Web: c}, "T", model.Partition{Name: "p", Source: m})
		if err != nil {
			return "", err
		}
		r, err := plan.Rows(context.Background())
		if err != nil {
			return "", err
		}
		defer r.Close()
		out := ""
		for r.Next() {
			for _, v := range r.Row() {
				out += v.Text() + " "
			}
		}
		return strings.TrimSpace(out), r.Err()
	}
	for m, want := range map[string]string{
		`Table.Skip(Csv.Document(Web.Contents("` + s.URL + `", [RelativePath = "data.csv", Query = [q = "x y"], Headers = [#"X-Key" = "k"]])))`: "1 x yk",
		`Table.Skip(Csv.Document(Web.Contents("` + s.URL + `/moved")))`:                                                                         "1 m",
	} {
		if got, err := ask(m); err != nil || got != want {
			t.Errorf("%s: %q, %v", m, got, err)
		}
	}
	before := asked
	for m, want := range map[string]string{
		`Web.Contents("` + s.URL + `/away")`:                       "which is not followed",
		`Web.Contents("` + s.URL + `/none")`:                       "status 404",
		`Web.Contents("` + other.URL + `")`:                        "files cannot be read here",
		`Web.Contents("http://169.254.169.254/latest/meta-data/")`: "files cannot be read here",
	} {
		if _, err := ask(`Csv.Document(` + m + `)`); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", m, err, want)
		}
	}
	if inner != 0 || asked != before+2 {
		t.Errorf("%d requests to a host that is not listed, %d to the other", inner, asked-before)
	}
	for address, want := range map[string]string{"http://user:pw@" + host(t, s): "is not a web address", "file:///etc/hostname": "is not a web address", other.URL: "does not allow the host"} {
		if _, err := c.Get(context.Background(), address, nil); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "pw") {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

// TestInside: a name that leads into the own network is not followed there.
func TestInside(t *testing.T) {
	for ip, want := range map[string]bool{
		"127.0.0.1": true, "::1": true, "169.254.169.254": true, "fe80::1": true, "10.1.2.3": true, "192.168.1.1": true, "172.16.0.1": true,
		"100.64.0.1": true, "0.0.0.0": true, "fd00::1": true, "::ffff:127.0.0.1": true, "93.184.216.34": false, "2606:2800:220:1::1": false,
	} {
		if got := inside(netip.MustParseAddr(ip).Unmap()); got != want {
			t.Errorf("%s: %v", ip, got)
		}
	}
}
