package server

import (
	"io"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/google/uuid"

	"inlay"
)

// Config is the settings of a server. Each is declared here once; flags, environment, the
// configuration file and the help derive from the tags. A flag wins over the environment, the
// environment over the file, the file over the default. Empty fields mean the default, so that a
// program that embeds a server sets what it cares about.
type Config struct {
	File             kong.ConfigFlag `kong:"name='config',env='INLAY_CONFIG',placeholder='FILE',help='JSON file with options by their names here, such as {\"listen\": \"127.0.0.1:8400\"}.'"`
	Data             string          `kong:"name='data',env='INLAY_DATA',type='path',default='data',placeholder='DIR',help='Folder for everything that is kept: catalog, keys, imported data. Made when it is missing.'"`
	Listen           string          `kong:"name='listen',env='INLAY_LISTEN',default='127.0.0.1:8400',placeholder='HOST:PORT',help='Address for plain HTTP.'"`
	TLSListen        string          `kong:"name='tls-listen',env='INLAY_TLS_LISTEN',default='127.0.0.1:8443',placeholder='HOST:PORT',help='Address for HTTPS, with a certificate of the own authority of the data folder.'"`
	PublicURL        string          `kong:"name='public-url',env='INLAY_PUBLIC_URL',placeholder='URL',help='Where clients reach the server. Without it http://localhost and the port of --listen.'"`
	TenantID         string          `kong:"name='tenant-id',env='INLAY_TENANT_ID',placeholder='GUID',help='Tenant of a new data folder. Without it one is made.'"`
	SignIn           bool            `kong:"name='sign-in',env='INLAY_SIGN_IN',help='Serve the built-in sign-in, in the shape of Microsoft Entra ID. The demo always does.'"`
	PasswordGrant    bool            `kong:"name='password-grant',env='INLAY_PASSWORD_GRANT',help='Let users sign in with a password. For emulation only: an application that handles passwords of people can lose them. The demo always does.'"`
	ErrorMode        string          `kong:"name='error-mode',env='INLAY_ERROR_MODE',enum='explain,wire',default='explain',help='explain: refusals say rule and remedy. wire: they are as bare as those of Power BI.'"`
	EmbedOrigins     []string        `kong:"name='embed-origins',env='INLAY_EMBED_ORIGINS',sep=',',default='${embed_origins}',placeholder='ORIGIN,...',help='Pages that may show reports in a frame: origins as in a content security policy, or * for all.'"`
	Administrators   []string        `kong:"name='administrators',env='INLAY_ADMINISTRATORS',sep=',',placeholder='WHO,...',help='Principals that may read the activity log and revoke embed tokens beyond a workspace: object ids, client ids of applications, names of users. Without it nobody may, and the commands inlay audit and inlay tokens revoke do it.'"`
	RequireIdentity  bool            `kong:"name='require-identity',env='INLAY_REQUIRE_IDENTITY',help='Ask master users, too, for an identity where a model has roles. Power BI gives them a token for all rows.'"`
	SecurityMode     string          `kong:"name='security-mode',env='INLAY_SECURITY_MODE',enum='strict,compat',default='strict',help='Rows whose key no row of a restricted table has. strict: hidden. compat: as in Power BI, visible where a role filter holds for blanks, which broken keys can turn into a leak.'"`
	StrictRoles      bool            `kong:"name='strict-roles',env='INLAY_STRICT_ROLES',help='Refuse a token for a role that the model does not have. Power BI gives one that shows nothing.'"`
	MySQL            []string        `kong:"name='mysql',env='INLAY_MYSQL',sep=',',placeholder='HOST/DATABASE=URL,...',help='MySQL and MariaDB databases that imports may read: the database as the model names it, and how to connect, such as mysql://reader:secret@db.example.com/sales?tls=true. A secret: prefer the environment or the configuration file to the command line.'"`
	SQLServer        []string        `kong:"name='sqlserver',env='INLAY_SQLSERVER',sep=',',placeholder='HOST/DATABASE=URL,...',help='Microsoft SQL Server databases that imports may read: the database as the model names it, and how to connect, such as sqlserver://reader:secret@db.example.com/sales. A secret: prefer the environment or the configuration file to the command line.'"`
	WebHosts         []string        `kong:"name='web-hosts',env='INLAY_WEB_HOSTS',sep=',',placeholder='HOST,...',help='Hosts from which imports may fetch (Web.Contents), each with its port if it is not the usual one. Without it nothing is fetched. Addresses inside the own network must be listed themselves.'"`
	SourceFolders    []string        `kong:"name='source-folders',env='INLAY_SOURCE_FOLDERS',sep=',',placeholder='FROM=FOLDER,...',help='Where data lie that models name by a path or URL, outside of their projects: FROM as in the model, and the whole path of a folder, such as C:\\data=/srv/data. Every project that is imported or refreshed may read all of the folder.'"`
	QuerySteps       int             `kong:"name='query-steps',env='INLAY_QUERY_STEPS',placeholder='MILLIONS',help='How many millions of steps the Power Query of one table may take, so that one without an end does not run on: an expression that is evaluated, an item or row that is gone through. Without it 4000.'"`
	Postgres         []string        `kong:"name='postgres',env='INLAY_POSTGRES',sep=',',placeholder='HOST/DATABASE=URL,...',help='PostgreSQL databases for models whose partitions are of mode DirectQuery, and for imports: the database as the model names it, and how to connect. A secret: prefer the environment or the configuration file to the command line.'"`
	PostgresPolicies []string        `kong:"name='postgres-policies',env='INLAY_POSTGRES_POLICIES',sep=',',placeholder='HOST/DATABASE,...',help='Those of --postgres that have the row policies of inlay policies: every transaction says there who asks.'"`
	Engine           string          `kong:"name='engine',env='INLAY_ENGINE',enum='auto,worker,process',default='auto',help='Where the data engine runs. worker: in confined processes of its own, which Linux can do; process: in the process of the server; auto: in workers where that can be, as well confined as the kernel allows.'"`
	Workers          int             `kong:"name='workers',env='INLAY_WORKERS',placeholder='N',help='Questions that run at once, and workers at most. Without it one for each processor.'"`
	WorkerMemory     int             `kong:"name='worker-memory',env='INLAY_WORKER_MEMORY',placeholder='MB',help='Memory of one worker, in megabytes; what takes more is ended. Without it 1024.'"`
	ResultCache      int             `kong:"name='result-cache',env='INLAY_RESULT_CACHE',default='64',placeholder='MB',help='Memory for answers that are kept, in megabytes; 0 keeps none. Viewers share answers where exactly the same rows are visible to them, and nowhere else.'"`
	LogFormat        string          `kong:"name='log-format',env='INLAY_LOG_FORMAT',enum='text,json',default='text',help='text or json.'"`
	LogLevel         string          `kong:"name='log-level',env='INLAY_LOG_LEVEL',enum='debug,info,warn,error',default='info',help='debug, info, warn or error.'"`
}

