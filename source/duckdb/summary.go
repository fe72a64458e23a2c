package duckdb

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"inlay/model"
)

// SummaryFile is where the summary of a data file lies.
func SummaryFile(data string) string { return strings.TrimSuffix(data, ".duckdb") + ".json" }

// writeSummary writes the summary of a data file, to disk.
func writeSummary(data string, s *Summary) (err error) {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(SummaryFile(data), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(text); err != nil {
		return err
	}
	return f.Sync()
}

// ReadSummary reads the summary of a data file. A file of an older Inlay has none: that is a
// Summary without tables.
func ReadSummary(data string) (Summary, error) {
	text, err := os.ReadFile(SummaryFile(data))
	if errors.Is(err, fs.ErrNotExist) {
		return Summary{}, nil
	}
	if err != nil {
		return Summary{}, err
	}
	var s Summary
	if err := json.Unmarshal(text, &s); err != nil {
		return Summary{}, fmt.Errorf("the summary of data file %q is damaged: %w", data, err)
	}
	return s, nil
}

// Statistics are those that the refresh left beside the file, nil if there are none.
func (d *DB) Statistics() *model.Statistics { return d.stats }
