# Each target is a few words here and a script in scripts/ where it is more.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The browser of the tests.
export CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

# Folder of the demo's data.
DATA ?= ./data

# What tests of drawn worlds start from; 0 is another each time.
export SEED ?= 1

# Worlds of a soak. 40 questions are asked about each; half of the worlds hide no rows.
CHECKS ?= 6000

.PHONY: help build demo test test-go test-web lint race soak bench web web-deps check-dist story-update clean

help: ## list the targets
	@echo "Inlay: make demo shows it, make test tests it."
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'

demo: build ## build Inlay and start it with demo data; set DATA for another folder
	@exec bin/inlay demo --data "$(DATA)"

test: ## install what the tests need, then run all: Go, stories, web, browser
	@scripts/deps.sh go node chromium postgres mariadb
	@$(MAKE) test-go
	@$(MAKE) build test-web

test-go: ## the tests in Go, stories among them; SEED=0 draws other worlds than CI
	@scripts/test-go.sh

test-web: ## the tests of the pages, in Node and in Chromium
	npm --prefix web run test:unit
	npm --prefix web run test:e2e

build: ## build bin/inlay
	@scripts/deps.sh go
	go build -o bin/inlay ./cmd/inlay

lint: ## gofmt, go vet, golangci-lint, and the types of the pages
	@scripts/lint.sh

race: ## the tests in Go under the race detector
	@scripts/test-go.sh -race -short -timeout 15m

soak: ## the engines against the plain evaluator and against hidden rows, 100,000 questions each; hours
	@scripts/deps.sh go postgres
	INLAY_SOAK=1 go test ./query -run 'TestEngineAgreesWithPlainEvaluator|TestHiddenRowsDoNotInterfere' -v -timeout 0 -rapid.checks=$(CHECKS)

bench: ## print what things cost as ratios of runs side by side
	@scripts/deps.sh go
	go run ./bench

web: web-deps ## rebuild the bundle of the pages; commit web/dist
	npm --prefix web run build

web-deps: ## install the packages of the lock file in web/
	@scripts/deps.sh node

check-dist: web ## fail if the bundle that is committed is not the one that is built
	@scripts/check-dist.sh

story-update: ## write what the stories answer now into the stories; read the difference
	go test ./scenario -update

clean: ## remove what was built; the demo's data stays
	rm -rf bin coverage web/test-results
