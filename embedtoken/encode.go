package embedtoken

import (
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"inlay"
)

// writer writes the content of a token as json.Marshal would. It is by hand because each request
// pays it; TestEncodingByHand compares it with the tags. The first error stays.
type writer struct {
	b   []byte
	err error
}

// texts are writers for tokens. What they held is cleared: it may be a secret of a viewer.
var texts = sync.Pool{New: func() any { return new(writer) }}

// keptText bounds what is kept for the next token.
const keptText = 64 << 10

func (w *writer) done() {
	clear(w.b)
	if cap(w.b) <= keptText {
		w.b, w.err = w.b[:0], nil
		texts.Put(w)
	}
}

// text writes a JSON text.
func (w *writer) text(s string) {
	b, err := jsontext.AppendQuote(w.b, s)
	if err != nil {
		w.err = err // not UTF-8
		return
	}
	w.b = b
}

// raw writes what is JSON already.
func (w *writer) raw(s string) { w.b = append(w.b, s...) }

// member writes a member with a text, unless it is empty.
func (w *writer) member(name, s string) {
	if s != "" {
		w.raw(name)
		w.text(s)
	}
}

func (w *writer) texts(list []string) {
	w.raw("[")
	for i, s := range list {
		if i > 0 {
			w.raw(",")
		}
		w.text(s)
	}
	w.raw("]")
}

// list writes a member with texts, unless there are none.
func (w *writer) list(name string, list []string) {
	if len(list) > 0 {
		w.raw(name)
		w.texts(list)
	}
}

// flag writes a member that is true.
func (w *writer) flag(name string, set bool) {
	if set {
		w.raw(name)
		w.raw("true")
	}
}

// value writes what is rare enough to be written by the library.
func (w *writer) value(name string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		w.err = err
	}
	w.raw(name)
	w.b = append(w.b, text...)
}

func (w *writer) time(name string, t time.Time) {
	w.raw(name)
	if t.Nanosecond() != 0 || t.Location() != time.UTC {
		w.value("", t)
		return
	}
	w.raw(`"`)
	w.b = t.AppendFormat(w.b, time.RFC3339)
	w.raw(`"`)
}

func (w *writer) identity(id *inlay.Identity) {
	if id == nil {
		return
	}
	w.raw(`,"as":{"Username":`)
	w.text(id.Username)
	w.raw(`,"Roles":`)
	w.texts(id.Roles)
	w.raw(`,"CustomData":`)
	w.text(id.CustomData)
	w.raw(`,"Datasets":`)
	w.texts(id.Datasets)
	w.raw("}")
}

func (w *writer) grant(g *Grant) {
	w.raw(`{"id":`)
	w.text(g.TokenID)
	w.raw(`,"tenant":`)
	w.text(g.TenantID)
	w.raw(`,"principal":`)
	w.text(g.PrincipalID)
	w.member(`,"parent":`, g.ParentID)
	w.time(`,"issued":`, g.IssuedAt)
	w.time(`,"expires":`, g.ExpiresAt)
	for i, r := range g.Reports {
		w.raw([2]string{`,"reports":[{"id":`, `,{"id":`}[min(i, 1)])
		w.text(r.ID)
		w.flag(`,"edit":`, r.Edit)
		w.identity(r.Identity)
		w.member(`,"audit":`, r.Audit)
		w.raw("}")
	}
	if len(g.Reports) > 0 {
		w.raw("]")
	}
	for i, d := range g.Datasets {
		w.raw([2]string{`,"datasets":[{"id":`, `,{"id":`}[min(i, 1)])
		w.text(d.ID)
		w.flag(`,"all":`, d.Unrestricted)
		w.identity(d.Identity)
		w.flag(`,"xmla":`, d.XMLA)
		w.member(`,"blob":`, d.Blob)
		w.member(`,"audit":`, d.Audit)
		w.raw("}")
	}
	if len(g.Datasets) > 0 {
		w.raw("]")
	}
	w.list(`,"targets":`, g.TargetWorkspaces)
	w.list(`,"workspaces":`, g.Workspaces)
	if len(g.Epochs) > 0 {
		w.value(`,"epochs":`, g.Epochs)
	}
	w.list(`,"pages":`, g.Pages)
	w.list(`,"visuals":`, g.Visuals)
	w.list(`,"dashboards":`, g.Dashboards)
	w.list(`,"tiles":`, g.Tiles)
	if len(g.Sources) > 0 {
		w.value(`,"sources":`, g.Sources)
	}
	w.flag(`,"once":`, g.OneUse)
	w.member(`,"keeper":`, g.Keeper)
	w.member(`,"origin":`, g.Origin)
	w.raw("}")
}

// front writes the part of a token that clients read.
func (w *writer) front(p public) {
	w.raw(`{"clusterUrl":`)
	w.text(p.ClusterURL)
	w.raw(`,"exp":`)
	w.b = strconv.AppendInt(w.b, p.Exp, 10)
	w.raw(`,"allowAccessOverPublicInternet":`)
	w.b = strconv.AppendBool(w.b, p.Internet)
	w.raw("}")
}
