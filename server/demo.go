package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"inlay"
	"inlay/demo"
)

// Demo makes the demo's catalog where there is none, serves the demo's page and application,
// and answers the path of demo.json. A data folder that was made before keeps its ids,
// secrets and data.
func (s *Server) Demo(ctx context.Context) (string, error) {
	path := filepath.Join(s.dir, "demo.json")
	file, err := demo.Read(path)
	if errors.Is(err, os.ErrNotExist) {
		file, err = s.makeDemo(ctx)
	}
	if err != nil {
		return "", err
	}
	client, ca, err := s.ownClient()
	if err != nil {
		return "", err
	}
	// The addresses are those of this start, whatever they were before.
	file.APIURL, file.AuthorityURL, file.CAFile = s.PublicURL(), s.AuthorityURL(), ca
	if err := file.Write(path); err != nil {
		return "", err
	}
	s.ServeDemo(demo.Application{File: file, ReportName: demo.ProjectName, Client: client, Now: s.parts.now}.Handler())
	return path, nil
}

// makeDemo publishes the demo project and registers who may embed it.
func (s *Server) makeDemo(ctx context.Context) (demo.File, error) {
	folder := filepath.Join(s.dir, "demo-project")
	if err := demo.Write(folder); err != nil {
		return demo.File{}, err
	}
	done, err := s.Import(ctx, Import{Folder: folder, Workspace: "Brightwater demo"})
	if err != nil {
		return demo.File{}, err
	}
	if len(done.Reports) != 1 {
		return demo.File{}, fmt.Errorf("the demo project has %d reports where one is expected", len(done.Reports))
	}
	app, secret, err := s.NewApp(ctx, "Brightwater demo application")
	if err != nil {
		return demo.File{}, err
	}
	user, password, err := s.NewUser(ctx, "embed@brightwater.example.com")
	if inlay.KindOf(err) == inlay.Conflict {
		// A start that was interrupted before demo.json was written left one; it has no secret any more.
		user, password, err = s.NewUser(ctx, "embed-"+app.ID[:8]+"@brightwater.example.com")
	}
	if err != nil {
		return demo.File{}, err
	}
	for _, id := range []string{app.ID, user.ID} {
		if err := s.Join(ctx, done.Workspace.ID, id, inlay.Member); err != nil {
			return demo.File{}, err
		}
	}
	return demo.File{
		TenantID:         s.tenant,
		ServicePrincipal: demo.ServicePrincipal{ClientID: app.ClientID, ClientSecret: secret},
		MasterUser:       demo.MasterUser{Username: user.Name, Password: password},
		WorkspaceID:      done.Workspace.ID, ReportID: done.Reports[0].ID, DatasetID: done.Dataset.ID,
		Identities: demo.Identities(),
	}, nil
}
