package rest

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"inlay"
)

// surface is where an error is answered: the same kind looks different to an application,
// which expects the service's inverted codes, and to the embed page.
type surface uint8

const (
	onAPI   surface = iota // operations with an access token
	onEmbed                // private routes with an embed token
	onRows                 // inside them, while rows are computed
	onQuery                // operations with an access token, while a DAX query is answered
	onArrow                // the same, where the answer is Arrow: an error of the query is a stream, with status 200
)

// answer is how a class of errors looks on the wire.
type answer struct {
	status int
	code   string
	info   string // header X-PowerBI-Error-Info
	silent bool   // the service sends no body
	nested bool   // the service's second shape, with pbi.error
	bare   bool   // the framework's shape, with a message alone
}

// Codes of the service.
const (
	notAuthorized = "PowerBINotAuthorizedException"
	entityMissing = "PowerBIEntityNotFound"
	badRequest    = "InvalidRequest"
	queriesError  = "DatasetExecuteQueriesError"

	principalSwitch = "ServicePrincipalIsNotAllowedByTenantAdminSwitch"
)

// answers is the one place in which kinds of error become statuses and codes. The statuses
// of the API are the service's: 403 is a bad token, 401 a lack of rights.
var answers = map[surface]map[inlay.Kind]answer{
	onAPI: {
		inlay.Invalid:         {status: 400, code: badRequest},
		inlay.Unsupported:     {status: 400, code: badRequest},
		inlay.Unauthenticated: {status: 403, code: "InvalidToken", info: "InvalidToken", silent: true},
		inlay.Expired:         {status: 403, code: "TokenExpired", info: "TokenExpired", silent: true},
		inlay.Forbidden:       {status: 401, code: notAuthorized, info: notAuthorized, nested: true},
		inlay.NotFound:        {status: 404, code: entityMissing, info: entityMissing, nested: true},
		inlay.Conflict:        {status: 409, code: "Conflict"},
		inlay.Limit:           {status: 413, code: "RequestTooLarge"},
		inlay.Unavailable:     {status: 503, code: "ServiceUnavailable"},
		inlay.Internal:        {status: 500, code: "InternalServerError"},
	},
	onEmbed: {
		inlay.Invalid:         {status: 400, code: badRequest},
		inlay.Unsupported:     {status: 400, code: "NotSupported"},
		inlay.Unauthenticated: {status: 403, code: "InvalidToken"},
		inlay.Expired:         {status: 403, code: "TokenExpired"},
		inlay.Forbidden:       {status: 403, code: notAuthorized},
		inlay.NotFound:        {status: 404, code: entityMissing},
		inlay.Conflict:        {status: 409, code: "Conflict"},
		inlay.Limit:           {status: 413, code: "RequestTooLarge"},
		inlay.Unavailable:     {status: 503, code: "ServiceUnavailable"},
		inlay.Internal:        {status: 500, code: "InternalServerError"},
	},
	onRows: {
		inlay.Forbidden: {status: 403, code: "RLSDenied"},
		inlay.Limit:     {status: 400, code: "QueryLimitExceeded"},
	},
	onQuery: {
		inlay.Invalid:     {status: 400, code: queriesError, nested: true},
		inlay.Unsupported: {status: 400, code: queriesError, nested: true},
		inlay.Limit:       {status: 400, code: queriesError, nested: true},
	},
}

// exceptions are the rules of this package whose answer is not that of their kind.
var exceptions = map[string]answer{
	ruleNoToken: {status: 403, code: "InvalidToken", silent: true},
	// The service says so of every token that has the form of one, whatever is wrong with it.
	ruleAccessToken: {status: 403, code: "InvalidToken", info: "TokenExpired", silent: true},
	ruleGroup:       {status: 401, code: "GroupNotAccessible", info: "GroupNotAccessible", silent: true},
	ruleRoute:       {status: 404, code: "NotFound", silent: true},
	ruleMethod:      {status: 405, code: "MethodNotAllowed", bare: true},
	ruleMediaType:   {status: 415, code: "UnsupportedMediaType", bare: true},
	ruleTimeout:     {status: 503, code: "ServiceUnavailable"},
	ruleBusy:        {status: 429, code: "TooManyRequests", bare: true},

	ruleExecuteRate: {status: 429, code: "TooManyRequests", bare: true},
	// The service answers with this status and this code together.
	"direct-lake-identity": {status: 403, code: badRequest},
	rulePrincipalSwitch:    {status: 401, code: principalSwitch, info: principalSwitch, silent: true},
	ruleGone:               {status: 499, code: "ClientClosedRequest"},
}

// Rules of this package. Those that begin with "use-" are asked whenever a token is used;
// docs/rules.md lists them beside those of query.
const (
	ruleNoToken     = "no-token"
	ruleGroup       = "group-access"
	ruleAccessToken = "access-token"
	ruleRoute       = "route"
	ruleMethod      = "method"
	ruleMediaType   = "media-type"
	ruleTimeout     = "timeout"
	ruleGone        = "client-gone"
	ruleBusy        = "busy" // of package admission

	ruleProfile         = "profile"
	ruleProfileSwitch   = "profile-switch"
	rulePrincipalSwitch = "principal-switch"
	ruleScope           = "scope"
	ruleUseKind         = "use-kind"
	ruleRevokeRight     = "revoke-right"
	ruleTokenRevoked    = "token-revoked"

	ruleUseTenant       = "use-tenant"
	ruleUsePrincipal    = "use-principal"
	ruleUseSwitch       = "use-switch"
	ruleUseReport       = "use-report"
	ruleUseDashboard    = "use-dashboard"
	ruleUseDataset      = "use-dataset"
	ruleUseRight        = "use-right"
	ruleUseUnrestricted = "use-unrestricted"
	ruleUseIdentity     = "use-identity"
	ruleUseSession      = "use-session" // embedtoken refuses with it
	ruleUseOrigin       = "use-origin"
	ruleNarrow          = "narrow"
)

