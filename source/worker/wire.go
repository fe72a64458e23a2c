package worker

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"inlay"
	"inlay/dax"
)

// op is what the server asks of a worker.
type op uint8

const (
	opRun    op = iota + 1 // a statement
	opCancel               // of the statement with the same number
	opClose                // of a file
)

// setup is the first thing that a worker is told. It confines itself before it reads the next.
type setup struct {
	Read   []string // files and folders that it may read
	Temp   string   // the folder that it may write
	Limits Limits
	Open   int   // files that it may keep open
	Data   int64 // most bytes of private memory, for the kernel to hold; 0 is no limit
	Job    *job  // a file to read; nil: statements
	Weak   bool  // serve, too, where the kernel cannot confine it
}

// request is what comes after.
type request struct {
	Op    op
	ID    uint64
	File  string
	SQL   string
	Args  []wireValue
	Types []dax.Type
}

// wireValue is a value on the wire.
type wireValue struct {
	Kind dax.Type
	N    int64
	F    float64
	S    string
}

func toWire(args []dax.Value) []wireValue {
	out := make([]wireValue, len(args))
	for i, a := range args {
		out[i] = wireValue{Kind: a.Type(), S: a.Text()}
		switch a.Type() {
		case dax.Boolean, dax.Int64, dax.Decimal:
			out[i].N = a.Int()
		case dax.Double:
			out[i].F = a.Float()
		case dax.DateTime:
			out[i].N = a.Time().UnixMicro()
		}
	}
	return out
}

func fromWire(args []wireValue) ([]dax.Value, error) {
	out := make([]dax.Value, len(args))
	for i, a := range args {
		switch a.Kind {
		case dax.Blank:
		case dax.Boolean:
			out[i] = dax.BoolOf(a.N != 0)
		case dax.Int64:
			out[i] = dax.IntOf(a.N)
		case dax.Double:
			out[i] = dax.FloatOf(a.F)
		case dax.Decimal:
			out[i] = dax.DecimalOf(a.N)
		case dax.DateTime:
			out[i] = dax.TimeOf(time.UnixMicro(a.N).UTC())
		case dax.String:
			out[i] = dax.TextOf(a.S)
		default:
			return nil, fmt.Errorf("bound value %d has the type %d, which is none of a value", i+1, a.Kind)
		}
	}
	return out, nil
}

// Kinds of frames, from the worker to the server.
const (
	frameHello byte = 'h' // once, after it confined itself: a hello
	frameData  byte = 'd' // a piece of Arrow
	frameEnd   byte = 'e' // of a statement: an ending
)

// maxFrame bounds what is read from a worker at once; it is not trusted with lengths.
const maxFrame = 1 << 20

// Confinement is what is closed to a worker.
type Confinement struct {
	Landlock int  // version of the kernel's interface that confines files; 0 is none
	Calls    bool // system calls for sockets, processes and the like are refused
}

type hello struct {
	Confinement Confinement
	Err         string
}

// ending is how a statement ended.
type ending struct {
	Error  *inlay.Error `json:",omitempty"`
	Memory int64        // resident, in bytes
}

// writeFrame writes one frame with one call, so that frames of goroutines do not mix.
func writeFrame(w io.Writer, kind byte, payload []byte) error {
	buf, _ := frameBuffers.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	b := append((*buf)[:0], kind)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	b = append(b, payload...)
	_, err := w.Write(b)
	*buf = b
	frameBuffers.Put(buf)
	return err
}

var frameBuffers sync.Pool

func writeJSON(w io.Writer, kind byte, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return writeFrame(w, kind, b)
}

// readFrame reads one frame.
func readFrame(r io.Reader) (kind byte, payload []byte, err error) {
	kind, n, err := readHead(r)
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(r, payload)
	return kind, payload, err
}

// readHead reads what a frame begins with: its kind and length.
func readHead(r io.Reader) (kind byte, n int, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, 0, err
	}
	size := binary.LittleEndian.Uint32(head[1:])
	if size > maxFrame {
		return 0, 0, fmt.Errorf("a frame of %d bytes, limit %d", size, maxFrame)
	}
	return head[0], int(size), nil
}

// frames writes what it is given as frames of data.
type frames struct{ w io.Writer }

// Write sends p as one frame or several.
func (f frames) Write(p []byte) (int, error) {
	n := 0
	for len(p) > 0 {
		k := min(len(p), maxFrame)
		if err := writeFrame(f.w, frameData, p[:k]); err != nil {
			return n, err
		}
		n, p = n+k, p[k:]
	}
	return n, nil
}
