# `make demo` and `make test` set up what is missing; everything they install stays inside this folder.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
OLDEST := .oldest/bin

export PATH := $(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export JSII_NODE := $(CURDIR)/$(BIN)/node

# The processes of a test run import the same modules hundreds of times.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo bench recording soak check test test-oldest docs lint types format lock clean

help: ## Show the targets.
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/'

setup: $(READY) ## Install the Python packages, Node.js and the CDK CLI into this folder.

$(READY): requirements.lock pyproject.toml package-lock.json
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	$(BIN)/python -m compileall -q -j 0 .venv/lib || true  # faster than pip; some packages have files of other versions
	$(BIN)/npm ci --silent
	touch $(READY)

demo: $(READY) ## Deploy the example movies into an AWS on this machine: campaign, titles, themes; update, destroy.
	$(BIN)/python examples/movies/demo.py

test: $(READY) ## Run the whole test suite, deployments included.
	$(BIN)/pytest tests/local tests/conformance tests/unit --numprocesses 5 --dist loadgroup --junit-xml=.local/test-report.xml

test-oldest: ## Run the unit tests with the oldest dependencies that pyproject.toml admits, in a folder of their own.
	test -x $(OLDEST)/uv || { $(PYTHON) -m venv .oldest && $(OLDEST)/python -m pip install --quiet --disable-pip-version-check uv; }
	$(OLDEST)/uv pip install --quiet --python $(OLDEST)/python --resolution lowest-direct --editable ".[local]"
	$(OLDEST)/uv pip install --quiet --python $(OLDEST)/python 'pytest<9.2' pytest-xdist hypothesis greenlet
	JSII_NODE=$(CURDIR)/$(OLDEST)/node $(OLDEST)/python -m pytest tests/unit --numprocesses 2 \
		$(patsubst %,--ignore tests/unit/%.py,test_site test_template_lint test_type_checkers) \
		--deselect tests/unit/test_group_app.py::test_the_source_is_formatted_and_typed

recording: $(READY) ## Record the pictures of the command line for the documentation.
	$(BIN)/python docs/recordings/record.py

soak: $(READY) ## Ten thousand random schedules of events, faults, losses and repeats against the handler.
	SCHEDULES=10000 $(BIN)/pytest tests/conformance/test_schedules.py --numprocesses 3
	SCHEDULES=10000 $(BIN)/pytest tests/conformance/test_simulation.py --numprocesses 3

check: lint types ## What must be green before a commit.
	$(BIN)/pytest tests/unit tests/conformance --numprocesses 2

bench: $(READY) ## Measure this library and its alternatives; write docs/benchmarks.md and benchmarks/results.json.
	$(BIN)/python -m benchmarks

docs: $(READY) ## Build the documentation into site/.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

lint: $(READY) ## Formatting and lint.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY) ## Strict types.
	$(BIN)/mypy

format: $(READY) ## Put the code into shape.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## Renew the lock files from pyproject.toml and package.json.
	uv pip compile --quiet pyproject.toml --extra local --group dev --universal --python-version 3.10 \
		--no-header --no-emit-index-url --no-annotate --generate-hashes --output-file requirements.lock
	npm install --package-lock-only

clean: ## Remove everything that the other targets made.
	rm -rf .venv .oldest node_modules .local cdk.out dist site .mypy_cache .pytest_cache .ruff_cache
