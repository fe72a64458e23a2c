//go:build !linux || !(amd64 || arm64)

package audit

import "os"

type openedFile struct{ *os.File }

func newFile(f *os.File) file { return openedFile{f} }

// Append makes b durable at off.
func (f openedFile) Append(b []byte, off int64) error {
	if _, err := f.WriteAt(b, off); err != nil {
		return err
	}
	return f.Sync()
}
