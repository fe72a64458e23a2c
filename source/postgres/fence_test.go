package postgres_test

import (
	"context"
	"database/sql"
	"testing"

	"inlay/source/postgres"
	"inlay/source/sourcetest/pgtest"
)

// TestFence: an expression that fails on a row which the inner SELECT hides must not fail. The
// same statement without the fence does fail, which shows that the test has teeth.
func TestFence(t *testing.T) {
	d := pgtest.Shared(t).Database(t)
	d.Exec(t, `CREATE TABLE t (u text, s text, z int)`)
	d.Exec(t, `INSERT INTO t SELECT 'bert', 'SECRET', 0 FROM generate_series(1, 2000)`)
	d.Exec(t, `INSERT INTO t VALUES ('anna', '1', 1), ('zoe', '2', 2)`)
	d.Exec(t, `CREATE TABLE a (u text)`)
	d.Exec(t, `INSERT INTO a VALUES ('anna'), ('zoe')`)
	d.Exec(t, `ANALYZE`)
	db, err := sql.Open("pgx", d.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	count := func(inner, cond string) error {
		n := 0
		err := db.QueryRowContext(context.Background(), "SELECT count(*) FROM ("+inner+") x WHERE "+cond).Scan(&n)
		if err == nil && n != 2 {
			t.Errorf("%s: %d rows", cond, n)
		}
		return err
	}
	for _, visible := range []string{
		`SELECT * FROM t WHERE u IN (SELECT u FROM a)`,
		`SELECT t.* FROM t JOIN a ON t.u = a.u`,
		`SELECT * FROM t WHERE EXISTS (SELECT 1 FROM a WHERE a.u = t.u)`,
	} {
		for _, cond := range []string{"CAST(s AS integer) > 0", "1 / z >= 0", "CAST(s AS numeric) > 0", "substring('a', 1, z - 1) IS NOT NULL", "ln(z) >= 0"} {
			if err := count(postgres.Dialect{}.Fence(visible), cond); err != nil {
				t.Errorf("%s with the fence: %v", cond, err)
			}
			if err := count(visible, cond); err == nil {
				t.Errorf("%s without the fence does not fail: choose another expression for this test", cond)
			}
		}
	}
}
