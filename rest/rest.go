package rest

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"inlay"
	"inlay/embedtoken"
	"inlay/model"
	"inlay/query"
	"inlay/report"
)

// Items are what the surface reads of the catalog.
type Items interface {
	Workspace(ctx context.Context, id string) (inlay.Workspace, error)
	Dataset(ctx context.Context, id string) (inlay.Dataset, error)
	DatasetsIn(ctx context.Context, workspaceID string) ([]inlay.Dataset, error)
	Report(ctx context.Context, id string) (inlay.Report, error)
	ReportsIn(ctx context.Context, workspaceID string) ([]inlay.Report, error)
}

// Members say who may do what. A membership that does not exist is a NotFound.
type Members interface {
	Principal(ctx context.Context, id string) (inlay.Principal, error)
	Membership(ctx context.Context, workspaceID, principalID string) (inlay.Membership, error)
	MembershipsOf(ctx context.Context, principalID string) ([]inlay.Membership, error)
}

// Authenticator reads access tokens.
type Authenticator interface {
	Authenticate(ctx context.Context, bearer string) (inlay.Caller, error)
}

// Sealer makes and opens embed tokens.
type Sealer interface {
	Seal(g embedtoken.Grant, clusterURL string) (string, error)
	Open(token string, now time.Time) (embedtoken.Grant, error)
}

// Engine answers questions about datasets.
type Engine interface {
	Model(ctx context.Context, d inlay.Dataset) (*model.Model, error)
	// Visible is the model without what object-level security hides from a viewer.
	Visible(ctx context.Context, d inlay.Dataset, v query.Viewer) (*model.Model, error)
	Ask(ctx context.Context, d inlay.Dataset, v query.Viewer, q model.Query) (model.Result, error)
	// Stream hands the answers to a DAX query to use, one for each EVALUATE.
	Stream(ctx context.Context, d inlay.Dataset, v query.Viewer, dax string, use func([]model.Answer) error) error
}

// Definitions reads what reports look like.
type Definitions interface {
	Report(ctx context.Context, r inlay.Report) (*report.Definition, error)
}

// Config is what the surface needs. Timeout, Wire, Now and Log may be
// left out.
type Config struct {
	PublicURL   string // where clients find this server, without a slash at the end
	TenantID    string
	Items       Items
	Members     Members
	Facts       Facts
	Auth        Authenticator
	Tokens      Sealer
	Revocations inlay.Revocations
	Uses        inlay.TokenUses
	Engine      Engine
	Definitions Definitions
	Policy      embedtoken.Policy // what is asked of token requests beyond the documents
	// Administrators may revoke tokens beyond a workspace, and read the activity log: object ids, client ids, names of users.
	Administrators []string
	Audit          Recorder         // nothing is recorded if nil
	Timeout        time.Duration    // of one question to the engine; 60 s if zero
	Wire           bool             // answer errors as the service does, with empty bodies where it sends none
	Now            func() time.Time // time.Now if nil
	Log            *slog.Logger     // slog.Default() if nil

	Activity  Activity  // the activity log; none if nil
	Refreshes Refreshes // none if nil
}

// New makes the handler of all operations. It panics if a part is missing. Mount it without
// a router that rewrites paths, such as http.ServeMux: the paths are checked here.
func New(cfg Config) http.Handler {
	if cfg.PublicURL == "" || cfg.TenantID == "" || cfg.Items == nil || cfg.Members == nil || cfg.Facts == nil || cfg.Auth == nil ||
		cfg.Tokens == nil || cfg.Revocations == nil || cfg.Uses == nil || cfg.Engine == nil || cfg.Definitions == nil {
		panic("rest: a part of the configuration is missing")
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = time.Minute
	}
	if cfg.Audit == nil {
		cfg.Audit = unaudited{}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &api{Config: cfg, routes: compile(operations()), sessions: embedtoken.NewSessions(cfg.Uses),
		ofToken: cfg.PublicURL + "/v1.0/myorg/$metadata#" + tokenResponse}
}

// api is the surface with its parts.
type api struct {
	Config
	routes   []route
	sessions *embedtoken.Sessions
	asking   rate   // queries of users
	ofToken  string // context of an answer with a token
}
