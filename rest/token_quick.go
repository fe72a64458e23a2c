package rest

import (
	"strings"

	"inlay/embedtoken"
)

// quick reads a request for a token in the form in which nearly all come: names as the reference
// spells them, each once, lists that are not empty, texts in ASCII without escapes. It takes a
// fraction of the time of the library, to which all else is left, mistakes included: what quick
// reads, both read alike (FuzzQuick).
func quick(body []byte) (embedtoken.Request, bool) {
	space := new(quickSpace)
	q := quickReader{left: string(body), texts: space.texts[:0]}
	r := embedtoken.Request{}
	var o quickObject
	for q.take('{'); q.next(&o); {
		switch o.name {
		case "datasets":
			for r.Datasets = space.datasets[:0]; q.element(len(r.Datasets)); {
				r.Datasets = append(r.Datasets, q.dataset())
			}
		case "reports":
			for r.Reports = space.reports[:0]; q.element(len(r.Reports)); {
				r.Reports = append(r.Reports, q.report())
			}
		case "targetWorkspaces":
			for q.element(len(r.TargetWorkspaces)) {
				r.TargetWorkspaces = append(r.TargetWorkspaces, q.workspace())
			}
		case "identities":
			for r.Identities = space.identities[:0]; q.element(len(r.Identities)); {
				r.Identities = append(r.Identities, q.identity())
			}
		case "lifetimeInMinutes":
			r.LifetimeMinutes = q.number()
		default:
			q.failed = true
		}
	}
	q.blank()
	return r, !q.failed && q.left == ""
}

// quickSpace has room for the usual request in one piece of memory.
type quickSpace struct {
	datasets   [1]embedtoken.DatasetRequest
	reports    [1]embedtoken.ReportRequest
	identities [1]embedtoken.IdentityRequest
	texts      [4]string
}

// quickReader reads JSON. Once it has failed, it reads nothing more.
type quickReader struct {
	left   string
	texts  []string // of all lists, one behind the other
	failed bool
}

// quickObject is an object that is being read.
type quickObject struct {
	name string // of the member that comes now
	had  [8]string
	n    int
}

// next goes to the value of the next member. An object that is empty, or has a name twice, fails.
func (q *quickReader) next(o *quickObject) bool {
	if o.n > 0 && q.is('}') {
		return false
	}
	if o.n > 0 {
		q.take(',')
	}
	o.name = q.text()
	q.take(':')
	for _, name := range o.had[:o.n] {
		q.failed = q.failed || name == o.name
	}
	if q.failed || o.n == len(o.had) {
		q.failed = true
		return false
	}
	o.had[o.n] = o.name
	o.n++
	return true
}

// element goes to the next element of a list of which n were read. A list that is empty fails.
func (q *quickReader) element(n int) bool {
	switch {
	case n == 0:
		q.take('[')
	case q.is(']'):
		return false
	default:
		q.take(',')
	}
	return !q.failed
}

func (q *quickReader) dataset() (d embedtoken.DatasetRequest) {
	var o quickObject
	for q.take('{'); q.next(&o); {
		switch o.name {
		case "id":
			d.ID = q.text()
		case "xmlaPermissions":
			d.XMLA = q.text()
		default:
			q.failed = true
		}
	}
	return d
}

func (q *quickReader) report() (r embedtoken.ReportRequest) {
	var o quickObject
	for q.take('{'); q.next(&o); {
		switch o.name {
		case "id":
			r.ID = q.text()
		case "allowEdit":
			r.AllowEdit = q.truth()
		default:
			q.failed = true
		}
	}
	return r
}

func (q *quickReader) workspace() (id string) {
	var o quickObject
	for q.take('{'); q.next(&o); {
		if o.name != "id" {
			q.failed = true
		}
		id = q.text()
	}
	return id
}

func (q *quickReader) identity() (id embedtoken.IdentityRequest) {
	var o quickObject
	for q.take('{'); q.next(&o); {
		switch o.name {
		case "username":
			id.Username = q.text()
		case "roles":
			id.Roles = q.list()
		case "datasets":
			id.Datasets = q.list()
		case "reports":
			id.Reports = q.list()
		case "customData":
			id.CustomData = q.text()
		case "auditableContext":
			id.Audit = q.text()
		default:
			q.failed = true
		}
	}
	return id
}

func (q *quickReader) list() []string {
	start := len(q.texts)
	for q.element(len(q.texts) - start) {
		q.texts = append(q.texts, q.text())
	}
	return q.texts[start:len(q.texts):len(q.texts)]
}

// blank skips what JSON takes for space.
func (q *quickReader) blank() { q.left = strings.TrimLeft(q.left, " \t\r\n") }

// is takes a character if it comes next.
func (q *quickReader) is(c byte) bool {
	if q.left == "" || q.left[0] <= ' ' {
		q.blank()
	}
	if q.failed || q.left == "" || q.left[0] != c {
		return false
	}
	q.left = q.left[1:]
	return true
}

// take takes a character that has to come next.
func (q *quickReader) take(c byte) { q.failed = !q.is(c) || q.failed }

func (q *quickReader) text() string {
	q.take('"')
	for i := range len(q.left) {
		switch c := q.left[i]; {
		case q.failed || c < ' ' || c > '~' || c == '\\':
			q.failed = true
			return ""
		case c == '"':
			text := q.left[:i]
			q.left = q.left[i+1:]
			return text
		}
	}
	q.failed = true
	return ""
}

func (q *quickReader) truth() bool {
	q.blank()
	left, yes := strings.CutPrefix(q.left, "true")
	left, no := strings.CutPrefix(left, "false")
	q.failed, q.left = q.failed || yes == no, left
	return yes
}

// number reads whole numbers of few digits.
func (q *quickReader) number() (n int64) {
	q.blank()
	digits := len(q.left) - len(strings.TrimLeft(q.left, "0123456789"))
	if digits == 0 || digits > 9 || digits > 1 && q.left[0] == '0' {
		q.failed = true
		return 0
	}
	for _, c := range []byte(q.left[:digits]) {
		n = n*10 + int64(c-'0')
	}
	q.left = q.left[digits:]
	return n
}
