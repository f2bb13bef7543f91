# Everything is run from here: `make serve` and `make test` set up what they need in .venv.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help serve test quick lint format fuzz schemathesis audit lock openapi bench bench-quick clean

PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,$(shell $(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))
HOST ?= 127.0.0.1
PORT ?= 8000
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
COMPILE := $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --upgrade
FUZZED := $(addprefix tests/test_,$(addsuffix .py,fuzz parsing cursors dates text matching negotiation injection \
	killed_publishes publishing_under_load schemathesis))
DATABASE := sqlite:///var/calibaja.sqlite3
DATASETTE := var/bench/datasette-venv/installed

help: ## Show what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

serve: .venv/serving ## Publish seed/ and serve it on http://127.0.0.1:8000 (HOST=, PORT=)
	@mkdir -p var
	@$(BIN)/python -m calibaja_api publish seed --database "$(DATABASE)"
	@$(BIN)/python -m calibaja_api serve --host $(HOST) --port $(PORT) --database "$(DATABASE)"

test: .venv/developing ## Run all tests
	@$(BIN)/python -m pytest -n auto

quick: .venv/developing ## Run the tests that take no more than moments
	@$(BIN)/python -m pytest -n auto -m "not slow"

lint: .venv/developing ## Check format, lint and types
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m mypy

format: .venv/developing ## Format the code and mend what the linter can
	@$(BIN)/python -m ruff format .
	@$(BIN)/python -m ruff check --fix .

fuzz: .venv/developing ## Try at length, for an hour or more, what the tests try at random, and tell what was tried
	@$(BIN)/python -m pytest --long -n auto --dist worksteal -v -rP --log-level INFO $(FUZZED)

schemathesis: .venv/developing ## Ask the service at length what its document allows and what it does not
	@$(BIN)/python -m pytest --long -n auto -v -rP --log-level INFO tests/test_schemathesis.py

audit: .venv/developing ## Look up the dependencies that are served with among known vulnerabilities (asks the internet)
	@$(PIP) pip-audit
	@$(BIN)/python -m pip_audit --disable-pip --require-hashes -r requirements/serving.txt

bench: .venv/developing $(DATASETTE) ## Measure what the service does in a second, beside other ways, in some 12 minutes (BENCH=options)
	@$(BIN)/python -m benchmarks $(BENCH)

bench-quick: .venv/developing $(DATASETTE) ## Measure the packaged dataset only, within two minutes (BENCH=options)
	@$(BIN)/python -m benchmarks --quick $(BENCH)

openapi: .venv/serving ## Write openapi.json anew from the packaged dataset
	@$(BIN)/python -m calibaja_api openapi > openapi.json.draft && mv openapi.json.draft openapi.json

lock: ## Pin the dependencies anew, with hashes and without index addresses
	@$(MAKE) --no-print-directory .venv/made
	@$(PIP) uv
	@$(COMPILE) --extra postgresql --group build --group dev pyproject.toml -o requirements/developing.txt
	@$(COMPILE) --extra postgresql --group build --constraint requirements/developing.txt pyproject.toml -o requirements/serving.txt
	@$(COMPILE) --group bench -o requirements/datasette.txt

clean: ## Remove what was set up and built
	@rm -rf .venv var dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; name one: make PYTHON=/path/to/python"; exit 1; }
	@echo "Setting up .venv with $(PYTHON) …"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/serving .venv/developing: .venv/%: .venv/made requirements/%.txt pyproject.toml
	@echo "Installing requirements/$*.txt …"
	@$(PIP) --require-hashes -r requirements/$*.txt
	@$(PIP) --no-deps --no-build-isolation --no-index -e .
	@touch $@

# What the bench compares with must not share its packages.
$(DATASETTE): requirements/datasette.txt | .venv/made
	@echo "Installing requirements/datasette.txt …"
	@$(BIN)/python -m venv $(@D)
	@$(@D)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/datasette.txt
	@touch $@
