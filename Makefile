# Two commands are all a newcomer needs: `make demo` and `make test`. Everything else is for people who work here.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PACKAGES := authorizer cardline clearing configs ledger simulator switch

.DEFAULT_GOAL := help
.PHONY: help install demo test lint types check lock bench clean

help: ## What can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

install: $(STAMP) ## Make .venv with exactly the locked versions

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("cardline needs Python 3.11 or newer; try: make $(MAKECMDGOALS) PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	@echo "installing locked versions into $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: install ## A network day against a system of its own, proved at the end
	@$(BIN)/cardline demo

test: install ## The whole suite against real Postgres and Valkey, a worker per core (each with servers of its own)
# Compiled first: where Python is told to write no bytecode, each of hundreds of processes would compile them again.
	@$(BIN)/python -m compileall -q $(PACKAGES)
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: install ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: install ## mypy, strict
	@$(BIN)/mypy

check: lint types test ## What CI runs

lock: ## Make requirements.lock anew from pyproject.toml
	@$(PYTHON) -m venv --clear .lock-venv
	@.lock-venv/bin/python -m pip install --quiet pip-tools
	@.lock-venv/bin/pip-compile --quiet --strip-extras --allow-unsafe --generate-hashes --no-header --no-emit-index-url \
		--no-emit-trusted-host --no-emit-find-links --no-emit-options --no-annotate --extra embedded --extra capture --extra plot --extra test \
		--all-build-deps --output-file requirements.lock pyproject.toml
	@rm -rf .lock-venv

bench: install ## Speed against the floor of this machine, in one run
	@$(BIN)/python -m bench

clean: ## Forget the environment and caches
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