// answerTo finds how an error is answered, and the error to show.
func answerTo(at surface, err error) (answer, *inlay.Error) {
	var e *inlay.Error
	switch {
	case errors.As(err, &e) && e.Kind != inlay.Internal:
	case errors.Is(err, context.DeadlineExceeded):
		e = &inlay.Error{Kind: inlay.Limit, Rule: ruleTimeout, Msg: "the question took too long", Remedy: "ask for less, or ask again later"}
	case errors.Is(err, context.Canceled):
		e = &inlay.Error{Kind: inlay.Limit, Rule: ruleGone, Msg: "the request was given up"} // for the log: nobody reads it
	default:
		return answers[onAPI][inlay.Internal], &inlay.Error{Kind: inlay.Internal, Msg: "internal error"}
	}
	if a, ok := exceptions[e.Rule]; ok {
		return a, e
	}
	if a, ok := answers[at][e.Kind]; ok {
		return a, e
	}
	switch at {
	case onRows:
		return answerTo(onEmbed, err)
	case onQuery, onArrow:
		return answerTo(onAPI, err)
	}
	return answers[onAPI][inlay.Internal], &inlay.Error{Kind: inlay.Internal, Msg: "internal error"}
}

// Bodies of errors.
type (
	errorBody struct {
		Error errorDetail `json:"error"`
	}
	errorDetail struct {
		Code    string       `json:"code"`
		Nested  *nestedError `json:"pbi.error,omitzero"`
		Message string       `json:"message,omitzero"`
		Rule    string       `json:"rule,omitzero"`
		Remedy  string       `json:"remedy,omitzero"`
	}
	nestedError struct {
		Code       string      `json:"code"`
		Parameters struct{}    `json:"parameters"`
		Details    []errorItem `json:"details"`
		Culprit    int         `json:"exceptionCulprit,omitzero"`
	}
	errorItem struct {
		Code   string    `json:"code"`
		Detail errorText `json:"detail"`
	}
	errorText struct {
		Type  int    `json:"type"` // 1: a text
		Value string `json:"value"`
	}
	bareError struct {
		Message string `json:"message"`
	}
)

// fail answers an error. In wire mode an application gets what the service sends; the embed
// page always gets a body, because it shows it.
func (a *api) fail(c *call, err error) {
	ans, e := answerTo(c.at, err)
	c.rule = e.Rule
	if e.Kind == inlay.Internal {
		c.fault = err
	}
	if c.at == onArrow && asStream(e) {
		a.failArrow(c, e)
		return
	}
	if ans.info != "" {
		c.w.Header().Set("X-PowerBI-Error-Info", ans.info)
	}
	switch {
	case e.RetryAfter > 0:
		c.w.Header().Set("Retry-After", strconv.Itoa(seconds(e.RetryAfter)))
	case ans.status == http.StatusServiceUnavailable:
		c.w.Header().Set("Retry-After", "1")
	}
	wire := a.Wire && (c.at == onAPI || c.at == onQuery || c.at == onArrow)
	switch {
	case wire && ans.silent:
		c.w.Header().Set("Content-Length", "0")
		c.w.WriteHeader(ans.status)
	case wire && ans.bare:
		c.json(ans.status, bareError{e.Msg})
	default:
		body := errorBody{errorDetail{Code: ans.code, Message: e.Msg}}
		if ans.nested {
			body.Error.Nested = &nestedError{Code: ans.code, Details: []errorItem{}, Culprit: 1}
			if ans.code == queriesError {
				body.Error.Nested.Details, body.Error.Nested.Culprit = queryDetails(e), 0
			}
			if wire {
				body.Error.Message = ""
			}
		}
		if !wire {
			body.Error.Rule, body.Error.Remedy = e.Rule, e.Remedy
		}
		c.json(ans.status, body)
	}
}

// queryDetails is what is wrong with a query: its first line, without the excerpt below it. The
// number is that of the service's engine for queries that it does not understand.
func queryDetails(e *inlay.Error) []errorItem {
	line, _, _ := strings.Cut(e.Msg, "\n")
	list := []errorItem{{"DetailsMessage", errorText{1, line}}}
	if e.Kind == inlay.Invalid {
		list = append(list, errorItem{"AnalysisServicesErrorCode", errorText{1, "3239575574"}})
	}
	return list
}

// seconds rounds up, so that who waits so long has waited long enough.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

func refuse(kind inlay.Kind, rule, msg, remedy string) error {
	return &inlay.Error{Kind: kind, Rule: rule, Msg: msg, Remedy: remedy}
}

// routeMissing is the answer to a path that is not in the table, or not clean.
func routeMissing() error {
	return refuse(inlay.NotFound, ruleRoute, http.StatusText(http.StatusNotFound), "see docs/compat.md for the operations that are served")
}
