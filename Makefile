# Every target makes its own virtual environment from nothing: Python 3.11+ is all that is needed.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: help demo check format lint types test coverage bench conformance reliability clean

help: ## Show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: $(READY) ## Run the quickstart on the embedded simulator, from nothing to destroy
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh examples/quickstart/demo.sh

check: format lint types test ## Everything that CI checks

format: $(READY)
	$(BIN)/ruff format --check .

lint: $(READY)
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

test: $(READY) ## Run the tests; the core with 100 % branch coverage
	$(BIN)/python -m pytest -q -n 2 --dist worksteal tests/unit tests/test_architecture.py \
		--cov --cov-report=term-missing:skip-covered
	$(BIN)/python -m pytest -q -n 2 --dist worksteal tests/contract tests/conformance tests/crash tests/e2e \
		tests/reliability

bench: $(READY) ## Measure the targets, as ratios side by side in one run
	$(BIN)/python -m bench

conformance: ## Judge the simulator by a specification: SPEC=openapi.json CASES=2000
	@test -x .venv-conformance/bin/schemathesis || { $(PYTHON) -m venv .venv-conformance && \
		.venv-conformance/bin/python -m pip install --quiet -e '.[conformance]'; }
	.venv-conformance/bin/python -m tests.conformance --cases $(or $(CASES),2000) $(if $(SPEC),--spec $(SPEC))

reliability: $(READY) ## Try to make it pay twice: ONLY=T1 PROFILE=quick|full|long
	$(BIN)/python -m tests.reliability --profile $(or $(PROFILE),full) $(foreach id,$(ONLY),--only $(id))

clean: ## Remove what the targets made
	rm -rf $(VENV) .venv-conformance .demo .bench .reliability .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
