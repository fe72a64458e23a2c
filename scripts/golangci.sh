#!/usr/bin/env bash
# Prints the path of golangci-lint in the version that is pinned here, and builds it first where it is missing.
set -euo pipefail
version=2.15.0
dir=${INLAY_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/inlay/tools}/golangci-lint-$version
if [ ! -x "$dir/golangci-lint" ]; then
	echo "building golangci-lint $version, once" >&2
	mkdir -p "$dir"
	# Outside the module: its dependencies are no business of ours.
	(cd "$dir" && GOBIN="$dir" GOFLAGS='' go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$version") >&2
fi
echo "$dir/golangci-lint"
