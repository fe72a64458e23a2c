package audit

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"inlay"
)

// Kind says what a record is about.
type Kind string

// Kinds of record. The last three are made by the log itself.
const (
	Generate Kind = "generate" // a token was generated
	Refuse   Kind = "refuse"   // something was refused; Record.Refused says what
	View     Kind = "view"     // a report was opened with a token
	Ask      Kind = "query"    // a visual or a DAX query was asked for its rows
	Revoke   Kind = "revoke"   // tokens were revoked
	Rotate   Kind = "rotate"   // a key was made, or withdrawn
	Import   Kind = "import"   // a project was published
	Explain  Kind = "explain"  // it was asked what would become of a request for a token; none was generated

	Begin Kind = "begin" // first record of a writer: names the writers before it
	Gap   Kind = "gap"   // records could not be written for a time; Entry.Gap counts them
	End   Kind = "end"   // last record of a writer that ended in order
)

// Record is what happened. Empty members are not written.
type Record struct {
	Kind          Kind                `json:"kind"`
	Refused       Kind                `json:"refused,omitzero"` // of a refusal: what was asked for
	Operation     string              `json:"operation,omitzero"`
	Request       string              `json:"request,omitzero"` // id of the request
	Token         string              `json:"token,omitzero"`   // id of the embed token; never the token
	Tenant        string              `json:"tenant,omitzero"`
	Principal     string              `json:"principal,omitzero"` // who asked, or who had generated the token that was used
	PrincipalKind inlay.PrincipalKind `json:"principalKind,omitzero"`
	Name          string              `json:"name,omitzero"` // of the principal
	Workspaces    []string            `json:"workspaces,omitempty"`
	Reports       []string            `json:"reports,omitempty"`
	Datasets      []string            `json:"datasets,omitempty"`
	Dashboards    []string            `json:"dashboards,omitempty"`
	Tiles         []string            `json:"tiles,omitempty"`
	Page          string              `json:"page,omitzero"`
	Visual        string              `json:"visual,omitzero"`
	Filter        string              `json:"filter,omitzero"` // hash of the effective filter, so that two uses can be compared
	Status        int                 `json:"status,omitzero"` // of the answer
	Rule          string              `json:"rule,omitzero"`   // that refused
	Expires       time.Time           `json:"expires,omitzero"`
	Identities    []Identity          `json:"identities,omitempty"`
	Client        string              `json:"client,omitzero"` // IP address
	Detail        string              `json:"detail,omitzero"` // of an administrative act, in words
}

// Identity is an effective identity as far as a record of generation may show it.
type Identity struct {
	User       string   `json:"user"` // the auditableContext, which stands for the username
	Roles      []string `json:"roles,omitempty"`
	CustomData string   `json:"customData,omitzero"`
	Datasets   []string `json:"datasets,omitempty"`
	Reports    []string `json:"reports,omitempty"`
}

// Audited is what a record of generation shows of an identity: nothing, unless the request
// came with an auditableContext.
//
// EffectiveIdentity.auditableContext of the REST reference: if it is provided and not empty,
// auditing of the identity is on and its value is the username in the record; otherwise the
// identity is left out of the record of GenerateToken.
func Audited(id inlay.Identity, reports []string, context string) []Identity {
	if context == "" {
		return nil
	}
	return []Identity{{User: context, Roles: slices.Clone(id.Roles), CustomData: id.CustomData,
		Datasets: slices.Clone(id.Datasets), Reports: slices.Clone(reports)}}
}

// User is the username of a record: the auditableContext if there is one, else the name of a
// user or the id of an application.
func (r Record) User() string {
	if len(r.Identities) > 0 {
		return r.Identities[0].User
	}
	if r.PrincipalKind == inlay.MasterUser && r.Name != "" {
		return r.Name
	}
	return r.Principal
}

// Missed counts what is not in the log because it could not be written: requests that were
// refused for that reason, and notes that found the queue full.
type Missed struct {
	Refused int       `json:"refused"`
	Lost    int       `json:"lost"`
	Since   time.Time `json:"since"`
}

// Head is a place in a writer's chain: the record of that number has that hash.
type Head struct {
	Writer string `json:"writer"`
	Seq    uint64 `json:"seq"`
	Hash   string `json:"hash"`
}

// Entry is a record in its place.
type Entry struct {
	Writer string    `json:"writer,omitzero"` // the folder; not in the line
	Seq    uint64    `json:"seq"`             // 1, 2, 3, … in its writer
	Group  uint64    `json:"group"`           // number of the first record that was synced together with it
	Prev   string    `json:"prev"`            // hash of the record before it
	Time   time.Time `json:"time"`
	Record
	Gap    *Missed `json:"gap,omitzero"`
	Heads  []Head  `json:"heads,omitempty"`
	Format int     `json:"format,omitzero"`
	Hash   string  `json:"hash"`
}

// maxBody bounds a record. The largest request that GenerateToken accepts makes a smaller one.
const maxBody = 1 << 20

// body writes the members that the caller gives. It is by hand because each request pays it;
// TestEncodingReadsBack compares it with the tags.
func (r Record) body(b []byte) []byte {
	b = append(b, `"kind":`...)
	b = quote(b, string(r.Kind))
	b = text(b, "refused", string(r.Refused))
	b = text(b, "operation", r.Operation)
	b = text(b, "request", r.Request)
	b = text(b, "token", r.Token)
	b = text(b, "tenant", r.Tenant)
	b = text(b, "principal", r.Principal)
	b = text(b, "principalKind", string(r.PrincipalKind))
	b = text(b, "name", r.Name)
	b = texts(b, "workspaces", r.Workspaces)
	b = texts(b, "reports", r.Reports)
	b = texts(b, "datasets", r.Datasets)
	b = texts(b, "dashboards", r.Dashboards)
	b = texts(b, "tiles", r.Tiles)
	b = text(b, "page", r.Page)
	b = text(b, "visual", r.Visual)
	b = text(b, "filter", r.Filter)
	if r.Status != 0 {
		b = append(b, `,"status":`...)
		b = strconv.AppendInt(b, int64(r.Status), 10)
	}
	b = text(b, "rule", r.Rule)
	if !r.Expires.IsZero() {
		b = append(b, `,"expires":"`...)
		b = appendTime(b, r.Expires)
		b = append(b, '"')
	}
	for i, id := range r.Identities {
		b = append(b, [2]string{`,"identities":[`, ","}[min(i, 1)]...)
		b = append(b, `{"user":`...)
		b = quote(b, id.User)
		b = texts(b, "roles", id.Roles)
		b = text(b, "customData", id.CustomData)
		b = texts(b, "datasets", id.Datasets)
		b = texts(b, "reports", id.Reports)
		b = append(b, '}')
	}
	if len(r.Identities) > 0 {
		b = append(b, ']')
	}
	b = text(b, "client", r.Client)
	return text(b, "detail", r.Detail)
}

func text(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	return quote(b, value)
}

func texts(b []byte, name string, values []string) []byte {
	if len(values) == 0 {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':', '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = quote(b, v)
	}
	return append(b, ']')
}

// quote writes a JSON string on one line and without the byte 0, which the format needs.
func quote(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			q, err := json.Marshal(s)
			if err != nil { // a string always encodes
				panic(err)
			}
			return append(b, q...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
