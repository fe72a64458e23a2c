#!/usr/bin/env bash
# All that can be said about the code without running it.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/deps.sh go node

echo "gofmt"
unformatted=$(git ls-files -z '*.go' | xargs -0 -r gofmt -l)
if [ -n "$unformatted" ]; then
	printf 'not gofmt-ed:\n%s\n' "$unformatted" >&2
	exit 1
fi

echo "go vet"
go vet ./...

echo "golangci-lint"
"$(scripts/golangci.sh)" run --allow-parallel-runners ./...

echo "types of the pages"
npm --prefix web run check
