package powerquery

func defineRecords() {
	define("Record.Field", 2, 2, recordField)
	define("Record.FieldNames", 1, 1, recordFieldNames)
	define("Record.FieldCount", 1, 1, onRecord(func(_ *call, r *record) (Value, error) { return integer(int64(len(r.vals))), nil }))
	define("Record.FieldOrDefault", 2, 3, func(c *call) (Value, error) {
		name, err := c.text(1)
		r := c.arg(0).record()
		if err != nil || r == nil {
			return c.arg(2), err
		}
		if _, ok := r.head.index[name]; !ok {
			return c.arg(2), nil
		}
		return recordField(c)
	})
	values := onRecord(func(c *call, r *record) (Value, error) {
		v, err := c.ev.settle(c.arg(0))
		return list(append([]Value(nil), r.vals...)), or(err, v.failure())
	})
	define("Record.FieldValues", 1, 1, values)
	define("Record.ToList", 1, 1, values)
	define("Record.ToTable", 1, 1, onRecord(func(c *call, r *record) (Value, error) {
		if _, err := c.ev.settle(c.arg(0)); err != nil {
			return Value{}, err
		}
		rows := make([][]Value, len(r.vals))
		for i, n := range r.head.names {
			rows[i] = []Value{text(n), r.vals[i]}
		}
		return heldTable([]Column{{"Name", Type{Name: "text"}}, {"Value", anyType}}, rows), nil
	}))
	define("Record.HasFields", 2, 2, onRecord(func(c *call, r *record) (Value, error) {
		want, err := c.texts(1)
		for _, n := range want {
			if _, ok := r.head.index[n]; !ok {
				return logical(false), nil
			}
		}
		return logical(true), err
	}))
	define("Record.AddField", 3, 4, onRecord(func(c *call, r *record) (Value, error) {
		name, err := c.text(1)
		if err != nil {
			return Value{}, err
		}
		if _, ok := r.head.index[name]; ok {
			return Value{}, c.raise(1, "there is a field %q already", name)
		}
		v := c.arg(2)
		if c.arg(3).n != 0 && v.kind == Function {
			if v, err = c.ev.apply(v, nil, c.pos, c.src); err != nil {
				return Value{}, err
			}
		}
		return merge(r, &record{head: newHeader([]string{name}), vals: []Value{v}}), nil
	}))
	defineRecordChanges()
}

func defineRecordChanges() {
	define("Record.SelectFields", 2, 3, pickFields(true))
	define("Record.RemoveFields", 2, 3, pickFields(false))
	define("Record.RenameFields", 2, 3, renameFields)
	define("Record.TransformFields", 2, 3, transformFields)
	define("Record.ReorderFields", 2, 3, reorderFields)
	define("Record.Combine", 1, 1, onList(func(c *call, l []Value) (Value, error) {
		out := recordOf(nil, nil)
		for _, v := range l {
			if v.kind != RecordOf {
				return Value{}, c.raise(0, "expected records, found %s", v.describe())
			}
			out = merge(out.record(), v.record())
		}
		return out, nil
	}))
	define("Record.FromList", 2, 2, onList(func(c *call, l []Value) (Value, error) {
		cols, err := c.recordFields(1)
		if err == nil && len(cols) != len(l) {
			err = c.raise(1, "there are %d values and %d fields", len(l), len(cols))
		}
		return recordOf(cols, append([]Value(nil), l...)), err
	}))
	define("Record.FromTable", 1, 1, onTable(func(c *call, t *table) (Value, error) {
		n, v := t.find("Name"), t.find("Value")
		if n < 0 || v < 0 {
			return Value{}, c.raise(0, "the table needs the columns Name and Value; there are %s", names(t.names()))
		}
		var fields []string
		var vals []Value
		seen := map[string]bool{}
		err := c.ev.scan(t, func(row []Value) (bool, error) {
			if row[n].kind != Text || seen[row[n].s] {
				return false, c.raise(0, "%s is no name of a new field", row[n].describe())
			}
			seen[row[n].s] = true
			fields, vals = append(fields, row[n].s), append(vals, row[v])
			return true, nil
		})
		return recordOf(fields, vals), err
	}))
}

// failure is the error that a cell holds, nil if none.
func (v Value) failure() error {
	if e := v.Err(); v.kind == Failed && e != nil {
		return e
	}
	return nil
}

