package database

import (
	"encoding/binary"
	"errors"
	"io"
)

// pgRows lies between a connection and the driver, and gives the driver one message at a time. So
// rows can be read from here while the driver waits for them: on its own way, which is for all
// kinds of messages, a row costs twice as much. What is not a row goes to the driver, and so
// does every error, because the driver knows what it means.
type pgRows struct {
	r        io.Reader
	buf      []byte
	from, to int   // what of buf is there
	left     int   // bytes of a message that the driver has begun to read
	passed   int64 // rows that went to the driver
}

const (
	pgBuffer = 128 << 10
	// pgLongest is the longest message that is read here.
	pgLongest = 1 << 20
	pgHead    = 5 // the kind and the length, which counts itself
)

// Read gives the driver a message, or a part of one.
func (p *pgRows) Read(to []byte) (int, error) {
	if p.left == 0 {
		if err := p.have(pgHead); err != nil {
			return 0, err
		}
		p.left = max(pgHead, p.message())
		if p.buf[p.from] == 'D' {
			p.passed++
		}
	}
	if p.from == p.to {
		if err := p.have(1); err != nil {
			return 0, err
		}
	}
	n := copy(to[:min(len(to), p.left)], p.buf[p.from:p.to])
	p.from, p.left = p.from+n, p.left-n
	return n, nil
}

// message is the length of the message that begins here.
func (p *pgRows) message() int {
	return int(binary.BigEndian.Uint32(p.buf[p.from+1:])) + 1
}

// have reads until n bytes are there.
func (p *pgRows) have(n int) error {
	if p.to-p.from >= n {
		return nil
	}
	if p.from > 0 {
		p.from, p.to = 0, copy(p.buf, p.buf[p.from:p.to])
	}
	if n > len(p.buf) {
		p.buf = append(p.buf[:p.to:p.to], make([]byte, max(n, pgBuffer)-p.to)...)
	}
	m, err := io.ReadAtLeast(p.r, p.buf[p.to:], n-p.to)
	p.to += m
	return err
}

// reach is have, whose error the driver meets again.
func (p *pgRows) reach(n int) bool { return p.have(n) == nil }

// row gives the next row, valid until the next call; false where the driver must look at what comes.
func (p *pgRows) row() (row []byte, ok bool) {
	if p.left > 0 || !p.reach(pgHead) || p.buf[p.from] != 'D' {
		return nil, false
	}
	n := p.message()
	if n < pgHead || n > pgLongest || !p.reach(n) {
		return nil, false
	}
	row = p.buf[p.from+pgHead : p.from+n]
	p.from += n
	return row, true
}

// next gives the values of the next row, as row does.
func (p *pgRows) next(values [][]byte) (ok bool, err error) {
	row, ok := p.row()
	if !ok {
		return false, nil
	}
	return true, split(row, values)
}

var errPGRow = errors.New("a row is not made as it should be")

// split finds the values of a row; nil is none.
func split(row []byte, values [][]byte) error {
	if len(row) < 2 || int(binary.BigEndian.Uint16(row)) != len(values) {
		return errPGRow
	}
	row = row[2:]
	for i := range values {
		if len(row) < 4 {
			return errPGRow
		}
		size := int(int32(binary.BigEndian.Uint32(row)))
		row = row[4:]
		if size == -1 {
			values[i] = nil
			continue
		}
		if size < 0 || size > len(row) {
			return errPGRow
		}
		values[i], row = row[:size:size], row[size:]
	}
	if len(row) > 0 {
		return errPGRow
	}
	return nil
}
