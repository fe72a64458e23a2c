// Package scenario runs stories: files that say, in words that need no Go, what a world is
// like, what somebody asks of it, and what must come of that.
//
// A story is a txtar file. What stands before the first section is its sentence. Sections:
//
//	-- world --      workspaces, datasets with rows, roles, reports, apps and users
//	-- request --    "as NAME", then a request line and a body; $Name is the id of a thing
//	-- response --   status line, headers to check, and a body; "..." matches anything
//	-- show --       opens a report with the last token
//	-- rows --       what each visual of its page shows, or the error
//	-- clock --      moves the clock: +59m
//
// A response's body must have the members that are written down; it may have more. Each story
// gets a server of its own with an empty data folder: the same program that is shipped.
package scenario
