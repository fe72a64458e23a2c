package pbir

import (
	"encoding/json"
	"strings"

	"inlay/dax"
	"inlay/model"
	"inlay/report"
)

// What Visual.Options holds. A name that is absent was not set: the page draws its default.
//
//	every visual   showTitle bool, titleColor, titleSize (points), titleAlign left|center|right,
//	               subtitle, showBackground bool, backgroundColor, backgroundTransparency (0 to 100),
//	               showBorder bool, borderColor, borderRadius
//	bar, column    orientation horizontal|vertical, stacking none|stacked|percent
//	line, area     area bool, stacking
//	charts         showLegend bool, legendPosition (Top, Bottom, Left, Right, TopCenter, …),
//	               showLabels bool, labelsUnit (0 automatic, 1 none, 1000, 1000000, …), labelsDecimals,
//	               showCategoryAxis, showCategoryAxisTitle bool, categoryAxisTitle,
//	               showValueAxis, showValueAxisTitle bool, valueAxisTitle, valueAxisMin, valueAxisMax,
//	               color (all points), colors {ref: colour} by field
//	card           showLabel bool, calloutSize (points), calloutColor, labelsUnit, labelsDecimals
//	table          showTotals bool
//	slicer         mode list|dropdown|between|before|after|relative|tile, singleSelect bool, selectAll bool,
//	               showHeader bool, headerText, search bool, multiByCtrl bool,
//	               selected [] (values of the saved choice, as cells of an answer)
//
// chartOptions are constants of a visual by the name of the option.
var chartOptions = []struct{ name, object, property string }{
	{"showLegend", "legend", "show"}, {"legendPosition", "legend", "position"},
	{"showLabels", "labels", "show"}, {"labelsUnit", "labels", "labelDisplayUnits"}, {"labelsDecimals", "labels", "labelPrecision"},
	{"showCategoryAxis", "categoryAxis", "show"}, {"showCategoryAxisTitle", "categoryAxis", "showAxisTitle"}, {"categoryAxisTitle", "categoryAxis", "titleText"},
	{"showValueAxis", "valueAxis", "show"}, {"showValueAxisTitle", "valueAxis", "showAxisTitle"}, {"valueAxisTitle", "valueAxis", "titleText"},
	{"valueAxisMin", "valueAxis", "start"}, {"valueAxisMax", "valueAxis", "end"},
	{"showLabel", "categoryLabels", "show"}, {"showLabel", "label", "show"},
	{"calloutSize", "labels", "fontSize"}, {"calloutSize", "value", "fontSize"},
	{"showTotals", "total", "totals"},
	{"singleSelect", "selection", "strictSingleSelect"}, {"multiByCtrl", "selection", "singleSelect"}, {"selectAll", "selection", "selectAllCheckboxEnabled"},
	{"showHeader", "header", "show"}, {"headerText", "header", "text"}, {"search", "general", "selfFilterEnabled"},
}

// containerOptions are constants of the frame of a visual.
var containerOptions = []struct{ name, object, property string }{
	{"showTitle", "title", "show"}, {"titleSize", "title", "fontSize"}, {"titleAlign", "title", "alignment"}, {"subtitle", "subTitle", "text"},
	{"showBackground", "background", "show"}, {"backgroundTransparency", "background", "transparency"},
	{"showBorder", "border", "show"}, {"borderRadius", "border", "radius"},
}

// colorOptions are colours; those of the frame are marked.
var colorOptions = []struct {
	name, object, property string
	frame                  bool
}{
	{"titleColor", "title", "fontColor", true}, {"backgroundColor", "background", "color", true}, {"borderColor", "border", "color", true},
	{"color", "dataPoint", "defaultColor", false}, {"color", "dataPoint", "fill", false},
	{"calloutColor", "labels", "color", false}, {"calloutColor", "value", "fontColor", false},
}

// slicerModes are the names of objects.data.mode.
var slicerModes = map[string]string{
	"basic": "list", "dropdown": "dropdown", "between": "between", "before": "before", "after": "after",
	"relative": "relative", "tile": "tile", "single": "between",
}

// shapes are the options that follow from the type.
var shapes = map[string]map[string]any{
	"barChart":                         {"orientation": "horizontal", "stacking": "stacked"},
	"clusteredBarChart":                {"orientation": "horizontal", "stacking": "none"},
	"hundredPercentStackedBarChart":    {"orientation": "horizontal", "stacking": "percent"},
	"columnChart":                      {"orientation": "vertical", "stacking": "stacked"},
	"clusteredColumnChart":             {"orientation": "vertical", "stacking": "none"},
	"hundredPercentStackedColumnChart": {"orientation": "vertical", "stacking": "percent"},
	"lineChart":                        {"area": false, "stacking": "none"},
	"areaChart":                        {"area": true, "stacking": "none"},
	"stackedAreaChart":                 {"area": true, "stacking": "stacked"},
}

