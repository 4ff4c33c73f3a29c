# Taskapp: what there is to do. `make` alone lists it.

PYTHON ?= python3
BIN := .venv/bin
FLASK := $(BIN)/flask --app wsgi
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --fork-strategy fewest \
        --generate-hashes --no-header --no-emit-index-url --quiet

# What runs in a deployment, for bandit to look at.
AUDITED := taskapp migrations scripts config.py gunicorn.conf.py wsgi.py

# The stamps say what is installed: where they are newest, pip is not even asked.
RUNTIME := .venv/installed
DEVELOPMENT := .venv/installed-dev
BENCHMARKS := .venv/installed-bench

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help run demo migrate test soak bench lint format install install-dev lock upgrade sbom clean

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: migrate ## serve Taskapp on http://127.0.0.1:8000 (HOST and PORT say where else)
	@exec $(BIN)/python scripts/serve.py

demo: migrate ## fill the database with people and tasks to look at
	@$(FLASK) demo

migrate: $(RUNTIME) instance/secret_key ## bring the database to the newest schema
	@$(BIN)/python scripts/migrate.py

test: $(DEVELOPMENT) ## lint, then run every test on every database and in a browser
	@scripts/debian-packages.sh
	@$(MAKE) --no-print-directory lint
	@$(BIN)/pytest --numprocesses 2 --cov

# Each may be set: make soak KILLS=20 MINUTES=5
soak: export KILLS := 200
soak: export WRITES_BETWEEN := 250
soak: export ROUNDS := 1000
soak: export FUZZ_EXAMPLES := 2500
soak: export FUZZ_SEQUENCES := 1000
soak: export DEPLOYMENT_STOPS := 100
soak: export MINUTES := 60
SOAKED := tests/faults tests/concurrency tests/deployment/test_restarting.py tests/api/test_fuzz.py \
          tests/api/test_bad_data.py tests/core/test_time.py tests/tasks/test_quick_add.py
soak: $(DEVELOPMENT) ## break it for hours, and say how often (docs/reliability.md has what came of it)
	@scripts/debian-packages.sh
	@$(BIN)/pytest --numprocesses 2 --dist worksteal --hypothesis-profile soak --figures $(SOAKED)

bench: $(BENCHMARKS) ## measure into docs/performance.md, in half an hour (QUICK=1: a glance)
	@$(BIN)/python bench/compare.py $(if $(QUICK),--quick)
	@$(BIN)/python bench/growth.py $(if $(QUICK),--quick)
	@$(if $(QUICK),,$(BIN)/python bench/pages.py)
	@$(if $(QUICK),,$(BIN)/python bench/live.py)

lint: $(DEVELOPMENT) ## check style, mistakes and types, and the files of a deployment
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive $(AUDITED)
	@$(BIN)/shellcheck .ci/run scripts/*.sh
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec compose.yaml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*
	@$(BIN)/zizmor --quiet --offline --no-progress .github

format: $(DEVELOPMENT) ## put the code in the one format, and mend what can be mended
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

install: $(RUNTIME) ## install what runs into .venv
	@:

install-dev: $(DEVELOPMENT) ## install what runs, tests and lints into .venv
	@:

lock: $(DEVELOPMENT) ## pin what requirements.in and requirements-dev.in name
	@$(LOCK) $(LOCK_OPTIONS) requirements.in --output-file requirements.txt
	@$(LOCK) $(LOCK_OPTIONS) requirements-dev.in --output-file requirements-dev.txt
	@$(LOCK) $(LOCK_OPTIONS) requirements-bench.in --output-file requirements-bench.txt

upgrade: LOCK_OPTIONS := --upgrade
upgrade: lock ## pin the newest versions of everything

sbom: $(DEVELOPMENT) ## write sbom.cdx.json, the list of what runs (CycloneDX)
	@# It warns that the list does not say which package needs which; pip's lock does not either.
	@PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements --output-reproducible --pyproject pyproject.toml \
		--output-file sbom.cdx.json requirements.txt
	@echo "sbom.cdx.json lists what runs."

clean: ## remove what make made, but not the data in instance/
	@rm -rf .venv .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis test-results

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Taskapp needs Python 3.11 or later: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv --clear .venv \
		|| { echo "Debian has this in a package of its own: apt-get install python3-venv"; exit 1; }

$(RUNTIME): requirements.txt | $(BIN)/python
	@echo "Installing what Taskapp runs on into .venv"
	@$(PIP) install --requirement $<
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	@echo "Installing what tests and lints Taskapp into .venv"
	@$(PIP) install --requirement $<
	@touch $@

$(BENCHMARKS): requirements-bench.txt $(DEVELOPMENT)
	@echo "Installing what is measured beside Taskapp into .venv"
	@$(PIP) install --requirement $<
	@touch $@

# Made once and kept: it signs every cookie and token.
instance/secret_key: | $(BIN)/python
	@mkdir -p -m 700 $(@D)
	@umask 077 && $(BIN)/python -c 'import secrets; print(secrets.token_hex(32))' > $@
