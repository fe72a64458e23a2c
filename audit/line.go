package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

// timeLayout is RFC 3339 in UTC with microseconds.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// format is the version of the lines; the first record of a writer says it.
const format = 1

const (
	hashText  = 2 * sha256.Size // in hexadecimal
	hashStart = `,"hash":"`
	hashEnd   = `"}`
	tailText  = len(hashStart) + hashText + len(hashEnd)
)

// origin is the hash before the first record of a writer.
var origin = string(bytes.Repeat([]byte{'0'}, hashText))

// place is the part of a line that the log knows.
type place struct {
	seq   uint64
	group uint64
	prev  string
	time  time.Time
}

// appendTime writes a time as timeLayout says, which a general formatter does slowly.
func appendTime(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	if year < 0 || year > 9999 {
		return t.AppendFormat(b, timeLayout)
	}
	b = append(digits(b, year, 4), '-')
	b = append(digits(b, int(month), 2), '-')
	b = append(digits(b, day, 2), 'T')
	b = append(digits(b, hour, 2), ':')
	b = append(digits(b, minute, 2), ':')
	b = append(digits(b, second, 2), '.')
	return append(digits(b, t.Nanosecond()/1000, 6), 'Z')
}

// digits writes a number with zeros before it.
func digits(b []byte, n, width int) []byte {
	b = append(b, "000000"[:width]...)
	for at := len(b) - 1; n > 0; at-- {
		b[at] = byte('0' + n%10)
		n /= 10
	}
	return b
}

// appendLine writes a line with its newline, and answers its hash.
func appendLine(b []byte, p place, body []byte) (line []byte, hash string) {
	start := len(b)
	b = append(b, `{"seq":`...)
	b = strconv.AppendUint(b, p.seq, 10)
	b = append(b, `,"group":`...)
	b = strconv.AppendUint(b, p.group, 10)
	b = append(b, `,"prev":"`...)
	b = append(b, p.prev...)
	b = append(b, `","time":"`...)
	b = appendTime(b, p.time)
	b = append(b, '"', ',')
	b = append(b, body...)
	sum := sha256.Sum256(b[start:])
	b = append(b, hashStart...)
	at := len(b)
	b = hex.AppendEncode(b, sum[:])
	hash = string(b[at:])
	b = append(b, hashEnd...)
	return append(b, '\n'), hash
}

var (
	errForm = errors.New("this is not a record")
	errHash = errors.New("the record was changed: its hash is another")
)

// parseLine reads a line without its newline, and checks its hash.
func parseLine(line []byte) (Entry, error) {
	var e Entry
	at := len(line) - tailText
	if at < 0 || line[0] != '{' || string(line[at:at+len(hashStart)]) != hashStart || !bytes.HasSuffix(line, []byte(hashEnd)) {
		return e, errForm
	}
	sum := sha256.Sum256(line[:at])
	var want [hashText]byte
	hex.Encode(want[:], sum[:])
	if !bytes.Equal(want[:], line[at+len(hashStart):len(line)-len(hashEnd)]) {
		return e, errHash
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return Entry{}, errForm
	}
	return e, nil
}

// lineSeq reads the number of a record without reading the record.
func lineSeq(line []byte) (uint64, bool) {
	rest, ok := bytes.CutPrefix(line, []byte(`{"seq":`))
	digits, _, found := bytes.Cut(rest[:min(len(rest), 24)], []byte{','})
	if !ok || !found {
		return 0, false
	}
	seq, err := strconv.ParseUint(string(digits), 10, 64)
	return seq, err == nil
}
