# Two commands matter: `make run` and `make test`. `make help` lists the others.
# Needed: make and Python 3.11 or newer. Everything else is fetched, with hashes, into .venv.

SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p && break; done)
BIN := .venv/bin
# How many processes run the tests; what else to tell pytest.
WORKERS ?= 3
ARGS ?=
ifdef SAMPLE
export RUNDBLICK_SAMPLE := $(SAMPLE)
endif
NAME ?= ingest
MESSAGES ?= 500
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
# The browser journeys run where Debian's Chromium is; without it they are left out, and that is said.
CHROMIUM := $(shell command -v chromium || command -v chromium-browser)

.DEFAULT_GOAL := help
.PHONY: help run install test test-data check lint types floors translations break bench screenshots lock clean \
	environment tools program parts

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: install ## start everything on this machine: database, desk, workers, with a sample company; Ctrl-C ends it
	@exec $(BIN)/rundblick run $(ARGS)

install: environment program parts ## the environment in .venv, the desk's parts and the translations, nothing else

test: tools program parts ## all tests but those on real data and the violent ones
ifeq ($(CHROMIUM),)
	@echo "Chromium is not installed: the browser journeys are left out (on Debian: apt-get install chromium)."
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not realdata and not violent and not browser" $(ARGS)
else
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not realdata and not violent" $(ARGS)
endif

test-data: tools program parts ## the tests on real data, from RUNDBLICK_TEST_DATA (default ../shared/data)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m realdata $(ARGS)

check: lint types floors translations ## style, types, import floors, translations

lint: tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: tools program
	RUNDBLICK_HOME=$(CURDIR)/build/home $(BIN)/mypy

floors: tools program
	$(BIN)/lint-imports

translations: tools program
	$(BIN)/python -m rundblick.core.catalogues --check

break: tools program parts ## the violent tests: killed processes, a full disk; MESSAGES=10000 for the long run
	RUNDBLICK_BREAK_MESSAGES=$(MESSAGES) $(BIN)/python -m pytest -n 2 --dist loadfile -m violent -rs $(ARGS)

bench: tools program parts ## measure: make bench NAME=ingest
	@$(BIN)/python -m bench.$(NAME) $(ARGS)

screenshots: tools program parts ## the pictures of the docs, made anew (needs Chromium)
	$(BIN)/python -m bench.screenshots $(ARGS)

lock: ## choose new versions and write their hashes (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
	uv pip compile $(COMPILE) pyproject.toml -o requirements/run.txt
	uv pip compile $(COMPILE) pyproject.toml --extra dev -c requirements/run.txt -o requirements/dev.txt
	uv pip compile $(COMPILE) requirements/build.in -c requirements/dev.txt -o requirements/build.txt
COMPILE := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

clean: ## remove what was built; the database in .rundblick stays
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results
	rm -rf src/rundblick/desk/static/vendor src/rundblick/desk/static/.kit.css
	find src -name '*.mo' -delete

# What is installed is remembered by a copy of the lock it came from: a second start compares and goes on.
environment: .venv/place
	@cmp -s requirements/run.txt .venv/run.lock || { \
		echo "Installing what the program needs ..."; \
		$(PIP) --require-hashes -r requirements/run.txt && cp requirements/run.txt .venv/run.lock; }

tools: .venv/place
	@cmp -s requirements/dev.txt .venv/dev.lock || { \
		echo "Installing the program's and its tests' needs ..."; \
		$(PIP) --require-hashes -r requirements/dev.txt \
		&& cp requirements/dev.txt .venv/dev.lock && cp requirements/run.txt .venv/run.lock; }

# An environment does not survive a move; one that was made elsewhere is made anew.
.venv/place: FORCE
	@if test -f $@ && test "$$(cat $@)" != "$(CURDIR)"; then rm -rf .venv; fi
	@test -x $(BIN)/python || { \
		test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed."; exit 1; }; \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
			|| { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Say PYTHON=/path/to/python3.11"; exit 1; }; \
		echo "Making the environment in .venv ..."; \
		$(PYTHON) -m venv .venv || { echo "On Debian and Ubuntu: apt-get install python3-venv"; rm -rf .venv; exit 1; }; }
	@test -f $@ || echo "$(CURDIR)" > $@
FORCE:

program: .venv/place
	@cat pyproject.toml requirements/build.txt | cmp -s - .venv/program.lock || { \
		$(PIP) --require-hashes -r requirements/build.txt \
		&& $(PIP) --no-deps --no-build-isolation --editable . \
		&& cat pyproject.toml requirements/build.txt > .venv/program.lock; }

# Both compare first and are done in a moment when there is nothing new.
parts: .venv/place
	@$(BIN)/python -m rundblick.desk.assets
	@$(BIN)/python -m rundblick.core.catalogues
