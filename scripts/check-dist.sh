#!/usr/bin/env bash
# The bundle in web/dist is committed so that go build needs no Node. It must be what the sources make.
set -euo pipefail
cd "$(dirname "$0")/.."
changed=$(git status --porcelain -- web/dist)
if [ -n "$changed" ]; then
	printf 'web/dist is not what web/src makes. Run "make web" and commit the result:\n%s\n' "$changed" >&2
	git --no-pager diff --stat -- web/dist >&2
	exit 1
fi
echo "web/dist is what web/src makes"
