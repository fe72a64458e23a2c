package workbook

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"inlay/model"
	"inlay/model/powerquery"
)

// made writes a workbook with a sheet, a table in another sheet and a name.
func made(t *testing.T) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(f.SetSheetRow("Sheet1", "A1", &[]any{"Product", "Sold", "Amount", "Open", "Code"}))
	must(f.SetSheetRow("Sheet1", "A2", &[]any{"Lamp", time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), 12.5, true, "007"}))
	must(f.SetSheetRow("Sheet1", "A3", &[]any{"Desk", nil, 300, false, nil}))
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	must(err)
	must(f.SetCellStyle("Sheet1", "B2", "B2", style))
	_, err = f.NewSheet("Other data")
	must(err)
	must(f.SetSheetRow("Other data", "B3", &[]any{"key", "name"}))
	must(f.SetSheetRow("Other data", "B4", &[]any{1, "one"}))
	must(f.AddTable("Other data", &excelize.Table{Range: "B3:C4", Name: "Keys"}))
	must(f.SetDefinedName(&excelize.DefinedName{Name: "Corner", RefersTo: "'Other data'!$B$4:$C$4"}))
	must(f.SetSheetVisible("Other data", false))
	var b bytes.Buffer
	_, err = f.WriteTo(&b)
	must(err)
	return b.Bytes()
}

func rows(t *testing.T, data []byte, m string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "book.xlsx"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := powerquery.OpenFiles(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = files.Close() }()
	plan, err := powerquery.Query(context.Background(), powerquery.Config{Files: files, Workbooks: Reader{}}, "T", model.Partition{Name: "p", Source: m})
	if err != nil {
		return "", err
	}
	r, err := plan.Rows(context.Background())
	if err != nil {
		return "", err
	}
	defer r.Close()
	var out []string
	for r.Next() {
		var cells []string
		for _, v := range r.Row() {
			cells = append(cells, v.String())
		}
		out = append(out, strings.Join(cells, " "))
	}
	return strings.Join(out, "\n"), r.Err()
}

func TestWorkbook(t *testing.T) {
	book := made(t)
	for _, c := range []struct{ name, m, want string }{
		{"parts", `Table.RemoveColumns(Excel.Workbook(File.Contents("book.xlsx")), {"Data"})`,
			"\"Sheet1\" \"Sheet1\" \"Sheet\" false\n\"Other data\" \"Other data\" \"Sheet\" true\n\"Keys\" \"Keys\" \"Table\" false\n\"Corner\" \"Corner\" \"DefinedName\" false"},
		{"sheet", `let
			Source = Excel.Workbook(File.Contents("C:\reports\book.xlsx"), null, true),
			Sheet = Source{[Item="Sheet1",Kind="Sheet"]}[Data],
			Headers = Table.PromoteHeaders(Sheet, [PromoteAllScalars=true]),
			Typed = Table.TransformColumnTypes(Headers, {{"Sold", type date}, {"Amount", type number}})
		in Typed`, "\"Lamp\" #date(2026, 1, 31) 12.5 true \"007\"\n\"Desk\" null 300 false null"},
		{"headers", `Excel.Workbook(File.Contents("book.xlsx"), true){0}[Data]`, "\"Lamp\" #datetime(2026, 1, 31, 0, 0, 0) 12.5 true \"007\"\n\"Desk\" null 300 false null"},
		{"table", `Excel.Workbook(File.Contents("book.xlsx")){[Name="Keys"]}[Data]`, `1 "one"`},
		{"name", `Excel.Workbook(File.Contents("book.xlsx")){[Item="Corner",Kind="DefinedName"]}[Data]`, `1 "one"`},
	} {
		if got, err := rows(t, book, c.m); err != nil || got != c.want {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", c.name, err, got, c.want)
		}
	}
	for _, c := range []struct{ m, want string }{
		{`Excel.Workbook(File.Contents("book.xlsx")){[Item="Nope",Kind="Sheet"]}[Data]`, "the key matches no row"},
		{`Excel.Workbook(Binary.FromText("AAAA"))`, "is not a workbook"},
	} {
		if _, err := rows(t, book, c.m); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.m, err, c.want)
		}
	}
}

