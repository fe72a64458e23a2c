package audit

import (
	"encoding/hex"
	"strings"
	"time"

	"inlay"
)

// Event is a record in the shape of the activity log of Power BI: the common members of the
// Microsoft 365 Management Activity API schema, and those of the Power BI schema. What does
// not apply is left out.
type Event struct {
	ID             string          `json:"Id"`
	RecordType     int             `json:"RecordType"`
	CreationTime   string          `json:"CreationTime"` // UTC, whole seconds, no zone
	Operation      string          `json:"Operation"`
	OrganizationID string          `json:"OrganizationId"`
	UserType       int             `json:"UserType"`
	UserKey        string          `json:"UserKey"`
	Workload       string          `json:"Workload"`
	UserID         string          `json:"UserId"`
	ClientIP       string          `json:"ClientIP,omitzero"`
	Activity       string          `json:"Activity"`
	IsSuccess      bool            `json:"IsSuccess"`
	WorkspaceID    string          `json:"WorkspaceId,omitzero"`
	DatasetID      string          `json:"DatasetId,omitzero"`
	ReportID       string          `json:"ReportId,omitzero"`
	DashboardID    string          `json:"DashboardId,omitzero"`
	TileID         string          `json:"TileId,omitzero"` // the service has no such member: ours
	ArtifactID     string          `json:"ArtifactId,omitzero"`
	ArtifactKind   string          `json:"ArtifactKind,omitzero"`
	Workspaces     []EventItem     `json:"Workspaces,omitempty"` // where there are several
	Datasets       []EventItem     `json:"Datasets,omitempty"`
	Reports        []EventItem     `json:"Reports,omitempty"`
	EmbedTokenID   string          `json:"EmbedTokenId,omitzero"`
	RLSIdentities  []EventIdentity `json:"RLSIdentities,omitempty"`
	RequestID      string          `json:"RequestId,omitzero"`
	ActivityID     string          `json:"ActivityId,omitzero"`
}

// EventItem names one of several items.
type EventItem struct {
	WorkspaceID string `json:"WorkspaceId,omitzero"`
	DatasetID   string `json:"DatasetId,omitzero"`
	ReportID    string `json:"ReportId,omitzero"`
}

// EventIdentity is an effective identity that the request asked to be audited.
type EventIdentity struct {
	UserName   string   `json:"UserName"`
	Roles      []string `json:"Roles,omitempty"`
	CustomData string   `json:"CustomData,omitzero"`
	Datasets   []string `json:"Datasets,omitempty"`
	Reports    []string `json:"Reports,omitempty"`
}

// Numbers of the Management Activity API schema.
const (
	recordTypePowerBI    = 20 // AuditLogRecordType PowerBIAudit
	userTypeRegular      = 0
	userTypeApplication  = 6 // ServicePrincipal
	eventTimeLayout      = "2006-01-02T15:04:05"
	workload             = "PowerBI"
	activityGenerate     = "GenerateEmbedToken"
	activityView         = "ViewReport"
	activityImport       = "Import"
	activityRevokeTokens = "RevokeEmbedTokens" // the service has no such activity: ours
	activityRotateKeys   = "RotateEmbedKeys"   // ours
)

var activities = map[Kind]string{
	Generate: activityGenerate,
	View:     activityView,
	Import:   activityImport,
	Revoke:   activityRevokeTokens,
	Rotate:   activityRotateKeys,
}

// Events puts records into the shape of the activity log. Records that are no activity there,
// such as the question of a visual, have no event.
func Events(entries []Entry) []Event {
	events := make([]Event, 0, len(entries))
	for _, e := range entries {
		if ev, ok := event(e); ok {
			events = append(events, ev)
		}
	}
	return events
}

