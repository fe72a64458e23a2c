package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// TestCheckOpensWorkbooksInWorkers holds that a check tells which sheet of a workbook is missing,
// with the workbook opened in a worker.
func TestCheckOpensWorkbooksInWorkers(t *testing.T) {
	clean(t)
	dir := t.TempDir()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	if err := f.SaveAs(filepath.Join(dir, "book.xlsx")); err != nil {
		t.Fatal(err)
	}
	definition := filepath.Join(dir, "S.SemanticModel", "definition")
	if err := os.MkdirAll(definition, 0o755); err != nil {
		t.Fatal(err)
	}
	text := "table T\n\tcolumn A\n\t\tdataType: string\n\t\tsourceColumn: A\n\tpartition p = m\n\t\tmode: import\n\t\tsource = Excel.Workbook(File.Contents(\"book.xlsx\")){[Item=\"Sales\",Kind=\"Sheet\"]}[Data]\n"
	if err := os.WriteFile(filepath.Join(definition, "m.tmdl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, log bytes.Buffer
	err := run(t.Context(), []string{"check", dir, "--engine", "worker", "--format", "json"}, &out, &log)
	if status(err) != 1 || !strings.Contains(out.String(), `the workbook has Sheet \"Sheet1\"`) || log.Len() > 0 {
		t.Errorf("%v\n%s%s", err, out.String(), log.String())
	}
}
