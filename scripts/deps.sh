#!/usr/bin/env bash
# Sees to it that what was asked for is there: deps.sh [go] [node] [chromium] [postgres] [mariadb]
# Installs packages of web/ from their lock file, and Debian's Chromium where it may. For all else it says what to install.
set -euo pipefail
cd "$(dirname "$0")/.."

die() {
	printf '\n%s\n' "$*" >&2
	exit 1
}

go_ready() {
	local want problem
	want=$(awk '$1 == "go" {print $2}' go.mod)
	command -v go >/dev/null || die "Go is missing. Install Go $want or newer: https://go.dev/dl/"
	# A Go of 1.21 or newer fetches the version of go.mod by itself, unless it was told not to.
	problem=$(go list -m 2>&1 >/dev/null) || die "This needs Go $want or newer. $problem"
	command -v "$(go env CC)" >/dev/null || die "A C compiler is missing (DuckDB and SQLite need one). On Debian: apt-get install gcc libc6-dev"
}

node_ready() {
	if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
		die "Node is missing. Install Node 20 or newer with npm; on Debian: apt-get install nodejs npm"
	fi
	local major
	major=$(node --version | sed -E 's/^v([0-9]+).*/\1/')
	[ "$major" -ge 20 ] || die "Node $(node --version) is too old. Install Node 20 or newer."
	# npm writes this file last; it is older than a lock file that has changed since.
	if [ ! -e web/node_modules/.package-lock.json ] || [ web/package-lock.json -nt web/node_modules/.package-lock.json ]; then
		echo "installing the packages of web/package-lock.json"
		npm --prefix web ci --no-audit --no-fund --loglevel=error
		touch web/node_modules/.package-lock.json
	fi
}

# install PACKAGE WHAT installs a package of Debian where it may.
install() {
	local as_root=()
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null && sudo -n true 2>/dev/null && as_root=(sudo -n)
	fi
	if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || [ "${#as_root[@]}" -gt 0 ]; }; then
		echo "installing $2"
		"${as_root[@]}" apt-get update -qq
		"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" </dev/null >/dev/null
	fi
}

# The tests look for the browser in the same places.
chromium_path() {
	if [ -n "${CHROMIUM:-}" ]; then
		[ -x "$CHROMIUM" ] || die "CHROMIUM is set to $CHROMIUM, which is no program."
		return 0
	fi
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}

chromium_ready() {
	chromium_path && return 0
	install chromium "Chromium for the tests in a browser"
	chromium_path || die "The tests in a browser need Chromium. On Debian, as root: apt-get install chromium
Elsewhere, install Chromium or Chrome and set CHROMIUM to the path of the program."
}

# The tests start a server of their own from the programs, in a folder of their own. They find them in the same places.
postgres_path() {
	local bin
	for bin in "${PG_BIN:-}" /usr/lib/postgresql/*/bin "$(dirname "$(command -v initdb || echo /none/initdb)")"; do
		[ -n "$bin" ] && [ -x "$bin/initdb" ] && return 0
	done
	return 1
}

postgres_ready() {
	postgres_path && return 0
	install postgresql "PostgreSQL for the tests"
	postgres_path || die "The tests on PostgreSQL need its programs. On Debian, as root: apt-get install postgresql
Elsewhere, install PostgreSQL 14 or newer and set PG_BIN to the folder of its programs."
}

mariadb_found() { command -v mariadbd >/dev/null && command -v mariadb-install-db >/dev/null; }

mariadb_ready() {
	PATH=$PATH:/usr/sbin mariadb_found && return 0
	install mariadb-server "MariaDB for the tests"
	PATH=$PATH:/usr/sbin mariadb_found || die "The tests on MySQL need MariaDB. On Debian, as root: apt-get install mariadb-server"
}

for need in "$@"; do
	case $need in
	go) go_ready ;;
	node) node_ready ;;
	chromium) chromium_ready ;;
	postgres) postgres_ready ;;
	mariadb) mariadb_ready ;;
	*) die "deps.sh knows go, node, chromium, postgres and mariadb, not $need" ;;
	esac
done
