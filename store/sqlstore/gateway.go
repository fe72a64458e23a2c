package sqlstore

import (
	"context"
	"database/sql"
	"slices"

	"inlay"
)

const gatewayColumns = "SELECT gateway_id, datasource_id, principal_id, access_right FROM gateway_right "

func scanGatewayRight(r row) (inlay.GatewayRight, error) {
	var g inlay.GatewayRight
	err := r.Scan(&g.GatewayID, &g.DatasourceID, &g.PrincipalID, &g.Right)
	return g, err
}

// SetGatewayRight gives a principal a right on a gateway or a data source, in place of the one
// it had there.
func (s *Store) SetGatewayRight(ctx context.Context, g inlay.GatewayRight) error {
	if err := check("gateway right", field{"gateway id", g.GatewayID, true}, field{"data source id", g.DatasourceID, false},
		field{"principal id", g.PrincipalID, true}); err != nil {
		return err
	}
	whole := g.Right == inlay.GatewayAdmin
	if !whole && g.Right != inlay.DatasourceRead && g.Right != inlay.OverrideIdentity || whole != (g.DatasourceID == "") {
		return inlay.Errorf(inlay.Invalid, "gateway right: %q is no right on this (Admin on a gateway; Read and ReadOverrideEffectiveIdentity on a data source)", g.Right)
	}
	return s.change(ctx, "set", noun{"gateway right", "of principal " + guid(g.PrincipalID)}, func(tx *sql.Tx) (edit, error) {
		if err := exists(ctx, tx, "principal", guid(g.PrincipalID)); err != nil {
			return nil, err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO gateway_right (gateway_id, datasource_id, principal_id, access_right) VALUES (?, ?, ?, ?)
			ON CONFLICT (gateway_id, datasource_id, principal_id) DO UPDATE SET access_right = excluded.access_right`,
			guid(g.GatewayID), guid(g.DatasourceID), guid(g.PrincipalID), string(g.Right))
		if err != nil {
			return nil, err
		}
		return stored(ctx, tx, ask(gatewayColumns+"WHERE gateway_id = ? AND datasource_id = ? AND principal_id = ?",
			guid(g.GatewayID), guid(g.DatasourceID), guid(g.PrincipalID)), scanGatewayRight, (*catalog).putGatewayRight)
	})
}

// GatewayRightsOf lists what a principal may do with gateways.
func (s *Store) GatewayRightsOf(ctx context.Context, principalID string) ([]inlay.GatewayRight, error) {
	return list(ctx, s, noun{"gateway rights of principal", principalID}, func(c *catalog) []inlay.GatewayRight {
		return append([]inlay.GatewayRight{}, c.gateways[guid(principalID)]...)
	})
}

func (c *catalog) putGatewayRight(g inlay.GatewayRight) {
	list := c.gateways[g.PrincipalID]
	i := slices.IndexFunc(list, func(o inlay.GatewayRight) bool {
		return o.GatewayID == g.GatewayID && o.DatasourceID == g.DatasourceID
	})
	if i >= 0 {
		list[i] = g
		return
	}
	c.gateways[g.PrincipalID] = append(list, g)
}
