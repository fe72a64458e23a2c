package sqlstore

import (
	"context"
	"database/sql"
	"slices"

	"inlay"
)

const membershipColumns = "SELECT workspace_id, principal_id, access_right FROM membership "

func scanMembership(r row) (inlay.Membership, error) {
	var m inlay.Membership
	err := r.Scan(&m.WorkspaceID, &m.PrincipalID, &m.Right)
	return m, err
}

func membershipOf(workspaceID, principalID string) noun {
	return noun{"membership", "of principal " + guid(principalID) + " in workspace " + guid(workspaceID)}
}

// SetMembership gives a principal a right in a workspace, in place of the one it had.
func (s *Store) SetMembership(ctx context.Context, m inlay.Membership) error {
	if err := check("membership", field{"workspace id", m.WorkspaceID, true}, field{"principal id", m.PrincipalID, true}); err != nil {
		return err
	}
	if !m.Right.AtLeast(inlay.Viewer) {
		return inlay.Errorf(inlay.Invalid, "membership: unknown access right %q (Viewer, Contributor, Member and Admin exist)", m.Right)
	}
	return s.change(ctx, "set", membershipOf(m.WorkspaceID, m.PrincipalID), func(tx *sql.Tx) (edit, error) {
		if err := exists(ctx, tx, "workspace", guid(m.WorkspaceID)); err != nil {
			return nil, err
		}
		if err := exists(ctx, tx, "principal", guid(m.PrincipalID)); err != nil {
			return nil, err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO membership (workspace_id, principal_id, access_right) VALUES (?, ?, ?)
			ON CONFLICT (workspace_id, principal_id) DO UPDATE SET access_right = excluded.access_right`,
			guid(m.WorkspaceID), guid(m.PrincipalID), string(m.Right))
		if err != nil {
			return nil, err
		}
		return stored(ctx, tx, ask(membershipColumns+"WHERE workspace_id = ? AND principal_id = ?", guid(m.WorkspaceID), guid(m.PrincipalID)), scanMembership, (*catalog).putMembership)
	})
}

// Membership returns the right of a principal in a workspace.
func (s *Store) Membership(ctx context.Context, workspaceID, principalID string) (inlay.Membership, error) {
	m, ok, err := look(ctx, s, func(c *catalog) (m inlay.Membership, found bool) {
		of := c.members[guid(principalID)]
		i, found := slices.BinarySearchFunc(of, guid(workspaceID), byWorkspace)
		if found {
			m = of[i]
		}
		return m, found
	})
	if !ok {
		return m, membershipOf(workspaceID, principalID).unread(err)
	}
	return m, nil
}

// MembershipsOf lists the workspaces of a principal with its right in each.
func (s *Store) MembershipsOf(ctx context.Context, principalID string) ([]inlay.Membership, error) {
	return list(ctx, s, noun{"memberships of principal", principalID}, func(c *catalog) []inlay.Membership {
		return append([]inlay.Membership{}, c.members[guid(principalID)]...)
	})
}