// TestMerged holds that the value of a merged cell counts once: only its first cell has it.
func TestMerged(t *testing.T) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	if err := errors.Join(
		f.SetSheetRow("Sheet1", "A1", &[]any{"Region", "Amount"}), f.SetSheetRow("Sheet1", "A2", &[]any{"North", 100}),
		f.SetSheetRow("Sheet1", "A5", &[]any{"South", 7}), f.MergeCell("Sheet1", "A2", "A4"), f.MergeCell("Sheet1", "B2", "B4"),
	); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	const want = "\"North\" 100\nnull null\nnull null\n\"South\" 7"
	if got, err := rows(t, b.Bytes(), `Excel.Workbook(File.Contents("book.xlsx"), true){0}[Data]`); err != nil || got != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
	}
}

// TestDates holds that dates are those that the workbook shows: counted from 1904 where it says
// so, and written as texts where a program wrote them so.
func TestDates(t *testing.T) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	yes := true
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err := errors.Join(err, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}),
		f.SetCellValue("Sheet1", "A1", 1.5), f.SetCellStyle("Sheet1", "A1", "A1", style)); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if got, err := rows(t, b.Bytes(), `Excel.Workbook(File.Contents("book.xlsx")){0}[Data]`); err != nil || got != "#datetime(1904, 1, 2, 12, 0, 0)" {
		t.Errorf("counted from 1904: %q, %v", got, err)
	}
	const sheet = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">` +
		`<c r="A1" t="d"><v>2026-01-31</v></c><c r="B1" t="d"><v>2026-01-31T08:30:00.5</v></c><c r="C1" t="d"><v>soon</v></c>` +
		`<c r="D1"><f>1+1</f><v>2</v></c><c r="E1" t="str"><f>"a"</f><v>a</v></c></row></sheetData></worksheet>`
	const want = "#datetime(2026, 1, 31, 0, 0, 0) #datetime(2026, 1, 31, 8, 30, 0.5) error the cell says that it holds a date, and holds \"soon\" 2 \"a\""
	if got, err := rows(t, withSheet(t, made(t), sheet), `Excel.Workbook(File.Contents("book.xlsx")){0}[Data]`); err != nil || got != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
	}
}

