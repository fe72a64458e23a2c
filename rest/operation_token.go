package rest

import "inlay/embedtoken"

// tokenOperations are those that make embed tokens. Their scopes are what the pipeline asks; the
// rules ask for what depends on the request.
func tokenOperations() []Operation {
	report := []string{"Report.ReadWrite.All", "Report.Read.All"}
	dataset := []string{"Dataset.ReadWrite.All", "Dataset.Read.All"}
	return []Operation{
		{
			ID: "EmbedToken_GenerateToken", Method: "POST", Path: "/v1.0/myorg/GenerateToken",
			Auth: AccessToken, Scopes: dataset, Profile: true,
			Summary: "Generates an embed token for reports, datasets and target workspaces.",
			Example: `{"reports":[{"id":"{reportId}"}],"datasets":[{"id":"{datasetId}"}],"targetWorkspaces":[{"id":"{groupId}"}],
				"identities":[{"username":"{username}","roles":["{role}"],"datasets":["{datasetId}"]}]}`,
			handle: (*api).generateToken,
		},
		{
			ID: "Reports_GenerateTokenInGroup", Method: "POST", Path: "/v1.0/myorg/groups/{groupId}/reports/{reportId}/GenerateToken",
			Auth: AccessToken, Scopes: report, Profile: true,
			Summary: "Generates an embed token for a report (V1).",
			Example: `{"accessLevel":"View","allowSaveAs":"true","identities":[{"username":"{username}","roles":["{role}"],"datasets":["{datasetId}"]}]}`,
			handle:  single(embedtoken.OneReport, "reportId"),
		},
		{
			ID: "Reports_GenerateTokenForCreateInGroup", Method: "POST", Path: "/v1.0/myorg/groups/{groupId}/reports/GenerateToken",
			Auth: AccessToken, Scopes: []string{"Content.Create"}, Profile: true,
			Summary: "Generates an embed token for a new report on a dataset (V1).",
			Example: `{"accessLevel":"Create","datasetId":"{datasetId}","identities":[{"username":"{username}","roles":["{role}"],"datasets":["{datasetId}"]}]}`,
			handle:  single(embedtoken.NewReport, ""),
		},
		{
			ID: "Datasets_GenerateTokenInGroup", Method: "POST", Path: "/v1.0/myorg/groups/{groupId}/datasets/{datasetId}/GenerateToken",
			Auth: AccessToken, Scopes: dataset, Profile: true,
			Summary: "Generates an embed token for a dataset (V1).",
			Example: `{"accessLevel":"View","identities":[{"username":"{username}","roles":["{role}"],"datasets":["{datasetId}"]}]}`,
			handle:  single(embedtoken.OneDataset, "datasetId"),
		},
		{
			ID: "Dashboards_GenerateTokenInGroup", Method: "POST", Path: "/v1.0/myorg/groups/{groupId}/dashboards/{dashboardId}/GenerateToken",
			Auth: AccessToken, Scopes: []string{"Dashboard.ReadWrite.All", "Dashboard.Read.All"}, Profile: true,
			Summary: "Generates an embed token for a dashboard (V1).",
			Example: `{"accessLevel":"View","identities":[{"username":"{username}","roles":["{role}"],"datasets":["{datasetId}"]}]}`,
			handle:  single(embedtoken.OneDashboard, "dashboardId"),
		},
		{
			ID: "Tiles_GenerateTokenInGroup", Method: "POST", Path: "/v1.0/myorg/groups/{groupId}/dashboards/{dashboardId}/tiles/{tileId}/GenerateToken",
			Auth: AccessToken, Scopes: []string{"Dashboard.ReadWrite.All", "Dashboard.Read.All"}, Profile: true,
			Summary: "Generates an embed token for a tile (V1).",
			Example: `{"accessLevel":"View","identities":[{"username":"{username}","roles":["{role}"],"datasets":["{datasetId}"]}]}`,
			handle:  single(embedtoken.OneTile, "tileId"),
		},
	}
}
