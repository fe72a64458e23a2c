package check

import (
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"

	"inlay/model/lint"
)

// JSON writes the result for a program.
func (r *Result) JSON(w io.Writer) error {
	type filter struct {
		Table  string `json:"table"`
		Filter string `json:"filter"`
		File   string `json:"file"`
		Line   int    `json:"line"`
	}
	type role struct {
		Name    string   `json:"name"`
		File    string   `json:"file"`
		Line    int      `json:"line"`
		Filters []filter `json:"filters"`
		Hides   []string `json:"hides"`
		Reaches []string `json:"reaches"`
		AllRows []string `json:"allRows"`
	}
	type size struct {
		Path          string `json:"path"`
		Tables        int    `json:"tables"`
		Measures      int    `json:"measures"`
		Relationships int    `json:"relationships"`
		Roles         int    `json:"roles"`
	}
	type report struct {
		Name    string `json:"name"`
		Path    string `json:"path"`
		Pages   int    `json:"pages"`
		Visuals int    `json:"visuals"`
	}
	type finding struct {
		Rule    string     `json:"rule"`
		Level   lint.Level `json:"level"`
		File    string     `json:"file"`
		Line    int        `json:"line,omitempty"`
		Column  int        `json:"column,omitempty"`
		Message string     `json:"message"`
	}
	out := struct {
		Name     string    `json:"name"`
		Project  string    `json:"project,omitempty"`
		Model    *size     `json:"model"`
		Reports  []report  `json:"reports"`
		Roles    []role    `json:"roles"`
		Findings []finding `json:"findings"`
		Status   int       `json:"status"`
	}{Name: r.Name, Project: r.File, Reports: []report{}, Roles: []role{}, Findings: []finding{}, Status: r.Status()}
	if m := r.Model; m != nil {
		out.Model = &size{m.Path, m.Tables, m.Measures, m.Relationships, m.All}
	}
	for _, x := range r.Reports {
		out.Reports = append(out.Reports, report(x))
	}
	list := func(s []string) []string { return append([]string{}, s...) } // an empty list, not null
	for _, x := range r.Roles {
		y := role{x.Name, x.Place.File, x.Place.Line, []filter{}, list(x.Hidden), list(x.Reaches), list(x.Open)}
		for _, f := range x.Filters {
			y.Filters = append(y.Filters, filter{f.Table, f.DAX, f.Place.File, f.Place.Line})
		}
		out.Roles = append(out.Roles, y)
	}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, finding{f.Rule, f.Level, f.Place.File, f.Place.Line, f.Place.Column, f.Message})
	}
	return encode(w, out)
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// The parts of SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format") that are
// written.
type (
	text struct {
		Text string `json:"text"`
	}
	sarifRule struct {
		ID      string `json:"id"`
		Short   text   `json:"shortDescription"`
		Help    text   `json:"help"`
		Default struct {
			Level lint.Level `json:"level"`
		} `json:"defaultConfiguration"`
	}
	artifact struct {
		URI string `json:"uri"`
	}
	region struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
	physical struct {
		Artifact artifact `json:"artifactLocation"`
		Region   *region  `json:"region,omitempty"`
	}
	location struct {
		Physical physical `json:"physicalLocation"`
	}
	sarifResult struct {
		Rule      string     `json:"ruleId"`
		Index     int        `json:"ruleIndex"`
		Level     lint.Level `json:"level"`
		Message   text       `json:"message"`
		Locations []location `json:"locations"`
	}
	driver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	invocation struct {
		Successful bool `json:"executionSuccessful"`
	}
	sarifRun struct {
		Tool struct {
			Driver driver `json:"driver"`
		} `json:"tool"`
		Invocations []invocation  `json:"invocations"`
		ColumnKind  string        `json:"columnKind"`
		Results     []sarifResult `json:"results"`
	}
)

// SARIF writes the findings for code scanning. Version is that of the program.
func (r *Result) SARIF(w io.Writer, version string) error {
	one := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}, Invocations: []invocation{{Successful: r.Status() < 2}}}
	one.Tool.Driver = driver{Name: "inlay", Version: version}
	rules := Rules()
	for _, x := range rules {
		y := sarifRule{ID: x.ID, Short: text{x.Short}, Help: text{x.Help}}
		y.Default.Level = x.Level
		one.Tool.Driver.Rules = append(one.Tool.Driver.Rules, y)
	}
	for _, f := range r.Findings {
		at := physical{Artifact: artifact{uri(f.Place.File)}}
		if f.Place.Line > 0 {
			at.Region = &region{f.Place.Line, f.Place.Column}
		}
		one.Results = append(one.Results, sarifResult{
			Rule: f.Rule, Index: slices.IndexFunc(rules, func(x lint.Rule) bool { return x.ID == f.Rule }),
			Level: f.Level, Message: text{f.Message}, Locations: []location{{at}},
		})
	}
	return encode(w, struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{one}})
}

// uri is a path as a relative reference (RFC 3986, section 4.2).
func uri(file string) string {
	parts := strings.Split(file, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	parts[0] = strings.ReplaceAll(parts[0], ":", "%3A") // or it would be a scheme
	return strings.Join(parts, "/")
}
