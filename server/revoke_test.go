package server

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inlay"
)

// TestRotateAtOnce has several programs change the keys of one data folder at the same time: no
// change is lost.
func TestRotateAtOnce(t *testing.T) {
	dir := t.TempDir()
	const programs, each = 3, 4
	var servers []*Server
	for range programs {
		s, err := New(t.Context(), Config{Data: dir})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		servers = append(servers, s)
	}
	var work sync.WaitGroup
	for _, s := range servers {
		work.Go(func() {
			for range each {
				if _, err := s.RotateKeys(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	keys, err := servers[0].Keys()
	if err != nil || len(keys) != 1+programs*each {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}

// TestRevokeRefused holds that an id which is mistyped is noticed, and that a token which is given
// in place of its id is not repeated.
func TestRevokeRefused(t *testing.T) {
	s, err := New(t.Context(), Config{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const nobody = "33333333-3333-4333-8333-333333333333"
	for _, kind := range []inlay.SubjectKind{inlay.OfTenant, inlay.OfPrincipal, inlay.OfWorkspace, inlay.OfReport, inlay.OfDataset} {
		if _, err := s.Revoke(t.Context(), inlay.Subject{Kind: kind, ID: nobody}); inlay.KindOf(err) != inlay.NotFound || !strings.Contains(fmt.Sprint(err), nobody) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := s.Revoke(t.Context(), inlay.Subject{Kind: "capacity", ID: nobody}); inlay.KindOf(err) != inlay.Invalid {
		t.Errorf("unknown kind: %v", err)
	}
	const token = "AQsecretsecretsecretsecretsecretsecret=="
	if err := s.RevokeToken(t.Context(), token); inlay.KindOf(err) != inlay.Invalid || strings.Contains(err.Error(), token[:10]) {
		t.Errorf("a token for an id: %v", err)
	}
	if n, err := s.Revoke(t.Context(), inlay.Subject{Kind: inlay.OfTenant}); n != 1 || err != nil {
		t.Errorf("tenant: %d, %v", n, err)
	}
}

// TestOptionsBeyondTheService are off unless they are asked for.
func TestOptionsBeyondTheService(t *testing.T) {
	c, err := parse(t)
	if err != nil || c.RequireIdentity || c.StrictRoles || c.Administrators != nil {
		t.Errorf("%+v, %v", c, err)
	}
	c, err = parse(t, "--require-identity", "--strict-roles", "--administrators", "anna@example.com,33333333-3333-4333-8333-333333333333")
	if err != nil || !c.RequireIdentity || !c.StrictRoles || !cmp.Equal(c.Administrators, []string{"anna@example.com", "33333333-3333-4333-8333-333333333333"}) {
		t.Errorf("%+v, %v", c, err)
	}
}
