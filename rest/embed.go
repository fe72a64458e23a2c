package rest

import (
	"fmt"
	"time"

	"inlay"
	"inlay/report"
)

// What the embed page draws. Filters stay here: their values may be what a viewer must not
// see, and the page has no use for them.
type (
	embedReport struct {
		ID          string      `json:"id"`
		Name        string      `json:"name"`
		DatasetID   string      `json:"datasetId"`
		Expiration  string      `json:"expiration"`
		Permissions string      `json:"permissions"`
		Culture     string      `json:"culture"`
		ActivePage  string      `json:"activePage"`
		Theme       embedTheme  `json:"theme"`
		Pages       []embedPage `json:"pages"`
	}
	embedTheme struct {
		Name       string   `json:"name"`
		Colors     []string `json:"colors"`
		Background string   `json:"background"`
		Foreground string   `json:"foreground"`
	}
	embedPage struct {
		Name        string        `json:"name"`
		DisplayName string        `json:"displayName"`
		Width       float64       `json:"width"`
		Height      float64       `json:"height"`
		Fit         string        `json:"displayOption"`
		Visibility  int           `json:"visibility"`
		Visuals     []embedVisual `json:"visuals"`
	}
	embedVisual struct {
		Name       string                  `json:"name"`
		Type       string                  `json:"type"`
		Title      string                  `json:"title"`
		X          float64                 `json:"x"`
		Y          float64                 `json:"y"`
		Z          float64                 `json:"z"`
		Width      float64                 `json:"width"`
		Height     float64                 `json:"height"`
		TabOrder   int                     `json:"tabOrder"`
		Hidden     bool                    `json:"hidden"`
		Roles      map[string][]embedField `json:"roles"`
		Paragraphs []embedParagraph        `json:"paragraphs"`
		Options    map[string]any          `json:"options"`
	}
	embedField struct {
		Name string `json:"name"`
		Ref  string `json:"ref"`
	}
	embedParagraph struct {
		Align string     `json:"align"`
		Runs  []embedRun `json:"runs"`
	}
	embedRun struct {
		Text   string `json:"text"`
		Size   string `json:"size"`
		Color  string `json:"color"`
		Weight string `json:"weight"`
		Italic bool   `json:"italic"`
		Font   string `json:"font"`
		URL    string `json:"url"`
	}
)

func (a *api) embedReport(c *call) error {
	u, err := a.authorize(c)
	if err != nil {
		return err
	}
	def, _, err := a.definition(c, u)
	if err != nil {
		return err
	}
	out := embedReport{
		ID:          u.report.ID,
		Name:        u.report.Name,
		DatasetID:   u.dataset.ID,
		Expiration:  c.grant.ExpiresAt.UTC().Format(time.RFC3339),
		Permissions: "View",
		Culture:     u.model.Culture,
		ActivePage:  def.Active,
		Theme:       embedTheme(def.Theme),
		Pages:       make([]embedPage, len(def.Pages)),
	}
	if u.access.Edit {
		out.Permissions = "Edit"
	}
	for i, p := range def.Pages {
		out.Pages[i] = pageOf(p)
	}
	c.json(200, out)
	return nil
}

func pageOf(p *report.Page) embedPage {
	out := embedPage{
		Name:        p.Name,
		DisplayName: p.DisplayName,
		Width:       p.Width,
		Height:      p.Height,
		Fit:         p.Fit,
		Visuals:     make([]embedVisual, len(p.Visuals)),
	}
	if p.Hidden {
		out.Visibility = 1
	}
	for i, v := range p.Visuals {
		out.Visuals[i] = visualOf(v)
	}
	return out
}

func visualOf(v *report.Visual) embedVisual {
	out := embedVisual{
		Name:     v.Name,
		Type:     v.Type,
		Title:    v.Title,
		X:        v.Position.X,
		Y:        v.Position.Y,
		Z:        v.Position.Z,
		Width:    v.Position.Width,
		Height:   v.Position.Height,
		TabOrder: v.Position.TabOrder,
		Hidden:   v.Hidden,
		Roles:    map[string][]embedField{},
		Options:  v.Options,
	}
	for role, fields := range v.Roles {
		for _, f := range fields {
			out.Roles[role] = append(out.Roles[role], embedField{Name: f.Name, Ref: f.Ref})
		}
	}
	for _, p := range v.Text {
		runs := make([]embedRun, len(p.Runs))
		for i, r := range p.Runs {
			runs[i] = embedRun(r)
		}
		out.Paragraphs = append(out.Paragraphs, embedParagraph{Align: p.Align, Runs: runs})
	}
	return out
}

// find is the visual that a query names.
func find(def *report.Definition, page, visual string) (*report.Page, *report.Visual, error) {
	for _, p := range def.Pages {
		if p.Name != page {
			continue
		}
		for _, v := range p.Visuals {
			if v.Name == visual {
				return p, v, nil
			}
		}
		return nil, nil, refuse(inlay.NotFound, "", fmt.Sprintf("page %q has no visual %q", page, visual), "take the names from the report")
	}
	return nil, nil, refuse(inlay.NotFound, "", fmt.Sprintf("the report has no page %q", page), "take the names from the report")
}
