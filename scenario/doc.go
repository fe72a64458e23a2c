// Package scenario runs stories: files that say, in words that need no Go, what a world is
// like, what somebody asks of it, and what must come of that.
//
// A story is a txtar file. What stands before the first section is its sentence, with a line
// "Rules:" for the ids of docs/rules.md that it tells and a line "Source:" for where that is
// written. Sections:
//
//	-- world --      workspaces, datasets with rows, roles, reports, apps and users;
//	                 "errors: wire" for errors as bare as those of the service; "option NAME"
//	                 and "administrator NAME" for options of the server;
//	                 "dataset X in W from PATH" for a project on disk, with lines "map FROM to TO"
//	-- request --    "as NAME" (or "as NAME, signed in anew"), then a request line, headers and
//	                 a body; a form is written as lines "name = value"
//	-- response --   status line, headers to check, and a body; "..." matches anything. One in
//	                 Arrow is {"streams": [{"metadata": …, "columns": types by name, "rows": …}]}
//	-- show --       opens a report with the last token; lines "slicer Table[Column]: VALUES"
//	                 say what is chosen in a slicer, as JSON; "Board bound to Archive" shows
//	                 it on another dataset
//	-- rows --       what each visual of its page shows, or the error
//	-- ask --        asks a dataset without a report: its name, "as NAME", "roles: A, B",
//	                 "custom data: TEXT" or "all rows", and "fields: Table[Column], [Measure]";
//	                 section rows says what comes
//	-- clock --      moves the clock: +59m
//	-- change --     publishes anew and gives other rights, in the words of a world
//	-- do --         what an administrator does with the commands: "revoke token" (the last one),
//	                 "revoke tenant", "revoke principal NAME" (workspace, report, dataset),
//	                 "remove USER from ROLE of DATASET", "rotate keys", "withdraw old keys", "withdraw all keys"
//	-- restart --    stops the server and starts it on its data folder; "tenant GUID" makes it
//	                 another tenant's
//	-- token --      what a token holds that the rules would not give, sealed with the server's key
//
// $Board is the id of a thing of the world; the comment of Bench.expand lists the rest. A
// response's body must have the members that are written down; it may have more, and
// "(absent)" says that a member must not be there. Each story gets a server of its own with an
// empty data folder: the same program that is shipped.
package scenario
