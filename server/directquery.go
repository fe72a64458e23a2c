package server

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"inlay"
	"inlay/admission"
	"inlay/model"
	"inlay/query"
	"inlay/source/postgres"
)

// databases are the PostgreSQL databases that the configuration names. Models whose partitions
// are of mode directQuery are asked there. A model says which database it means and never how to
// sign in: what it names and the configuration does not is refused.
type databases struct {
	pools  map[string]*postgres.Pool // by postgres.DatabaseName
	queues map[*postgres.Pool]*admission.Queue
}

// connections are those to one database. Questions take turns for them, apart from those of
// imported data: a database that hangs holds up nobody else.
const connections = 8

// openDatabases makes the pools. They connect when something is asked.
func openDatabases(cfg Config, p parts) (*databases, error) {
	d := &databases{pools: map[string]*postgres.Pool{}, queues: map[*postgres.Pool]*admission.Queue{}}
	for _, entry := range cfg.Postgres {
		name, url, err := splitDatabase(entry)
		if err != nil {
			return nil, err
		}
		pool, err := postgres.Open(url, postgres.Options{Connections: connections, Log: p.log, Barrier: cfg.hasPolicies(name)})
		if err != nil {
			d.Close()
			return nil, wrong("postgres", name+"=…", err.Error(), databaseRemedy)
		}
		d.pools[name] = pool
		d.queues[pool] = admission.New(admission.Options{Slots: connections, Waiting: waiting * connections, Now: p.now})
	}
	return d, nil
}

const databaseRemedy = "give the database as the model names it and how to connect, such as db.example.com/sales=postgres://reader:secret@db.example.com/sales?sslmode=verify-full"

// splitDatabase reads HOST/DATABASE=URL. The URL is a secret, so that no error shows it.
func splitDatabase(entry string) (name, url string, err error) {
	name, url, ok := strings.Cut(entry, "=")
	host, database, found := strings.Cut(name, "/")
	if !ok || !found || host == "" || database == "" || url == "" || strings.Contains(host, "@") {
		return "", "", &inlay.Error{Kind: inlay.Invalid, Msg: "--postgres: an entry is not of the form HOST/DATABASE=URL: " + databaseRemedy, Remedy: databaseRemedy}
	}
	return postgres.DatabaseName(host, database), url, nil
}

func (c Config) hasPolicies(name string) bool {
	return slices.ContainsFunc(c.PostgresPolicies, func(p string) bool {
		host, database, _ := strings.Cut(p, "/")
		return postgres.DatabaseName(host, database) == name
	})
}

// checkDatabases holds that each entry can be read, and that policies are asked of a database
// that there is: a misspelled name would leave a barrier off.
func (c Config) checkDatabases() error {
	known := map[string]bool{}
	for _, entry := range c.Postgres {
		name, _, err := splitDatabase(entry)
		if err != nil {
			return err
		}
		if known[name] {
			return wrong("postgres", name+"=…", "the database is given twice", "give it once")
		}
		known[name] = true
	}
	for _, p := range c.PostgresPolicies {
		host, database, _ := strings.Cut(p, "/")
		if !known[postgres.DatabaseName(host, database)] {
			return wrong("postgres-policies", p, "no --postgres has this name", "give host and database as --postgres does")
		}
	}
	return nil
}

// source is where the rows of a model are, if they stay in a database; nil if they are imported.
func (d *databases) source(m *model.Model) (*postgres.Pool, map[string]postgres.Relation, error) {
	if !postgres.Direct(m) {
		return nil, nil, nil
	}
	name, relations, err := postgres.Relations(m)
	if err != nil {
		return nil, nil, err
	}
	p, ok := d.pools[name]
	if !ok {
		return nil, nil, &inlay.Error{Kind: inlay.Invalid, Msg: "the configuration has no database " + name + ", where the rows of this model are",
			Remedy: "start with --postgres " + name + "=postgres://…"}
	}
	return p, relations, nil
}

// taking is a source whose statements take turns for the connections of their database.
type taking struct {
	query.Source
	queue *admission.Queue
	path  []string // of statements of no question
}

// Run runs a statement when it is the turn of who asks.
func (g *taking) Run(ctx context.Context, s query.Statement) (query.Rows, error) {
	path := g.path
	if q, ok := ctx.Value(questionKey{}).(*question); ok {
		path = q.path
	}
	leave, err := g.queue.Enter(ctx, path...)
	if err != nil {
		return nil, err
	}
	rows, err := g.Source.Run(ctx, s)
	if err != nil {
		leave()
		return nil, err
	}
	return &held{rows, leave}, nil
}

// engine answers questions about a dataset whose rows stay in a database; nil if they are imported.
func (d *databases) engine(m *model.Model, ds inlay.Dataset) (*query.Engine, error) {
	p, relations, err := d.source(m)
	if err != nil || p == nil {
		return nil, err
	}
	src := postgres.NewSource(p, m, relations)
	e, err := query.New(m, &taking{src, d.queues[p], []string{ds.WorkspaceID, ds.ID}})
	if err == nil {
		src.Learns(e.Learn)
	}
	return e, err
}

// check binds a model whose rows stay in a database, and lists what cannot be asked.
func (d *databases) check(ctx context.Context, m *model.Model) ([]model.Notice, error) {
	p, relations, err := d.source(m)
	if err != nil {
		return nil, err
	}
	src, err := postgres.Bind(ctx, p, m, relations)
	if err != nil {
		return nil, err
	}
	e, err := query.New(m, src)
	if err != nil {
		return nil, err
	}
	return e.Unsupported(), nil
}

// Direct compares the columns of a model whose rows stay in a database with those that the
// database has, for whoever checks a model without a server.
func (c Config) Direct(ctx context.Context, m *model.Model) error {
	d, err := openDatabases(c, parts{now: time.Now, log: slog.New(slog.DiscardHandler)}) // what is wrong is said by the error
	if err != nil {
		return err
	}
	defer d.Close()
	_, err = d.check(ctx, m)
	return err
}

// Policies writes row policies for the database of a dataset, from the roles of its model, and
// lists the roles that cannot be said to a database.
func (s *Server) Policies(ctx context.Context, workspace, dataset string) (text string, left []string, err error) {
	w, err := s.store.WorkspaceByName(ctx, workspace)
	if err != nil {
		return "", nil, err
	}
	d, err := s.store.DatasetByName(ctx, w.ID, dataset)
	if err != nil {
		return "", nil, err
	}
	m, err := readModel(s.dir, d)
	if err != nil {
		return "", nil, err
	}
	p, relations, err := s.datasets.dbs.source(m)
	if err != nil {
		return "", nil, err
	}
	if p == nil {
		return "", nil, inlay.Errorf(inlay.Invalid, "the rows of dataset %q are imported; row policies are for those that stay in a database", d.Name)
	}
	text, unsaid, err := postgres.NewSource(p, m, relations).Unguarded().Policies(ctx)
	for role, why := range unsaid {
		left = append(left, role+": "+strings.Join(strings.Fields(why.Error()), " "))
	}
	slices.Sort(left)
	return text, left, err
}

// Close closes the pools after the statements under way have ended.
func (d *databases) Close() {
	for _, p := range d.pools {
		p.Close()
	}
}
