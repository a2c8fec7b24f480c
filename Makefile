# Every target does whatever set-up it lacks; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

API_PORT ?= 8000
DATA_DIR ?= .data
WORKERS ?= 2
export API_PORT DATA_DIR WORKERS

VENV := .venv
BIN := $(VENV)/bin
# The one interpreter to use; found out where it is not given: make PYTHON=/usr/bin/python3.11
PYTHON ?=
# More arguments for pytest, the bench or the demo: make test ARGS='-k upload'
ARGS ?=

.PHONY: setup demo up down test test-real differential fuzz fuzz-http check bench bench-dirty help clean lock format readme screenshots

setup: $(VENV)/.project $(VENV)/.kernels $(VENV)/.page ## install everything into .venv, build the page (1.5 GB, about three minutes, once)

demo: setup ## start everything, load the samples, show results; ends with Ctrl-C
	@$(BIN)/python -m cli demo $(ARGS)

up: setup ## start the embedded stack in the background (API_PORT, DATA_DIR, WORKERS)
	@$(BIN)/python -m cli up

down: setup ## stop the stack of DATA_DIR; its data stays
	@$(BIN)/python -m cli down

# Three processes on two cores, because tests wait as long as they work; a file stays in one of them,
# and they are taken in the order of their names: long ones are not left for the end.
test: setup ## run the tests (ARGS='-k upload' for some of them)
	@$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

differential: setup ## the row engine against its specification on 5,000 generated files (FILES=20000), cut at every size
	@DIFFERENTIAL_FILES=$(or $(FILES),5000) DIFFERENTIAL_SIZES=every $(BIN)/python -m pytest -q tests/differential

fuzz: setup $(VENV)/.fuzzer ## coverage-guided fuzzing of the row engine for an hour (SECONDS=3600)
	@$(BIN)/python -m tests.fuzz.engine $(or $(SECONDS),3600) $(ARGS)
	@$(BIN)/python -m tests.fuzz.minimise

fuzz-http: setup ## hostile requests to the HTTP API by raw sockets (REQUESTS=12000 SEED=1)
	@HTTP_FUZZ_REQUESTS=$(or $(REQUESTS),12000) HTTP_FUZZ_SEED=$(or $(SEED),1) \
	  $(BIN)/python -m pytest -q tests/fuzz/test_http.py $(ARGS)

test-real: setup ## run the tests on Apache Kafka and MinIO (ARGS=--quick for a part of them, ARGS=--seaweedfs for another store)
	@$(BIN)/python -m tests.real $(ARGS)

check: setup ## ruff, formatting, mypy and import rules; tsc, eslint and prettier for the page; as CI runs them
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --cache-dir .cache/import-linter
	@if [ -e ui/node_modules ]; then npm --prefix ui run --silent check; \
	  else echo "ui/ was not checked: there is no Node.js"; fi

bench: setup ## measure speed and memory against peers (ARGS='--help' for its options)
	@$(BIN)/python -m bench $(ARGS)

bench-dirty: setup $(VENV)/.peers ## polluted files: what is recovered, how fast, beside other readers
	@$(BIN)/python -m bench.dirty $(ARGS)

format: setup ## bring the code into the project's format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@if [ -e ui/node_modules ]; then npm --prefix ui run --silent format; fi

screenshots: setup ## pictures of every page, light and dark, desk and phone, into build/screenshots
	@$(BIN)/python -m tests.e2e.ui.screenshots

readme: setup ## renew what the README shows from real runs
	@$(BIN)/python -m tests.integration.cli.readme

lock: | $(BIN)/python ## renew the lock files (UPGRADE=1 takes newer versions)
	@$(BIN)/python -m pip install --quiet uv
	@printf 'setuptools>=77\n' | $(BIN)/uv pip compile pyproject.toml - --quiet --all-extras \
	  --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate $(if $(UPGRADE),--upgrade) --output-file requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --extra redis --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --constraint requirements.lock --output-file deploy/requirements.lock
	@$(BIN)/uv pip compile bench/dirty/peers.in --constraint requirements.lock --quiet \
	  --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate $(if $(UPGRADE),--upgrade) --output-file bench/dirty/peers.lock
	@$(BIN)/uv pip compile tests/fuzz/fuzzer.in --constraint requirements.lock --quiet \
	  --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate $(if $(UPGRADE),--upgrade) --output-file tests/fuzz/fuzzer.lock

