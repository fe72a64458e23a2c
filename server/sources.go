package server

import (
	"path/filepath"
	"strings"

	"inlay/model/powerquery"
	"inlay/model/powerquery/database"
	"inlay/model/powerquery/web"
	"inlay/source/duckdb"
)

// sources is what imports may read beside files: the databases and hosts that the
// configuration lists. A model says which it means and never how to sign in.
type sources struct {
	databases *database.Set
	web       *web.Client
	folders   []Mapping
	steps     int64
}

const (
	mysqlRemedy     = "give the database as the model names it and how to connect, such as db.example.com/sales=mysql://reader:secret@db.example.com/sales?tls=true"
	sqlServerRemedy = "give the database as the model names it and how to connect, such as db.example.com/sales=sqlserver://reader:secret@db.example.com/sales"
)

func openSources(cfg Config) (sources, error) {
	var list []database.Entry
	for _, e := range cfg.Postgres {
		name, url, err := splitDatabase(e)
		if err != nil {
			return sources{}, err
		}
		list = append(list, database.Entry{Name: name, URL: url})
	}
	for _, kind := range []struct {
		option, remedy string
		entries        []string
	}{{"mysql", mysqlRemedy, cfg.MySQL}, {"sqlserver", sqlServerRemedy, cfg.SQLServer}} {
		for _, e := range kind.entries {
			name, url, ok := cutEntry(e)
			if !ok {
				return sources{}, wrong(kind.option, name, "an entry is not of the form HOST/DATABASE=URL", kind.remedy)
			}
			list = append(list, database.Entry{Name: name, URL: url})
		}
	}
	folders, err := cfg.Folders()
	if err != nil {
		return sources{}, err
	}
	set, err := database.New(list)
	return sources{databases: set, web: web.New(cfg.WebHosts), folders: folders, steps: cfg.Steps()}, err
}

// Steps are how many an M query may take; 0 where the settings say nothing.
func (c Config) Steps() int64 { return int64(c.QuerySteps) * 1_000_000 }

// Folders are the folders outside of projects that the settings name.
func (c Config) Folders() ([]Mapping, error) {
	var list []Mapping
	for _, e := range c.SourceFolders {
		from, to, _ := strings.Cut(e, "=")
		if strings.Trim(from, `/\`) == "" || !filepath.IsAbs(to) || strings.ContainsRune(e, 0) {
			return nil, wrong("source-folders", e, "an entry is not of the form FROM=FOLDER with the whole path of a folder",
				`give what models name and where it lies, such as C:\data=/srv/data`)
		}
		list = append(list, Mapping{From: from, To: to, Outside: true})
	}
	return list, nil
}

// Sources are the databases and hosts that the settings list, for whoever plans a refresh without
// a server.
func (c Config) Sources() (powerquery.Databases, powerquery.Web, error) {
	s, err := openSources(c)
	return s.databases, s.web, err
}

// cutEntry reads HOST/DATABASE=URL without showing the URL.
func cutEntry(entry string) (name, url string, ok bool) {
	for i := range entry {
		if entry[i] == '=' {
			return entry[:i], entry[i+1:], i > 0 && i+1 < len(entry)
		}
	}
	return "", "", false
}

// checkSources holds that each entry can be read.
func (c Config) checkSources() error {
	_, err := openSources(c)
	return err
}

// into adds the sources to a refresh.
func (s sources) into(in duckdb.RefreshInput) duckdb.RefreshInput {
	in.Databases, in.Web, in.Folders, in.MaxSteps = s.databases, s.web, s.folders, s.steps
	return in
}
