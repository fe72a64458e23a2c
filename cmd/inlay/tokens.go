package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"inlay"
	"inlay/server"
)

// tokensCommand is what is done to the embed tokens that are out.
type tokensCommand struct {
	Revoke revokeCommand `cmd:"" help:"End embed tokens before they expire. Servers that run on the data folder see it within a second."`
}

// revokeCommand ends embed tokens.
type revokeCommand struct {
	Token     string `required:"" xor:"of" placeholder:"ID" help:"One token, by the tokenId of GenerateToken's answer."`
	Tenant    bool   `required:"" xor:"of" help:"All tokens."`
	Principal string `required:"" xor:"of" placeholder:"ID" help:"All that a principal generated, by its object id."`
	Workspace string `required:"" xor:"of" placeholder:"ID" help:"All that name an item of a workspace."`
	Report    string `required:"" xor:"of" placeholder:"ID" help:"All that name a report."`
	Dataset   string `required:"" xor:"of" placeholder:"ID" help:"All that name a dataset."`
}

// subject is what the tokens are of.
func (c *revokeCommand) subject() (inlay.Subject, error) {
	for kind, id := range map[inlay.SubjectKind]string{
		inlay.OfPrincipal: c.Principal, inlay.OfWorkspace: c.Workspace, inlay.OfReport: c.Report, inlay.OfDataset: c.Dataset,
	} {
		if id != "" {
			return inlay.Subject{Kind: kind, ID: id}, nil
		}
	}
	if c.Tenant {
		return inlay.Subject{Kind: inlay.OfTenant}, nil
	}
	return inlay.Subject{}, errors.New("nothing is named whose tokens to revoke: an id is empty")
}

// Run revokes and says what it did.
func (c *revokeCommand) Run(ctx context.Context, cfg *server.Config, out io.Writer) error {
	s, err := server.New(ctx, *cfg)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if c.Token != "" {
		if err := s.RevokeToken(ctx, c.Token); err != nil {
			return err
		}
		_, err := fmt.Fprintf(out, "revoked token %s\n", c.Token)
		return err
	}
	of, err := c.subject()
	if err != nil {
		return err
	}
	epoch, err := s.Revoke(ctx, of)
	if err != nil {
		return err
	}
	if of.ID == "" {
		of.ID = s.TenantID()
	}
	_, err = fmt.Fprintf(out, "revoked the tokens of %s %s, epoch %d\n", of.Kind, of.ID, epoch)
	return err
}
