# Everything a developer or CI runs; `make` alone lists it. Every target sets up what it needs first.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Make .venv from the hashed lock (PYTHON=… chooses the interpreter, 3.11 to 3.13)
	@PYTHON='$(PYTHON)' scripts/setup

.PHONY: demo
demo: setup ## Start a fleet of two simulators, run circuits through it, show the histograms
	@$(BIN)/python examples/demo.py

.PHONY: test
test: check semantics test-api e2e ## Run all tests, every tier

.PHONY: check
check: lint unit integration ## Run the fast part: lint, types, unit and integration tests; no cluster

.PHONY: lint
lint: setup ## Check format, lint, types, layers, the chart, and that lock and generated code are up to date
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/mypy --explicit-package-bases tests bench examples crds e2e
	$(BIN)/lint-imports --no-logo
	$(BIN)/python scripts/lock.py --verify
	$(BIN)/python proto/generate.py --verify
	$(BIN)/python crds/generate.py --verify
	scripts/chart check

.PHONY: fmt
fmt: setup ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: unit
unit: tools-helm ## Run the unit tests
	$(BIN)/pytest tests/unit

.PHONY: integration
integration: tools-clients ## Run the integration tests: real processes on loopback
	$(BIN)/pytest tests/integration

.PHONY: semantics
semantics: setup ## Hold what programs mean against an oracle, other engines, public corpora and wild input
	$(BIN)/pytest tests/semantics

.PHONY: fuzz
fuzz: setup ## Send the decoders 80,000 mistaken programs, for some ten minutes
	$(BIN)/pytest tests/semantics/test_fuzz_random.py --hypothesis-profile=fuzz

.PHONY: test-api
test-api: tools tools-helm ## Run the API tier: a real Kubernetes API server, with nodes played by the tests
	$(BIN)/pytest tests/api

.PHONY: e2e
e2e: setup ## Run the end-to-end tests on a kind cluster of their own; as root, or with Docker
	@e2e/run

.PHONY: images
images: setup ## Build the container images
	@e2e/engine start
	@e2e/base-image
	@images/build

.PHONY: cluster
cluster: setup ## Start a kind cluster with the chart installed and two devices
	@e2e/fleet

.PHONY: cluster-down
cluster-down: setup ## Remove that cluster
	@e2e/cluster down

.PHONY: api
api: tools ## Start that API server with operator, facade and two simulators, to watch and to break by hand
	@PYTHONPATH=tests/harness $(BIN)/python -m api_tier

.PHONY: tools-bench
tools-bench: setup
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes --only-binary :all: \
	  -r requirements/bench.txt

.PHONY: bench
bench: tools-bench ## Measure against peers and how it grows; write build/bench.json and build/growth.json
	$(BIN)/python bench/run.py
	$(BIN)/python bench/growth.py

.PHONY: charts
charts: setup ## Draw docs/performance/ from what `make bench` and `make soak` left in build/
	$(BIN)/python bench/charts.py $(wildcard build/growth.json build/soak.json)

.PHONY: soak
soak: setup ## Make calls for ten minutes, some of them given up, and see that memory stays flat
	$(BIN)/python bench/soak.py

.PHONY: profile
profile: tools-bench ## Draw flame graphs of facade and sidecar under load
	$(BIN)/python bench/flame_graphs.py

.PHONY: proto
proto: setup ## Generate the Python code of proto/
	$(BIN)/python proto/generate.py

.PHONY: crds
crds: setup ## Generate the CustomResourceDefinition in crds/ from the model
	$(BIN)/python crds/generate.py

.PHONY: chart
chart: setup ## Generate what of the chart is generated: its README, its copy of the definition
	scripts/chart generate

.PHONY: lock
lock: setup ## Write requirements/ from pyproject.toml (UPGRADE=1 takes the newest releases)
	$(BIN)/python scripts/lock.py $(if $(UPGRADE),--upgrade)

.PHONY: tools
tools: tools-clients tools-etcd tools-kubernetes ## Build the Go programs of tools/ into the user's cache

tools-%: setup
	@scripts/tools $* >/dev/null

.PHONY: clean
clean: ## Remove .venv and everything built
	rm -rf .venv build dist .*_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
