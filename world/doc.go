// Package world is the language in which stories and seed files say what a server holds, and
// makes a server hold it.
//
//	# a line that begins with a number sign is a comment
//	workspace Sales                      a workspace; "workspace Sales on P1" runs on a capacity
//	workspace Old is V1                  a group of before workspaces
//	my workspace of anna                 called "My workspace of anna"
//	capacity P1 with XMLA Off            Off, ReadOnly or ReadWrite
//	capacity Pro shared                  not dedicated
//	switch XMLA off                      XMLA, profiles or service principals; on or off
//	dataset Orders in Sales              imported: tables with rows, measures, relations, roles
//	  table Region: Key, Name
//	    1 | West
//	  measure Total = SUM(Region[Key])
//	  relate Orders[Region] to Region[Key]
//	  role West on Region: [Name] = "West"
//	  role Clerk hides Region[Name]      or a whole table
//	  member zoe@example.com of West     who is in the role; "member zoe of West" is the same
//	dataset Cube in Sales, Analysis Services
//	                                     or Azure Analysis Services, Direct Lake, DirectQuery:
//	                                     in the catalog alone; nothing can be asked
//	  role West
//	  source Sql: server = db, database = sales, single sign-on, gateway Depot
//	  upstream Orders                    a dataset that this one asks
//	report Board in Sales on Orders      a page of visuals; "on Orders in Back" for a dataset
//	  card: [Total]                      of another workspace, which shows nothing
//	  paginated visual Invoice
//	report Invoice in Sales, paginated
//	  source Sql: server = db
//	  reads Orders
//	dashboard Wall in Sales
//	  tile Sum of Board
//	  tile Answer on Orders
//	app shop member of Sales             viewer, contributor, member or admin
//	user anna admin of Sales
//	user anna with scopes Report.Read.All, Dataset.Read.All
//	profile north of shop                a profile; "profile north of shop, member of Sales"
//	gateway Depot admin anna
//	option strict-roles                  also require-identity; stories alone, as are
//	administrator anna                   administrators and "errors: wire"
//	anna overrides identities of Cube    ReadOverrideEffectiveIdentity on its data sources
//
// A dataset and what stands under it comes before the first report. Making a world twice
// changes nothing that the file does not say, and gives the same ids.
package world
