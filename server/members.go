package server

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"inlay"
	"inlay/model"
)

// named is whom the roles of a definition name.
type named struct {
	known   []inlay.RoleMember // users that are known here
	nobody  []inlay.RoleMember // names that nobody here has; inlay roles add may have put them into a role
	notices []model.Notice     // about all who are not known
}

// members are those whom a definition names. Names that are not known are listed: what they may
// see is decided when somebody says who they are.
func (s *Server) members(ctx context.Context, d inlay.Dataset, m *model.Model) (n named, err error) {
	for _, r := range m.Roles {
		for _, x := range r.Members {
			p, err := s.memberOf(ctx, x)
			switch {
			case err == nil:
				n.known = append(n.known, inlay.RoleMember{DatasetID: d.ID, Role: r.Name, User: p.Name})
			case inlay.KindOf(err) == inlay.NotFound:
				if p.ID == "" {
					n.nobody = append(n.nobody, inlay.RoleMember{DatasetID: d.ID, Role: r.Name, User: x.Name})
				}
				n.notices = append(n.notices, model.Notice{Place: x.Place, What: fmt.Sprintf("role '%s', member '%s' is no user that is known here, and is left out; inlay roles add puts users into roles", r.Name, x.Name)})
			default:
				return n, err
			}
		}
	}
	return n, nil
}

// memberOf finds the user that a definition names. Where it says an id, that must be the id of the
// user with this name.
func (s *Server) memberOf(ctx context.Context, x model.RoleMember) (inlay.Principal, error) {
	p, err := s.store.PrincipalByName(ctx, x.Name)
	if err != nil {
		return p, err
	}
	id, bad := uuid.Parse(x.ID)
	same := x.ID == "" || strings.EqualFold(x.ID, p.Name) || bad == nil && strings.EqualFold(id.String(), p.ID)
	if p.Kind != inlay.MasterUser || !same {
		return p, inlay.Errorf(inlay.NotFound, "there is no user %q with this id", x.Name)
	}
	return p, nil
}

// withdraw takes those out of roles whom the last definition of a dataset put there and the new
// one does not: nobody keeps a right that is no longer written. If the last one cannot be read,
// everybody goes whom the new one does not name.
func (s *Server) withdraw(ctx context.Context, before inlay.Dataset, now named) (gone []model.Notice, err error) {
	var put []inlay.RoleMember
	last, unreadable := readModel(s.dir, before)
	if unreadable != nil {
		if put, err = s.store.RoleMembers(ctx, before.ID); err != nil {
			return nil, err
		}
	} else {
		for _, r := range last.Roles {
			for _, x := range r.Members {
				put = append(put, inlay.RoleMember{DatasetID: before.ID, Role: r.Name, User: x.Name})
			}
		}
	}
	for _, x := range put {
		if now.has(x) {
			continue
		}
		err := s.store.RemoveRoleMember(ctx, x)
		if inlay.KindOf(err) == inlay.NotFound && err != nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		gone = append(gone, model.Notice{What: fmt.Sprintf("role '%s', member '%s': the definition does not name the user any more, who is taken out of the role", x.Role, x.User)})
	}
	return gone, nil
}

// addMembers puts users into the roles of a dataset that was published.
func (s *Server) addMembers(ctx context.Context, list []inlay.RoleMember) error {
	for _, m := range list {
		if err := s.store.AddRoleMember(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// has tells whether a definition names somebody for a role.
func (n named) has(x inlay.RoleMember) bool {
	for _, y := range slices.Concat(n.known, n.nobody) {
		if strings.EqualFold(x.Role, y.Role) && strings.EqualFold(x.User, y.User) {
			return true
		}
	}
	return false
}
