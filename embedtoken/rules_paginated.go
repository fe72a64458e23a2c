package embedtoken

import (
	"fmt"

	"inlay"
)

// Rules about paginated reports.

// paginated visits the paginated reports of the request until one is refused.
func (d *decision) paginated(visit func(*inlay.Report) *inlay.Error) *inlay.Error {
	for _, x := range d.request.Reports {
		if r := d.report(x.ID); r.Kind == inlay.PaginatedReport {
			if err := visit(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func paginatedUser(d *decision) *inlay.Error {
	return d.paginated(func(r *inlay.Report) *inlay.Error {
		if d.caller.Kind == inlay.ServicePrincipal || d.caller.Kind == inlay.ServiceProfile {
			return nil
		}
		return refuse(inlay.Invalid, fmt.Sprintf("a master user cannot create an embed token for paginated report %s", r.ID), "ask as a service principal")
	})
}

// paginatedSingle has the service's text.
func paginatedSingle(d *decision) *inlay.Error {
	return d.paginated(func(r *inlay.Report) *inlay.Error {
		if d.request.Single == nil || len(r.Models) == 0 {
			return nil
		}
		return refuse(inlay.Invalid, "Paginated report with Power BI Dataset as a datasource is not supported with V1 embed token",
			"use POST GenerateToken and name the dataset with xmlaPermissions ReadOnly")
	})
}

func paginatedDataset(d *decision) *inlay.Error {
	return d.paginated(func(r *inlay.Report) *inlay.Error {
		for _, id := range r.Models {
			if !d.asks(id) {
				return refuse(inlay.Invalid, fmt.Sprintf("paginated report %s reads dataset %s, and the request does not name it", r.ID, id),
					fmt.Sprintf(`add {"id": %q, "xmlaPermissions": "ReadOnly"} to datasets`, id))
			}
		}
		return nil
	})
}

// paginatedVisual: the paginated report of a visual "must be included in the 'reports' section".
func paginatedVisual(d *decision) *inlay.Error {
	for _, x := range d.request.Reports {
		for _, id := range d.report(x.ID).Paginated {
			if d.reports.of(id) == nil {
				return refuse(inlay.Invalid, fmt.Sprintf("report %s has a paginated visual of report %s, and the request does not name it", x.ID, id),
					fmt.Sprintf(`add {"id": %q} to reports of POST GenerateToken`, id))
			}
		}
	}
	return nil
}

// paginatedIdentity says as whom a paginated report is shown: as the identity for it, or as the
// service principal. Roles are for datasets and not looked at.
func paginatedIdentity(d *decision) *inlay.Error {
	for i := range d.grant.Reports {
		g := &d.grant.Reports[i]
		if d.report(g.ID).Kind != inlay.PaginatedReport {
			continue
		}
		g.Identity = &inlay.Identity{Username: d.own()}
		if id := d.as(g.ID); id != nil {
			g.Identity.Username, g.Audit = id.Username, id.Audit
		}
	}
	return nil
}
