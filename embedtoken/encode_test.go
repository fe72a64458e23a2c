package embedtoken

import (
	"reflect"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"inlay"
)

// drawValue fills a value of any type that a grant has, so that a member that is added later is
// drawn without anybody thinking of it.
func drawValue(t *rapid.T, v reflect.Value) {
	switch v.Interface().(type) {
	case time.Time:
		at := time.Unix(rapid.Int64Range(0, 1<<34).Draw(t, "seconds"), rapid.SampledFrom([]int64{0, 0, 5e8}).Draw(t, "nanoseconds"))
		if rapid.Bool().Draw(t, "UTC") {
			at = at.UTC()
		} else {
			at = at.In(time.FixedZone("", 3600))
		}
		v.Set(reflect.ValueOf(at))
		return
	case inlay.SubjectKind:
		v.SetString(string(inlay.OfReport))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.SampledFrom([]string{"", "a1", `"<\u2028>&\` + "\x00\n"}), rapid.String()).Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "flag"))
	case reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "number"))
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, "length")
		if n == 0 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			drawValue(t, v.Index(i))
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			drawValue(t, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			drawValue(t, v.Field(i))
		}
	default:
		t.Fatalf("a grant has a %v: draw it", v.Type())
	}
}

// TestEncodingByHand compares what is written by hand with what the tags say.
func TestEncodingByHand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var g Grant
		drawValue(t, reflect.ValueOf(&g).Elem())
		want, err := json.Marshal(g)
		if err != nil {
			t.Skip("not text")
		}
		var w writer
		if w.grant(&g); w.err != nil {
			t.Fatal(w.err)
		}
		if diff := cmp.Diff(string(want), string(w.b)); diff != "" {
			t.Fatal(diff)
		}
		p := public{rapid.String().Draw(t, "url"), rapid.Int64().Draw(t, "exp"), rapid.Bool().Draw(t, "internet")}
		if want, err = json.Marshal(p); err != nil {
			t.Fatal(err)
		}
		w = writer{}
		if w.front(p); w.err != nil || string(want) != string(w.b) {
			t.Fatal(cmp.Diff(string(want), string(w.b)), w.err)
		}
	})
}

// TestEncodingRefusesWhatIsNoText keeps a name that no JSON holds from becoming another name.
func TestEncodingRefusesWhatIsNoText(t *testing.T) {
	r, g := testRing(t), testGrant(t)
	g.Datasets[0].Identity = &inlay.Identity{Username: "a\xffb", Roles: []string{"West"}}
	if token, err := r.Seal(g, "https://example.com"); err == nil {
		t.Errorf("sealed: %s", token)
	}
	if token, err := r.Seal(testGrant(t), "https://example.com/\xff"); err == nil {
		t.Errorf("sealed: %s", token)
	}
}
