package demo

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

//go:embed all:project
var projectFiles embed.FS

// ProjectName is the name of the project: of its folder, its model and its report.
const ProjectName = "Brightwater"

// DataFolder is the folder of the CSV files inside the project.
const DataFolder = "data"

// stamp is the file that says which release of the demo a folder holds. It is written last.
const stamp = ".inlay-demo"

// Write makes dir a folder with the demo project and its data. A folder that holds them
// already is left alone, one of another release is replaced, and one that is not of the demo
// is refused. The folder appears whole or not at all.
func Write(dir string) error {
	want, err := release()
	if err != nil {
		return err
	}
	have, err := os.ReadFile(filepath.Join(dir, stamp))
	switch {
	case err == nil && string(have) == want:
		return nil
	case err == nil:
	case errors.Is(err, fs.ErrNotExist):
		if err := vacant(dir); err != nil {
			return err
		}
	default:
		return fmt.Errorf("read demo project: %w", err)
	}
	dir = filepath.Clean(dir)
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return fmt.Errorf("write demo project: %w", err)
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+".new-")
	if err != nil {
		return fmt.Errorf("write demo project: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	if err := fill(temp, want); err != nil {
		return fmt.Errorf("write demo project: %w", err)
	}
	return swap(temp, dir)
}

// vacant refuses a folder that holds anything.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("write demo project: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("write demo project: folder %q holds something else; name an empty one", dir)
	}
	return nil
}

// fill writes the project, its data and the stamp into an empty folder.
func fill(dir, release string) error {
	project, err := fs.Sub(projectFiles, "project")
	if err != nil {
		return err
	}
	if err := os.CopyFS(dir, project); err != nil {
		return err
	}
	data := filepath.Join(dir, DataFolder)
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if err := writeData(data); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, stamp), []byte(release), 0o600)
}

// swap puts the folder temp in the place of dir. Where the process dies in between, dir is
// missing and the next Write makes it.
func swap(temp, dir string) error {
	old := temp + "-old"
	err := os.Rename(dir, old)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replace demo project: %w", err)
	}
	if err := os.Rename(temp, dir); err != nil {
		return fmt.Errorf("replace demo project: %w", err)
	}
	if err := os.RemoveAll(old); err != nil {
		return fmt.Errorf("remove former demo project: %w", err)
	}
	return nil
}

// release identifies what Write would write: the project's files and the form of the data.
func release() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(projectFiles, "project", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := projectFiles.ReadFile(path)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(h, "%s %d\n", path, len(text))
		h.Write(text)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("read demo project: %w", err)
	}
	h.Write([]byte("data " + strconv.Itoa(dataForm)))
	return hex.EncodeToString(h.Sum(nil)) + "\n", nil
}
