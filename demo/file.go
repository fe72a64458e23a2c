package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// File is demo.json of a data folder: everything an application needs to embed the demo's
// report. It holds secrets, so only its owner can read it.
type File struct {
	APIURL           string           `json:"apiUrl"`
	AuthorityURL     string           `json:"authorityUrl"`
	TenantID         string           `json:"tenantId"`
	ServicePrincipal ServicePrincipal `json:"servicePrincipal"`
	MasterUser       MasterUser       `json:"masterUser"`
	WorkspaceID      string           `json:"workspaceId"`
	ReportID         string           `json:"reportId"`
	DatasetID        string           `json:"datasetId"`
	Identities       []Identity       `json:"identities"`
	CAFile           string           `json:"caFile"`
}

// ServicePrincipal is how the demo's application signs in.
type ServicePrincipal struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
}

// MasterUser is how a user signs in who embeds on behalf of others.
type MasterUser struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// Identity is a viewer as a token request names one.
type Identity struct {
	Username string   `json:"username"`
	Roles    []string `json:"roles"`
}

// Write stores the file for its owner alone, whole or not at all.
func (f File) Write(path string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-") // with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	_, werr := temp.Write(append(text, '\n'))
	if err := errors.Join(werr, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}

// Read reads a file that Write has stored. The error never quotes the file.
func Read(path string) (File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return File{}, fmt.Errorf("read demo file: %w", err)
	}
	var f File
	if err := json.Unmarshal(text, &f); err != nil {
		return File{}, fmt.Errorf("read %s: it is not the JSON that inlay demo writes; delete it and start inlay demo again", path)
	}
	return f, nil
}
