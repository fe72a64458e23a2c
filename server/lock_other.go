//go:build !unix

package server

import (
	"errors"
	"io/fs"
	"os"
	"sync"
)

// held are the files that this process has locked, with how many share each; -1 is nobody else.
var held = struct {
	sync.Mutex
	files map[string]int
}{files: map[string]int{}}

// lockFile locks a file against this process. An exclusive lock is a file that others see; if
// the process is killed it stays, and must be removed by hand.
func lockFile(path string, shared bool) (release func(), ok bool, err error) {
	held.Lock()
	defer held.Unlock()
	n := held.files[path]
	if n < 0 || n > 0 && !shared {
		return nil, false, nil
	}
	if shared {
		held.files[path] = n + 1
		return func() {
			held.Lock()
			defer held.Unlock()
			held.files[path]--
		}, true, nil
	}
	f, err := os.OpenFile(path+".held", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	held.files[path] = -1
	return func() {
		held.Lock()
		defer held.Unlock()
		_ = f.Close()
		_ = os.Remove(path + ".held")
		delete(held.files, path)
	}, true, nil
}
