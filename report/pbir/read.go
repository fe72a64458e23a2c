package pbir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"

	"inlay"
	"inlay/model"
	"inlay/report"
	"inlay/report/visual"
)

// maxVisuals bounds the visuals of a report.
const maxVisuals = 5_000

// reader reads one report.
type reader struct {
	fsys fs.FS
	def  *report.Definition
	left int // visuals that may still be read
}

// Read reads the report of a folder X.Report. The name of the report is left to the caller.
func Read(fsys fs.FS) (*report.Definition, error) {
	r := reader{fsys: fsys, def: &report.Definition{}, left: maxVisuals}
	if _, err := fs.Stat(fsys, "definition"); err != nil {
		if _, err := fs.Stat(fsys, "report.json"); err == nil {
			return nil, inlay.Errorf(inlay.Unsupported, "report.json is a report in the legacy format, which is not supported; save it as PBIR: in Power BI Desktop turn on 'Store reports using enhanced metadata format (PBIR)' under Options, Preview features, and save the project again")
		}
		return nil, inlay.Errorf(inlay.Invalid, "the report has no folder 'definition'")
	}
	if err := r.report(); err != nil {
		return nil, err
	}
	if err := r.pages(); err != nil {
		return nil, err
	}
	return r.def, nil
}

func (r *reader) notice(place model.Place, format string, args ...any) {
	r.def.Notices = append(r.def.Notices, model.Notice{Place: place, What: fmt.Sprintf(format, args...)})
}

// report reads what holds for the whole report.
func (r *reader) report() error {
	var file struct {
		Filters filterConfig    `json:"filterConfig"`
		Themes  themeCollection `json:"themeCollection"`
		Packs   []resourcePack  `json:"resourcePackages"`
	}
	const name = "definition/report.json"
	src, err := readJSON(r.fsys, name, &file)
	if errors.Is(err, fs.ErrNotExist) {
		return inlay.Errorf(inlay.Invalid, "%s is missing", name)
	}
	if err != nil {
		return err
	}
	var reason string
	if r.def.Filters, reason = file.Filters.read(); reason != "" {
		r.def.Unsupported = "the report cannot be asked: " + reason
		r.notice(model.Place{File: name, Line: lineOf(src, `"filterConfig"`)}, "report: %s", reason)
	}
	if _, err := fs.Stat(r.fsys, "definition/reportExtensions.json"); err == nil {
		r.notice(model.Place{File: "definition/reportExtensions.json", Line: 1}, "measures that the report defines itself; visuals that use them are refused")
	}
	r.bookmarks()
	return r.theme(file.Themes, file.Packs)
}

// bookmarks names those of the report: what they would show is lost.
func (r *reader) bookmarks() {
	names, err := fs.Glob(r.fsys, "definition/bookmarks/*.bookmark.json")
	if err != nil {
		return // the pattern is good
	}
	for _, name := range names {
		var b struct {
			Name  string `json:"name"`
			Shown string `json:"displayName"`
		}
		if _, err := readJSON(r.fsys, name, &b); err != nil || b.Shown == "" {
			b.Shown = strings.TrimSuffix(path.Base(name), ".bookmark.json")
		}
		r.notice(model.Place{File: name, Line: 1}, "bookmark '%s': bookmarks are not supported; the report opens as it was saved, and a button cannot show the bookmark", b.Shown)
	}
}

// pages reads the pages in their order: that of pages.json, then those which it does not
// name, by folder.
func (r *reader) pages() error {
	var meta struct {
		Order  []string `json:"pageOrder"`
		Active string   `json:"activePageName"`
	}
	const name = "definition/pages/pages.json"
	src, err := readJSON(r.fsys, name, &meta)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	folders, err := folders(r.fsys, "definition/pages")
	if err != nil {
		return err
	}
	for _, f := range folders {
		p, err := r.page(f)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(r.def.Pages, func(x *report.Page) bool { return x.Name == p.Name }) {
			return inlay.Errorf(inlay.Invalid, "%s/page.json:1: page '%s' is defined twice", f, p.Name)
		}
		r.def.Pages = append(r.def.Pages, p)
	}
	if len(r.def.Pages) == 0 {
		return inlay.Errorf(inlay.Invalid, "definition/pages holds no page")
	}
	at := func(p *report.Page) int {
		if i := slices.Index(meta.Order, p.Name); i >= 0 {
			return i
		}
		return len(meta.Order)
	}
	sort.SliceStable(r.def.Pages, func(i, j int) bool { return at(r.def.Pages[i]) < at(r.def.Pages[j]) })
	has := func(page string) bool {
		return slices.ContainsFunc(r.def.Pages, func(p *report.Page) bool { return p.Name == page })
	}
	for _, p := range meta.Order {
		if !has(p) {
			r.notice(model.Place{File: name, Line: lineOf(src, `"`+p+`"`)}, "page '%s' has a place in the order and no folder", p)
		}
	}
	if r.def.Active = meta.Active; !has(meta.Active) {
		r.def.Active = firstShown(r.def.Pages)
	}
	return nil
}

// firstShown is the first page that is not hidden, or the first.
func firstShown(pages []*report.Page) string {
	for _, p := range pages {
		if !p.Hidden {
			return p.Name
		}
	}
	return pages[0].Name
}

