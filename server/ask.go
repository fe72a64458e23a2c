package server

import (
	"context"
	"strings"

	"inlay"
	"inlay/dax"
	"inlay/model"
	"inlay/query"
)

// Question asks a dataset as an identity, without a token: for the tests of roles that the
// operator runs. There is no way to it from the network.
type Question struct {
	Dataset  string   // id
	Fields   []string // Table[Column] to group by, [Measure] to compute
	Identity inlay.Identity
	All      bool // as one who sees all rows
}

// Answer is what was asked for, as text: the columns, then the measures.
type Answer struct {
	Rows  [][]string
	Total []string // of the measures, where there are columns, too
}

// Ask answers a question, through the same gate as that of a visual.
func (s *Server) Ask(ctx context.Context, q Question) (Answer, error) {
	d, err := s.store.Dataset(ctx, q.Dataset)
	if err != nil {
		return Answer{}, err
	}
	who := query.Viewer{Unrestricted: q.All, Username: q.Identity.Username, Roles: q.Identity.Roles, CustomData: q.Identity.CustomData}
	m, err := s.datasets.Visible(ctx, d, who)
	if err != nil {
		return Answer{}, err
	}
	var asked model.Query
	for _, f := range q.Fields {
		if err := addField(m, &asked, f); err != nil {
			return Answer{}, err
		}
	}
	asked.Detail = len(asked.Values) == 0
	asked.Total = len(asked.Values) > 0 && len(asked.Groups) > 0
	res, err := s.datasets.Ask(ctx, d, who, asked)
	if err != nil {
		return Answer{}, err
	}
	var a Answer
	for _, r := range res.Rows {
		a.Rows = append(a.Rows, cells(r))
	}
	if res.Total != nil && asked.Total {
		a.Total = cells(res.Total)
	}
	return a, nil
}

// addField finds a column or measure of the model. The table of a measure may be left out.
func addField(m *model.Model, q *model.Query, field string) error {
	table, rest, ok := strings.Cut(field, "[")
	name, closed := strings.CutSuffix(rest, "]")
	if !ok || !closed {
		return inlay.Errorf(inlay.Invalid, "%q is not a field: write Table[Column] or [Measure]", field)
	}
	name = strings.ReplaceAll(name, "]]", "]")
	table = strings.TrimSpace(table)
	if len(table) > 1 && table[0] == '\'' && strings.HasSuffix(table, "'") {
		table = strings.ReplaceAll(table[1:len(table)-1], "''", "'")
	}
	if t := m.Table(table); t != nil && t.Column(name) != nil {
		ref := model.ColumnRef{Table: t.Name, Column: t.Column(name).Name}
		q.Groups = append(q.Groups, ref)
		q.Order = append(q.Order, model.Order{Group: ref})
		return nil
	}
	x, home := m.Measure(name)
	if x == nil || table != "" && !strings.EqualFold(home.Name, table) {
		return inlay.Errorf(inlay.Invalid, "the model has no column or measure %s", field)
	}
	q.Values = append(q.Values, model.Value{Name: x.Name, Measure: x.Name})
	return nil
}

func cells(row []dax.Value) []string {
	out := make([]string, len(row))
	for i, v := range row {
		out[i] = "(blank)"
		if !v.IsBlank() {
			out[i] = v.ToText()
		}
	}
	return out
}

// Dataset is a dataset of the catalog.
func (s *Server) Dataset(ctx context.Context, id string) (inlay.Dataset, error) {
	return s.store.Dataset(ctx, id)
}

// Report is a report of the catalog.
func (s *Server) Report(ctx context.Context, id string) (inlay.Report, error) {
	return s.store.Report(ctx, id)
}
