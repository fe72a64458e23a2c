package plain

import (
	"math"

	"inlay/dax"
)

func logicFuncs() map[string]scalarFunc {
	user := func(r *run, _ *dax.Call, _ env) (dax.Value, error) { return dax.TextOf(r.viewer.Username), nil }
	return map[string]scalarFunc{
		"IF": choose, "SWITCH": pick,
		"COALESCE": func(r *run, c *dax.Call, e env) (v dax.Value, err error) {
			for _, a := range c.Args {
				if v, err = r.scalar(a, e); err != nil || !v.IsBlank() {
					return v, err
				}
			}
			return v, nil
		},
		"AND": func(r *run, c *dax.Call, e env) (dax.Value, error) { return r.junction(false, c.Args, e) },
		"OR":  func(r *run, c *dax.Call, e env) (dax.Value, error) { return r.junction(true, c.Args, e) },
		"IFERROR": func(r *run, c *dax.Call, e env) (dax.Value, error) {
			v, err := r.scalar(arg(c, 0), e)
			if Unsupported(err) {
				return v, err
			}
			if failed(v, err) {
				return r.scalar(arg(c, 1), e)
			}
			return v, nil
		},
		"ISERROR": func(r *run, c *dax.Call, e env) (dax.Value, error) {
			v, err := r.scalar(arg(c, 0), e)
			if Unsupported(err) {
				return v, err
			}
			return dax.BoolOf(failed(v, err)), nil
		},
		"EVALUATEANDLOG": func(r *run, c *dax.Call, e env) (dax.Value, error) { return r.scalar(arg(c, 0), e) },
		"USERNAME":       user, "USERPRINCIPALNAME": user,
		"CUSTOMDATA": func(r *run, _ *dax.Call, _ env) (dax.Value, error) {
			if r.viewer.CustomData == "" {
				return dax.Value{}, nil
			}
			return dax.TextOf(r.viewer.CustomData), nil
		},
	}
}

func failed(v dax.Value, err error) bool {
	return err != nil || v.Type() == dax.Double && (math.IsInf(v.Float(), 0) || math.IsNaN(v.Float()))
}

func choose(r *run, c *dax.Call, e env) (dax.Value, error) {
	ok, err := r.condition(arg(c, 0), e)
	switch {
	case err != nil:
		return dax.Value{}, err
	case ok:
		return r.scalar(arg(c, 1), e)
	}
	return r.scalar(arg(c, 2), e)
}

func pick(r *run, c *dax.Call, e env) (dax.Value, error) {
	x, err := r.scalar(arg(c, 0), e)
	if err != nil {
		return x, err
	}
	rest := c.Args[1:]
	for ; len(rest) > 1; rest = rest[2:] {
		v, err := r.scalar(rest[0], e)
		if err != nil {
			return v, err
		}
		same, err := dax.StrictEqual(x, v)
		if err != nil {
			return v, err
		}
		if same {
			return r.scalar(rest[1], e)
		}
	}
	if len(rest) == 1 {
		return r.scalar(rest[0], e)
	}
	return dax.Value{}, nil
}
