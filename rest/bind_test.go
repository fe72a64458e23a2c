package rest_test

import (
	"fmt"
	"strings"
	"testing"
)

// A page may bind a report to another dataset, but only to one that the token names: neither a
// dataset of the same workspace nor one elsewhere is shown, and none of its rows.
func TestBindingStaysWithinTheToken(t *testing.T) {
	w := newWorld(t)
	token := w.embed("ann@example.com", "West")
	for _, path := range []string{"/inlay/v1/embed/reports/" + overview, "/inlay/v1/embed/reports/" + overview + "/pages/first/visuals/rows/query"} {
		method, body := "GET", ""
		if strings.HasSuffix(path, "/query") {
			method, body = "POST", "{}"
		}
		if a := w.send(method, path+"?datasetId="+strings.ToUpper(orders), "EmbedToken "+token, body); a.status != 200 {
			t.Errorf("the dataset of the token is refused: %d %s", a.status, a.body)
		}
		before := len(w.engine.asked)
		for _, other := range []string{prices, vessels, shelf, missing} {
			a := w.send(method, path+"?datasetId="+other, "EmbedToken "+token, body)
			if a.status != 403 || !strings.Contains(a.body, "use-dataset") || strings.Contains(a.body, "ROW") {
				t.Errorf("%s bound to %s: %d %s", path, other, a.status, a.body)
			}
		}
		for _, bad := range []string{"", "x", orders + "&datasetId=" + prices, fmt.Sprintf("%s'--", orders)} {
			if a := w.send(method, path+"?datasetId="+bad, "EmbedToken "+token, body); a.status == 200 {
				t.Errorf("%s with datasetId=%s: %s", path, bad, a.body)
			}
		}
		if len(w.engine.asked) != before {
			t.Errorf("%s: a dataset that the token does not name was asked", path)
		}
	}
}
