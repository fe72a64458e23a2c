package fn

import (
	"fmt"
	"strings"

	"inlay/dax"
)

// formats are the named formats of numbers, as pictures (format-function-dax.md). That of
// money depends on the culture.
var formats = map[string]string{
	"CURRENCY": "#,##0.00", "FIXED": "0.00", "STANDARD": "#,##0.00", "PERCENT": "0.00%", "SCIENTIFIC": "0.00E+00",
	"TRUE/FALSE": `"True";"True";"False"`, "YES/NO": `"Yes";"Yes";"No"`, "ON/OFF": `"On";"On";"Off"`,
}

// formatting holds FORMAT.
var formatting = []Func{
	{
		Name: "FORMAT", Returns: dax.String,
		Params: []Param{need("value", dax.Variant), need("format", dax.String), may("locale", dax.String)},
		Doc:    "A number or date as text, by a picture or the name of a format, in the way of the United States or of a locale such as de-DE, or a text by a picture of characters (@ & < > !); empty text of BLANK.",
		Examples: []Example{{`FORMAT(-1234.5, "#,##0.00")`, `"-1,234.50"`}, {`FORMAT(0.1234, "0.0%")`, `"12.3%"`}, {`FORMAT(1234567, "#,##0,,.0M")`, `"1.2M"`},
			{`FORMAT(0, "0.0;(0.0);zero")`, `"zero"`}, {`FORMAT(DATE(2021, 7, 19), "dddd, mmmm dd, yyyy")`, `"Monday, July 19, 2021"`},
			{`FORMAT(TIME(14, 5, 9), "h:mm AM/PM")`, `"2:05 PM"`}, {`FORMAT(1234.5, "#,##0.00", "de-DE")`, `"1.234,50"`}, {`FORMAT(dt"2020-06-25", "Long Date", "de-DE")`, `"Donnerstag, 25. Juni 2020"`},
			{`FORMAT(dt"2020-12-15T12:30:59", BLANK(), "en-GB")`, `"15/12/2020 12:30:59"`}, {`FORMAT(12345678, "(000) 000-00")`, `"(123) 456-78"`},
			{`FORMAT(BLANK(), "0")`, `""`}, {`FORMAT(1, "0", "xx-XX")`, `error`}, {`FORMAT("ab12", ">@@-@@")`, `"AB-12"`}, {`FORMAT("7", "@@@")`, `"  7"`}, {`FORMAT("x", "0")`, `error`}},
		Eval: func(a []dax.Value) (dax.Value, error) {
			s, err := Format(a[0], a[1].Text(), option(a, 2, dax.Value{}).Text())
			if err != nil {
				return dax.Value{}, err
			}
			return dax.TextOf(s), nil
		},
	},
}

// maxPicture is how long a picture may be, in bytes.
const maxPicture = 1000

// Format writes a value by a picture or the name of a format, as FORMAT does and as format
// strings of models mean it, in the way of a culture such as de-DE; an empty one is en-US.
func Format(v dax.Value, picture, locale string) (string, error) {
	c, ok := findCulture(locale)
	if !ok {
		return "", fmt.Errorf("the locale %q is not supported", locale)
	}
	if len(picture) > maxPicture {
		return "", fmt.Errorf("the picture has %d bytes, the limit is %d", len(picture), maxPicture)
	}
	name := strings.ToUpper(strings.TrimSpace(picture))
	switch t := v.Type(); {
	case t == dax.Blank:
		return "", nil
	case t == dax.String && picture == "":
		return v.Text(), nil
	case t == dax.String:
		return formatText(v.Text(), picture)
	case t == dax.Boolean:
		return c.truth(v, name, picture)
	case t == dax.DateTime && (picture == "" || name == "GENERAL DATE" || name == "GENERAL NUMBER"):
		return c.generalDate(v.Time())
	case picture == "" || name == "GENERAL NUMBER":
		return c.general(v), nil
	case timely(name, t):
		m, err := v.ToTime()
		if err != nil {
			return "", err
		}
		if name == "GENERAL DATE" {
			return c.generalDate(m.Time())
		}
		return c.writeDate(m.Time(), picture)
	}
	return c.number(v, name, picture)
}

// truth writes a truth value; pictures of numbers do not change it.
func (c *culture) truth(v dax.Value, name, picture string) (string, error) {
	if strings.Contains(picture, ";") || formats[name] != "" && strings.Contains(name, "/") {
		n, err := v.ToNumber()
		if err != nil {
			return "", err
		}
		return c.number(n, name, picture)
	}
	return v.ToText(), nil
}

// general is a number without a picture.
func (c *culture) general(v dax.Value) string {
	return strings.Replace(v.ToText(), ".", c.decimal, 1)
}

// number writes a number by the name of a format or a picture.
func (c *culture) number(v dax.Value, name, picture string) (string, error) {
	r, ok := rat(v)
	if !ok {
		return v.ToText(), nil
	}
	p := formats[name]
	switch {
	case name == "CURRENCY":
		sign := r.Sign()
		s, err := c.writeNumber(r.Abs(r), p)
		if sign < 0 {
			return strings.Replace(c.debt, "n", s, 1), err
		}
		return strings.Replace(c.money, "n", s, 1), err
	case p != "" && strings.Contains(name, "/") && !c.english():
		return "", fmt.Errorf("the words of the format %q are not known in %s", picture, c.name)
	case p != "":
		picture = p
	}
	return c.writeNumber(r, picture)
}
