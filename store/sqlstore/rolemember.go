package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"

	"inlay"
)

const (
	roleMemberColumns = "SELECT dataset_id, role, user, origin FROM role_member "
	oneRoleMember     = "WHERE dataset_id = ? AND role_key = ? AND user_key = ?"
)

func scanRoleMember(r row) (inlay.RoleMember, error) {
	var m inlay.RoleMember
	err := r.Scan(&m.DatasetID, &m.Role, &m.User, &m.Origin)
	return m, err
}

// roleMember names a membership for errors, after it was checked.
func roleMember(m inlay.RoleMember) (noun, error) {
	n := noun{"member", strconv.Quote(m.User) + " of role " + strconv.Quote(m.Role) + " of dataset " + guid(m.DatasetID)}
	return n, check("role member", field{"dataset id", m.DatasetID, true}, field{"role", m.Role, true}, field{"user", m.User, true})
}

// AddRoleMember puts a user into a role of a dataset.
func (s *Store) AddRoleMember(ctx context.Context, m inlay.RoleMember) error {
	n, err := roleMember(m)
	if err != nil {
		return err
	}
	if strings.TrimSpace(m.User) != m.User {
		return inlay.Errorf(inlay.Invalid, "role member: the name %q begins or ends with a space", m.User)
	}
	return s.change(ctx, "add", n, func(tx *sql.Tx) (edit, error) {
		d, err := scanDataset(tx.QueryRowContext(ctx, datasetColumns+"WHERE id = ?", guid(m.DatasetID)))
		if errors.Is(err, sql.ErrNoRows) {
			return nil, noun{"dataset", strconv.Quote(m.DatasetID)}.missing()
		}
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(d.Roles, func(r string) bool { return key(r) == key(m.Role) })
		if at < 0 {
			return nil, noun{"role", strconv.Quote(m.Role) + " of dataset " + strconv.Quote(d.Name)}.missing()
		}
		if m.Origin == inlay.UnknownOrigin {
			m.Origin = inlay.ByOperator
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO role_member (dataset_id, role, role_key, user, user_key, origin) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (dataset_id, role_key, user_key) DO UPDATE SET role = excluded.role, user = excluded.user, origin = origin | excluded.origin`,
			guid(m.DatasetID), d.Roles[at], key(m.Role), m.User, key(m.User), m.Origin)
		if err != nil {
			return nil, err
		}
		return stored(ctx, tx, ask(roleMemberColumns+oneRoleMember, guid(m.DatasetID), key(m.Role), key(m.User)),
			scanRoleMember, (*catalog).putRoleMember)
	})
}

// RemoveRoleMember takes a user out of a role, also of one that the dataset has lost, or takes
// back one of the origins by which they are in it.
func (s *Store) RemoveRoleMember(ctx context.Context, m inlay.RoleMember) error {
	n, err := roleMember(m)
	if err != nil {
		return err
	}
	return s.change(ctx, "remove", n, func(tx *sql.Tx) (edit, error) {
		one := []any{guid(m.DatasetID), key(m.Role), key(m.User)}
		was, err := scanRoleMember(tx.QueryRowContext(ctx, roleMemberColumns+oneRoleMember, one...))
		if errors.Is(err, sql.ErrNoRows) {
			return nil, n.missing()
		}
		if err != nil {
			return nil, err
		}
		if rest := was.Origin &^ m.Origin; m.Origin != inlay.UnknownOrigin && rest != inlay.UnknownOrigin {
			was.Origin = rest
			_, err := tx.ExecContext(ctx, "UPDATE role_member SET origin = ? "+oneRoleMember, append([]any{rest}, one...)...)
			return func(c *catalog) { c.putRoleMember(was) }, err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM role_member "+oneRoleMember, one...)
		return func(c *catalog) { c.dropRoleMember(m) }, err
	})
}

// RoleMembers lists the members of the roles of a dataset.
func (s *Store) RoleMembers(ctx context.Context, datasetID string) ([]inlay.RoleMember, error) {
	return list(ctx, s, noun{"role members of dataset", datasetID}, func(c *catalog) []inlay.RoleMember {
		return append([]inlay.RoleMember{}, c.inRoles[guid(datasetID)]...)
	})
}

// RolesOf lists the roles of a dataset that a user is in.
func (s *Store) RolesOf(ctx context.Context, datasetID, user string) ([]inlay.RoleMember, error) {
	return list(ctx, s, noun{"roles of a user in dataset", datasetID}, func(c *catalog) []inlay.RoleMember {
		of := []inlay.RoleMember{}
		for _, m := range c.inRoles[guid(datasetID)] {
			if key(m.User) == key(user) {
				of = append(of, m)
			}
		}
		return of
	})
}

// byRole orders members by role and user.
func byRole(a, b inlay.RoleMember) int {
	if n := strings.Compare(key(a.Role), key(b.Role)); n != 0 {
		return n
	}
	return strings.Compare(key(a.User), key(b.User))
}

func (c *catalog) putRoleMember(m inlay.RoleMember) {
	list := c.inRoles[m.DatasetID]
	i, found := slices.BinarySearchFunc(list, m, byRole)
	if found {
		list[i] = m
		return
	}
	c.inRoles[m.DatasetID] = slices.Insert(list, i, m)
}

func (c *catalog) dropRoleMember(m inlay.RoleMember) {
	list := c.inRoles[guid(m.DatasetID)]
	if i, found := slices.BinarySearchFunc(list, m, byRole); found {
		c.inRoles[guid(m.DatasetID)] = slices.Delete(list, i, i+1)
	}
}
