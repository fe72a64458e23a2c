package storetest

import (
	"context"
	"testing"

	"inlay"
)

func testReports(t *testing.T, s *suite) {
	ctx := context.Background()
	w, d := s.sales(t)
	other := workspace(4, "Other")
	must(t, s.CreateWorkspace(ctx, other))
	b, a := report(11, d, "bookings"), report(12, d, "Arrivals")
	abroad := report(13, d, "bookings")
	abroad.WorkspaceID = other.ID // bound to a dataset of another workspace
	must(t, s.CreateReport(ctx, b), s.CreateReport(ctx, a), s.CreateReport(ctx, abroad))

	same(t, "by id", b)(s.Report(ctx, b.ID))
	same(t, "by name", abroad)(s.ReportByName(ctx, other.ID, "Bookings"))
	same(t, "in a workspace, by name", []inlay.Report{a, b})(s.ReportsIn(ctx, w.ID))
	same(t, "in no workspace", []inlay.Report{})(s.ReportsIn(ctx, id(99)))

	_, err := s.Report(ctx, id(99))
	want(t, err, inlay.NotFound, "report", id(99))
	_, err = s.ReportByName(ctx, other.ID, "Arrivals")
	want(t, err, inlay.NotFound, "report", "Arrivals")

	want(t, s.CreateReport(ctx, report(11, d, "again")), inlay.Conflict, "report", "id")
	want(t, s.CreateReport(ctx, report(14, d, "ARRIVALS")), inlay.Conflict, "report", "ARRIVALS", "name")
	lost := report(14, d, "lost")
	lost.DatasetID = id(98)
	want(t, s.CreateReport(ctx, lost), inlay.NotFound, "dataset", id(98))
	lost = report(14, d, "lost")
	lost.WorkspaceID = id(97)
	want(t, s.CreateReport(ctx, lost), inlay.NotFound, "workspace", id(97))
}

func testReplace(t *testing.T, s *suite) {
	ctx := context.Background()
	w, d := s.sales(t)
	other := dataset(3, w, "other")
	r, bystander := report(11, d, "bookings"), report(12, d, "bystander")
	must(t, s.CreateDataset(ctx, other), s.CreateReport(ctx, r), s.CreateReport(ctx, bystander))

	next := r
	next.DatasetID, next.Definition = other.ID, "new"
	if err := s.Replace(ctx, next); err != nil {
		t.Fatalf("replace: %v", err)
	}
	same(t, "replaced", next)(s.Report(ctx, r.ID))
	same(t, "another report", bystander)(s.Report(ctx, bystander.ID))

	missing, renamed, moved, lost := next, next, next, next
	missing.ID, renamed.Name, moved.WorkspaceID, lost.DatasetID = id(99), "Renamed", id(98), id(97)
	want(t, s.Replace(ctx, missing), inlay.NotFound, "report", id(99))
	want(t, s.Replace(ctx, renamed), inlay.Invalid, "Renamed")
	want(t, s.Replace(ctx, moved), inlay.Invalid, id(98))
	want(t, s.Replace(ctx, lost), inlay.NotFound, "dataset", id(97))
	same(t, "after refusals", next)(s.Report(ctx, r.ID))
}
