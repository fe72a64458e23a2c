package inlay

import "time"

// Refresh is one loading of a dataset's data, as its history tells it.
type Refresh struct {
	ID        string // GUID, lower case
	DatasetID string
	Kind      RefreshKind
	State     RefreshState
	StartedAt time.Time
	EndedAt   time.Time        // zero while it goes on
	Attempts  []RefreshAttempt // what was tried; the last may go on
	Objects   []RefreshObject  // what was asked for; empty for everything
	Parts     []RefreshPart    // how far each partition is
	Version   string           // that was published
}

// RefreshKind says who asked for a refresh, in the words of the service.
type RefreshKind string

// Kinds of refresh.
const (
	ViaAPI         RefreshKind = "ViaApi"
	ViaEnhancedAPI RefreshKind = "ViaEnhancedApi" // with options of its own
	OnDemand       RefreshKind = "OnDemand"       // at the command line
)

// RefreshState is how a refresh stands, in the words of the service.
type RefreshState string

// States of a refresh.
const (
	RefreshWaiting   RefreshState = "NotStarted"
	RefreshRunning   RefreshState = "InProgress"
	RefreshCompleted RefreshState = "Completed"
	RefreshFailed    RefreshState = "Failed"
	RefreshCancelled RefreshState = "Cancelled"
)

// Ended reports whether nothing will change any more.
func (s RefreshState) Ended() bool { return s != RefreshWaiting && s != RefreshRunning }

// RefreshAttempt is one try of a refresh.
type RefreshAttempt struct {
	StartedAt time.Time
	EndedAt   time.Time
	Code      string // of the error, empty if there is none
	Error     string // what its owner may read
}

// RefreshObject is a table, or one partition of it.
type RefreshObject struct {
	Table     string
	Partition string // empty for the whole table
}

// RefreshPart is how far one partition is.
type RefreshPart struct {
	Table, Partition string
	State            string // Waiting, Reading, Kept or Done
	Rows             int64
	Bytes, Size      int64 // read so far of the files that were opened, and how large they are
	Elapsed          time.Duration
	Remaining        time.Duration // an estimate; 0 if there is none
}

// RefreshRequest is what somebody asks of a refresh.
type RefreshRequest struct {
	Kind      RefreshKind
	Objects   []RefreshObject // empty for everything
	Threads   int             // 0 for as many as there are
	Retries   int             // how often a failure is tried again
	NoPolicy  bool            // policies of incremental refresh are not applied: everything is read
	Effective time.Time       // the day that policies count from; zero for today
}
