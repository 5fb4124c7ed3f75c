# Every target makes its own virtual environment from nothing: Python 3.11+ is all that is needed.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# Modules are compiled once, not by each process that a test starts.
unexport PYTHONDONTWRITEBYTECODE
# What tests write is synced thousands of times: in memory, where there is room.
SHM := $(shell df -Pm /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 2000 { print "/dev/shm" }')

# $(call install,FOLDER,EXTRA): by uv, which takes a fifth of pip's time; it is put into the folder by
# this Python's pip, or by one of the folder's own. By pip alone, where uv finds no index.
PIP     := -m pip --quiet --disable-pip-version-check
with_uv  = { $(PYTHON) -m venv --without-pip $(1) && \
	$(PYTHON) $(PIP) --python $(1)/bin/python install uv; } || \
	{ $(PYTHON) -m venv $(1) && $(1)/bin/python $(PIP) install uv; }
install  = { { $(with_uv); } && $(1)/bin/uv pip install -q --python $(1)/bin/python -e '.[$(2)]'; } || \
	{ $(PYTHON) -m venv $(1) && $(1)/bin/python $(PIP) install -e '.[$(2)]'; }

PYTEST := $(if $(SHM),TMPDIR=$(SHM)) $(BIN)/python -m pytest -q
CORE   := tests/unit/test_core_*.py tests/unit/test_plans.py tests/unit/test_histories.py
# Those of the commands take longest: they come in two halves, so that no file is in neither.
E2E_1  := $(wildcard tests/e2e/test_[a-l]*.py)
E2E_2  := $(filter-out $(E2E_1),$(wildcard tests/e2e/test_*.py))
APART  := crash reliability contract
TESTS  := test-e2e-1 test-e2e-2 $(APART:%=test-%) test-others test-core
# Three at a time: tests wait for servers and processes. The longest begin.
# Each says what it has to say at its end.
ABREAST = $(MAKE) --no-print-directory -j 3 $(if $(filter output-sync,$(.FEATURES)),-O)

.PHONY: help demo demo-promotion check format lint types test $(TESTS) soak bench docs hooks azure conformance reliability clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(READY): pyproject.toml
	@echo 'Installing everything that the tests need into $(VENV).'
	@$(call install,$(VENV),dev)
	@touch $@

demo: $(READY) ## Run the quickstart on the embedded simulator, from nothing to destroy
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh examples/quickstart/demo.sh

demo-promotion: $(READY) ## The same for examples/promotion: a sweep, checks, a promotion, the way back
	@PATH="$(CURDIR)/$(BIN):$$PATH" RECONCILER_SANDBOX_PACE=$(or $(PACE),4x) sh examples/promotion/demo.sh

check: $(READY) ## Everything that CI checks: format, lint, types, tests
	@echo 'Format, lint, types and tests, three at a time; each speaks at its end. Five minutes on two cores.'
	@$(ABREAST) format lint $(TESTS) types

format: $(READY)
	$(BIN)/ruff format --check .

lint: $(READY)
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

test: $(READY) ## Run the tests
	@$(ABREAST) $(TESTS)

test-e2e-1 test-e2e-2: test-e2e-%: $(READY)
	$(PYTEST) $(E2E_$*)

$(APART:%=test-%): test-%: $(READY)
	$(PYTEST) tests/$*

# Random examples and slow tests cover nothing that the others do not, and each line that is counted
# takes its time.
test-core: $(READY) ## The tests of the core, with 100 % branch coverage
	$(PYTEST) $(CORE) -m 'not hypothesis and not slow' --cov --cov-report=term-missing:skip-covered

test-others: $(READY)
	$(PYTEST) $(CORE) -m 'hypothesis or slow'
	$(PYTEST) tests $(patsubst %,--ignore=tests/%,e2e $(APART)) $(addprefix --ignore=,$(wildcard $(CORE)))

soak: $(READY) ## The same with far more random cases: hours
	RECONCILER_EXAMPLES=1000 RECONCILER_WALKS=100000 $(MAKE) test

bench: $(READY) ## Measure the targets, as ratios side by side in one run
	$(BIN)/python -m bench

docs: ## Make the site of docs/ in .docs; a broken link is an error
	@test -x .venv-docs/bin/sphinx-build || { $(call install,.venv-docs,docs); }
	.venv-docs/bin/sphinx-build -q -W --keep-going -b html docs .docs

hooks: $(READY) ## Install the hooks as pre-commit does, and run them: it asks PyPI
	RECONCILER_INSTALLS=1 $(PYTEST) tests/e2e/test_hooks.py

azure: $(READY) ## Hold a state at az:// to what each backend must do: Azurite, from npm
	RECONCILER_INSTALLS=1 $(PYTEST) tests/contract/test_backend_contract.py -k azure

conformance: ## Judge the simulator by a specification: SPEC=openapi.json CASES=2000
	@test -x .venv-conformance/bin/schemathesis || { $(call install,.venv-conformance,conformance); }
	.venv-conformance/bin/python -m tests.conformance --cases $(or $(CASES),2000) $(if $(SPEC),--spec $(SPEC))

reliability: $(READY) ## Try to make it pay twice: ONLY=T1 PROFILE=quick|full|long
	$(BIN)/python -m tests.reliability --profile $(or $(PROFILE),full) $(foreach id,$(ONLY),--only $(id))

clean: ## Remove what the targets made
	rm -rf $(VENV) .venv-conformance .venv-docs .docs .demo .bench .reliability .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
