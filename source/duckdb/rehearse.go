package duckdb

import (
	"context"
	"errors"
	"io"
	"path/filepath"

	"inlay"
	"inlay/model"
	"inlay/model/powerquery"
)

// Obstacle is what a refresh would end at: in a partition, or in the table if that is empty.
type Obstacle struct {
	Table     *model.Table
	Partition model.Partition
	Column    *model.Column // whose type the values of the query cannot enter; the refresh ends at the first of them
	Beyond    bool          // it lies beyond what was not opened: the refresh may not come to it
	Err       error         // a *powerquery.Error where a query is at fault
}

// Opened is what a rehearsal opens beside files of text and JSON. The zero value opens nothing more.
type Opened struct {
	Workbooks powerquery.Reader // nil: workbooks are looked for alone
	Parquet   powerquery.Reader // nil: so are Parquet files
	Connect   bool              // databases are asked for their columns, and web addresses are fetched
}

// Rehearse plans a refresh as Refresh does: each query is evaluated to a table whose columns are
// compared with the model's, in name and in type. Of data, only the first lines of text and what
// a query itself computes with are read. What is not to be opened is looked for all the same; a
// query that needs to know what it holds is followed no further.
func Rehearse(ctx context.Context, in RefreshInput, open Opened) ([]Obstacle, error) {
	root, err := filepath.Abs(in.Root)
	if err != nil {
		return nil, err
	}
	in.Root = root
	r := &refresh{RefreshInput: in, have: map[string]map[string]bool{}, used: map[string]string{}}
	r.cfg = in.config()
	if r.cfg.Culture == "" {
		r.cfg.Culture = in.Model.Culture
	}
	files, err := r.openFiles()
	if err != nil {
		return nil, err
	}
	if err := files.Close(); err != nil {
		return nil, err
	}
	var out []Obstacle
	for _, t := range in.Model.Tables {
		if t.Calculation {
			continue
		}
		l, err := r.table(t)
		if err != nil {
			out = append(out, Obstacle{Table: t, Err: err})
			continue
		}
		if l == nil {
			continue
		}
		for i := range l.parts {
			found, err := l.rehearse(ctx, &l.parts[i], open)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				found = append(found, Obstacle{Err: err})
			}
			for _, o := range found {
				o.Table, o.Partition = t, l.parts[i].Partition
				out = append(out, o)
			}
			if len(found) > 0 && t.Policy != nil {
				break // the others are the same query over other periods
			}
		}
	}
	return out, nil
}

// rehearse evaluates the query of a partition to its columns.
func (l *loader) rehearse(ctx context.Context, p *part, open Opened) (found []Obstacle, err error) {
	files, err := l.r.openFiles()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, files.Close()) }()
	cfg, o := p.config(l.r.cfg), &outside{}
	cfg.Files, cfg.Workbooks, cfg.Parquet = files, o, o
	if open.Workbooks != nil {
		cfg.Workbooks = open.Workbooks
	}
	if open.Parquet != nil {
		cfg.Parquet = open.Parquet
	}
	if !open.Connect {
		cfg.Databases, cfg.Web = listed{cfg.Databases, o}, unfetched{cfg.Web, o}
	}
	plan, err := powerquery.Query(ctx, cfg, l.t.Name, p.Partition)
	if o.reached {
		// Other faults may be those of columns that are not known.
		if inlay.KindOf(err) == inlay.Unsupported {
			return []Obstacle{{Beyond: true, Err: err}}, nil
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	have := plan.Columns()
	at, err := l.match(have, p.Partition)
	if o.reached {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for i, c := range l.cols {
		if h := have[at[i]]; !l.r.Model.ErrorsAsNull && !h.Type.Enters(c.Type) {
			found = append(found, Obstacle{Column: c, Err: inlay.Errorf(inlay.Invalid,
				"column '%s'[%s] is %s, and the query gives values of type %s, which do not convert; change the type in the query or in the model", l.t.Name, c.Name, typeNames[c.Type], h.Type.Name)})
		}
	}
	return found, nil
}

// outside stands for what a rehearsal does not open, and remembers that a query came to it.
type outside struct{ reached bool }

var errOutside = inlay.Errorf(inlay.Forbidden, "a rehearsal opens no data")

func (o *outside) stop() error {
	o.reached = true
	return errOutside
}

// Parts is what a file would be asked first.
func (o *outside) Parts(context.Context, powerquery.Blob) ([]powerquery.Part, error) {
	return nil, o.stop()
}

// Open is what a file would be asked next.
func (o *outside) Open(context.Context, powerquery.Blob, string) (powerquery.Cells, error) {
	return nil, o.stop()
}

// listed finds databases and dials none.
type listed struct {
	powerquery.Databases
	o *outside
}

// Find says whether the configuration lists a database.
func (d listed) Find(kind, server, name string) (powerquery.Database, error) {
	if d.Databases == nil {
		return nil, inlay.Errorf(inlay.Forbidden, "databases cannot be read here")
	}
	db, err := d.Databases.Find(kind, server, name)
	return undialled{db, d.o}, err
}

// undialled is a database that answers nothing.
type undialled struct {
	powerquery.Database
	o *outside
}

// Tables is not asked of the database.
func (u undialled) Tables(context.Context) ([][2]string, error) { return nil, u.o.stop() }

// Query is not asked of the database: what the query does with the columns is looked at as if
// there were none.
func (u undialled) Query(context.Context, string, []any) (powerquery.Cells, error) {
	u.o.reached = true
	return nothing{}, nil
}

// nothing is a table without rows and columns.
type nothing struct{}

func (nothing) Columns() []powerquery.Column      { return nil }
func (nothing) Next() ([]powerquery.Value, error) { return nil, io.EOF }
func (nothing) Close() error                      { return nil }

// unfetched says which addresses may be fetched and fetches none.
type unfetched struct {
	web powerquery.Web
	o   *outside
}

// Allowed is the answer of the configuration.
func (w unfetched) Allowed(address string) bool { return w.web != nil && w.web.Allowed(address) }

// Get fetches nothing.
func (w unfetched) Get(context.Context, string, map[string]string) ([]byte, error) {
	return nil, w.o.stop()
}
