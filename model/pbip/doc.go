// Package pbip opens Power BI projects: it finds the semantic model and the reports of a
// folder, and never reads outside of it.
//
//	folder or .pbip ──Open──► Project ──ReadModel──► model.Model
//	                             └─ Reports[i].FS ──pbir.Read──► report.Definition
//
// Everything is read through an os.Root, and links are refused: a project that someone else
// wrote cannot name files of the server.
package pbip
