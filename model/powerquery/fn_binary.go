package powerquery

import (
	"io"

	"inlay"
	"inlay/model/powerquery/csvfile"
)

// maxWhole bounds a file that is read into memory at once, such as JSON.
const maxWhole = 256 << 20

// bytes is the first argument, a binary, read whole if it stands for a file.
func (c *call) bytes() ([]byte, error) {
	switch v := c.arg(0); ref := v.ref.(type) {
	case []byte:
		if v.kind == Binary {
			return ref, nil
		}
	case fileRef:
		f, err := c.ev.cfg.Files.open(ref.spot)
		if err != nil {
			return nil, c.refuse(0, err)
		}
		defer func() { _ = f.Close() }()
		b, err := io.ReadAll(io.LimitReader(f, maxWhole+1))
		if err != nil {
			return nil, c.errorf(0, inlay.Invalid, "file %q cannot be read", ref.spot)
		}
		if len(b) > maxWhole {
			return nil, c.errorf(0, inlay.Limit, "file %q is larger than 256 MB, too large to be read at once", ref.spot)
		}
		return b, nil
	}
	return nil, c.raise(0, "expected a binary, not %s", c.arg(0).describe())
}

// decode reads text in the encoding that argument i names, UTF-8 where it names none.
func (c *call) decode(i int, b []byte) (Value, error) {
	page := 65001
	if c.has(i) {
		n, err := c.whole(i)
		if err != nil {
			return Value{}, err
		}
		page = int(n)
	}
	s, err := csvfile.Decode(b, page)
	if err != nil {
		return Value{}, c.errorf(i, inlay.Unsupported, "%s", err)
	}
	return text(s), nil
}
