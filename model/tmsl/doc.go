// Package tmsl reads semantic models from TMSL, the JSON form of a model: model.bim of a
// project, a script that creates a database, the DataModelSchema of a template.
//
// TMSL and TMDL spell the same objects. The JSON becomes the tree that TMDL has, and one
// mapping (tmdl.Map) serves both:
//
//	model.bim ──Parse──► Document ──tree──► tmdl.Document ──tmdl.Map──► model.Model
//
// A Document keeps the text; what is not known is kept with it, and With changes one value and
// not a byte beside it.
package tmsl
