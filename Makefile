# Everything runs in .venv, made from requirements.lock by Python alone; Node comes with it.
# A target does its work again only when what it is made from has changed.

PYTHON ?= python3
SHELL := /bin/sh
BIN := .venv/bin
INSTALLED := .venv/installed
PACKAGES := server schema resolvers services db sandbox execution
WEB := $(patsubst %/package.json,%,$(wildcard ide/package.json portal/package.json))
BUILT := $(WEB:%=%/dist/.built)
CHECKED := $(WEB:%=%/node_modules/.checked)
CLIENTS := tests/clients tests/browser

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDARY: # npm's record of what it installed is kept
.PHONY: help install run test test-clients races chaos check format lock clean web bench bench-growth bench-quick $(WEB)

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: $(INSTALLED) ## make .venv from the hash-checked requirements.lock

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || { \
	  echo "Seatwise needs Python 3.11 to 3.14; $(PYTHON) is $$($(PYTHON) -V 2>&1). Set PYTHON=... to another." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation --editable .
	@touch $@

web: $(BUILT) ## build the pages of the IDE and the portal

$(WEB): %: %/dist/.built

%/dist/.built: %/node_modules/.package-lock.json
	PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix $* run build --silent
	@touch $@

%/node_modules/.package-lock.json: %/package-lock.json $(INSTALLED)
	PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix $* ci --silent --no-audit --no-fund
	@touch $@

%/node_modules/.checked: %/node_modules/.package-lock.json
	PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix $* run check --silent
	@touch $@

define SOURCES
$(1)/dist/.built $(1)/node_modules/.checked: $$(shell find $(1) \( -name node_modules -o -name dist -o -name schema-types.d.ts \) -prune -o -type f -print)
endef
$(foreach web,$(WEB),$(eval $(call SOURCES,$(web))))

# The IDE signs in as the portal does, and the portal's types are made from the schema.
ide/dist/.built ide/node_modules/.checked: $(wildcard portal/src/sign-in/*) portal/precompress.ts
portal/node_modules/.checked: $(wildcard schema.graphql)

run: $(INSTALLED) $(BUILT) ## start everything on this machine, with demo data
	@$(BIN)/seatwise dev

check: $(INSTALLED) $(CHECKED) ## format, lint, types, import contracts, schema, migrations; Python and web
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/seatwise schema --check
	$(BIN)/seatwise permissions --check
	$(BIN)/seatwise migrate --check

test: check $(BUILT) ## check, then every test
	$(BIN)/pytest -n auto --dist worksteal

test-clients: $(BUILT) $(CLIENTS:%=%/node_modules/.package-lock.json) ## real clients and Chromium against the real server
	@status=0; for tests in $(CLIENTS); do \
	  PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix $$tests test || status=1; done; exit $$status

races: $(INSTALLED) ## 200 clients of 4 processes want the same seats, for 30 seconds
	SEATWISE_RACE_CLIENTS=200 SEATWISE_RACE_SECONDS=30 $(BIN)/pytest tests/services/test_seat_races.py

chaos: $(INSTALLED) ## 50 organizations live a year while Stripe fails and processes are killed, in 5 minutes
	SEATWISE_CHAOS_SEED=$${SEATWISE_CHAOS_SEED:-$$($(BIN)/python -c 'import secrets; print(secrets.randbelow(1000000))')} \
	SEATWISE_CHAOS_SECONDS=200 SEATWISE_CHAOS_ORGANIZATIONS=50 $(BIN)/pytest tests/chaos/test_chaos.py

PEERS := bench/peers/node_modules/.package-lock.json bench/peers/.venv/installed

bench/peers/.venv/installed: bench/peers/requirements.lock
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

bench: $(INSTALLED) $(PEERS) ## measure against the peers; writes docs/benchmarks.md
	$(BIN)/python -m bench

bench-growth: $(INSTALLED) ## measure more data, clients, subscribers, what is due; writes docs/benchmarks.md
	$(BIN)/python -m bench.growth

bench-quick: $(INSTALLED) ## measure a small data set against the floor, in a minute
	$(BIN)/python -m bench --quick --only seatwise floor --rounds 1 --seconds 1 --organizations 2000

format: $(INSTALLED) ## put the code into the one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(INSTALLED) ## choose the dependencies of pyproject.toml anew
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --extra dev --output-file requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --output-file bench/peers/requirements.lock bench/peers/requirements.in

clean: ## remove what was built; the data in .data stays
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf bench/peers/.venv bench/peers/node_modules $(WEB:%=%/dist) $(WEB:%=%/node_modules) $(CLIENTS:%=%/node_modules) tests/clients/generated
	find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} +
