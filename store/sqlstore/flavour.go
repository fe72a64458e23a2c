package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// flavour is everything that differs between databases.
type flavour struct {
	dialect    database.Dialect
	migrations fs.FS // *.sql at the top
	// duplicate says which column of a row was taken ("id", "name", "client id"), or "" for
	// any other error of the driver.
	duplicate func(error) string
	// busy reports that the database was in use and the same call may pass a moment later.
	busy func(error) bool
	// unwritable reports that the disk did not take what was written.
	unwritable func(error) bool
	// versionText asks for a number that changes when another connection has committed.
	versionText string
}

// prepare migrates, and waits for its turn where several processes start on one catalog:
// SQLite does not queue those who switch a new file to WAL, it refuses all but one.
func (f flavour) prepare(ctx context.Context, db *sql.DB) error {
	const patience, pause = 10 * time.Second, 20 * time.Millisecond
	deadline := time.Now().Add(patience)
	for {
		err := f.migrate(ctx, db)
		if err == nil || !f.busy(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// migrate brings the schema up to what this program knows, and refuses a schema that it does
// not know: an old program would misread what a new one wrote.
func (f flavour) migrate(ctx context.Context, db *sql.DB) error {
	p, err := goose.NewProvider(f.dialect, db, f.migrations, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	sources := p.ListSources()
	known := sources[len(sources)-1].Version
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if have > known {
		return fmt.Errorf("its schema has version %d and this program knows versions up to %d: "+
			"run the newer inlay that wrote it, or restore the copy from before the upgrade", have, known)
	}
	if _, err := p.Up(ctx); err != nil {
		// Another process may be migrating at the same moment; then ours found its tables there,
		// and goes on from where the other is.
		if now, verr := p.GetDBVersion(ctx); verr == nil && now > have {
			return f.migrate(ctx, db)
		}
		return fmt.Errorf("migrate the schema from version %d to %d: %w", have, known, err)
	}
	return nil
}