// withSheet is a workbook with another first sheet.
func withSheet(t *testing.T, book []byte, sheet string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	in, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range in.File {
		w, err := z.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var from io.Reader = r
		if f.Name == "xl/worksheets/sheet1.xml" {
			from = strings.NewReader(sheet)
		}
		if _, err := io.Copy(w, from); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestBomb: an archive of a few hundred kilobytes that unfolds to half a gigabyte is refused.
func TestBomb(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	in, err := zip.NewReader(bytes.NewReader(made(t)), int64(len(made(t))))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range in.File {
		w, err := z.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == "xl/worksheets/sheet1.xml" {
			_, _ = io.WriteString(w, `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
			row := strings.Repeat(" ", 1<<20)
			for range 512 {
				_, _ = io.WriteString(w, row)
			}
			_, _ = io.WriteString(w, `</sheetData></worksheet>`)
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(w, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := rows(t, b.Bytes(), `Excel.Workbook(File.Contents("book.xlsx")){0}[Data]`); err == nil || !strings.Contains(err.Error(), "when unfolded") {
		t.Errorf("%d bytes: %v", b.Len(), err)
	}
}

// TestFarCell: one cell at the far corner does not make a table of seventeen billion cells.
func TestFarCell(t *testing.T) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	if err := errors.Join(f.SetCellValue("Sheet1", "A1", 1), f.SetCellValue("Sheet1", "XFD100000", 1)); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if got, err := rows(t, b.Bytes(), `Excel.Workbook(File.Contents("book.xlsx")){0}[Data]`); err == nil || !strings.Contains(err.Error(), "cells") {
		t.Errorf("got %.80s, %v", got, err)
	}
}

// FuzzWorkbook holds that no bytes break the reader.
func FuzzWorkbook(f *testing.F) {
	x := excelize.NewFile()
	var b bytes.Buffer
	_ = x.SetSheetRow("Sheet1", "A1", &[]any{"a", 1, true})
	_, _ = x.WriteTo(&b)
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 1<<20 {
			readAll(t, data)
		}
	})
}

// readAll reads all parts of a workbook, as far as they can be read.
func readAll(t *testing.T, data []byte) {
	t.Helper()
	blob := powerquery.Blob{Name: "fuzz", Data: bytes.NewReader(data), Size: int64(len(data))}
	parts, err := Reader{}.Parts(context.Background(), blob)
	if err != nil {
		return
	}
	for _, p := range parts[:min(len(parts), 8)] {
		c, err := Reader{}.Open(context.Background(), blob, p.Kind+"\x00"+p.Item)
		if err != nil {
			continue
		}
		for range 100 {
			if _, err := c.Next(); err != nil {
				break
			}
		}
		if err := c.Close(); err != nil {
			t.Log(fmt.Sprint(err))
		}
	}
}

// FuzzParts holds the same of the parts of a workbook: changed bytes of an archive are refused by
// its checksums, and hardly ever come to what reads sheets.
func FuzzParts(f *testing.F) {
	for _, data := range seeds(f) {
		parts := unpack(f, data)
		f.Add(parts["xl/worksheets/sheet1.xml"], parts["xl/sharedStrings.xml"], parts["xl/styles.xml"], parts["xl/workbook.xml"], parts["xl/tables/table1.xml"])
	}
	for _, sheet := range []string{
		`<worksheet><dimension ref="A1:XFD1048576"/><sheetData><row r="0"><c r="A0" t="s"><v>-1</v></c></row></sheetData></worksheet>`,
		`<worksheet><sheetData><row r="1048577"><c r="ZZZZ1" t="s"><v>99999999999</v></c></row><row><c><v>1e999</v></c></row></sheetData></worksheet>`,
		`<worksheet><sheetData><row r="2"><c r="B1" t="inlineStr"><is><t>x</t></is></c><c r="A2" s="-1"><v>4e9</v></c></row></sheetData><mergeCells><mergeCell ref=":"/><mergeCell ref="B1:A9"/></mergeCells></worksheet>`,
		`<worksheet><sheetData><row r="1"><c r="A1" t="e"><v>#N/A</v></c><c t="d"><v>2026-13-41</v></c><c t="b"><v>7</v></c><c t="str"><f t="shared" si="0" ref="A1:">A</f></c></row></sheetData></worksheet>`,
		`<worksheet><tableParts><tablePart r:id="rId1"/></tableParts></worksheet>`, `<worksheet`, ``,
	} {
		f.Add(sheet, `<sst><si/><si><r/></si></sst>`, `<styleSheet><cellXfs><xf numFmtId="-1"/></cellXfs></styleSheet>`,
			`<workbook><sheets><sheet name="" sheetId="1" r:id="rId1"/></sheets><definedNames><definedName name="N">'S'!$A$1:</definedName></definedNames></workbook>`, `<table ref="A1:" name="T"/>`)
	}
	whole := seeds(f)[0]
	f.Fuzz(func(t *testing.T, sheet, shared, styles, book, table string) {
		if len(sheet)+len(shared)+len(styles)+len(book)+len(table) > 1<<18 {
			return
		}
		parts := unpack(t, whole)
		parts["xl/worksheets/sheet1.xml"], parts["xl/sharedStrings.xml"], parts["xl/styles.xml"] = sheet, shared, styles
		parts["xl/workbook.xml"], parts["xl/tables/table1.xml"] = book, table
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range slices.Sorted(maps.Keys(parts)) {
			w, err := z.CreateHeader(&zip.FileHeader{Name: name})
			if err == nil {
				_, err = io.WriteString(w, parts[name])
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		readAll(t, b.Bytes())
	})
}

// seeds are workbooks with what a sheet can hold.
func seeds(t testing.TB) [][]byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	custom := "[h]:mm"
	other, err2 := f.NewStyle(&excelize.Style{CustomNumFmt: &custom})
	err = errors.Join(err, err2, f.SetSheetRow("Sheet1", "A1", &[]any{"key", "name", "on", "at"}),
		f.SetSheetRow("Sheet1", "A2", &[]any{1, "one", true, time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)}), f.SetSheetRow("Sheet1", "A3", &[]any{2.5, nil, false, 0.25}),
		f.SetCellStyle("Sheet1", "D2", "D2", style), f.SetCellStyle("Sheet1", "D3", "D3", other), f.SetCellFormula("Sheet1", "B3", "A2&A3"), f.MergeCell("Sheet1", "F1", "G2"),
		f.AddTable("Sheet1", &excelize.Table{Range: "A1:D3", Name: "Keys"}), f.SetDefinedName(&excelize.DefinedName{Name: "Corner", RefersTo: "Sheet1!$A$1:$B$2"}))
	var b bytes.Buffer
	_, err2 = f.WriteTo(&b)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return [][]byte{b.Bytes()}
}

// unpack is the text of the parts of a workbook.
func unpack(t testing.TB, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(text)
	}
	return parts
}