func onRecord(f func(c *call, r *record) (Value, error)) func(c *call) (Value, error) {
	return func(c *call) (Value, error) {
		if r := c.arg(0).record(); r != nil {
			return f(c, r)
		}
		return Value{}, c.expected(0, "a record", "record")
	}
}

// recordFields are names of fields: a list of texts or a record type.
func (c *call) recordFields(i int) ([]string, error) {
	if t, ok := c.arg(i).ref.(Type); ok {
		return (&table{cols: t.Fields}).names(), nil
	}
	return c.texts(i)
}

func pickFields(keep bool) func(c *call) (Value, error) {
	return onRecord(func(c *call, r *record) (Value, error) {
		named, err := c.texts(1)
		if err != nil {
			return Value{}, err
		}
		mode := c.arg(2).n
		in := map[string]bool{}
		var fields []string
		var vals []Value
		for _, n := range named {
			i, ok := r.head.index[n]
			if !ok && mode == 0 {
				return Value{}, c.raise(1, "there is no field %q; there are %s", n, names(r.head.names))
			}
			in[n] = true
			if keep && (ok || mode == 2) {
				v := Value{}
				if ok {
					v = r.vals[i]
				}
				fields, vals = append(fields, n), append(vals, v)
			}
		}
		if !keep {
			for i, n := range r.head.names {
				if !in[n] {
					fields, vals = append(fields, n), append(vals, r.vals[i])
				}
			}
		}
		return recordOf(fields, vals), nil
	})
}

func renameFields(c *call) (Value, error) {
	r := c.arg(0).record()
	if r == nil {
		return Value{}, c.raise(0, "expected a record, not %s", c.arg(0).describe())
	}
	pairs, err := c.pairs(2)
	if err != nil {
		return Value{}, err
	}
	fields := append([]string(nil), r.head.names...)
	for _, p := range pairs {
		i, ok := r.head.index[p[0].s]
		if !ok && c.arg(2).n == 0 {
			return Value{}, c.raise(1, "there is no field %q; there are %s", p[0].s, names(r.head.names))
		}
		if ok {
			fields[i] = p[1].s
		}
	}
	cols := make([]Column, len(fields))
	for i, n := range fields {
		cols[i].Name = n
	}
	if n := doubled(cols); n != "" {
		return Value{}, c.raise(1, "there would be two fields %q", n)
	}
	return recordOf(fields, append([]Value(nil), r.vals...)), nil
}

func transformFields(c *call) (Value, error) {
	r := c.arg(0).record()
	if r == nil {
		return Value{}, c.raise(0, "expected a record, not %s", c.arg(0).describe())
	}
	pairs, err := c.pairs(2)
	if err != nil {
		return Value{}, err
	}
	vals := append([]Value(nil), r.vals...)
	for _, p := range pairs {
		i, ok := r.head.index[p[0].s]
		switch {
		case !ok && c.arg(2).n == 0:
			return Value{}, c.raise(1, "there is no field %q; there are %s", p[0].s, names(r.head.names))
		case !ok:
			continue
		}
		v, err := c.ev.settle(vals[i])
		if err == nil {
			vals[i], err = c.ev.apply(p[1], []Value{v}, c.pos, c.src)
		}
		if err != nil {
			return Value{}, err
		}
	}
	return recordOf(r.head.names, vals), nil
}

func reorderFields(c *call) (Value, error) {
	r := c.arg(0).record()
	all, err := c.texts(1)
	if err != nil || r == nil {
		return Value{}, or(err, c.expected(0, "a record", "record"))
	}
	set := map[string]bool{}
	var named []string
	for _, n := range all {
		_, ok := r.head.index[n]
		switch mode := c.arg(2).n; {
		case !ok && mode == 0:
			return Value{}, c.raise(1, "there is no field %q; there are %s", n, names(r.head.names)).noField(n, c.arg(0))
		case !ok && mode == 1:
			continue
		case !ok:
			r = merge(r, &record{head: newHeader([]string{n}), vals: []Value{{}}}).record()
		}
		if !set[n] {
			named = append(named, n)
		}
		set[n] = true
	}
	var fields []string
	var vals []Value
	for _, n := range r.head.names {
		if set[n] {
			n, named = named[0], named[1:]
		}
		fields, vals = append(fields, n), append(vals, r.vals[r.head.index[n]])
	}
	return recordOf(fields, vals), nil
}
