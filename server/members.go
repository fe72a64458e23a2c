package server

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

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
				n.known = append(n.known, inlay.RoleMember{DatasetID: d.ID, Role: r.Name, User: p.Name, Origin: inlay.ByDefinition})
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
// one does not: nobody keeps a right that is no longer written. Whom an operator put there, too,
// stays.
func (s *Server) withdraw(ctx context.Context, before inlay.Dataset, now named) (gone []model.Notice, err error) {
	in, err := s.store.RoleMembers(ctx, before.ID)
	if err != nil {
		return nil, err
	}
	last := sync.OnceValues(func() (*model.Model, error) { return readModel(s.dir, before) })
	for _, x := range in {
		if x.Origin == inlay.UnknownOrigin {
			if x, err = s.settle(ctx, last, x); err != nil {
				return nil, err
			}
		}
		if !x.Origin.Has(inlay.ByDefinition) || now.has(x) {
			continue
		}
		then := "who is taken out of the role"
		if x.Origin.Has(inlay.ByOperator) {
			then = "who stays in the role, because inlay roles add put them there"
		}
		x.Origin = inlay.ByDefinition
		if err := s.store.RemoveRoleMember(ctx, x); err != nil && inlay.KindOf(err) != inlay.NotFound {
			return nil, err
		}
		gone = append(gone, model.Notice{What: fmt.Sprintf("role '%s', member '%s': the definition does not name the user any more, %s", x.Role, x.User, then)})
	}
	return gone, nil
}

// settle decides who put a member into a role of whom the catalog did not keep it: the last
// definition, if it names the user or cannot be read, and an operator otherwise.
func (s *Server) settle(ctx context.Context, last func() (*model.Model, error), x inlay.RoleMember) (inlay.RoleMember, error) {
	m, err := last()
	if x.Origin = inlay.ByOperator; err != nil || defines(m, x) {
		x.Origin = inlay.ByDefinition
		return x, nil //nolint:nilerr // a definition that cannot be read is no reason to keep a right
	}
	err = s.store.AddRoleMember(ctx, x)
	if inlay.KindOf(err) == inlay.NotFound { // the dataset has lost the role
		err = nil
	}
	return x, err
}

// defines tells whether a definition names somebody for a role.
func defines(m *model.Model, x inlay.RoleMember) bool {
	for _, r := range m.Roles {
		for _, y := range r.Members {
			if sameMember(x, inlay.RoleMember{Role: r.Name, User: y.Name}) {
				return true
			}
		}
	}
	return false
}

// sameMember compares names as the catalog does: without regard to case, and however accents are
// written.
func sameMember(a, b inlay.RoleMember) bool {
	return strings.EqualFold(norm.NFC.String(a.Role), norm.NFC.String(b.Role)) && strings.EqualFold(norm.NFC.String(a.User), norm.NFC.String(b.User))
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
		if sameMember(x, y) {
			return true
		}
	}
	return false
}