// folders lists the folders of a folder by name; none if it does not exist.
func folders(fsys fs.FS, dir string) ([]string, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() {
			out = append(out, path.Join(dir, e.Name()))
		}
	}
	return out, nil
}

// page reads a page with its visuals.
func (r *reader) page(dir string) (*report.Page, error) {
	var file struct {
		Name        string       `json:"name"`
		DisplayName string       `json:"displayName"`
		Option      string       `json:"displayOption"`
		Width       float64      `json:"width"`
		Height      float64      `json:"height"`
		Visibility  string       `json:"visibility"`
		Filters     filterConfig `json:"filterConfig"`
		Objects     objects      `json:"objects"`
		Interact    []struct {
			Source string `json:"source"`
			Target string `json:"target"`
			Type   string `json:"type"`
		} `json:"visualInteractions"`
	}
	name := dir + "/page.json"
	src, err := readJSON(r.fsys, name, &file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, inlay.Errorf(inlay.Invalid, "%s is missing", name)
	}
	if err != nil {
		return nil, err
	}
	if file.Name == "" {
		return nil, errorAt(name, src, 0, "the page has no name")
	}
	p := &report.Page{
		Name: file.Name, DisplayName: file.DisplayName, Fit: fit(file.Option),
		Width: size(file.Width, 1280), Height: size(file.Height, 720),
		Hidden: file.Visibility == "HiddenInViewMode",
	}
	if p.DisplayName == "" {
		p.DisplayName = p.Name
	}
	p.Background = r.palette().color(file.Objects.property("background", "color"))
	for _, i := range file.Interact {
		p.Interactions = append(p.Interactions, report.Interaction{Source: i.Source, Target: i.Target, Kind: i.Type})
	}
	var reason string
	if p.Filters, reason = file.Filters.read(); reason != "" {
		p.Unsupported = fmt.Sprintf("page '%s' cannot be asked: %s", p.DisplayName, reason)
		r.notice(model.Place{File: name, Line: lineOf(src, `"filterConfig"`)}, "page '%s': %s", p.DisplayName, reason)
	}
	return p, r.visuals(p, dir)
}

func fit(option string) string {
	switch option {
	case "FitToWidth", "ActualSize":
		return option
	case "ActualSizeTopLeft":
		return "ActualSize"
	}
	return "FitToPage"
}

func size(n, or float64) float64 {
	if n > 0 && n <= 100_000 {
		return n
	}
	return or
}

// visuals reads the visuals of a page, in the order of their layers.
func (r *reader) visuals(p *report.Page, dir string) error {
	dirs, err := folders(r.fsys, dir+"/visuals")
	if err != nil {
		return err
	}
	groups := map[string]*box{}
	var boxes []*box
	for _, d := range dirs {
		if r.left--; r.left < 0 {
			return inlay.Errorf(inlay.Limit, "the report has more than %d visuals", maxVisuals)
		}
		b, err := r.visual(d + "/visual.json")
		if err != nil {
			return err
		}
		if groups[b.Name] != nil {
			return inlay.Errorf(inlay.Invalid, "%s/visual.json:1: visual '%s' is defined twice on page '%s'", d, b.Name, p.DisplayName)
		}
		groups[b.Name] = b
		boxes = append(boxes, b)
	}
	for _, b := range boxes {
		if b.Group != nil {
			continue
		}
		v := b.shown
		place(v, b, groups)
		p.Visuals = append(p.Visuals, v)
		if !visual.Supported(v.Type) {
			r.notice(v.Place, "page '%s', visual '%s' of type '%s' is shown as a placeholder", p.DisplayName, v.Name, v.Type)
		}
		if v.Unsupported != "" {
			r.notice(v.Place, "page '%s', %s", p.DisplayName, v.Unsupported)
		}
	}
	sort.SliceStable(p.Visuals, func(i, j int) bool { return p.Visuals[i].Position.Z < p.Visuals[j].Position.Z })
	return nil
}

// place adds the offsets of the groups around a visual: inside a group, positions are those
// within it. A visual in a hidden group is hidden.
func place(v *report.Visual, b *box, groups map[string]*box) {
	seen := map[string]bool{}
	for up := groups[b.Parent]; up != nil && up.Group != nil && !seen[up.Name]; up = groups[up.Parent] {
		seen[up.Name] = true
		v.Position.X += up.Position.X
		v.Position.Y += up.Position.Y
		v.Hidden = v.Hidden || up.Hidden
	}
}

// box is a visual container: a visual or a group of them.
type box struct {
	Name     string          `json:"name"`
	Parent   string          `json:"parentGroupName"`
	Hidden   bool            `json:"isHidden"`
	Group    json.RawMessage `json:"visualGroup"`
	Filters  filterConfig    `json:"filterConfig"`
	Position struct {
		X        float64 `json:"x"`
		Y        float64 `json:"y"`
		Z        float64 `json:"z"`
		Width    float64 `json:"width"`
		Height   float64 `json:"height"`
		TabOrder float64 `json:"tabOrder"`
	} `json:"position"`
	Visual *config `json:"visual"`

	shown *report.Visual
}
