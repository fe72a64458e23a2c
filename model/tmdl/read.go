package tmdl

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"inlay"
	"inlay/model"
)

// maxFile bounds one file. The largest of public models, a linguistic schema, has 8 MB.
const maxFile = 32 << 20

// maxColumns bounds the columns of a model, as the service does ("Data sources in Power BI
// Desktop", "Considerations and limitations").
const maxColumns = 16_000

// maxErrors bounds the errors of one model that are reported.
const maxErrors = 20

// Read reads the model of a definition folder. The name of the model is left to the caller.
func Read(fsys fs.FS) (*model.Model, error) { return ReadDir(fsys, ".") }

// ReadDir reads the model of a definition folder somewhere below fsys. Places of errors and
// notices are relative to fsys.
func ReadDir(fsys fs.FS, dir string) (*model.Model, error) {
	docs, err := documents(fsys, dir)
	if err != nil {
		return nil, err
	}
	return Map(docs)
}

// Map makes a model of the documents of a definition. Readers of other formats of the same
// objects make documents of theirs.
func Map(docs []*Document) (*model.Model, error) {
	m := mapper{model: &model.Model{}, at: map[any]*Node{}, first: map[named]*Node{}}
	for _, d := range docs {
		m.document(d)
	}
	m.declared()
	m.sortTables()
	m.check()
	m.model.CutTimes()
	switch {
	case len(m.errs) > 0:
		return nil, join(append(m.errs, m.broken...))
	case len(m.broken) > 0:
		return nil, &Broken{Model: m.model, errs: m.broken}
	}
	return m.model, nil
}

// Documents parses every file of a definition folder, in the order of their names.
func Documents(fsys fs.FS) ([]*Document, error) { return documents(fsys, ".") }

func documents(fsys fs.FS, dir string) ([]*Document, error) {
	files, err := list(fsys, dir)
	if err != nil {
		return nil, err
	}
	var docs []*Document
	var errs []error
	for _, f := range files {
		src, err := fs.ReadFile(fsys, f)
		if err != nil {
			return nil, fmt.Errorf("read the model's definition: %w", err)
		}
		d, err := Parse(f, src)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		docs = append(docs, d)
	}
	return docs, join(errs)
}

// list finds the .tmdl files of a folder.
func list(fsys fs.FS, dir string) ([]string, error) {
	var files []string
	err := fs.WalkDir(fsys, dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.EqualFold(path.Ext(p), ".tmdl") {
			return err
		}
		if !e.Type().IsRegular() {
			return inlay.Errorf(inlay.Invalid, "%s is not a regular file; a definition holds no links", p)
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if info.Size() > maxFile {
			return inlay.Errorf(inlay.Limit, "%s has %d bytes; a file of a definition may have %d", p, info.Size(), maxFile)
		}
		files = append(files, p)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the model's definition: %w", err)
	}
	if len(files) == 0 {
		return nil, inlay.Errorf(inlay.Invalid, "%s holds no .tmdl file; a model is saved as TMDL into its folder 'definition'", dir)
	}
	sort.Strings(files)
	return files, nil
}

// join reports errors in the order of their places, at most maxErrors of them.
func join(errs []error) error {
	if len(errs) <= maxErrors {
		return errors.Join(errs...)
	}
	more := inlay.Errorf(inlay.Invalid, "and %d errors more", len(errs)-maxErrors)
	return errors.Join(append(errs[:maxErrors:maxErrors], more)...)
}
