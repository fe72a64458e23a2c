#!/usr/bin/env bash
# test-go.sh [FLAG...] runs the tests in Go. Tests of drawn worlds draw the same ones each time, so
# that a failure is that of a change; SEED=0 draws others, and make soak does at length.
set -euo pipefail
cd "$(dirname "$0")/.."

drawn=() other=()
while read -r package draws; do
	if [ -n "$draws" ]; then drawn+=("$package"); else other+=("$package"); fi
done < <(go list -f '{{.ImportPath}} {{range .TestImports}}{{if eq . "pgregory.net/rapid"}}yes{{end}}{{end}}{{range .XTestImports}}{{if eq . "pgregory.net/rapid"}}yes{{end}}{{end}}' ./...)
[ "${#drawn[@]}" -gt 0 ] || { echo "no package has tests of drawn worlds: the list is wrong" >&2; exit 1; }

status=0
go test "$@" "${other[@]}" || status=$?
go test "$@" "${drawn[@]}" -rapid.seed="${SEED:-1}" || status=$?
exit "$status"
