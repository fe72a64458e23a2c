// Package csvfile reads separated text as Csv.Document of the M language does: quotes count
// only right behind a separator, rows may be ragged, and the text may be in any of the
// encodings that Power Query writes down by number.
package csvfile
