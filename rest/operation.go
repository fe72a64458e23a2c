package rest

import "slices"

// Auth says which token an operation asks for.
type Auth string

// Kinds of token. One kind is never accepted in place of the other.
const (
	AccessToken Auth = "access token" // Authorization: Bearer, from the sign-in service
	EmbedToken  Auth = "embed token"  // Authorization: EmbedToken, from GenerateToken
)

// Operation is one entry of the surface. Routing, authentication, checks of the query
// string, the attack tests and the published description come from it.
type Operation struct {
	ID      string // operationId of the swagger; Inlay_… for private routes
	Method  string
	Path    string // template as in the swagger
	Auth    Auth
	Scopes  []string // delegated scopes, one of which a user's token needs in the service
	Profile bool     // the documents let service principal profiles call it
	Summary string
	Options []string // query options beginning with $ that it understands; others are refused
	Query   string   // an example of the query string, where one is needed
	Example string   // a body; {groupId}, {reportId} and so on stand for ids
	Opens   bool     // the request with which the embed page begins to use an embed token
	handle  func(*api, *call) error
}

// Operations lists every operation that is served.
func Operations() []Operation { return operations() }

func operations() []Operation {
	return slices.Concat(served(), dashboardOperations(), refreshOperations(), executeOperations(), daxOperations(), revocations())
}

func served() []Operation {
	report := []string{"Report.ReadWrite.All", "Report.Read.All"}
	dataset := []string{"Dataset.ReadWrite.All", "Dataset.Read.All"}
	workspace := []string{"Workspace.ReadWrite.All", "Workspace.Read.All"}
	return slices.Concat([]Operation{
		{
			ID: "Groups_GetGroups", Method: "GET", Path: "/v1.0/myorg/groups",
			Auth: AccessToken, Scopes: workspace, Profile: true, Options: []string{"$filter", "$top", "$skip"},
			Summary: "Lists the workspaces in which the caller has a role.",
			handle:  (*api).listGroups,
		},
		{
			ID: "Groups_GetGroup", Method: "GET", Path: "/v1.0/myorg/groups/{groupId}",
			Auth: AccessToken, Scopes: workspace, Profile: true,
			Summary: "Returns a workspace.",
			handle:  (*api).group,
		},
		{
			ID: "Reports_GetReportsInGroup", Method: "GET", Path: "/v1.0/myorg/groups/{groupId}/reports",
			Auth: AccessToken, Scopes: report, Profile: true,
			Summary: "Lists the reports of a workspace.",
			handle:  (*api).listReports,
		},
		{
			ID: "Reports_GetReportInGroup", Method: "GET", Path: "/v1.0/myorg/groups/{groupId}/reports/{reportId}",
			Auth: AccessToken, Scopes: report, Profile: true,
			Summary: "Returns a report of a workspace.",
			handle:  (*api).report,
		},
		{
			ID: "Datasets_GetDatasetsInGroup", Method: "GET", Path: "/v1.0/myorg/groups/{groupId}/datasets",
			Auth: AccessToken, Scopes: dataset, Profile: true,
			Summary: "Lists the datasets of a workspace.",
			handle:  (*api).listDatasets,
		},
		{
			ID: "Datasets_GetDatasetInGroup", Method: "GET", Path: "/v1.0/myorg/groups/{groupId}/datasets/{datasetId}",
			Auth: AccessToken, Scopes: dataset, Profile: true,
			Summary: "Returns a dataset of a workspace.",
			handle:  (*api).dataset,
		},
	}, tokenOperations(), []Operation{
		{
			ID: "Inlay_EmbedReport", Method: "GET", Path: "/inlay/v1/embed/reports/{reportId}",
			Auth: EmbedToken, Opens: true,
			Summary: "Returns what the embed page draws: pages, visuals, theme.",
			handle:  (*api).embedReport,
		},
		{
			ID: "Inlay_EmbedVisualQuery", Method: "POST",
			Path:    "/inlay/v1/embed/reports/{reportId}/pages/{page}/visuals/{visual}/query",
			Auth:    EmbedToken,
			Summary: "Returns the rows of a visual, as the token's identity sees them.",
			Example: `{"slicers":[]}`,
			handle:  (*api).embedQuery,
		},
		{
			ID: "Admin_GetActivityEvents", Method: "GET", Path: "/v1.0/myorg/admin/activityevents",
			Auth: AccessToken, Scopes: []string{"Tenant.Read.All", "Tenant.ReadWrite.All"}, Options: []string{"$filter"},
			Summary: "Lists what the audit log has of a UTC day, for administrators.",
			Query:   "startDateTime='2026-03-02T00:00:00Z'&endDateTime='2026-03-02T23:59:59Z'",
			handle:  (*api).activityEvents,
		},
		{
			ID: "Inlay_ExplainToken", Method: "POST", Path: "/inlay/v1/tokens/explain",
			Auth: AccessToken, Profile: true, // no scopes: which of them a request lacks is a part of the answer
			Summary: "Answers what GenerateToken would do with the same body and why, and generates nothing.",
			Example: `{"reports":[{"id":"{reportId}"}],"datasets":[{"id":"{datasetId}"}],"targetWorkspaces":[{"id":"{groupId}"}],
				"identities":[{"username":"{username}","roles":["{role}"],"datasets":["{datasetId}"]}]}`,
			handle: (*api).explainToken,
		},
	})
}
