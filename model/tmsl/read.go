package tmsl

import (
	"fmt"
	"io"
	"io/fs"

	"inlay"
	"inlay/model"
	"inlay/model/tmdl"
)

// Read reads the model of one file. Places of errors and notices name the file.
func Read(fsys fs.FS, name string) (*model.Model, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return nil, inlay.Errorf(inlay.Invalid, "%s is not a regular file", name)
	}
	src, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	d, err := Parse(name, src)
	if err != nil {
		return nil, err
	}
	return d.Model()
}

// Model is what the document defines.
func (d *Document) Model() (*model.Model, error) {
	db := d.root
	// A script wraps the database in a command (TMSL reference, "createOrReplace").
	for _, command := range []string{"createOrReplace", "create"} {
		if c := db.child(command); c != nil {
			db = c
		}
	}
	if c := db.child("database"); c != nil {
		db = c
	}
	m := db.child("model")
	if m == nil || m.kind != object {
		return nil, inlay.Errorf(inlay.Invalid, "%s is no model: it has no object \"model\"; a model.bim or a script that creates a database has one", d.File)
	}
	b := &builder{from: d, to: tmdl.NewDocument(d.File, d.text)}
	b.to.Columns = true
	b.to.Nodes = []*tmdl.Node{b.object("model", m)}
	return tmdl.Map([]*tmdl.Document{b.to})
}
