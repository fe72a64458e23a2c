package entra

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// failure is a refusal as Entra ID words it. The codes and texts are those of
// https://login.microsoftonline.com/error and of recorded answers.
type failure struct {
	status     int
	kind       string // OAuth error code
	code       int    // AADSTS code; 0 where Entra ID has none
	text       string
	allow      string // methods, for 405
	retryAfter time.Duration
	cause      error // for the log only
}

// Error makes a failure travel as an error inside the package.
func (f failure) Error() string { return f.text }

func fail(status int, kind string, code int, format string, args ...any) failure {
	return failure{status: status, kind: kind, code: code, text: fmt.Sprintf(format, args...)}
}

// missing is the refusal of a request without a parameter.
func missing(parameter string) failure {
	return fail(http.StatusBadRequest, "invalid_request", 900144,
		"The request body must contain the following parameter: '%s'.", parameter)
}

// wireFailure is the body of a refusal.
type wireFailure struct {
	Error         string `json:"error"`
	Description   string `json:"error_description"`
	Codes         []int  `json:"error_codes"`
	Timestamp     string `json:"timestamp"`
	TraceID       string `json:"trace_id"`
	CorrelationID string `json:"correlation_id"`
	URI           string `json:"error_uri,omitempty"`
}

func (f failure) wire(c *call, now time.Time) wireFailure {
	stamp := now.UTC().Format("2006-01-02 15:04:05Z")
	w := wireFailure{Error: f.kind, Codes: []int{}, Timestamp: stamp, TraceID: c.trace, CorrelationID: c.correlation}
	text := f.text
	if f.code != 0 {
		text = fmt.Sprintf("AADSTS%d: %s", f.code, f.text)
		w.Codes = []int{f.code}
		w.URI = fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", f.code)
	}
	w.Description = fmt.Sprintf("%s Trace ID: %s Correlation ID: %s Timestamp: %s", text, c.trace, c.correlation, stamp)
	return w
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // the texts hold quotes and slashes that people read
	// The client is gone when this goes wrong; there is no one to tell.
	_ = e.Encode(body)
}