func event(e Entry) (Event, bool) {
	kind := e.Kind
	if kind == Refuse {
		kind = e.Refused
	}
	activity, ok := activities[kind]
	if !ok {
		return Event{}, false
	}
	if kind == View && len(e.Tiles) > 0 {
		activity = "ViewTile"
	} else if kind == View && len(e.Dashboards) > 0 {
		activity = "ViewDashboard"
	}
	ev := Event{
		ID:             eventID(e.Hash),
		RecordType:     recordTypePowerBI,
		CreationTime:   e.Time.UTC().Format(eventTimeLayout),
		Operation:      activity,
		OrganizationID: e.Tenant,
		UserType:       userTypeRegular,
		UserKey:        e.Principal,
		Workload:       workload,
		UserID:         e.User(),
		ClientIP:       e.Client,
		Activity:       activity,
		IsSuccess:      e.Kind != Refuse,
		EmbedTokenID:   e.Token,
		RequestID:      e.Request,
		ActivityID:     e.Request,
	}
	if e.PrincipalKind == inlay.ServicePrincipal {
		ev.UserType = userTypeApplication
	}
	ev.items(e.Record)
	if kind == View {
		ev.ArtifactID, ev.ArtifactKind = viewed(ev)
	}
	for _, id := range e.Identities {
		ev.RLSIdentities = append(ev.RLSIdentities, EventIdentity{UserName: id.User, Roles: id.Roles, CustomData: id.CustomData, Datasets: id.Datasets, Reports: id.Reports})
	}
	return ev, true
}

// viewed is the item that was opened.
func viewed(ev Event) (id, kind string) {
	switch {
	case ev.TileID != "":
		return ev.TileID, "Tile"
	case ev.DashboardID != "":
		return ev.DashboardID, "Dashboard"
	case ev.ReportID != "":
		return ev.ReportID, "Report"
	}
	return "", ""
}

// one is the id of a list that has one; tokens name no more dashboards and tiles.
func one(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return ""
}

// items names what the event is about: one in the member of its own, several in a list.
func (ev *Event) items(r Record) {
	ev.DashboardID, ev.TileID = one(r.Dashboards), one(r.Tiles)
	if len(r.Workspaces) == 1 {
		ev.WorkspaceID = r.Workspaces[0]
	} else {
		for _, id := range r.Workspaces {
			ev.Workspaces = append(ev.Workspaces, EventItem{WorkspaceID: id})
		}
	}
	if len(r.Datasets) == 1 {
		ev.DatasetID = r.Datasets[0]
	} else {
		for _, id := range r.Datasets {
			ev.Datasets = append(ev.Datasets, EventItem{DatasetID: id})
		}
	}
	if len(r.Reports) == 1 {
		ev.ReportID = r.Reports[0]
	} else {
		for _, id := range r.Reports {
			ev.Reports = append(ev.Reports, EventItem{ReportID: id})
		}
	}
}

// eventID is a GUID that is the same whenever the event is read: the beginning of the
// record's hash, marked as version 8 of RFC 9562.
func eventID(hash string) string {
	b, err := hex.DecodeString(hash)
	if err != nil || len(b) < 16 {
		return ""
	}
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	s := hex.EncodeToString(b[:16])
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}

// Window refuses a span of time that the activity log does not answer: "StartDateTime and
// EndDateTime must be in the same UTC day" (Admin_GetActivityEvents).
func Window(start, end time.Time) error {
	switch {
	case start.IsZero() || end.IsZero():
		return wrongWindow("startDateTime and endDateTime, or a continuationToken, must be given")
	case end.Before(start):
		return wrongWindow("endDateTime is before startDateTime")
	case day(start) != day(end):
		return wrongWindow("startDateTime and endDateTime must be in the same UTC day")
	}
	return nil
}

func wrongWindow(msg string) error {
	return &inlay.Error{Kind: inlay.Invalid, Rule: "activity-window", Msg: msg,
		Remedy: "ask for one UTC day, such as startDateTime='2026-11-21T00:00:00Z'&endDateTime='2026-11-21T23:59:59Z'"}
}
