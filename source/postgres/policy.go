package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"inlay"
	"inlay/dax"
	"inlay/query"
)

// The second barrier: row policies of the database, written from the roles of the model. Each
// transaction says who asks, and the database shows that viewer's rows whatever the statement is.

// between separates names of roles in a setting.
const between = "\x1f"

// policySchema holds the functions of the policies.
const policySchema = "inlay_policies"

// identity is what a transaction says of a viewer.
func (s *Source) identity(v query.Viewer) ([]setting, error) {
	if !s.pool.barrier {
		return nil, nil
	}
	who := []setting{{"inlay.model", s.m.Name}, {"inlay.username", v.Username}, {"inlay.customdata", v.CustomData}, {"inlay.unrestricted", "no"}, {"inlay.roles", ""}}
	if v.Unrestricted {
		who[3].value = "yes"
		return who, nil
	}
	var names []string
	for _, name := range v.Roles {
		r := s.m.Role(strings.TrimSpace(name))
		if r == nil {
			continue
		}
		if err := s.unsaid[r.Name]; err != nil {
			return nil, &inlay.Error{Kind: inlay.Forbidden, Msg: fmt.Sprintf("role %q cannot be said to the row policies of the database, so no rows are visible: %v", r.Name, err),
				Remedy: "change the role, or switch the policies off for this database"}
		}
		names = append(names, r.Name)
	}
	who[4].value = strings.Join(names, between)
	return who, nil
}

// guard prepares the barrier when a source is bound: it writes the policies, and sees to it that
// those of the database are in force for who connects.
func (s *Source) guard(ctx context.Context, c *pgconn.PgConn, tables []bound) error {
	if s.bare || !s.pool.barrier || len(s.m.Roles) == 0 {
		return nil
	}
	list, unsaid, err := query.Policies(s.m, Dialect{})
	if err != nil {
		return err
	}
	s.unsaid = unsaid
	for _, b := range tables {
		if b.none || !slices.ContainsFunc(list, func(p query.Policy) bool { return (Dialect{}).Quote(p.Table) == b.name }) {
			continue
		}
		if b.rel.Native != "" {
			return inlay.Errorf(inlay.Invalid, "table %s is a native query, which row policies cannot be put on; make it a table, or switch the policies off", b.name)
		}
		// Of a superuser, of who may bypass, and of the owner, this is false.
		const ask = "SELECT pg_catalog.row_security_active($1::text), (SELECT count(*) FROM pg_catalog.pg_policy WHERE polrelid = $1::text::regclass AND polname LIKE 'inlay\\_%') > 0"
		got := c.ExecParams(ctx, ask, [][]byte{[]byte(b.rel.physical())}, nil, nil, nil).Read()
		if got.Err != nil {
			return got.Err
		}
		if len(got.Rows) != 1 || string(got.Rows[0][0]) != "t" || string(got.Rows[0][1]) != "t" {
			return &inlay.Error{Kind: inlay.Invalid, Msg: fmt.Sprintf("row policies are asked for and not in force on %s for who connects", b.rel),
				Remedy: "run what inlay policies prints as the owner of the tables, and connect as a role that neither owns them nor may bypass row security"}
		}
	}
	return nil
}

// Policies writes the SQL that makes the barrier: to be read, and run by the owner of the tables.
// Roles that cannot be said are named, with the reason; their viewers are refused where the barrier is on.
func (s *Source) Policies(ctx context.Context) (string, map[string]error, error) {
	if err := s.ready(ctx); err != nil {
		return "", nil, err
	}
	list, unsaid, err := query.Policies(s.m, Dialect{})
	if err != nil {
		return "", nil, err
	}
	w := policyWriter{s: s, role: Dialect{}.Quote(s.pool.pool.Config().ConnConfig.User), made: map[string]string{}, on: map[string]bool{}}
	w.line("-- Row policies of the model %s, for the role %s. Run this as the owner of the tables.", comment(s.m.Name), comment(w.role))
	w.line("BEGIN;")
	w.line("CREATE SCHEMA IF NOT EXISTS %s;", policySchema)
	w.line("GRANT USAGE ON SCHEMA %s TO %s;", policySchema, w.role)
	for _, p := range list {
		if err := w.policy(p); err != nil {
			return "", nil, err
		}
	}
	for _, b := range s.tables {
		if w.on[b.name] {
			w.all(b)
		}
	}
	w.line("COMMIT;")
	return w.b.String(), unsaid, nil
}

// comment is a text that cannot end a line.
func comment(s string) string { return strings.NewReplacer("\n", " ", "\r", " ").Replace(s) }

type policyWriter struct {
	s    *Source
	role string
	b    strings.Builder
	made map[string]string // functions, by body
	on   map[string]bool   // tables that have policies, by quoted name
}

func (w *policyWriter) line(format string, args ...any) { fmt.Fprintf(&w.b, format+"\n", args...) }

// show is a setting, read once a statement.
func show(name string) string {
	return "(SELECT pg_catalog.current_setting('inlay." + name + "', true))"
}

// literal writes a value into a policy, which cannot have arguments. Texts are those of the model.
func literal(v dax.Value) (string, error) {
	switch v.Type() {
	case dax.Boolean, dax.Int64, dax.Double, dax.Decimal, dax.DateTime, dax.String:
	default:
		return "NULL", nil
	}
	raw, err := bind([]dax.Value{v})
	if err != nil {
		return "", err
	}
	text := string(raw[0])
	// With backslashes doubled and E before it the text is the same under either setting of
	// standard_conforming_strings.
	return "E'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(text) + "'", nil
}

