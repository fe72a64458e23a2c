package server

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/go-json-experiment/json"
)

// fileOptions are the options of a configuration file, by name.
type fileOptions map[string]any

// loadFile reads a configuration file: a JSON object of option names and values. kong's own
// reader lets misspelled and doubled names pass, and an option that has no effect may be the one
// that was meant to protect something.
func loadFile(r io.Reader) (kong.Resolver, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	options := fileOptions{}
	if err := json.Unmarshal(text, &options); err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	known := optionNames()
	for name, value := range options {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("configuration file: unknown option %q; there are %s", name, strings.Join(known, ", "))
		}
		if !simple(value) {
			return nil, fmt.Errorf("configuration file: option %q must be a text, true, false or a list of texts", name)
		}
	}
	return options, nil
}

// optionNames are the names in the tags of Config that a file may set.
func optionNames() []string {
	var names []string
	for field := range reflect.TypeFor[Config]().Fields() {
		_, rest, _ := strings.Cut(field.Tag.Get("kong"), "name='")
		if name, _, _ := strings.Cut(rest, "'"); name != "config" { // a file does not name a file
			names = append(names, name)
		}
	}
	return names
}

func simple(value any) bool {
	switch v := value.(type) {
	case string, bool:
		return true
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { _, text := e.(string); return !text })
	}
	return false
}

// Validate has nothing left to check.
func (o fileOptions) Validate(*kong.Application) error { return nil }

// Resolve gives kong the value of a flag. The environment wins over the file, which kong asks
// last.
func (o fileOptions) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	value, ok := o[flag.Name]
	if !ok {
		return nil, nil
	}
	return value, nil
}
