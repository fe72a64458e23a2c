package fn

import "inlay/dax"

// lazy evaluates the functions that look at their arguments one by one.
var lazy map[string]func(m *machine, e *dax.Call, s *scope) (dax.Value, error)

func init() {
	// Filled here because the functions lead back to the interpreter, which reads the map.
	lazy = map[string]func(m *machine, e *dax.Call, s *scope) (dax.Value, error){
		"IF": (*machine).choose, "SWITCH": (*machine).pick, "COALESCE": (*machine).coalesce,
		"IFERROR": (*machine).ifError, "ISERROR": (*machine).isError,
		"IF.EAGER": (*machine).choose, "ISAFTER": (*machine).after, "ISONORAFTER": (*machine).after, "NETWORKDAYS": (*machine).workdays,
		"AND": (*machine).both, "OR": (*machine).either,
	}
}

func (m *machine) both(e *dax.Call, s *scope) (dax.Value, error) {
	return m.junction(false, e.Args, s)
}

func (m *machine) either(e *dax.Call, s *scope) (dax.Value, error) {
	return m.junction(true, e.Args, s)
}

func (m *machine) choose(e *dax.Call, s *scope) (dax.Value, error) {
	v, err := m.eval(e.Args[0], s)
	if err != nil {
		return v, err
	}
	b, err := v.ToBool()
	switch {
	case err != nil:
		return dax.Value{}, at(e.Args[0], err)
	case b:
		return m.eval(e.Args[1], s)
	case len(e.Args) > 2:
		return m.eval(e.Args[2], s)
	}
	return dax.Value{}, nil
}

func (m *machine) pick(e *dax.Call, s *scope) (dax.Value, error) {
	x, err := m.eval(e.Args[0], s)
	if err != nil {
		return x, err
	}
	rest := e.Args[1:]
	for ; len(rest) > 1; rest = rest[2:] {
		v, err := m.eval(rest[0], s)
		if err != nil {
			return v, err
		}
		eq, err := dax.StrictEqual(x, v)
		if err != nil {
			return dax.Value{}, at(rest[0], err)
		}
		if eq {
			return m.eval(rest[1], s)
		}
	}
	if len(rest) == 1 {
		return m.eval(rest[0], s)
	}
	return dax.Value{}, nil
}

func (m *machine) coalesce(e *dax.Call, s *scope) (dax.Value, error) {
	for _, a := range e.Args {
		if v, err := m.eval(a, s); err != nil || !v.IsBlank() {
			return v, err
		}
	}
	return dax.Value{}, nil
}

func (m *machine) ifError(e *dax.Call, s *scope) (dax.Value, error) {
	v, err := m.eval(e.Args[0], s)
	if isError(v, err) {
		return m.eval(e.Args[1], s)
	}
	return v, err
}

func (m *machine) isError(e *dax.Call, s *scope) (dax.Value, error) {
	v, err := m.eval(e.Args[0], s)
	if isError(v, err) {
		return dax.BoolOf(true), nil
	}
	return dax.BoolOf(false), err
}
