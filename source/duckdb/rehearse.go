package duckdb

import (
	"context"
	"errors"
	"path/filepath"

	"inlay"
	"inlay/model"
	"inlay/model/powerquery"
)

// Obstacle is what a refresh would end at: in a partition, or in the table if that is empty.
type Obstacle struct {
	Table     *model.Table
	Partition model.Partition
	Err       error // a *powerquery.Error where a query is at fault
}

// Rehearse plans a refresh as Refresh does and reads no rows: each query is evaluated to a table
// whose columns are compared with the model's. Of files, only the first lines of text and what a
// query itself computes with are read. Workbooks, Parquet files, databases and web addresses are
// looked for and not opened; a query that needs to know what they hold is followed no further.
func Rehearse(ctx context.Context, in RefreshInput) ([]Obstacle, error) {
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
			err := l.rehearse(ctx, &l.parts[i])
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				out = append(out, Obstacle{Table: t, Partition: l.parts[i].Partition, Err: err})
				if t.Policy != nil {
					break // the others are the same query over other periods
				}
			}
		}
	}
	return out, nil
}

// rehearse evaluates the query of a partition to its columns.
func (l *loader) rehearse(ctx context.Context, p *part) (err error) {
	files, err := l.r.openFiles()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.Close()) }()
	cfg, o := p.config(l.r.cfg), &outside{}
	cfg.Files, cfg.Workbooks, cfg.Parquet = files, o, o
	cfg.Databases, cfg.Web = listed{cfg.Databases, o}, unfetched{cfg.Web, o}
	plan, err := powerquery.Query(ctx, cfg, l.t.Name, p.Partition)
	if o.reached {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = l.match(plan.Columns(), p.Partition)
	if o.reached {
		return nil
	}
	return err
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

// Query is not asked of the database.
func (u undialled) Query(context.Context, string, []any) (powerquery.Cells, error) {
	return nil, u.o.stop()
}

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
