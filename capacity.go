package inlay

import "context"

// Capacity is what a workspace runs on. Workspaces that name none run on the server's own,
// which is dedicated and lets its XMLA endpoint be read.
type Capacity struct {
	ID     string // GUID, lower case
	Name   string
	XMLA   XMLAAccess
	Shared bool // not dedicated: trial tokens alone, and no XMLA endpoint
}

// XMLAAccess is what the XMLA endpoint of a capacity allows.
type XMLAAccess string

// Settings of an XMLA endpoint.
const (
	XMLAOff       XMLAAccess = "Off"
	XMLAReadOnly  XMLAAccess = "ReadOnly"
	XMLAReadWrite XMLAAccess = "ReadWrite"
)

// OwnCapacity is that of workspaces which name none.
func OwnCapacity() Capacity { return Capacity{XMLA: XMLAReadOnly} }

// Readable reports whether the XMLA endpoint can be read.
func (c Capacity) Readable() bool {
	return !c.Shared && (c.XMLA == XMLAReadOnly || c.XMLA == XMLAReadWrite)
}

// Capacities stores capacities, and which workspace runs on which.
type Capacities interface {
	SetCapacity(ctx context.Context, c Capacity) error
	Capacity(ctx context.Context, id string) (Capacity, error)
	// AssignCapacity moves a workspace to a capacity, or to the server's own if the id is empty.
	AssignCapacity(ctx context.Context, workspaceID, capacityID string) error
}
