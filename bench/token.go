package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"time"

	"inlay"
	"inlay/embedtoken"
)

// fresh is more tokens than a cache of opened ones keeps, so that each is new to it.
const fresh = 20_000

// grant is one of a usual size: a report, a dataset, a user in one role.
func grant(i int, now time.Time) embedtoken.Grant {
	dataset := "0b8b1f3c-6a58-4f06-9a53-3d1d1e6c0f10"
	return embedtoken.Grant{
		TokenID: fmt.Sprintf("7d4b1f3c-6a58-4f06-9a53-%012d", i), TenantID: "2d0c7a55-19b1-4a6c-8a44-6f2c1b3d9e01",
		PrincipalID: "5b3a5a7e-90fb-4f6a-8d3e-4a8d3f0c1b22", IssuedAt: now, ExpiresAt: now.Add(time.Hour),
		Reports: []embedtoken.ReportGrant{{ID: "9e1c4d2b-7a5f-4c3e-b6d8-2f1a0e9c8b7d"}},
		Datasets: []embedtoken.DatasetGrant{{ID: dataset, Identity: &inlay.Identity{
			Username: "amira@alderfoods.example.com", Roles: []string{"Tenant members"}, Datasets: []string{dataset},
		}}},
	}
}

// tokenComparisons measure sealing and opening against the bare cipher on as many bytes.
func tokenComparisons(context.Context) ([]comparison, func(), error) {
	ring, err := embedtoken.NewRing()
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	tokens := make([]string, fresh)
	for i := range tokens {
		if tokens[i], err = ring.Seal(grant(i, now), "https://localhost:8443"); err != nil {
			return nil, nil, err
		}
	}
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		return nil, nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, nil, err
	}
	nonce, plain := make([]byte, gcm.NonceSize()), make([]byte, len(tokens[0])*3/4)
	rand.Read(plain) // never fails
	rand.Read(nonce)
	sealed := gcm.Seal(nil, nonce, plain, nil) //nolint:gosec // one message under a random nonce, and no secret
	var space []byte
	bare := here(func(int) (err error) { space, err = gcm.Open(space[:0], nonce, sealed, nil); return err })
	other := make([]byte, gcm.NonceSize())
	bareSeal := here(func(int) error {
		rand.Read(other)
		space = gcm.Seal(space[:0], other, plain, nil)
		return nil
	})
	next := 0
	return []comparison{
		{name: "seal a token", against: "AES-GCM alone", budget: "", subject: here(func(i int) error {
			_, err := ring.Seal(grant(i, now), "https://localhost:8443")
			return err
		}), reference: bareSeal},
		{name: "open a token", against: "AES-GCM alone", budget: "10 µs", subject: here(func(int) error {
			next = (next + 1) % fresh
			_, err := ring.Open(tokens[next], now)
			return err
		}), reference: bare},
		{name: "open a token seen before", against: "AES-GCM alone", budget: "1 µs", subject: here(func(int) error {
			_, err := ring.Open(tokens[0], now)
			return err
		}), reference: bare},
	}, func() {}, nil
}
