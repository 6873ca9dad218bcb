# Every target that needs Python packages begins with `ready`, which costs nothing when nothing has changed.

PYTHON ?= python3
BIN := .venv/bin
CACHE := $(or $(MATINEE_CACHE),$(if $(filter 0,$(shell id -u)),/var/cache/matinee,$(HOME)/.cache/matinee))
UV := 0.13.9
CORE := tests/domain tests/contracts tests/workflows tests/activities tests/project
TCTL = $(CACHE)/tctl/$(shell cat tools/tctl/go.mod tools/tctl/go.sum | sha256sum | cut -c1-16)/tctl

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help ready demo up check format lint types layers quick quick-core quick-edges test slow e2e bench tctl bench-clusters programs kwok externalsecrets cluster cluster-down lock clean

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

ready: ## makes .venv from requirements.lock; nothing to do when it is there
	@$(PYTHON) -I -S tools/setup.py

demo: ready ## shows a whole life: pull request, preview, push, close, receipt
	@$(BIN)/matinee demo

up: ready ## runs the whole set on this machine, in the foreground
	@$(BIN)/matinee up

check: ready ## the checks that need no server, in under a minute; a commit passes them
	@$(MAKE) -k -j3 --output-sync=target format lint types layers quick-core quick-edges

format: ready ## part of check: files are formatted
	@$(BIN)/ruff format --check .

lint: ready ## part of check: ruff, all rules
	@$(BIN)/ruff check .

types: ready ## part of check: basedpyright, strict
	@$(BIN)/basedpyright

layers: ready ## part of check: who may import whom
	@$(BIN)/lint-imports

quick: quick-core quick-edges ## part of check: the tests that need no server

quick-core: ready ## one half of quick: what Matinee decides, and what ports promise
	@$(BIN)/pytest -q -m "not server and not slow" $(CORE)

quick-edges: ready ## the other half: adapters, ways in, documentation
	@$(BIN)/pytest -q -m "not server and not slow" $(CORE:%=--ignore=%)

test: ready ## every test but the slow ones; says what it left out
	@$(BIN)/pytest -q -m "not slow and not cluster"

slow: ready ## the slow tests: kills at every step, fresh clones, long runs
	@$(BIN)/pytest -q -m "slow and not cluster"

e2e: ready ## the tests on a real Kubernetes, MATINEE_TEST_KUBECONFIG's or their own; `TESTS=tests/whole` runs some
	@$(BIN)/pytest -q -m cluster $(TESTS)

bench: ready ## the figures of docs/performance.md, measured here
	@for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

tctl: ready ## builds tctl for the test of its commands; needs Go, takes minutes the first time
	@test -x $(TCTL) || { mkdir -p $(dir $(TCTL)) && cd tools/tctl && \
		CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o $(TCTL) go.temporal.io/server/cmd/tools/cli; }
	@ln -sf $(TCTL) $(BIN)/tctl
	@echo "tctl: $(BIN)/tctl"

bench-clusters: ready ## the same of previews on Kubernetes; needs root, `make programs` and `make kwok`
	@for script in benchmarks/on_clusters/[a-z]*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

programs: ready ## builds Kubernetes and what belongs to it, for the tests; needs Go, takes half an hour the first time
	@$(BIN)/python -m tools.kubernetes.building

kwok: ready ## builds kwok, which plays nodes, for the tests with hundreds of previews; needs Go
	@$(BIN)/python -m tools.kubernetes.building kwok

externalsecrets: ready ## builds External Secrets, for the tests with it; needs Go, ten minutes and 3 GB of memory
	@$(BIN)/python -m tools.kubernetes.building externalsecrets

cluster: programs ## a Kubernetes with real containers on this machine, which stays; says how to use it; needs root
	@$(BIN)/python -m tests.cluster up

cluster-down: ready ## ends that Kubernetes, and leaves nothing of it
	@$(BIN)/python -m tests.cluster down

lock: ## resolves requirements.lock anew; `make lock UPGRADE=--upgrade` takes newer versions
	@test -x $(CACHE)/uv-$(UV)/bin/uv || { $(PYTHON) -m venv $(CACHE)/uv-$(UV) && \
		$(CACHE)/uv-$(UV)/bin/pip install --quiet uv==$(UV); }
	@printf 'hatchling\neditables\n' | $(CACHE)/uv-$(UV)/bin/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-header --extra embedded --extra development $(UPGRADE) \
		pyproject.toml - --output-file requirements.lock

clean: ## takes away what the targets made in this folder
	@case "$$(readlink .venv)" in $(CACHE)/venvs/*) rm -rf "$$(readlink .venv)";; esac
	@rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
