package sqlstore

import (
	"context"
	"database/sql"
	"strconv"

	"inlay"
)

const principalColumns = "SELECT id, kind, name, client_id, parent_id, scopes, secret, created_at FROM principal "

func scanPrincipal(r row) (inlay.Principal, error) {
	var p inlay.Principal
	var client, parent *string
	var scopes string
	var created *int64
	if err := r.Scan(&p.ID, &p.Kind, &p.Name, &client, &parent, &scopes, &p.Secret, &created); err != nil {
		return p, err
	}
	p.ClientID, p.ParentID = text(client), text(parent)
	var err error
	p.Scopes, err = unpack[string]("scopes of principal "+p.ID, scopes)
	if len(p.Secret) == 0 {
		p.Secret = nil
	}
	p.CreatedAt = moment(created)
	return p, err
}

// CreatePrincipal stores a new principal. A service principal has a client id that is free, a
// user a name that is free among users; the names of service principals may repeat.
func (s *Store) CreatePrincipal(ctx context.Context, p inlay.Principal) error {
	fields := []field{{"id", p.ID, true}, {"name", p.Name, p.Kind != inlay.ServicePrincipal},
		{"client id", p.ClientID, p.Kind == inlay.ServicePrincipal}, {"parent id", p.ParentID, p.Kind == inlay.ServiceProfile}}
	if err := check("principal", append(fields, idFields("scope", p.Scopes)...)...); err != nil {
		return err
	}
	if p.Kind != inlay.MasterUser && len(p.Scopes) > 0 || p.Kind != inlay.ServiceProfile && p.ParentID != "" {
		return inlay.Errorf(inlay.Invalid, "principal %q: scopes are those of users, a parent that of a profile", p.Name)
	}
	scopes, err := packed(p.Scopes)
	if err != nil {
		return err
	}
	var user, client any // null where there is none
	switch p.Kind {
	case inlay.ServicePrincipal:
		client = guid(p.ClientID)
	case inlay.MasterUser:
		if p.ClientID != "" {
			return inlay.Errorf(inlay.Invalid, "principal %q: a user has no client id", p.Name)
		}
		user = key(p.Name)
	case inlay.ServiceProfile:
		if p.ClientID != "" || len(p.Secret) > 0 {
			return inlay.Errorf(inlay.Invalid, "principal %q: a profile has no client id and no secret", p.Name)
		}
	default:
		return inlay.Errorf(inlay.Invalid, "principal %q: unknown kind %q", p.Name, p.Kind)
	}
	secret := append([]byte{}, p.Secret...) // a nil slice would be stored as null
	return s.change(ctx, "create", noun{"principal", strconv.Quote(p.Name)}, func(tx *sql.Tx) (edit, error) {
		if p.ParentID != "" {
			if err := exists(ctx, tx, "application", guid(p.ParentID)); err != nil {
				return nil, err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO principal
			(id, kind, name, user_key, client_id, parent_id, scopes, secret, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			guid(p.ID), string(p.Kind), p.Name, user, client, nullable(guid(p.ParentID)), scopes, secret, p.CreatedAt.UnixMicro())
		if err != nil {
			return nil, err
		}
		return stored(ctx, tx, ask(principalColumns+"WHERE id = ?", guid(p.ID)), scanPrincipal, (*catalog).putPrincipal)
	})
}

// Principal returns the principal with an object id.
func (s *Store) Principal(ctx context.Context, id string) (inlay.Principal, error) {
	return s.principal(ctx, noun{"principal", id}, func(c *catalog) *inlay.Principal { return c.principals.byID[guid(id)] })
}

// PrincipalByClientID returns the service principal of an application.
func (s *Store) PrincipalByClientID(ctx context.Context, clientID string) (inlay.Principal, error) {
	return s.principal(ctx, noun{"principal with client id", clientID},
		func(c *catalog) *inlay.Principal { return c.principals.byClient[guid(clientID)] })
}

// PrincipalByName returns the user with a user principal name, in any case. It does not find
// service principals, whose display names anyone could choose to look like a user's.
func (s *Store) PrincipalByName(ctx context.Context, name string) (inlay.Principal, error) {
	return s.principal(ctx, noun{"user", name}, func(c *catalog) *inlay.Principal { return c.principals.byUser[key(name)] })
}

func (s *Store) principal(ctx context.Context, n noun, pick func(*catalog) *inlay.Principal) (inlay.Principal, error) {
	p, ok, err := look(ctx, s, func(c *catalog) (inlay.Principal, bool) {
		if p := pick(c); p != nil {
			return *p, true
		}
		return inlay.Principal{}, false
	})
	if !ok {
		return p, noun{n.kind, strconv.Quote(n.which)}.unread(err)
	}
	return p, nil
}
