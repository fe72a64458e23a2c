package legacy

import (
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"

	"golang.org/x/tools/txtar"

	"inlay"
)

// converter makes files of PBIR.
type converter struct {
	src     []byte
	out     txtar.Archive
	line    map[string]int // of report.json, by folder of the converted files
	visuals int
}

// fields is an object whose members are not looked into.
type fields map[string]json.RawMessage

// nested is JSON in a string, or as it is: both occur.
func nested(raw json.RawMessage, into any) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		if s == "" {
			return nil
		}
		raw = json.RawMessage(s)
	}
	return json.Unmarshal(raw, into)
}

// packages are the folders of resources by number.
var packages = map[int]string{1: "RegisteredResources", 2: "SharedResources"}

type theme struct {
	Name string `json:"name"`
	Type int    `json:"type"`
}

// report converts what holds for the whole report, and then its pages.
func (c *converter) report() error {
	var file struct {
		Config   json.RawMessage   `json:"config"`
		Filters  json.RawMessage   `json:"filters"`
		Sections []json.RawMessage `json:"sections"`
		Packs    []struct {
			Pack fields `json:"resourcePackage"`
		} `json:"resourcePackages"`
	}
	if err := json.Unmarshal(c.src, &file); err != nil {
		at := 0
		if e, ok := errors.AsType[*json.SyntaxError](err); ok {
			at = int(e.Offset)
		}
		return c.errorAt(at, "it is no report: %v", err)
	}
	var config struct {
		Active     int `json:"activeSectionIndex"`
		Collection struct {
			Base   *theme `json:"baseTheme"`
			Custom *theme `json:"customTheme"`
		} `json:"themeCollection"`
		Extensions []json.RawMessage `json:"modelExtensions"`
		Bookmarks  []bookmark        `json:"bookmarks"`
	}
	if err := nested(file.Config, &config); err != nil {
		return c.errorAt(0, "the config of the report is no JSON: %v", err)
	}
	filters, err := filterConfig(file.Filters)
	if err != nil {
		return c.errorAt(0, "the filters of the report: %v", err)
	}
	themes := map[string]any{}
	for word, t := range map[string]*theme{"baseTheme": config.Collection.Base, "customTheme": config.Collection.Custom} {
		if t != nil {
			themes[word] = map[string]any{"name": t.Name, "type": packages[t.Type]}
		}
	}
	var packs []fields
	for _, p := range file.Packs {
		var number int
		if json.Unmarshal(p.Pack["type"], &number) == nil {
			p.Pack["type"], _ = json.Marshal(packages[number])
		}
		packs = append(packs, p.Pack)
	}
	if err := c.add("definition/report.json", 0, map[string]any{"filterConfig": filters, "themeCollection": themes, "resourcePackages": packs}); err != nil {
		return err
	}
	if len(config.Extensions) > 0 {
		if err := c.add("definition/reportExtensions.json", 0, fields{}); err != nil {
			return err
		}
	}
	if err := c.bookmarks(config.Bookmarks); err != nil {
		return err
	}
	return c.pages(file.Sections, config.Active)
}

// bookmark is a state of the report that was saved, or a group of them.
type bookmark struct {
	Name     string     `json:"name"`
	Shown    string     `json:"displayName"`
	Children []bookmark `json:"children"`
}

// bookmarks converts what they are called.
func (c *converter) bookmarks(list []bookmark) error {
	for _, b := range list {
		if len(b.Children) > 0 {
			if err := c.bookmarks(b.Children); err != nil {
				return err
			}
			continue
		}
		name := "definition/bookmarks/" + strings.NewReplacer("/", "_", "\\", "_").Replace(b.Name) + ".bookmark.json"
		if err := c.add(name, 0, map[string]any{"name": b.Name, "displayName": b.Shown}); err != nil {
			return err
		}
	}
	return nil
}

// section is a page.
type section struct {
	Name       string            `json:"name"`
	Display    string            `json:"displayName"`
	Option     int               `json:"displayOption"`
	Width      float64           `json:"width"`
	Height     float64           `json:"height"`
	Ordinal    int               `json:"ordinal"`
	Config     json.RawMessage   `json:"config"`
	Filters    json.RawMessage   `json:"filters"`
	Containers []json.RawMessage `json:"visualContainers"`

	at int
}