// format reads what of a visual's formatting is drawn.
func (r *reader) format(v *report.Visual, c *config) {
	v.Options = map[string]any{}
	for name, x := range shapes[v.Type] {
		v.Options[name] = x
	}
	for _, o := range chartOptions {
		set(v.Options, o.name, c.Objects.property(o.object, o.property))
	}
	for _, o := range containerOptions {
		set(v.Options, o.name, c.Container.property(o.object, o.property))
	}
	for _, o := range colorOptions {
		from := c.Objects
		if o.frame {
			from = c.Container
		}
		if color := r.palette().color(from.property(o.object, o.property)); color != "" {
			v.Options[o.name] = color
		}
	}
	if colors := r.colors(c.Objects); len(colors) > 0 {
		v.Options["colors"] = colors
	}
	r.title(v, c)
	switch v.Type {
	case "slicer":
		r.slicer(v, c)
	case "textbox":
		var ok bool
		if v.Text, ok = r.palette().paragraphs(c.Objects.property("general", "paragraphs")); !ok {
			r.notice(v.Place, "text box '%s': text that is computed is left out", v.Name)
		}
	}
}

// set puts a constant under a name, if it is one and the name is free.
func set(options map[string]any, name string, raw json.RawMessage) {
	v, ok := value(raw)
	if _, taken := options[name]; !ok || taken {
		return
	}
	if x := cell(v); x != nil {
		options[name] = x
	}
}

// cell is a value as the embed page gets it.
func cell(v dax.Value) any {
	switch v.Type() {
	case dax.Boolean:
		return v.Bool()
	case dax.Int64:
		return v.Int()
	case dax.Double, dax.Decimal:
		return v.Float()
	case dax.DateTime:
		return v.Time().Format("2006-01-02T15:04:05")
	case dax.String:
		return v.Text()
	}
	return nil
}

// colors reads the colours that were given to single fields.
func (r *reader) colors(o objects) map[string]string {
	out := map[string]string{}
	for _, entry := range o["dataPoint"] {
		var s map[string]json.RawMessage
		var ref string
		if json.Unmarshal(entry.Selector, &s) != nil || len(s) != 1 || json.Unmarshal(s["metadata"], &ref) != nil {
			continue
		}
		if c := r.palette().color(entry.Properties["fill"]); c != "" {
			out[ref] = c
		}
	}
	return out
}

// untitled are types that have no title unless one is set.
var untitled = map[string]bool{"card": true, "cardVisual": true, "multiRowCard": true, "tableEx": true, "pivotTable": true, "slicer": true, "textbox": true, "shape": true, "image": true, "actionButton": true, "basicShape": true}

// title reads the title. A chart without one is called after its fields, as Power BI does.
func (r *reader) title(v *report.Visual, c *config) {
	text, set := c.Container.text("title", "text")
	raw := c.Container.property("title", "text")
	shown, said := c.Container.flag("title", "show")
	if !said {
		shown = set && text != "" || !untitled[v.Type]
	}
	v.Options["showTitle"] = shown
	switch {
	case set:
		v.Title = text
	case raw != nil:
		r.notice(v.Place, "visual '%s': a title that is computed is not supported", v.Name)
		fallthrough
	default:
		v.Title = automatic(v)
	}
}

// automatic is the title that follows from the fields: "Sales and Cost by Region and Year".
func automatic(v *report.Visual) string {
	var values, groups []string
	for _, role := range []string{"Y", "Y2", "Data", "Values"} {
		values = append(values, names(v.Roles[role])...)
	}
	for _, role := range []string{"Category", "Series"} {
		groups = append(groups, names(v.Roles[role])...)
	}
	title := list(values)
	if by := list(groups); by != "" && title != "" {
		title += " by " + by
	} else if title == "" {
		title = by
	}
	return title
}

func names(ps []report.Projection) []string {
	var out []string
	for _, p := range ps {
		if !p.Inactive && !p.Hidden {
			out = append(out, p.Name)
		}
	}
	return out
}

// list joins words as a sentence does.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// slicer reads how a slicer chooses, and the choice that was saved in it.
func (r *reader) slicer(v *report.Visual, c *config) {
	v.Options["mode"] = "list"
	if mode, ok := c.Objects.text("data", "mode"); ok {
		if known := slicerModes[strings.ToLower(mode)]; known != "" {
			v.Options["mode"] = known
		}
	}
	if mode := v.Options["mode"]; mode != "list" && mode != "dropdown" && mode != "tile" {
		r.notice(v.Place, "slicer '%s' of mode '%s' is shown as a list", v.Name, mode)
	}
	var saved struct {
		Filter json.RawMessage `json:"filter"`
	}
	raw := c.Objects.property("general", "filter")
	if raw == nil {
		return
	}
	err := json.Unmarshal(raw, &saved)
	if err == nil && len(saved.Filter) > 0 && string(saved.Filter) != "null" {
		v.Chosen, err = conditions(saved.Filter)
	}
	if err != nil {
		v.ChosenUnsupported = "the choice that is saved in slicer '" + v.Name + "' is not supported: " + err.Error()
		r.notice(v.Place, "%s", v.ChosenUnsupported)
		return
	}
	if len(v.Chosen) == 1 && v.Chosen[0].Op == model.In {
		selected := []any{}
		for _, x := range v.Chosen[0].Values {
			selected = append(selected, cell(x))
		}
		v.Options["selected"] = selected
	}
}
