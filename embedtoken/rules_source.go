package embedtoken

import (
	"fmt"
	"slices"
	"strings"

	"inlay"
)

// Rules about data sources that ask who the viewer is.

// datasourceIdentities asks for the form alone.
func datasourceIdentities(d *decision) *inlay.Error {
	for i, x := range d.request.DatasourceIdentities {
		if d.request.Single != nil {
			return refuse(inlay.Invalid, "datasourceIdentities is not supported with V1 embed token", "use POST GenerateToken")
		}
		if problem := badBlob(x.Blob); problem != "" {
			return refuse(inlay.Invalid, fmt.Sprintf("datasourceIdentities[%d].identityBlob %s", i, problem), "send an access token for the data sources")
		}
		if n := len(x.Sources); n == 0 || n > maxNamed {
			return refuse(inlay.Invalid, fmt.Sprintf("datasourceIdentities[%d].datasources has %d elements, 1 to %d are allowed", i, n, maxNamed), "name the data sources that the identity is for")
		}
		for j, s := range x.Sources {
			if strings.TrimSpace(s.Type) == "" || s.Details == (inlay.ConnectionDetails{}) {
				return refuse(inlay.Invalid, fmt.Sprintf("datasourceIdentities[%d].datasources[%d] lacks datasourceType or connectionDetails", i, j), "send both as Get Datasources answers them")
			}
		}
	}
	return nil
}

// asking are the sources of the request's items that ask who the viewer is, with where they are.
func (d *decision) asking(visit func(item string, s inlay.Datasource)) {
	for _, x := range d.request.Datasets {
		for _, s := range d.dataset(x.ID).Sources {
			if s.SingleSignOn {
				visit(x.ID, s)
			}
		}
	}
	for _, x := range d.request.Reports {
		for _, s := range d.report(x.ID).Sources {
			if s.SingleSignOn {
				visit(x.ID, s)
			}
		}
	}
}

// blobSource: "only supported for datasets with a DirectQuery connection to Azure SQL".
func blobSource(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		if id := d.as(x.ID); id != nil && id.Blob != nil && !slices.ContainsFunc(d.dataset(x.ID).Sources, signsInAtSQL) {
			return refuse(inlay.Invalid, fmt.Sprintf("dataset %s asks no Azure SQL database with single sign-on, so that it takes no identityBlob", x.ID),
				"leave identityBlob out")
		}
	}
	for _, x := range d.request.Reports {
		if id := d.as(x.ID); id != nil && id.Blob != nil {
			return refuse(inlay.Invalid, fmt.Sprintf("identityBlob is for datasets, and %s is a report", x.ID), "use datasourceIdentities")
		}
	}
	return nil
}

func signsInAtSQL(s inlay.Datasource) bool { return s.SingleSignOn && strings.EqualFold(s.Type, "Sql") }

// datasourceKnown refuses an identity for a source that nothing in the request asks: it would
// be for nobody, and the source that was meant would be asked as somebody else.
func datasourceKnown(d *decision) *inlay.Error {
	for i, x := range d.request.DatasourceIdentities {
		for j, given := range x.Sources {
			known := false
			d.asking(func(_ string, s inlay.Datasource) { known = known || s.Same(given) })
			if !known {
				return refuse(inlay.Invalid, fmt.Sprintf("datasourceIdentities[%d].datasources[%d] is no data source with single sign-on of what the request names", i, j),
					"send datasourceType and connectionDetails as Get Datasources answers them")
			}
		}
	}
	return nil
}

// datasourceOnce refuses two blobs for one source: taking either would be a guess.
func datasourceOnce(d *decision) *inlay.Error {
	var seen []inlay.Datasource
	for i, x := range d.request.DatasourceIdentities {
		for j, given := range x.Sources {
			twice := slices.ContainsFunc(seen, given.Same)
			d.asking(func(item string, s inlay.Datasource) {
				id := d.as(item)
				twice = twice || s.Same(given) && signsInAtSQL(s) && id != nil && id.Blob != nil
			})
			if twice {
				return refuse(inlay.Invalid, fmt.Sprintf("datasourceIdentities[%d].datasources[%d] has an identity already", i, j), "send one identity for each data source")
			}
			seen = append(seen, given)
		}
	}
	return nil
}

// signed says of a dataset or paginated report with such sources whether some of them, and
// whether all of them, have an identity.
func (d *decision) signed(item string) (some, all bool) {
	all = true
	d.asking(func(of string, s inlay.Datasource) {
		if of != item {
			return
		}
		id := d.as(item)
		has := id != nil && id.Blob != nil && signsInAtSQL(s)
		for _, x := range d.request.DatasourceIdentities {
			has = has || slices.ContainsFunc(x.Sources, s.Same)
		}
		some, all = some || has, all && has
	})
	return some, all
}

// cloudSSO reports whether a dataset is asked as the viewer and takes an identity for that.
func (d *decision) cloudSSO(id string) bool {
	s := d.dataset(id)
	return s.SingleSignOn() && !s.Kind.Live() && s.Kind != inlay.DirectLake
}

// ssoBoth: who says one half of an identity says both. A master user may say neither.
func ssoBoth(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		if !d.cloudSSO(x.ID) || !d.secured(x.ID) {
			continue
		}
		if some, _ := d.signed(x.ID); some != d.as(x.ID).rls() {
			return refuse(inlay.Invalid, fmt.Sprintf("dataset %s has roles and a data source with single sign-on, and needs both identities", x.ID),
				"send username and roles in identities, and identityBlob there or in datasourceIdentities")
		}
	}
	return nil
}

// ssoRequired asks service principals for an identity at every source; a master user may leave
// out all, and not some.
func ssoRequired(d *decision) *inlay.Error {
	for _, x := range d.request.Datasets {
		if !d.cloudSSO(x.ID) {
			continue
		}
		if some, all := d.signed(x.ID); !all && (some || d.caller.Kind != inlay.MasterUser) {
			return refuse(inlay.Invalid, accessing(x.ID)+" requires effective identity to be provided for each data source with single sign-on",
				"send identityBlob in the identity of the dataset, or datasourceIdentities for its data sources")
		}
	}
	return nil
}

// ssoIdentity releases what signs in at sources.
func ssoIdentity(d *decision) *inlay.Error {
	for i := range d.grant.Datasets {
		g := &d.grant.Datasets[i]
		if id := d.as(g.ID); id != nil && id.Blob != nil {
			g.Blob, g.Audit = *id.Blob, id.Audit
		}
	}
	for _, x := range d.request.DatasourceIdentities {
		d.grant.Sources = append(d.grant.Sources, SourceGrant{Blob: x.Blob, Sources: slices.Clone(x.Sources)})
	}
	return nil
}