// options are the ways to fit a page, by number; 1 is what Power BI Desktop begins with.
var options = map[int]string{1: "FitToPage", 2: "FitToWidth", 3: "ActualSize"}

// interactions are what a choice in one visual does to another, by number.
var interactions = map[int]string{1: "DataFilter", 2: "HighlightFilter", 3: "NoFilter"}

// pages converts the pages, in their order.
func (c *converter) pages(raw []json.RawMessage, active int) error {
	var pages []section
	at := 0
	for i, r := range raw {
		s := section{at: c.find(r, at)}
		if err := json.Unmarshal(r, &s); err != nil {
			return c.errorAt(s.at, "page %d is not readable: %v", i+1, err)
		}
		if s.Name == "" {
			return c.errorAt(s.at, "page %d has no name", i+1)
		}
		at = s.at + len(r)
		pages = append(pages, s)
	}
	if len(pages) == 0 {
		return c.errorAt(0, "the report has no page")
	}
	sort.SliceStable(pages, func(i, j int) bool { return pages[i].Ordinal < pages[j].Ordinal })
	var order []string
	for i, s := range pages {
		order = append(order, s.Name)
		if err := c.page(s, fmt.Sprintf("definition/pages/%04d", i)); err != nil {
			return err
		}
	}
	meta := map[string]any{"pageOrder": order}
	if active >= 0 && active < len(order) {
		meta["activePageName"] = order[active]
	}
	return c.add("definition/pages/pages.json", 0, meta)
}

// page converts one page with its visuals.
func (c *converter) page(s section, dir string) error {
	var config struct {
		Visibility int             `json:"visibility"`
		Objects    json.RawMessage `json:"objects"`
		Relations  []struct {
			Source string `json:"source"`
			Target string `json:"target"`
			Type   int    `json:"type"`
		} `json:"relationships"`
	}
	if err := nested(s.Config, &config); err != nil {
		return c.errorAt(s.at, "the config of page '%s' is no JSON: %v", s.Display, err)
	}
	filters, err := filterConfig(s.Filters)
	if err != nil {
		return c.errorAt(s.at, "the filters of page '%s': %v", s.Display, err)
	}
	page := map[string]any{
		"name": s.Name, "displayName": s.Display, "displayOption": options[s.Option], "width": s.Width, "height": s.Height,
		"filterConfig": filters,
	}
	if config.Visibility == 1 {
		page["visibility"] = "HiddenInViewMode"
	}
	if len(config.Objects) > 0 {
		page["objects"] = config.Objects
	}
	var relations []any
	for _, r := range config.Relations {
		if kind := interactions[r.Type]; kind != "" {
			relations = append(relations, map[string]any{"source": r.Source, "target": r.Target, "type": kind})
		}
	}
	page["visualInteractions"] = relations
	if err := c.add(dir+"/page.json", s.at, page); err != nil {
		return err
	}
	at := s.at
	for i, raw := range s.Containers {
		if c.visuals++; c.visuals > maxVisuals {
			return inlay.Errorf(inlay.Limit, "the report has more than %d visuals", maxVisuals)
		}
		at = c.find(raw, at)
		box, err := container(raw, fmt.Sprintf("%s-%d", s.Name, i+1))
		if err != nil {
			return c.errorAt(at, "page '%s', visual %d: %v", s.Display, i+1, err)
		}
		if err := c.add(fmt.Sprintf("%s/visuals/%04d/visual.json", dir, i), at, box); err != nil {
			return err
		}
		at += len(raw)
	}
	return nil
}

// filterConfig takes from a list of filters what PBIR has. More members describe the filter
// pane; what a filter does stands in "filter" alone.
func filterConfig(raw json.RawMessage, more ...fields) (map[string]any, error) {
	var list []fields
	if err := nested(raw, &list); err != nil {
		return nil, fmt.Errorf("they are no list in JSON: %w", err)
	}
	var out []fields
	for _, f := range append(list, more...) {
		x := fields{}
		for _, key := range []string{"name", "type"} {
			var s string
			if json.Unmarshal(f[key], &s) == nil {
				x[key] = f[key]
			}
		}
		if f["filter"] != nil {
			x["filter"] = f["filter"]
		}
		out = append(out, x)
	}
	return map[string]any{"filters": out}, nil
}
