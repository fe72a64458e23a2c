package powerquery

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"inlay"
	"inlay/model/powerquery/syntax"
)

// made is a value that Go makes when somebody looks at it, in the place of an expression.
type made struct {
	syntax.At
	f func() (Value, error)
}

func defineFiles() {
	define("Excel.Workbook", 1, 3, excelWorkbook)
	define("Parquet.Document", 1, 2, parquetDocument)
	define("Folder.Files", 1, 2, folderFiles)
	define("Folder.Contents", 1, 2, folderFiles)
}

// blob opens a binary argument for a reader.
func (c *call) blob(i int) (Blob, error) {
	switch ref := c.arg(i).ref.(type) {
	case fileRef:
		f, err := c.ev.cfg.Files.open(ref.spot)
		if err != nil {
			return Blob{}, c.refuse(i, err)
		}
		st, err := f.Stat()
		if err != nil {
			_ = f.Close()
			return Blob{}, c.errorf(i, inlay.Invalid, "file %q cannot be read", ref.spot)
		}
		return Blob{Name: ref.String(), Data: f, Size: st.Size(), File: f}, nil
	case []byte:
		return Blob{Name: "data of the query", Data: bytes.NewReader(ref), Size: int64(len(ref))}, nil
	}
	return Blob{}, c.raise(i, "expected a file, not %s", c.arg(i).describe())
}

func (b Blob) close() {
	if b.File != nil {
		_ = b.File.Close()
	}
}

// blobCells close the file behind the rows.
type blobCells struct {
	Cells
	blob Blob
}

func (b blobCells) Close() error {
	err := b.Cells.Close()
	b.blob.close()
	return err
}

// part is a part of a file as a table.
func (c *call) part(r Reader, item, label string) (*table, error) {
	open := func(ctx context.Context) (Cells, error) {
		b, err := c.blob(0)
		if err != nil {
			return nil, err
		}
		cells, err := r.Open(ctx, b, item)
		if err != nil {
			b.close()
			return nil, err
		}
		return blobCells{cells, b}, nil
	}
	first, err := open(c.ev.ctx)
	if err != nil {
		return nil, c.outside(err)
	}
	defer func() { _ = first.Close() }()
	return &table{cols: append([]Column(nil), first.Columns()...), op: &cellsOp{c: c, text: label, run: open}}, nil
}

// parquetDocument is Parquet.Document(file).
func parquetDocument(c *call) (Value, error) {
	if c.ev.cfg.Parquet == nil {
		return Value{}, c.errorf(0, inlay.Forbidden, "Parquet files cannot be read here")
	}
	t, err := c.part(c.ev.cfg.Parquet, "", "parquet "+fileName(c.arg(0)))
	if err != nil {
		return Value{}, err
	}
	if _, ok := c.arg(0).ref.(fileRef); ok {
		t.op = &parquetOp{cellsOp: t.op.(*cellsOp), cols: t.cols}
	}
	return tableOf(t), nil
}

// parquetOp is a Parquet file of the project, which a fold can read by itself.
type parquetOp struct {
	*cellsOp
	cols []Column
}

func fileName(v Value) string {
	if ref, ok := v.ref.(fileRef); ok {
		return fmt.Sprintf("%q", ref.spot)
	}
	return "data"
}

// partsOp is the table of what a workbook holds. A row is found by its key without reading the
// other parts.
type partsOp struct {
	*rowsOp
	cols []Column
}

func (o *partsOp) row(key *record) ([]Value, error) {
	t := &table{cols: o.cols}
	var found []Value
	for _, row := range o.rows {
		same := true
		for i, n := range key.head.names {
			v := row[t.find(n)]
			eq, ok := equal(v, key.vals[i])
			same = same && eq && ok
		}
		if same && found != nil {
			return nil, &refusal{inlay.Invalid, "the key matches more than one part of the file", ""}
		}
		if same {
			found = row
		}
	}
	return found, nil
}

// has lists what there is, for whoever looked for something else.
func (o *partsOp) has() string {
	const most = 20
	t := &table{cols: o.cols}
	var list []string
	for _, row := range o.rows[:min(most, len(o.rows))] {
		list = append(list, fmt.Sprintf("%s %q", row[t.find("Kind")].s, row[t.find("Item")].s))
	}
	if len(o.rows) > most {
		list = append(list, fmt.Sprintf("and %d more", len(o.rows)-most))
	}
	return "the workbook has " + strings.Join(list, ", ")
}

// excelWorkbook is Excel.Workbook(file, useHeaders, delayTypes).
func excelWorkbook(c *call) (Value, error) {
	r := c.ev.cfg.Workbooks
	if r == nil {
		return Value{}, c.errorf(0, inlay.Forbidden, "workbooks cannot be read here")
	}
	headers := c.arg(1)
	if headers.kind == RecordOf {
		opts, err := c.fields(1, "UseHeaders", "DelayTypes", "InferSheetDimensions")
		if err != nil {
			return Value{}, err
		}
		headers = opts["UseHeaders"]
	}
	b, err := c.blob(0)
	if err != nil {
		return Value{}, err
	}
	defer b.close()
	parts, err := r.Parts(c.ev.ctx, b)
	if err != nil {
		return Value{}, c.outside(err)
	}
	cols := []Column{{"Name", Named("text")}, {"Data", Named("table")}, {"Item", Named("text")}, {"Kind", Named("text")}, {"Hidden", Named("logical")}}
	rows := make([][]Value, len(parts))
	for i, p := range parts {
		data := c.ev.deferred(c, func() (Value, error) {
			t, err := c.part(r, p.Kind+"\x00"+p.Item, fmt.Sprintf("workbook %s, %s %q", fileName(c.arg(0)), strings.ToLower(p.Kind), p.Name))
			if err != nil {
				return Value{}, err
			}
			if headers.kind == Logical && headers.n != 0 || p.Kind == "Table" {
				return c.sub("Table.PromoteHeaders", tableOf(t), recordOf([]string{"PromoteAllScalars"}, []Value{logical(true)}))
			}
			return tableOf(t), nil
		})
		rows[i] = []Value{text(p.Name), data, text(p.Item), text(p.Kind), logical(p.Hidden)}
	}
	return tableOf(&table{cols: cols, op: &partsOp{rowsOp: &rowsOp{rows: rows, text: "parts of workbook " + fileName(c.arg(0))}, cols: cols}}), nil
}

