package fn

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/dax.md")

// TestDocument holds that docs/dax.md is what the functions say of themselves.
func TestDocument(t *testing.T) {
	const name = "../../docs/dax.md"
	var want bytes.Buffer
	if err := Markdown(&want, All()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(name, want.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s is not what the functions say; go test ./dax/fn -update rewrites it", name)
	}
}

// TestDescribe shows one function as text and all as JSON.
func TestDescribe(t *testing.T) {
	f, _ := Lookup("round")
	var out bytes.Buffer
	if err := Text(&out, []*Func{f}); err != nil || !strings.HasPrefix(out.String(), "ROUND(number, digits)\n\n") || !strings.Contains(out.String(), "→") {
		t.Errorf("%v\n%s", err, out.String())
	}
	out.Reset()
	if err := JSON(&out, All()); err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Name, Signature string
		Supported       bool
	}
	if err := json.Unmarshal(out.Bytes(), &list); err != nil || len(list) != len(All()) {
		t.Fatalf("%d functions, %v", len(list), err)
	}
	for _, x := range list {
		if x.Name == "SUM" && !x.Supported || x.Name == "EXPAND" && x.Supported {
			t.Errorf("%s: supported is %v", x.Name, x.Supported)
		}
	}
}