clean: ## remove .venv and caches; data stays
	@if [ -e '$(DATA_DIR)/run/stack.json' ]; then \
	  echo 'A stack is up on $(DATA_DIR), and it runs from .venv: `make down` first.' >&2; exit 1; fi
	rm -rf $(VENV) ui/node_modules ui/dist .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
	@find . -name __pycache__ -not -path './ui/*' -prune -exec rm -rf {} +

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- set-up, in steps that are repeated only where what they rest on has changed ---------------

define NO_VENV
No virtual environment could be made: this Python has neither ensurepip nor pip, and there is
no virtualenv or uv. On Debian and Ubuntu:  apt-get install python3-venv
endef
export NO_VENV

$(BIN)/python:
	@python='$(PYTHON)'; \
	for p in $${python:-python3.11 python3 python3.12}; do \
	  "$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null \
	    && python=$$p && break; python=; \
	done; \
	[ -n "$$python" ] || { echo 'Python 3.11 or 3.12 is needed: apt-get install python3.11 python3.11-venv' >&2; exit 1; }; \
	echo "Making $(VENV) with $$("$$python" -V)"; \
	"$$python" -m venv $(VENV) >/dev/null 2>&1 \
	  || virtualenv --quiet --clear -p "$$python" $(VENV) 2>/dev/null \
	  || uv venv --quiet --clear --seed -p "$$python" $(VENV) 2>/dev/null \
	  || { "$$python" -m venv --clear --without-pip $(VENV) \
	       && "$$python" -m pip --python $(BIN)/python install --quiet pip 2>/dev/null; } \
	  || { rm -rf $(VENV); echo "$$NO_VENV" >&2; exit 1; }

$(VENV)/.requirements: requirements.lock | $(BIN)/python
	@echo 'Installing what requirements.lock names (once, about two minutes)'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --progress-bar off \
	  --require-hashes -r requirements.lock
	@touch $@

# Other readers of CSV, which only the bench of polluted files needs.
$(VENV)/.peers: bench/dirty/peers.lock $(VENV)/.requirements
	@echo 'Installing the readers to compare with'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --progress-bar off \
	  --require-hashes -r bench/dirty/peers.lock
	@touch $@

# atheris, which only fuzzing needs.
$(VENV)/.fuzzer: tests/fuzz/fuzzer.lock $(VENV)/.requirements
	@echo 'Installing the fuzzer'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --progress-bar off \
	  --require-hashes -r tests/fuzz/fuzzer.lock
	@touch $@

# In place and without fetching anything: setuptools is in the lock. The compat mode puts the
# checkout on the path as a whole, so that a new package needs no new set-up.
$(VENV)/.project: pyproject.toml $(VENV)/.requirements
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation --no-index --config-settings editable_mode=compat --editable .
	@touch $@

$(VENV)/.kernels: $(wildcard rows/*.py rows/kernels/*.py) $(VENV)/.project
	@if [ -f rows/compile.py ]; then echo 'Compiling the row engine'; $(BIN)/python -m rows.compile; fi
	@touch $@

# The page. Without Node.js everything else works: the API then says at / what is missing.
define NO_NODE

  ============================================================================================
  The page was not built: it needs Node.js 20.19 or newer with npm. Everything else goes on;
  the API says at / what is missing. On Debian and Ubuntu: apt-get install nodejs npm (or a
  newer one from nodejs.org). Then: make setup
  ============================================================================================

endef
export NO_NODE

NODE_FITS := node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
UI_SOURCES := $(shell find ui -name node_modules -prune -o -name dist -prune -o -type f -print)

$(VENV)/.page: $(UI_SOURCES) | $(BIN)/python
	@if ! command -v npm >/dev/null || ! $(NODE_FITS) 2>/dev/null; then echo "$$NO_NODE" >&2; else \
	  if ! cmp -s ui/package-lock.json ui/node_modules/.installed; then \
	    echo 'Installing what ui/package-lock.json names'; \
	    npm --prefix ui ci --no-audit --no-fund --loglevel error; \
	    cp ui/package-lock.json ui/node_modules/.installed; \
	  fi; \
	  echo 'Building the page'; \
	  npm --prefix ui run --silent build -- --logLevel warn; \
	  touch $@; \
	fi