// Defaults of options that other code needs, too.
const (
	defaultListen    = "127.0.0.1:8400"
	defaultTLSListen = "127.0.0.1:8443"
	defaultOrigins   = "'self',http://localhost:*,https://localhost:*"

	defaultWorkerMemory = 1024
	leastWorkerMemory   = 256
)

// Options are what a kong parser needs to read a Config.
func Options() []kong.Option {
	return []kong.Option{kong.Configuration(loadFile), kong.Vars{"embed_origins": defaultOrigins}}
}

// Validate says what is wrong with the settings: the option, the value and what would pass.
func (c Config) Validate() error {
	checks := []func() error{c.checkListeners, c.checkPublicURL, c.checkTenant, c.checkSignIn, c.checkOrigins, c.checkAdministrators, c.checkWorkers, c.checkResultCache, c.checkWords, c.checkDatabases, c.checkSources}
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// wrong makes the error for an option.
func wrong(option, value, what, remedy string) error {
	return &inlay.Error{Kind: inlay.Invalid, Msg: "--" + option + " " + strconv.Quote(value) + ": " + what + ": " + remedy, Remedy: remedy}
}

func (c Config) checkListeners() error {
	if strings.ContainsRune(c.Data, 0) {
		return wrong("data", c.Data, "the path holds a NUL character", "give a folder such as ./data")
	}
	for option, address := range map[string]string{"listen": c.listen(), "tls-listen": c.tlsListen()} {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return wrong(option, address, "it is not an address", "give host and port, such as "+defaultListen)
		}
		if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
			return wrong(option, address, "the port is not a number from 0 to 65535", "give host and port, such as "+defaultListen)
		}
		if option == "listen" && port == "0" && c.PublicURL == "" {
			return wrong(option, address, "clients would not know the port", "give --public-url, too")
		}
	}
	if c.listen() == c.tlsListen() && !strings.HasSuffix(c.listen(), ":0") {
		return wrong("tls-listen", c.tlsListen(), "plain HTTP listens there", "give another port than that of --listen")
	}
	return nil
}

