# `make` alone lists the commands. Needs Python 3.11 to 3.13 with venv, and nothing else.
PYTHON ?= python3
PYTHON_OLDEST ?= python3.11
PYTHON_NEWEST ?= python3.13

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
CODE := analytics_assets analytics_assets_tests benchmarks
INSTALL := -m pip install -q --disable-pip-version-check
EVERYDAY := not (slow or postgres)
IN_PARALLEL := -n auto --maxprocesses 4 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help .venv demo test soak screenshots bench dev matrix clean

help: ## list these commands
	@awk -F ':.*## ' '/^[.a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

.venv: $(INSTALLED) ## create .venv and install into it (the others do it when needed)

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "Python 3.11 to 3.13 is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "installing into $(VENV), which takes a minute or two"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(INSTALL) -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(INSTALLED) ## 30 days of every vendor from the sandbox, checked, with the channel table
	@$(BIN)/analytics-assets demo

test: $(INSTALLED) ## lint, types and the test suite
	@$(BIN)/ruff check -q $(CODE)
	@$(BIN)/ruff format -q --check $(CODE)
	@$(BIN)/mypy
	@$(BIN)/pytest -q $(IN_PARALLEL) -m '$(EVERYDAY)'

soak: $(INSTALLED) ## the long tests: hundreds of kills, every vendor searched for leaks, the browser
	@$(BIN)/pytest -q -m 'slow or browser or postgres'

screenshots: $(INSTALLED) ## the pictures of the README, taken by the browser test
	@$(BIN)/pytest -q analytics_assets_tests/live/test_browser.py --screenshots docs/images

bench: $(INSTALLED) ## speed beside the floor and peers; optional ONLY=big,small, ROWS=100000, ROUNDS=1
	@$(BIN)/python -m benchmarks $(ONLY) $(ROWS:%=--rows=%) $(ROUNDS:%=--rounds=%)

dev: $(INSTALLED) ## Dagster on your credentials; SANDBOX=1: on the sandbox; optional HOST, PORT
	@scripts/dev.sh

matrix: ## the tests on the oldest and the newest Python and DuckDB
	$(call on,$(PYTHON_OLDEST),1.5.*)
	$(call on,$(PYTHON_NEWEST),2.0.*)

# The tests under Python $(1) and DuckDB $(2), every other package as in constraints.txt.
define on
	@echo "== $(1), duckdb $(2)"
	@$(1) -m venv .matrix/$(notdir $(1))
	@grep -v '^duckdb==' constraints.txt > .matrix/$(notdir $(1))/constraints.txt
	@.matrix/$(notdir $(1))/bin/python $(INSTALL) -c .matrix/$(notdir $(1))/constraints.txt -e '.[dev]' 'duckdb==$(2)'
	@.matrix/$(notdir $(1))/bin/python -m pytest -q $(IN_PARALLEL) -m '$(EVERYDAY)'
endef

clean: ## remove what building and testing wrote; data/ and .env stay
	@rm -rf $(VENV) .matrix .bench .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist *.egg-info
	@find $(CODE) -name __pycache__ -prune -exec rm -rf {} +
