# One verb per task. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first Python that is new enough. Name another with `make PYTHON=…`.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; exit; }; done; echo python3)
BIN := .venv/bin
SETUP := $(PYTHON) -E -S -m tools.setup

.PHONY: help setup run test check contracts bench bench-media chaos fuzz lock format clean

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Start the hub: set-up, web client, MongoDB and a demo clinic included
	@$(SETUP) run
	@exec $(BIN)/python -m hub

test: ## Run every suite: unit, contract, integration, browser, chaos, fuzz
	@$(SETUP) test
	@$(BIN)/python -m tools.suites test

check: ## Lint, types, imports, contract drift, web client (under three minutes)
	@$(SETUP) test
	@$(BIN)/python -m tools.suites check

setup: ## Install what tests and checks need, without running them
	@$(SETUP) test

contracts: ## Write what is generated from the catalogue
	@$(SETUP) test
	@$(BIN)/python -m tools.contracts

bench: ## Measure the hub and its Node.js peer; write docs/benchmarks.md
	@$(SETUP) test
	@$(BIN)/python -m tests.bench

bench-media: ## Measure calls per core: aiortc, ours, Janus; write docs/benchmarks.md
	@$(SETUP) test
	@$(BIN)/python -m tests.bench.media

chaos: ## 200 rounds of kill -9 against the history, 50 of media processes that record
	@$(SETUP) test
	@$(BIN)/python -m tests.chaos --rounds 200
	@$(BIN)/python -m tests.chaos.media --rounds 50

fuzz: ## A million malformed frames and datagrams, 100,000 SDP bodies, every HTTP operation
	@$(SETUP) test
	@$(BIN)/python -m tests.fuzz --frames 1000000
	@$(BIN)/python -m tests.fuzz.media --datagrams 1000000 --sdp 100000

lock: ## Write the requirements' locks anew
	@$(SETUP) test
	@for part in "" -dev; do $(BIN)/uv pip compile --quiet --no-header --no-annotate --universal --python-version 3.11 \
		--generate-hashes requirements$$part.in --output-file requirements$$part.txt || exit 1; done

format: ## Format the Python sources
	@$(SETUP) test
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

clean: ## Remove what was built and cached; data and packages stay
	@rm -rf .cache web/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