func (c Config) checkPublicURL() error {
	if c.PublicURL == "" {
		return nil
	}
	const remedy = "give scheme and host alone, such as https://analytics.example.com"
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return wrong("public-url", c.PublicURL, "it is not the address of a web server", remedy)
	}
	if !isHostName(u.Hostname()) && net.ParseIP(u.Hostname()) == nil {
		return wrong("public-url", c.PublicURL, "the host is not written in ASCII letters, digits, dots and dashes",
			"give an international name in its xn-- form")
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return wrong("public-url", c.PublicURL, "it has more than scheme and host", remedy)
	}
	return nil
}

func (c Config) checkTenant() error {
	if c.TenantID == "" {
		return nil
	}
	if id, err := uuid.Parse(c.TenantID); err != nil || len(c.TenantID) != 36 || id == uuid.Nil {
		return wrong("tenant-id", c.TenantID, "it is not a GUID", "leave it out, or give one such as "+uuid.NewString())
	}
	return nil
}

func (c Config) checkSignIn() error {
	if c.PasswordGrant && !c.SignIn {
		return wrong("password-grant", "true", "there is no sign-in for it", "give --sign-in, too")
	}
	return nil
}

// checkOrigins keeps an entry from ending the header or the directive that it is written into.
func (c Config) checkOrigins() error {
	const remedy = "give origins such as https://app.example.com, https://*.example.com or http://localhost:*, or * for all"
	for _, origin := range c.EmbedOrigins {
		if origin == "*" && len(c.EmbedOrigins) > 1 {
			return wrong("embed-origins", origin, "it stands beside other entries", "give it alone")
		}
		if origin == "*" || origin == "'self'" {
			continue
		}
		scheme, rest, ok := strings.Cut(origin, "://")
		host := strings.TrimPrefix(rest, "*.")
		if h, port, found := strings.Cut(host, ":"); found {
			host = h
			if _, err := strconv.ParseUint(port, 10, 16); port != "*" && err != nil {
				return wrong("embed-origins", origin, "the port is not a number or *", remedy)
			}
		}
		if !ok || (scheme != "http" && scheme != "https") || !isHostName(host) {
			return wrong("embed-origins", origin, "it is not an origin", remedy)
		}
	}
	return nil
}

func (c Config) checkResultCache() error {
	if c.ResultCache < 0 {
		return wrong("result-cache", strconv.Itoa(c.ResultCache), "it is less than none", "give megabytes, or 0 to keep no answers")
	}
	return nil
}

func (c Config) checkWorkers() error {
	if c.QuerySteps < 0 {
		return wrong("query-steps", strconv.Itoa(c.QuerySteps), "it is less than none", "leave it out, or give millions from 1")
	}
	if c.Workers < 0 {
		return wrong("workers", strconv.Itoa(c.Workers), "it is less than none", "leave it out, or give a number from 1")
	}
	if c.WorkerMemory != 0 && c.WorkerMemory < leastWorkerMemory {
		return wrong("worker-memory", strconv.Itoa(c.WorkerMemory), "it is too little for the engine", "give 256 or more")
	}
	return nil
}

func isHostName(host string) bool {
	return host != "" && strings.Trim(strings.ToLower(host), "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}

// checkWords holds what kong holds for flags, for a Config that a program filled.
func (c Config) checkWords() error {
	for _, w := range []struct{ option, value, allowed string }{
		{"error-mode", c.ErrorMode, "explain, wire"},
		{"engine", c.Engine, "auto, worker, process"},
		{"log-format", c.LogFormat, "text, json"},
		{"log-level", c.LogLevel, "debug, info, warn, error"},
	} {
		known := false
		for word := range strings.SplitSeq(w.allowed, ", ") {
			known = known || w.value == word
		}
		if w.value != "" && !known {
			return wrong(w.option, w.value, "unknown value", "give one of "+w.allowed)
		}
	}
	return nil
}

func (c Config) listen() string    { return or(c.Listen, defaultListen) }
func (c Config) tlsListen() string { return or(c.TLSListen, defaultTLSListen) }

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// Public is where clients reach the server, without a slash at the end.
func (c Config) Public() string {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/")
	}
	host, port, err := net.SplitHostPort(c.listen())
	if err != nil {
		return "http://localhost:8400" // Validate refuses such an address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// Wire reports whether refusals are as bare as those of Power BI.
func (c Config) Wire() bool { return c.ErrorMode == "wire" }

// Logger makes the log.
func (c Config) Logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(or(c.LogLevel, "info"))); err != nil {
		level = slog.LevelInfo // Validate refuses such a level
	}
	options := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
