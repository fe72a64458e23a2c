package embedtoken

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"inlay"
)

// TestClockThatIsSet steps the clock between sign-in, decision and use by up to an hour in both
// directions, or not at all: no token outlives the access token with which it was asked for, none
// has a lifetime that is negative, and none is opened at or after its end. There is no leeway on
// that side: access tokens are backdated by five minutes for clocks that are slow.
func TestClockThatIsSet(t *testing.T) {
	ring := testRing(t)
	made, opened := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		step := func(what string) time.Duration {
			return rapid.OneOf(
				rapid.SampledFrom([]time.Duration{0, time.Nanosecond, -time.Nanosecond, time.Hour, -time.Hour, time.Hour - time.Second, time.Hour + time.Second}),
				rapid.Map(rapid.Int64Range(-3700, 3700), func(s int64) time.Duration { return time.Duration(s) * time.Second }),
			).Draw(t, what)
		}
		signed := now
		caller := shop
		caller.ExpiresAt = signed.Add(time.Hour)
		asked := signed.Add(step("until it is asked for"))
		r := west()
		r.LifetimeMinutes = rapid.SampledFrom([]int64{0, 1, 5, 59, 60, 61, 1 << 40}).Draw(t, "minutes")
		g, err := Decide(world(), caller, r, asked)
		if err != nil {
			if inlay.KindOf(err) != inlay.Expired || asked.Before(caller.ExpiresAt) {
				t.Fatalf("at %v: %v", asked.Sub(signed), err)
			}
			return
		}
		made++
		if !g.ExpiresAt.After(g.IssuedAt) || g.ExpiresAt.After(caller.ExpiresAt) {
			t.Fatalf("asked %v after sign-in: issued %v, ends %v, the access token ends %v", asked.Sub(signed), g.IssuedAt, g.ExpiresAt, caller.ExpiresAt)
		}
		g.TokenID = "49ae3742-54c0-4c29-af52-619ff93b5c80"
		token, err := ring.Seal(g, "https://bi.example.com")
		if err != nil {
			t.Fatal(err)
		}
		for range 3 { // the cache remembers it across steps
			used := asked.Add(step("until it is used"))
			_, err = ring.Open(token, used)
			if good := used.Before(g.ExpiresAt); good != (err == nil) {
				t.Fatalf("used %v after it was made, which ends %v after that: %v", used.Sub(asked), g.ExpiresAt.Sub(asked), err)
			}
			if err == nil {
				opened++
				if !used.Before(caller.ExpiresAt) {
					t.Fatal("it outlives the access token")
				}
			}
		}
	})
	if made == 0 || opened == 0 {
		t.Errorf("%d made, %d opened: the test shows nothing", made, opened)
	}
}