// folderFiles is Folder.Files(path): the files of a folder of the project, those of its
// folders too.
func folderFiles(c *call) (Value, error) {
	name, err := c.text(0)
	if err != nil {
		return Value{}, err
	}
	if c.ev.cfg.Files == nil {
		return Value{}, c.errorf(0, inlay.Forbidden, "files cannot be read here")
	}
	found, err := c.ev.cfg.Files.list(name)
	if err != nil {
		return Value{}, c.refuse(0, err)
	}
	cols := []Column{{"Content", Named("binary")}, {"Name", Named("text")}, {"Extension", Named("text")}, {"Date accessed", Named("datetime")},
		{"Date modified", Named("datetime")}, {"Date created", Named("datetime")}, {"Attributes", Named("record")}, {"Folder Path", Named("text")}}
	var rows [][]Value
	base := strings.TrimRight(name, `/\`)
	for _, f := range found {
		info, err := f.entry.Info()
		if err != nil {
			continue
		}
		when := dateTimeOf(info.ModTime().UTC())
		dir := base
		if d := path.Dir(f.below); d != "." {
			dir += "/" + d
		}
		if strings.Contains(name, `\`) {
			dir = strings.ReplaceAll(dir, "/", `\`) + `\`
		} else {
			dir += "/"
		}
		attrs := recordOf([]string{"Kind", "Size", "Hidden"}, []Value{text("File"), integer(info.Size()), logical(false)})
		rows = append(rows, []Value{{kind: Binary, ref: fileRef{f.spot}}, text(path.Base(f.path)), text(path.Ext(f.path)), when, when, when, attrs, text(dir)})
	}
	return tableOf(&table{cols: cols, op: &rowsOp{rows: rows, text: fmt.Sprintf("files of %q", name), settled: true}}), nil
}

// listed is a file that a folder has.
type listed struct {
	spot
	below string // the folder that was asked for
	entry fs.DirEntry
}

// maxListed bounds the files of one folder.
const maxListed = 20_000

// list gives the regular files below a folder, in the order of their names. Symbolic links and
// hidden files are left out.
func (f *Files) list(name string) ([]listed, error) {
	at, err := f.folder(name)
	if err != nil {
		return nil, err
	}
	dir := path.Join(".", at.path)
	var out []listed
	err = fs.WalkDir(at.in.root.FS(), dir, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case p != dir && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type().IsRegular():
			if len(out) >= maxListed {
				return &refusal{inlay.Limit, fmt.Sprintf("the folder %q has more than %d files", name, maxListed), ""}
			}
			out = append(out, listed{spot{at.in, p}, strings.TrimPrefix(strings.TrimPrefix(p, dir), "/"), d})
		}
		return nil
	})
	sort.Slice(out, func(a, b int) bool { return out[a].path < out[b].path })
	return out, err
}

// folder finds the folder for what a query names, by the rules of resolve.
func (f *Files) folder(name string) (spot, error) {
	list := parts(name)
	for _, p := range list {
		if p == ".." || strings.ContainsRune(p, 0) {
			return spot{}, &refusal{inlay.Forbidden, fmt.Sprintf("the path %q climbs out of its folder with ..", name), "write it without .."}
		}
	}
	if p := f.mapped(list); p != nil {
		to, err := p.spot(list[len(p.from):])
		if err != nil {
			return spot{}, err
		}
		switch {
		case to.isFolder():
			return to, nil
		case to.in != f.project:
			return spot{}, &refusal{inlay.NotFound, fmt.Sprintf("there is no folder %q in the %s", to, to.where()), ""}
		}
		return spot{}, &refusal{inlay.NotFound, fmt.Sprintf("%q is mapped to %q, and there is no such folder in the project", name, path.Join(".", to.path)), ""}
	}
	if !absolute(name) {
		for _, p := range []string{path.Join(list...), path.Join(append([]string{"data"}, list...)...)} {
			if to := (spot{f.project, p}); p != "" && to.isFolder() {
				return to, nil
			}
		}
	}
	return f.folderBySuffix(name, list)
}

// folderBySuffix is the one folder of the project that shares the longest end with a path.
func (f *Files) folderBySuffix(name string, list []string) (spot, error) {
	for n := len(list); n > 0; n-- {
		var found []string
		end := strings.ToLower(path.Join(list[len(list)-n:]...))
		_ = fs.WalkDir(f.project.root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
			if low := strings.ToLower(p); err == nil && d.IsDir() && (low == end || strings.HasSuffix(low, "/"+end)) {
				found = append(found, p)
			}
			return nil
		})
		if len(found) == 1 {
			f.used[name] = found[0]
			return spot{f.project, found[0]}, nil
		}
		if len(found) > 1 {
			return spot{}, &refusal{inlay.Conflict, fmt.Sprintf("the folder %q could be any of %s of the project", name, names(found)), remedyMap(name + "/")}
		}
	}
	return spot{}, &refusal{inlay.NotFound, fmt.Sprintf("there is no folder %q in the project", name), remedyMap(name + "/")}
}
