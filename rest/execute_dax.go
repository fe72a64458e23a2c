package rest

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/go-json-experiment/json/jsontext"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// daxOperations are those that answer DAX queries in Arrow, with and without the workspace in
// the path.
func daxOperations() []Operation {
	var list []Operation
	for _, at := range [][2]string{{"/groups/{groupId}", "InGroup"}, {"", ""}} {
		list = append(list, Operation{
			ID: "Datasets_ExecuteDaxQueries" + at[1], Method: "POST", Path: "/v1.0/myorg" + at[0] + "/datasets/{datasetId}/executeDaxQueries", Auth: AccessToken,
			Scopes:  []string{"Dataset.ReadWrite.All", "Dataset.Read.All"},
			Summary: "Answers a DAX query about a dataset, in Apache Arrow.",
			Example: `{"query":"EVALUATE ROW(\"One\", 1)","resultSetRowCountLimit":1000}`,
			handle:  (*api).executeDaxQueries,
		})
	}
	return list
}

// daxBody is the request: datasets/execute-dax-queries. Names are read in any case; the pages
// about it also write timeout, and skipCompression.
type daxBody struct {
	Query           string         `json:"query"`
	Context         jsontext.Value `json:"applicationContext"` // for traces of the service; it says nothing here
	Culture         string         `json:"culture"`
	CustomData      string         `json:"customData"`
	User            string         `json:"effectiveUsername"`
	Metrics         bool           `json:"executionMetrics"`
	Memory          int64          `json:"memoryLimit"` // kilobytes
	QueryTimeout    int64          `json:"queryTimeout"`
	Timeout         int64          `json:"timeout"` // seconds, as queryTimeout
	RowLimit        *int64         `json:"resultSetRowCountLimit"`
	Roles           []string       `json:"roles"`
	SchemaOnly      bool           `json:"schemaOnly"`
	SkipCompression bool           `json:"skipCompression"`
}

// defaultRowLimit is how many rows a result has at most where the request does not say.
const defaultRowLimit = 1_000_000

func (q daxBody) mostRows() int64 {
	if q.RowLimit == nil {
		return defaultRowLimit
	}
	return *q.RowLimit
}

