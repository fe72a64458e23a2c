package powerquery

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// AppendWire appends a scalar value, as it travels to another process. Lists, records, tables
// and functions do not travel.
func AppendWire(b []byte, v Value) ([]byte, error) {
	b = append(b, byte(v.kind))
	switch v.kind {
	case Null:
		return b, nil
	case Logical, Integer, Number, Decimal, Date, Time, DateTime, Duration:
		return binary.AppendVarint(b, v.n), nil
	case Zoned:
		minutes, _ := v.ref.(int)
		return binary.AppendVarint(binary.AppendVarint(b, v.n), int64(minutes)), nil
	case Text:
		return append(binary.AppendUvarint(b, uint64(len(v.s))), v.s...), nil
	case Binary:
		data, ok := v.ref.([]byte)
		if !ok {
			return nil, errors.New("data of a file do not travel")
		}
		return append(binary.AppendUvarint(b, uint64(len(data))), data...), nil
	case Failed:
		msg := v.Err().Msg
		return append(binary.AppendUvarint(b, uint64(len(msg))), msg...), nil
	}
	return nil, fmt.Errorf("a %s does not travel", v.kind)
}

// ReadWire reads a value that AppendWire wrote, and gives what follows it. What it reads may be
// anything.
func ReadWire(b []byte) (v Value, rest []byte, err error) {
	cut := errors.New("a value is cut off")
	if len(b) == 0 {
		return v, nil, cut
	}
	v.kind, b = Kind(b[0]), b[1:]
	switch v.kind {
	case Null:
		return v, b, nil
	case Logical, Integer, Number, Decimal, Date, Time, DateTime, Duration, Zoned:
		n, k := binary.Varint(b)
		if k <= 0 {
			return Value{}, nil, cut
		}
		if v.n, b = n, b[k:]; v.kind != Zoned {
			return v, b, nil
		}
		minutes, k := binary.Varint(b)
		if k <= 0 || minutes < -24*60 || minutes > 24*60 {
			return Value{}, nil, cut
		}
		return zoned(v.n, int(minutes)), b[k:], nil
	case Text, Binary, Failed:
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			return Value{}, nil, cut
		}
		data, rest := b[k:k+int(n)], b[k+int(n):]
		switch v.kind {
		case Text:
			return text(string(data)), rest, nil
		case Binary:
			return binaryOf(append([]byte(nil), data...)), rest, nil
		}
		return Bad(string(data)), rest, nil
	}
	return Value{}, nil, fmt.Errorf("a value of kind %d", v.kind)
}
