# Everything a person needs: `make demo` and `make test`. Both set themselves up in .venv; only Python 3.11+ is asked for.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SECONDS ?= 600
LOCK   := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml
# Extras that go together; each of ALONE has an environment of its own, below .components.
ALONE  := prefect mlflow airflow dagster tableau
TOGETHER = $(filter-out $(ALONE),$(shell awk '/^\[/ {on = /optional-dependencies/} on && / = \[/ {print $$1}' pyproject.toml))

.DEFAULT_GOAL := help
.PHONY: help demo example test fuzz lint format bench calibration docs lock clean

help:  ## Show what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/demo  ## Tell the taxi story: train, serve, break some days, find them
	@$(BIN)/driftline demo

example: $(VENV)/dev  ## Run the course: service, PostgreSQL, Prefect, Prometheus, Alertmanager, dashboard
	@scripts/components prefect postgresql prometheus prometheus-alertmanager
	@rm -rf taxi-out
	@$(BIN)/python examples/taxi/run.py $(if $(DRIFTLINE_TAXI_DATA),--data $(DRIFTLINE_TAXI_DATA))

test: $(VENV)/dev  ## Run the tests
	@$(BIN)/python -m pytest -n auto

fuzz: $(VENV)/dev  ## Search for new failures with fresh seeds, for SECONDS=600
	@scripts/fuzz $(BIN)/python $(SECONDS)

lint: $(VENV)/dev  ## Check style, types and the floors of the architecture
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/dev  ## Put the code in its one layout
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: $(VENV)/dev  ## Measure speed and memory; writes benchmarks/results
	@$(BIN)/python benchmarks/run.py

calibration: $(VENV)/dev  ## Draw more false alarms, power and delays for nine minutes; writes docs/calibration.md
	@PYTHONPATH=benchmarks $(BIN)/python -m calibration

docs: $(VENV)/dev  ## Build the documentation into site/
	@$(BIN)/python docs/generate.py
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "Written: site/index.html"

lock:  ## Resolve all packages anew (needs uv)
	@$(LOCK) --upgrade --extra report --extra server --group build --output-file requirements/demo.txt
	@$(LOCK) --upgrade $(addprefix --extra ,$(TOGETHER)) --group build --group test --group lint --group docs --constraints requirements/demo.txt --output-file requirements/dev.txt
	@for other in s3 mage; do \
		$(subst pyproject.toml,requirements/$$other.in,$(LOCK)) --upgrade --output-file requirements/$$other.txt || exit 1; \
	done
	@for extra in $(ALONE); do \
		$(LOCK) --upgrade --extra $$extra --extra postgresql --group build --constraints requirements/demo.txt --output-file requirements/$$extra.txt || exit 1; \
	done

clean:  ## Remove all that was made, .venv too
	@rm -rf $(VENV) .components site dist demo-out taxi-out docs/reference .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# The two environments: exact packages checked by hash, then this project as it stands. `dev` holds all of `demo`, and is
# compiled at once, as pip does, for else each of the workers that run the tests would compile what it imports.
$(VENV)/%: requirements/%.txt pyproject.toml
	@$(PYTHON) -c 'import sys, venv; sys.exit("Driftline needs Python 3.11 or newer: make PYTHON=python3.11 ...") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) from $< ..."
	@if command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; then pip="uv pip install --quiet $(if $(filter dev,$*),--compile-bytecode) --python $(BIN)/python"; \
	else pip="$(BIN)/python -m pip install --quiet --disable-pip-version-check"; fi; \
	$$pip --require-hashes -r $< && $$pip --no-deps --no-build-isolation --editable .
	@touch $@