// fill puts literals and settings in place of the marks of a text.
func fill(p query.PolicyText) (string, error) {
	text := p.SQL
	for i, a := range p.Args {
		// Who says nothing has BLANK, as at the gate.
		with := "NULLIF(" + show(a.Setting) + ", '')"
		if a.Setting == "" {
			var err error
			if with, err = literal(a.Value); err != nil {
				return "", err
			}
		}
		text = strings.ReplaceAll(text, query.ArgMark(i+1), with)
	}
	return text, nil
}

// table is a bound table.
func (w *policyWriter) table(name string) (bound, bool) {
	for _, b := range w.s.tables {
		if b.name == (Dialect{}).Quote(name) && !b.none {
			return b, true
		}
	}
	return bound{}, false
}

func (w *policyWriter) policy(p query.Policy) error {
	b, ok := w.table(p.Table)
	if !ok {
		return nil // no rows of it are in the database
	}
	if b.rel.Native != "" {
		return inlay.Errorf(inlay.Unsupported, "table %q is a native query, which row policies cannot be put on", p.Table)
	}
	model, err := literal(dax.TextOf(w.s.m.Name))
	if err != nil {
		return err
	}
	role, err := literal(dax.TextOf(p.Role))
	if err != nil {
		return err
	}
	all := []string{show("model") + " = " + model, role + " = ANY (pg_catalog.string_to_array(" + show("roles") + ", pg_catalog.chr(31)))"}
	var names []string
	for n := range b.exprs {
		names = append(names, n)
	}
	slices.SortFunc(names, func(x, y string) int { return len(y) - len(x) }) // a name may begin as another does
	for _, own := range p.Own {
		text, err := fill(own)
		if err != nil {
			return err
		}
		for _, n := range names {
			text = strings.ReplaceAll(text, query.RowMark+Dialect{}.Quote(n), "("+b.exprs[n]+")")
		}
		all = append(all, text)
	}
	for _, k := range p.Keys {
		f, err := w.function(k)
		if err != nil {
			return err
		}
		all = append(all, w.among(b, k)+" IN (SELECT "+f+"())")
	}
	w.put(b, p.Role, strings.Join(all, " AND "))
	return nil
}

// all lets those see everything whom a rule allows all rows, and viewers of other models what
// policies of their own say.
func (w *policyWriter) all(b bound) {
	model, _ := literal(dax.TextOf(w.s.m.Name))
	w.put(b, "", show("model")+" = "+model+" AND "+show("unrestricted")+" = 'yes'")
}

func (w *policyWriter) put(b bound, role, using string) {
	name := "inlay_" + digest(w.s.m.Name, role)
	on := b.rel.physical()
	if !w.on[b.name] {
		w.on[b.name] = true
		w.line("ALTER TABLE %s ENABLE ROW LEVEL SECURITY;", on)
	}
	w.line("DROP POLICY IF EXISTS %s ON %s;", name, on)
	what := "role " + role
	if role == "" {
		what = "all rows"
	}
	w.line("CREATE POLICY %s ON %s FOR SELECT TO %s USING (%s); -- %s", name, on, w.role, using, comment(what))
}

// among is the values of a row that are looked for among keys.
func (w *policyWriter) among(b bound, k query.PolicyKeys) string {
	if !k.Blank {
		return b.exprs[k.Columns[0]]
	}
	values := make([]string, len(k.Columns))
	for i, c := range k.Columns {
		values[i] = b.exprs[c]
	}
	return together(values, k.Types)
}

// together is several values, NULL among them, as one that can be compared.
func together(values []string, types []dax.Type) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = "CAST(" + v + " AS " + Dialect{}.Type(types[i]) + ")"
	}
	return "pg_catalog.jsonb_build_array(" + strings.Join(list, ", ") + ")"
}

// function makes a function that gives keys. It reads tables as their owner does, whole, as the
// filters of roles do; who may call it learns no more than what the viewer may see.
func (w *policyWriter) function(k query.PolicyKeys) (string, error) {
	text, err := fill(k.Select)
	if err != nil {
		return "", err
	}
	var with []string
	for _, b := range w.s.tables {
		if !strings.Contains(text, b.name) {
			continue
		}
		sql := b.sql(1)
		for i, c := range b.rel.Where {
			v, err := literal(c.Value)
			if err != nil {
				return "", err
			}
			sql = strings.Replace(sql, Dialect{}.Placeholder(i+1, c.Value.Type()), "CAST("+v+" AS "+Dialect{}.Type(c.Value.Type())+")", 1)
		}
		with = append(with, b.name+" AS NOT MATERIALIZED ("+sql+")")
	}
	gives, value := Dialect{}.Type(k.Types[0]), "CAST(k1 AS "+Dialect{}.Type(k.Types[0])+")"
	names := make([]string, len(k.Columns))
	for i := range names {
		names[i] = "k" + strconv.Itoa(i+1)
	}
	if k.Blank {
		gives, value = "jsonb", together(names, k.Types)
	}
	body := "WITH " + strings.Join(with, ", ") + " SELECT " + value + " FROM (" + text + ") AS keys (" + strings.Join(names, ", ") + ")"
	if f, ok := w.made[body]; ok {
		return f, nil
	}
	name := policySchema + ".keys_" + digest(w.s.m.Name, body)
	mark := "$inlay_" + digest(body) + "$" // nothing in the body can end it
	w.line("CREATE OR REPLACE FUNCTION %s() RETURNS SETOF %s LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %s %s %s;", name, gives, mark, body, mark)
	w.line("REVOKE ALL ON FUNCTION %s() FROM PUBLIC;", name)
	w.line("GRANT EXECUTE ON FUNCTION %s() TO %s;", name, w.role)
	w.made[body] = name
	return name, nil
}

// digest names what is made from texts.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprint(h, strconv.Itoa(len(p)), ":", p)
	}
	return hex.EncodeToString(h.Sum(nil))[:24]
}
