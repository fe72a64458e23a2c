package embedtoken

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"inlay"
)

// TestRandomRequests draws requests and callers at random, most of them nearly right, and
// asks of every grant what must hold whatever the rules say.
func TestRandomRequests(t *testing.T) {
	asked, granted := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 30 {
			c, r := randomCaller(t), randomRequest(t)
			asked++
			g, err := Decide(world(), c, r, now)
			if inlay.KindOf(err) == inlay.Internal && err != nil {
				t.Fatalf("no rule answered: %v", err)
			}
			if err == nil {
				granted++
				holds(t, c, r, g)
			}
		}
	})
	if granted < asked/20 {
		t.Errorf("%d of %d requests were granted: the test shows little", granted, asked)
	}
}

// mostly draws one of the good values, and now and then one of the bad.
func mostly[T any](t *rapid.T, good, bad []T) T {
	if rapid.IntRange(0, 14).Draw(t, "spoil") == 0 {
		return rapid.SampledFrom(bad).Draw(t, "bad")
	}
	return rapid.SampledFrom(good).Draw(t, "good")
}

func randomCaller(t *rapid.T) inlay.Caller {
	return inlay.Caller{
		PrincipalID: "x",
		Kind:        mostly(t, []inlay.PrincipalKind{inlay.ServicePrincipal, inlay.MasterUser}, []inlay.PrincipalKind{"", "Group"}),
		ExpiresAt:   now.Add(mostly(t, []time.Duration{time.Hour, time.Minute}, []time.Duration{-time.Second, time.Millisecond, 0})),
	}
}

func randomRequest(t *rapid.T) Request {
	id := func() string {
		return mostly(t, []string{orders, orders, plain, strings.ToUpper(orders)}, []string{secret, listed, nothing, "", "x"})
	}
	upTo := func(n int) int { return rapid.IntRange(0, n).Draw(t, "n") }
	r := Request{LifetimeMinutes: mostly(t, []int64{0, 0, 1, 10, 120}, []int64{-1, 1 << 62})}
	r.Datasets = many(1+upTo(1), func(int) DatasetRequest {
		return DatasetRequest{ID: id(), XMLA: mostly(t, []string{""}, []string{"Off", "ReadOnly"})}
	})
	r.Reports = many(upTo(2), func(int) ReportRequest {
		return ReportRequest{ID: mostly(t, []string{ordersReport}, []string{secretReport, listedReport, noReport}), AllowEdit: mostly(t, []bool{true}, []bool{false})}
	})
	r.TargetWorkspaces = many(upTo(1), func(int) string { return mostly(t, []string{sales, finance}, []string{hidden, reading}) })
	text := func() string {
		return mostly(t, []string{"ann@example.com", "bob", "' OR 1=1--"}, []string{"", " ", "é", strings.Repeat("u", 257)})
	}
	r.Identities = many(mostly(t, []int{0, 1, 1}, []int{2}), func(int) IdentityRequest {
		return IdentityRequest{
			Username: text(), CustomData: text(),
			Roles: many(1, func(int) string { return mostly(t, []string{"West", "East", "Nobody", "[x]"}, []string{"", "a,b"}) })[mostly(t, []int{0}, []int{1}):],
			Datasets: many(1, func(int) string {
				return mostly(t, []string{orders, strings.ToUpper(orders)}, []string{plain, secret, ""})
			}),
		}
	})
	return r
}

// holds is what a grant never goes beyond.
func holds(t *rapid.T, c inlay.Caller, r Request, g Grant) {
	w := world()
	if g.ExpiresAt.After(c.ExpiresAt) || !g.ExpiresAt.After(now) {
		t.Fatalf("expires %v", g.ExpiresAt)
	}
	if n := r.LifetimeMinutes; n > 0 && n < 1000 && g.ExpiresAt.After(now.Add(time.Duration(n)*time.Minute)) {
		t.Fatalf("lives longer than %d minutes", n)
	}
	for _, x := range g.TargetWorkspaces {
		if !w.Rights[x].AtLeast(inlay.Contributor) {
			t.Fatalf("saves to %s", x)
		}
	}
	for _, x := range g.Reports {
		asked := slices.ContainsFunc(r.Reports, func(q ReportRequest) bool {
			return strings.EqualFold(q.ID, x.ID) && q.AllowEdit == x.Edit
		})
		if !asked || !w.Rights[w.Reports[x.ID].WorkspaceID].AtLeast(inlay.Contributor) {
			t.Fatalf("opens %+v", x)
		}
	}
	for _, x := range g.Datasets {
		asked := slices.ContainsFunc(r.Datasets, func(q DatasetRequest) bool { return strings.EqualFold(q.ID, x.ID) })
		d := w.Datasets[x.ID]
		if !asked || !w.Rights[d.WorkspaceID].AtLeast(inlay.Contributor) || x.Unrestricted == (x.Identity != nil) {
			t.Fatalf("gives %+v", x)
		}
		named := slices.IndexFunc(r.Identities, func(id IdentityRequest) bool {
			return slices.ContainsFunc(id.Datasets, func(s string) bool { return strings.EqualFold(s, x.ID) })
		})
		switch {
		case x.Unrestricted && named >= 0:
			t.Fatalf("an identity for %s was dropped", x.ID)
		case x.Unrestricted && len(d.Roles) > 0 && c.Kind != inlay.MasterUser:
			t.Fatalf("%s sees all of %s", c.Kind, x.ID)
		case x.Identity != nil && (named < 0 || x.Identity.Username != r.Identities[named].Username || len(x.Identity.Roles) == 0):
			t.Fatalf("gives %s as %+v", x.ID, x.Identity)
		}
	}
}
