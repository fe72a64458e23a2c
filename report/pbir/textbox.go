package pbir

import (
	"encoding/json"
	"net/url"

	"inlay/report"
)

// paragraphs reads the text of a text box. A run whose text is computed is left out and said
// so by ok.
func (p palette) paragraphs(raw json.RawMessage) (out []report.Paragraph, ok bool) {
	var in []struct {
		Align string `json:"horizontalTextAlignment"`
		Runs  []struct {
			Value json.RawMessage `json:"value"`
			URL   string          `json:"url"`
			Style struct {
				Size   string          `json:"fontSize"`
				Font   string          `json:"fontFace"`
				Family string          `json:"fontFamily"`
				Color  json.RawMessage `json:"color"`
				Weight string          `json:"fontWeight"`
				Style  string          `json:"fontStyle"`
			} `json:"textStyle"`
		} `json:"textRuns"`
	}
	if len(raw) == 0 {
		return nil, true
	}
	if json.Unmarshal(raw, &in) != nil {
		return nil, false
	}
	ok = true
	for _, x := range in {
		para := report.Paragraph{Align: x.Align}
		for _, y := range x.Runs {
			run := report.Run{Size: y.Style.Size, Weight: y.Style.Weight, Italic: y.Style.Style == "italic", URL: link(y.URL), Font: y.Style.Font}
			if run.Font == "" {
				run.Font = y.Style.Family
			}
			if json.Unmarshal(y.Value, &run.Text) != nil {
				ok = false
				continue
			}
			var plain string
			if json.Unmarshal(y.Style.Color, &plain) == nil && isColor(plain) {
				run.Color = plain
			} else {
				run.Color = p.color(y.Style.Color)
			}
			para.Runs = append(para.Runs, run)
		}
		out = append(out, para)
	}
	return out, ok
}

// link keeps addresses that are safe to follow.
func link(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "mailto" {
		return ""
	}
	return s
}
