package pbip

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"inlay"
	"inlay/model/tmdl"
)

// maxJSON bounds the small files that describe a project.
const maxJSON = 1 << 20

// json reads a JSON file of the project. Members that are not asked for are ignored.
func (p *Project) json(name string, into any) error {
	if info, err := p.root.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return inlay.Errorf(inlay.Invalid, "%s is a link or a special file; a project holds plain files", name)
	}
	f, err := p.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return inlay.Errorf(inlay.Invalid, "%s is missing", name)
	}
	if err != nil {
		return fmt.Errorf("read the project: %w", err)
	}
	src, err := io.ReadAll(io.LimitReader(f, maxJSON+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if len(src) > maxJSON {
		return inlay.Errorf(inlay.Limit, "%s has more than %d bytes", name, maxJSON)
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if err := json.Unmarshal(src, into); err != nil {
		return tmdl.JSON(name, string(src), err)
	}
	return nil
}
