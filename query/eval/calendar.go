package eval

import (
	"time"

	"inlay/dax"
)

// tableCalendar is CALENDAR(start, end).
func tableCalendar(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	if len(x.Args) != 2 {
		return nil, wrong(x, "CALENDAR takes a start and an end")
	}
	bounds := make([][]dax.Value, 2)
	for i := range bounds {
		var err error
		if bounds[i], err = e.scalar(x.Args[i], b); err != nil {
			return nil, err
		}
	}
	out := &rowset{cols: []tableColumn{{name: "Date"}}, of: identity(b.n), blocks: make([][][]dax.Value, b.n)}
	for i := range b.n {
		var at [2]time.Time
		for j := range at {
			v, err := bounds[j][i].ToTime()
			if err != nil || v.IsBlank() {
				return nil, failed(x.Args[j], "CALENDAR takes dates")
			}
			at[j] = begins(v.Time(), aDay, calendarYear)
		}
		if at[0].After(at[1]) {
			return nil, failed(x, "the start of CALENDAR is after its end")
		}
		if at[1].Sub(at[0]).Hours()/24 > mostContexts {
			return nil, tooMany(x, "days", mostContexts)
		}
		for t := at[0]; !t.After(at[1]); t = t.AddDate(0, 0, 1) {
			if err := e.holds(1, 1); err != nil {
				return nil, err
			}
			out.blocks[i] = append(out.blocks[i], []dax.Value{dax.TimeOf(t)})
		}
	}
	return out, nil
}

// tableCalendarAuto is CALENDARAUTO([last month of the year]): whole years around all dates of
// the model that are not of calculated columns or tables (calendarauto-function-dax.md).
func tableCalendarAuto(e *evaluator, x *dax.Call, b *batch, _ want) (*rowset, error) {
	end := calendarYear
	if len(x.Args) > 0 {
		l, ok := x.Args[0].(*dax.Literal)
		if !ok || l.Value.Type() != dax.Int64 || l.Value.Int() < 1 || l.Value.Int() > 12 {
			return nil, wrong(x, "CALENDARAUTO takes the last month of the year, from 1 to 12")
		}
		end = yearEnd{time.Month(l.Value.Int()), 31}
	}
	var low, high time.Time
	for _, t := range e.m.Tables {
		if t.Derived() != nil {
			continue
		}
		for _, c := range t.Columns {
			if c.Type != dax.DateTime || c.Expression != "" {
				continue
			}
			ref := &dax.Column{At: x.At, Table: t.Name, Name: c.Name}
			rows, err := e.fetch(Read{Base: t, Values: []Value{{Fn: "MIN", X: ref}, {Fn: "MAX", X: ref}}})
			if err != nil {
				return nil, err
			}
			if len(rows) == 0 || rows[0][0].IsBlank() {
				continue
			}
			if lo := rows[0][0].Time(); low.IsZero() || lo.Before(low) {
				low = lo
			}
			if hi := rows[0][1].Time(); high.IsZero() || hi.After(high) {
				high = hi
			}
		}
	}
	if low.IsZero() {
		return nil, failed(x, "the model has no dates for CALENDARAUTO")
	}
	day := func(t time.Time) dax.Expr { return &dax.Literal{At: x.At, Value: dax.TimeOf(t)} }
	return tableCalendar(e, &dax.Call{At: x.At, Func: "CALENDAR", Args: []dax.Expr{day(begins(low, aYear, end)), day(finishes(high, aYear, end))}}, b, nothing)
}
