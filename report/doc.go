// Package report holds report definitions and turns a visual with the viewer's state into a
// question about the model.
//
// The reader of PBIR folders is in report/pbir; one file per visual type is in report/visual.
package report
