package sqlstore

import (
	"context"
	"database/sql"

	"inlay"
)

const switchColumns = "SELECT service_principals, profiles, xmla FROM tenant_switches "

func scanSwitches(r row) (inlay.Switches, error) {
	var v inlay.Switches
	err := r.Scan(&v.ServicePrincipals, &v.Profiles, &v.XMLA)
	return v, err
}

// SetSwitches stores the settings of the tenant.
func (s *Store) SetSwitches(ctx context.Context, v inlay.Switches) error {
	return s.change(ctx, "set", noun{"switches", "of the tenant"}, func(tx *sql.Tx) (edit, error) {
		_, err := tx.ExecContext(ctx, `INSERT INTO tenant_switches (one, service_principals, profiles, xmla) VALUES (1, ?, ?, ?)
			ON CONFLICT (one) DO UPDATE SET service_principals = excluded.service_principals, profiles = excluded.profiles, xmla = excluded.xmla`,
			v.ServicePrincipals, v.Profiles, v.XMLA)
		if err != nil {
			return nil, err
		}
		return stored(ctx, tx, ask(switchColumns), scanSwitches, (*catalog).putSwitches)
	})
}

// Switches returns the settings of the tenant.
func (s *Store) Switches(ctx context.Context) (inlay.Switches, error) {
	v, ok, err := look(ctx, s, func(c *catalog) (inlay.Switches, bool) { return c.switches, true })
	if !ok {
		return v, noun{"switches", "of the tenant"}.wrap("read", err)
	}
	return v, nil
}
