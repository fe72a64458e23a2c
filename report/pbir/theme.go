package pbir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"strconv"

	"inlay"
	"inlay/model"
	"inlay/report"
)

// themeCollection names the themes of a report; the custom one lies over the base.
type themeCollection struct {
	Base   *themeRef `json:"baseTheme"`
	Custom *themeRef `json:"customTheme"`
}

type themeRef struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// resourcePack lists files below StaticResources.
type resourcePack struct {
	Type  string `json:"type"`
	Name  string `json:"name"`
	Items []struct {
		Name string `json:"name"`
		Path string `json:"path"`
	} `json:"items"`
}

// theme reads the themes that the report names. A theme that is missing is a notice: it
// changes colours, not numbers.
func (r *reader) theme(c themeCollection, packs []resourcePack) error {
	for _, ref := range []*themeRef{c.Base, c.Custom} {
		if ref == nil {
			continue
		}
		file := themeFile(*ref, packs)
		if !fs.ValidPath(file) {
			return inlay.Errorf(inlay.Invalid, "definition/report.json:1: theme '%s' lies outside of the report: %s", ref.Name, file)
		}
		var t struct {
			Name       string   `json:"name"`
			Colors     []string `json:"dataColors"`
			Background string   `json:"background"`
			Foreground string   `json:"foreground"`
		}
		_, err := readJSON(r.fsys, file, &t)
		if errors.Is(err, fs.ErrNotExist) {
			r.notice(model.Place{File: "definition/report.json", Line: 1}, "theme '%s' is not in the project (%s)", ref.Name, file)
			continue
		}
		if err != nil {
			return err
		}
		r.overlay(report.Theme{Name: t.Name, Colors: t.Colors, Background: t.Background, Foreground: t.Foreground})
	}
	return nil
}

// overlay lays a theme over what is there.
func (r *reader) overlay(t report.Theme) {
	to := &r.def.Theme
	if t.Name != "" {
		to.Name = t.Name
	}
	var colors []string
	for _, c := range t.Colors {
		if isColor(c) {
			colors = append(colors, c)
		}
	}
	if len(colors) > 0 {
		to.Colors = colors
	}
	if isColor(t.Background) {
		to.Background = t.Background
	}
	if isColor(t.Foreground) {
		to.Foreground = t.Foreground
	}
}

func themeFile(ref themeRef, packs []resourcePack) string {
	for _, p := range packs {
		for _, item := range p.Items {
			if p.Type == ref.Type && item.Name == ref.Name {
				return path.Join("StaticResources", p.Name, item.Path)
			}
		}
	}
	return path.Join("StaticResources", ref.Type, ref.Name)
}

// palette resolves colours that are numbers of the theme.
type palette report.Theme

func (r *reader) palette() palette { return palette(r.def.Theme) }

// color reads a colour: solid, a constant, or the n-th of the theme, lighter or darker by a
// part. Empty if there is none.
func (p palette) color(raw json.RawMessage) string {
	var c struct {
		Solid *struct {
			Color json.RawMessage `json:"color"`
		} `json:"solid"`
		Expr struct {
			Theme *struct {
				ColorID int `json:"ColorId"`
				Percent float64
			} `json:"ThemeDataColor"`
		} `json:"expr"`
	}
	if json.Unmarshal(raw, &c) != nil {
		return ""
	}
	if c.Solid != nil {
		var plain string
		if json.Unmarshal(c.Solid.Color, &plain) == nil {
			if isColor(plain) {
				return plain
			}
			return ""
		}
		return p.color(c.Solid.Color)
	}
	if t := c.Expr.Theme; t != nil {
		return shade(p.numbered(t.ColorID), t.Percent)
	}
	if v, ok := value(raw); ok && isColor(v.Text()) {
		return v.Text()
	}
	return ""
}

// numbered is a colour of the theme as formatting counts them: background, foreground, then
// the data colours.
func (p palette) numbered(id int) string {
	switch {
	case id == 0:
		return p.Background
	case id == 1:
		return p.Foreground
	case id > 1 && id-2 < len(p.Colors):
		return p.Colors[id-2]
	}
	return ""
}

// shade makes a colour lighter (to white) or darker (to black) by a part.
func shade(color string, part float64) string {
	if part == 0 || len(color) != 7 || part < -1 || part > 1 {
		return color
	}
	n, err := strconv.ParseUint(color[1:], 16, 32)
	if err != nil {
		return ""
	}
	out := "#"
	for _, shift := range []uint{16, 8, 0} {
		c := float64(n >> shift & 0xff)
		if part > 0 {
			c += (255 - c) * part
		} else {
			c *= 1 + part
		}
		out += fmt.Sprintf("%02X", int(math.Round(c)))
	}
	return out
}
