package server

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"inlay/audit"
)

// activity reads the audit log of the data folder, that of other processes included.
func (s *Server) activity(c audit.Cursor, f audit.EventFilter, limit int) ([]audit.Event, *audit.Cursor, error) {
	return audit.Activity(filepath.Join(s.dir, "audit"), c, f, limit)
}

// recordImport records what was published. It returns when the record is on disk, so that an
// import of which somebody was told is in the log.
func (s *Server) recordImport(ctx context.Context, out Imported) error {
	r := audit.Record{Kind: audit.Import, Operation: "import", Tenant: s.tenant, Workspaces: []string{out.Workspace.ID}, Datasets: []string{out.Dataset.ID},
		Detail: fmt.Sprintf("dataset %q, version %s", out.Dataset.Name, out.Dataset.Version)}
	for _, x := range out.Reports {
		r.Reports = append(r.Reports, x.ID)
	}
	if err := s.audit.Append(context.WithoutCancel(ctx), r); err != nil {
		return fmt.Errorf("the project was published, and that is not recorded: %w", err)
	}
	return nil
}

// checkAdministrators refuses names that could be nobody's.
func (c Config) checkAdministrators() error {
	for _, name := range c.Administrators {
		if name == "" || strings.TrimSpace(name) != name {
			return wrong("administrators", name, "it is empty or has a space around it", "give object ids, client ids and user names, separated by commas")
		}
	}
	return nil
}
