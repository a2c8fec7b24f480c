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

.PHONY: setup demo up down test test-all test-real differential drill fuzz fuzz-http check bench bench-dirty help clean lock format readme reference screenshots

# What the demo and the stack need. The other targets need the development tools too.
RUN := $(VENV)/.run $(VENV)/.project $(VENV)/.kernels $(VENV)/.page

setup: $(VENV)/.dev $(VENV)/.ui-dev .cache/generators/.installed $(RUN) ## install everything for development into .venv, build the web UI (2 GB, once)

demo: $(RUN) ## start everything, load the samples, show results; ends with Ctrl-C
	@$(BIN)/python -m cli demo $(ARGS)

up: $(RUN) ## start the embedded stack in the background (API_PORT, DATA_DIR, WORKERS)
	@$(BIN)/python -m cli up

down: $(RUN) ## stop the stack of DATA_DIR; its data stays
	@$(BIN)/python -m cli down

# Three processes on two cores, because tests wait as long as they work; a file stays in one of them,
# and they are taken in the order of their names: long ones are not left for the end.
PYTEST = $(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder \
  --override-ini console_output_style=count

test: setup ## run the tests but slow ones (ARGS='-k upload' for some of them; 10 minutes on two cores)
	@echo '==> Running the tests in three processes: finished/all at the end of each line;'
	@echo '    about 10 minutes on two cores. What was skipped, and why, is listed at the end.'
	@echo '    Slow ones (kills, every page, large files) are left out: make test-all runs them too.'
	@$(PYTEST) -m 'not slow' $(ARGS)

test-all: setup ## run all tests, as CI does (30 to 60 minutes on two cores)
	@echo '==> Running all tests in three processes: finished/all at the end of each line;'
	@echo '    30 to 60 minutes on two cores. What was skipped, and why, is listed at the end.'
	@$(PYTEST) $(ARGS)

differential: setup ## the row engine against its specification on 5,000 generated files (FILES=20000), cut at every size
	@DIFFERENTIAL_FILES=$(or $(FILES),5000) DIFFERENTIAL_SIZES=every $(BIN)/python -m pytest -q tests/differential

fuzz: setup $(VENV)/.fuzzer ## coverage-guided fuzzing of the row engine for an hour (SECONDS=3600)
	@$(BIN)/python -m tests.fuzz.engine $(or $(SECONDS),3600) $(ARGS)
	@$(BIN)/python -m tests.fuzz.minimise

fuzz-http: setup ## hostile requests to the HTTP API by raw sockets (REQUESTS=12000 SEED=1)
	@HTTP_FUZZ_REQUESTS=$(or $(REQUESTS),12000) HTTP_FUZZ_SEED=$(or $(SEED),1) \
	  $(BIN)/python -m pytest -q tests/fuzz/test_http.py $(ARGS)

# One harness on the embedded services or on Apache Kafka and MinIO.
drill: setup ## everything dies, pauses and loses answers: up to 216 kills and lost answers, nothing may be lost, doubled or wrong (SEED=1 ROUNDS=6; REAL=1 on Apache Kafka and MinIO)
	@$(BIN)/python $(if $(REAL),-m tests.real exec $(BIN)/python) -m tests.e2e.soak --kills 36 --lost 36 --pauses 4 \
	  --files 40 --seed $(or $(SEED),1) --rounds $(or $(ROUNDS),6) $(ARGS)

test-real: setup ## run the tests on Apache Kafka and MinIO (ARGS=--quick for a part of them, ARGS=--seaweedfs for another store)
	@$(BIN)/python -m tests.real $(ARGS)

check: setup ## ruff, formatting, mypy, import rules and what the documents must have; tsc, eslint and prettier for the page
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --cache-dir .cache/import-linter
	@$(BIN)/python -m pytest -q tests/unit/docs
	@if [ -e ui/node_modules ]; then npm --prefix ui run --silent check; \
	  else echo "ui/ was not checked: there is no Node.js"; [ -z "$$CI" ]; fi

bench: setup ## measure speed and memory against peers; writes docs/performance.md (ARGS=--quick: processor time against the committed figures)
	@$(BIN)/python -m bench $(ARGS)

bench-dirty: setup $(VENV)/.peers ## polluted files: what is recovered, how fast, beside other readers
	@$(BIN)/python -m bench.dirty $(ARGS)

format: setup ## bring the code into the project's format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@if [ -e ui/node_modules ]; then npm --prefix ui run --silent format; fi

screenshots: setup ## pictures of every page, light and dark, desk and phone, into build/screenshots, compared with approved ones (ARGS=--approve)
	@$(BIN)/python -m tests.e2e.ui.screenshots $(ARGS)

reference: setup ## renew the generated parts of the documents and the types of the web UI
	@$(BIN)/python -m schemas.generate
	@$(BIN)/python -m rows.sniff.document
	@$(BIN)/python -m tests.integration.deploy.env_example
	@$(BIN)/python -m scripts.reference

readme: setup ## renew what the README shows from real runs
	@$(BIN)/python -m tests.integration.cli.readme

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-header --no-annotate
NEWER := $(if $(UPGRADE),--upgrade)

# All name the same versions: the first is resolved, the others are constrained by it.
lock: | $(BIN)/python ## renew the lock files (UPGRADE=1 takes newer versions)
	@$(BIN)/python -m pip install --quiet uv
	@printf 'setuptools>=77\n' | $(COMPILE) pyproject.toml - --all-extras $(NEWER) \
	  --output-file requirements-dev.lock
	@printf 'setuptools>=77\n' | $(COMPILE) pyproject.toml - --extra embedded \
	  --constraint requirements-dev.lock --output-file requirements.lock
	@$(COMPILE) pyproject.toml --extra redis \
	  --constraint requirements-dev.lock --output-file deploy/requirements.lock
	@$(COMPILE) bench/dirty/peers.in $(NEWER) \
	  --constraint requirements-dev.lock --output-file bench/dirty/peers.lock
	@$(COMPILE) tests/openapi/generator.in $(NEWER) --output-file tests/openapi/generator.lock
	@$(COMPILE) tests/fuzz/fuzzer.in $(NEWER) \
	  --constraint requirements-dev.lock --output-file tests/fuzz/fuzzer.lock

clean: ## remove .venv and caches; data stays
	@if [ -e '$(DATA_DIR)/run/stack.json' ]; then \
	  echo 'A stack is up on $(DATA_DIR), and it runs from .venv: `make down` first.' >&2; exit 1; fi
	rm -rf $(VENV) ui/node_modules ui/dist .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
	@find . -name __pycache__ -not -path './ui/*' -prune -exec rm -rf {} +

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- set-up, in steps that are repeated only if their input has changed -----------------------

define NO_VENV
No virtual environment can be created: this Python has neither ensurepip nor pip, and there is no
virtualenv or uv. On Debian and Ubuntu: apt-get install -y python3-venv
endef
export NO_VENV

$(BIN)/python:
	@python='$(PYTHON)'; \
	for p in $${python:-python3.11 python3 python3.12 python3.13 python3.14}; do \
	  "$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null \
	    && python=$$p && break; python=; \
	done; \
	[ -n "$$python" ] || { echo 'Python 3.11 to 3.14 is needed. On Debian and Ubuntu: apt-get install -y python3 python3-venv' >&2; exit 1; }; \
	echo "==> Creating $(VENV) with $$("$$python" -V)"; \
	"$$python" -m venv $(VENV) >/dev/null 2>&1 \
	  || virtualenv --quiet --clear -p "$$python" $(VENV) 2>/dev/null \
	  || uv venv --quiet --clear --seed -p "$$python" $(VENV) 2>/dev/null \
	  || { "$$python" -m venv --clear --without-pip $(VENV) \
	       && "$$python" -m pip --python $(BIN)/python install --quiet pip 2>/dev/null; } \
	  || { rm -rf $(VENV); echo "$$NO_VENV" >&2; exit 1; }

INSTALL := $(BIN)/python scripts/install.py

$(VENV)/.run: requirements.lock | $(BIN)/python
	@scripts/step 'Installing the packages of requirements.lock (about 400 MB to download)' \
	  $(INSTALL) requirements.lock
	@touch $@

# The same versions, and the development tools.
$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@scripts/step 'Installing the development tools of requirements-dev.lock (about 100 MB to download)' \
	  $(INSTALL) requirements-dev.lock
	@touch $@

# Other readers of CSV, which only the bench of polluted files needs.
$(VENV)/.peers: bench/dirty/peers.lock $(VENV)/.dev
	@scripts/step 'Installing the readers to compare with' $(INSTALL) bench/dirty/peers.lock
	@touch $@

# atheris, which only fuzzing needs.
$(VENV)/.fuzzer: tests/fuzz/fuzzer.lock $(VENV)/.dev
	@scripts/step 'Installing the fuzzer' $(INSTALL) tests/fuzz/fuzzer.lock
	@touch $@

# In place and without fetching anything: setuptools is in the lock. The compat mode puts the
# whole checkout on the path, so that a new package needs no new set-up.
$(VENV)/.project: pyproject.toml runtime/version.py $(VENV)/.run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation --no-index --config-settings editable_mode=compat --editable .
	@touch $@

$(VENV)/.kernels: $(wildcard rows/*.py rows/kernels/*.py) $(VENV)/.project
	@scripts/step 'Compiling the row engine (about a minute)' $(BIN)/python -m rows.compile
	@touch $@

# The generator of clients for tests, with the versions that it needs, in a folder of its own.
.cache/generators/.installed: tests/openapi/generator.lock $(VENV)/.dev
	@rm -rf .cache/generators
	@scripts/step 'Installing the generator of clients for tests' $(BIN)/python -m pip install --quiet \
	  --disable-pip-version-check --require-hashes --target .cache/generators --requirement $<
	@touch $@

# The web UI. Without Node.js everything else works; the API then says at / what is missing.
define NO_NODE

  ============================================================================================
  The web UI was not built: it needs Node.js 20.19 or newer with npm. Everything else works.
  Install Node.js (https://nodejs.org, or apt-get install -y nodejs npm), then run make again.
  ============================================================================================

endef
export NO_NODE

HAS_NODE := command -v npm >/dev/null && node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
UI_SOURCES := $(shell find ui -name node_modules -prune -o -name dist -prune -o -type f -print)

# `--omit=dev` leaves out the packages that only `make check` and the tests of the web UI need.
$(VENV)/.page: $(UI_SOURCES) | $(BIN)/python
	@if ! { $(HAS_NODE); }; then echo "$$NO_NODE" >&2; else \
	  lock=ui/package-lock.json; \
	  if ! cmp -s $$lock ui/node_modules/.installed && ! cmp -s $$lock ui/node_modules/.installed-dev; then \
	    scripts/step 'Installing the packages of ui/package-lock.json' \
	      npm --prefix ui ci --omit=dev --no-audit --no-fund --loglevel error; \
	    cp $$lock ui/node_modules/.installed; \
	  fi; \
	  scripts/step 'Building the web UI' npm --prefix ui run --silent build -- --logLevel warn; \
	  touch $@; \
	fi

$(VENV)/.ui-dev: ui/package-lock.json | $(BIN)/python
	@if $(HAS_NODE); then \
	  if ! cmp -s $< ui/node_modules/.installed-dev; then \
	    scripts/step 'Installing the packages of ui/package-lock.json, development tools included' \
	      npm --prefix ui ci --no-audit --no-fund --loglevel error; \
	    cp $< ui/node_modules/.installed-dev; \
	  fi; \
	  touch $@; \
	fi