var cultureName = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$`)

// check refuses what cannot be done as it is asked.
func (q daxBody) check() error {
	wrong := func(what string) error {
		return refuse(inlay.Invalid, "", what, "see the REST reference for the fields of this request")
	}
	switch {
	case strings.TrimSpace(q.Query) == "":
		return wrong("query is missing")
	case q.QueryTimeout < 0 || q.Timeout < 0:
		return wrong("queryTimeout is a number of seconds from 1")
	case q.QueryTimeout > 0 && q.Timeout > 0 && q.Timeout != q.QueryTimeout:
		return wrong("queryTimeout and timeout say different things")
	case q.RowLimit != nil && *q.RowLimit < 0:
		return wrong("resultSetRowCountLimit is a number of rows")
	case q.Roles != nil && len(q.Roles) == 0:
		return wrong("roles is empty: name a role, or leave roles out")
	case q.Culture != "" && !cultureName.MatchString(q.Culture):
		return wrong("culture is not the name of a culture, such as en-US")
	case q.Memory != 0:
		return refuse(inlay.Unsupported, "", "memoryLimit is not supported: what a query may use is set for the server", "leave memoryLimit out")
	case q.Metrics:
		return refuse(inlay.Unsupported, "", "executionMetrics is not supported", "leave executionMetrics out")
	}
	return nil
}

// deadline is how long the query may take: no longer than any.
func (q daxBody) deadline(most time.Duration) time.Duration {
	n := max(q.QueryTimeout, q.Timeout)
	if n == 0 || n >= int64(most/time.Second) {
		return most
	}
	return time.Duration(n) * time.Second
}

// executeDaxQueries answers one DAX query with one stream of Arrow for each EVALUATE. Who may
// ask is decided as for executeQueries. What is wrong with the query is a stream, too.
func (a *api) executeDaxQueries(c *call) error {
	d, right, err := a.buildable(c)
	if err != nil {
		return err
	}
	var q daxBody
	if err := c.decode(&q); err != nil {
		return err
	}
	if err := q.check(); err != nil {
		return err
	}
	v, err := a.daxViewer(c, d, right, q)
	if err != nil {
		return err
	}
	if err := a.asking.admit(c.caller.PrincipalID, a.Now()); err != nil {
		return err
	}
	c.at = onArrow
	if err := a.readable(c, d); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.ctx(), q.deadline(a.Timeout))
	defer cancel()
	return a.Engine.Stream(ctx, d, v, q.Query, func(answers []model.Answer) error { return c.writeArrow(answers, q) })
}

// daxViewer is as whom a query is asked. Whoever administrates the workspace may ask as another:
// in roles, with custom data. Others ask as they do with executeQueries.
func (a *api) daxViewer(c *call, d inlay.Dataset, right inlay.AccessRight, q daxBody) (query.Viewer, error) {
	if q.Roles == nil && q.CustomData == "" && q.User == "" {
		v, err := a.asker(c, d, "")
		v.Culture = q.Culture
		return v, err
	}
	if !right.AtLeast(inlay.Admin) {
		return query.Viewer{}, refuse(inlay.Forbidden, ruleExecuteIdentity, "roles, customData and effectiveUsername are for administrators of the workspace of dataset "+d.ID,
			"ask for the role Admin in its workspace, or leave them out")
	}
	m, err := a.askedModel(c, d)
	if err != nil {
		return query.Viewer{}, err
	}
	v, err := a.effective(c, d, m, q)
	v.CustomData, v.Culture = q.CustomData, q.Culture
	return v, err
}

// effective is the user and the roles of a request that names some of them.
func (a *api) effective(c *call, d inlay.Dataset, m *model.Model, q daxBody) (query.Viewer, error) {
	var v query.Viewer
	if c.caller.Kind == inlay.MasterUser {
		v.Username, v.ObjectID = c.caller.Name, c.caller.PrincipalID
	} else if d.SingleSignOn() {
		return v, noPrincipal(d)
	}
	if len(m.Roles) == 0 && q.Roles != nil {
		return v, refuse(inlay.Invalid, ruleExecuteIdentity, "dataset "+d.ID+" has no roles", "leave roles out")
	}
	if len(d.Roles)+len(m.Roles) == 0 {
		if q.User != "" {
			v.Username, v.ObjectID = q.User, ""
		}
		v.Unrestricted = true
		return v, nil
	}
	if q.User == "" && q.Roles == nil {
		return v, refuse(inlay.Invalid, ruleExecuteIdentity, "customData alone keeps nothing from anybody: dataset "+d.ID+" has roles, and the request names none", "name roles")
	}
	if q.User != "" {
		// Also where roles are named: the service knows its users, and refuses other names.
		var err error
		if v, err = a.member(c, d, m, q.User); err != nil {
			c.at = onArrow
			return v, err
		}
	}
	if q.Roles != nil {
		v.Roles = q.Roles
		c.about.Detail = strings.TrimSpace(fmt.Sprintf("%s in roles %.256s", c.about.Detail, strings.Join(q.Roles, ", ")))
	}
	return v, nil
}

// readable asks what the query goes through in the service: the XMLA endpoint of a capacity.
// The text is the service's.
func (a *api) readable(c *call, d inlay.Dataset) error {
	switches, err := a.Facts.Switches(c.ctx())
	if err != nil {
		return err
	}
	if !switches.XMLA {
		return refuse(inlay.Forbidden, ruleExecuteXMLA, "XMLA endpoint feature is disabled. Turn on the tenant setting "+
			"'Allow XMLA endpoints and Analyze in Excel with on-premises semantic models' to enable this feature.", "turn the tenant's switch on, or use executeQueries")
	}
	w, err := a.Items.Workspace(c.ctx(), d.WorkspaceID)
	if err != nil || w.CapacityID == "" {
		return err
	}
	capacity, err := a.Facts.Capacity(c.ctx(), w.CapacityID)
	if err == nil && capacity.Shared {
		return refuse(inlay.Forbidden, ruleExecuteCapacity, "dataset "+d.ID+" is not on a dedicated capacity, which this operation asks for", "move its workspace to a capacity, or use executeQueries")
	}
	return err
}

// asStream reports whether an error is answered as a stream: those of the query and of who may
// see what, not those of the server.
func asStream(e *inlay.Error) bool {
	switch e.Rule {
	case ruleBusy, ruleGone:
		return false
	case ruleTimeout:
		return true
	}
	switch e.Kind {
	case inlay.Invalid, inlay.Unsupported, inlay.Limit, inlay.Forbidden:
		return true
	}
	return false
}

// The codes of faults: that of the service's engine for queries that it does not understand, and
// that of any other failure.
const (
	faultQuery = "0xC1180016"
	faultOther = "0x80004005"
)

// errorColumns are those of an error's stream. The names of the first three are documented.
var errorColumns = []model.ResultColumn{
	{Name: "ErrorCode", Type: dax.String}, {Name: "ErrorMessage", Type: dax.String}, {Name: "ErrorDescription", Type: dax.String},
	{Name: "StartLine", Type: dax.Int64}, {Name: "StartColumn", Type: dax.Int64},
}

// failArrow answers an error as a stream whose schema says so, with status 200: datasets/execute-dax-queries,
// "Response Format".
func (a *api) failArrow(c *call, e *inlay.Error) {
	code := faultOther
	if e.Kind == inlay.Invalid {
		code = faultQuery
	}
	line, _, _ := strings.Cut(e.Msg, "\n")
	meta := map[string]string{"IsError": "true", "FaultCode": code, "FaultString": line}
	if !a.Wire {
		if e.Rule != "" {
			meta["Rule"] = e.Rule
		}
		if e.Remedy != "" {
			meta["Remedy"] = e.Remedy
		}
	}
	row := []dax.Value{dax.TextOf(code), dax.TextOf(line), dax.TextOf(e.Msg), {}, {}}
	var at [2]int64
	if n, _ := fmt.Sscanf(line, "line %d, column %d", &at[0], &at[1]); n == 2 {
		row[3], row[4] = dax.IntOf(at[0]), dax.IntOf(at[1])
	}
	fields := make([]arrow.Field, len(errorColumns))
	for i, f := range errorColumns {
		fields[i] = arrow.Field{Name: f.Name, Type: arrow.BinaryTypes.String, Nullable: true}
		if f.Type == dax.Int64 {
			fields[i].Type = arrow.PrimitiveTypes.Int64
		}
	}
	schema := arrow.NewSchema(fields, new(arrow.MetadataFrom(meta)))
	c.w.Header()["Content-Type"] = arrowContent
	body := newArrowBody(pieces{c}, false)
	t := body.begin(schema)
	defer t.build.Release()
	err := t.row(row, errorColumns)
	if err == nil {
		err = t.end()
	}
	if err == nil {
		err = body.out.Flush()
	}
	if err != nil && c.sent.status == 0 { // a row of texts and numbers is always written
		c.fault = err
		c.w.WriteHeader(http.StatusInternalServerError)
	}
}
