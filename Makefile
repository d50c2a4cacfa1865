# `make demo` shows what surgeline does. `make check`, `make test` and `make acceptance` show that it holds.
# Each sets up .venv with the locked packages first; all that is needed is Python 3.11+, make and git.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
REPEAT := --reruns 2 -rR
WORKERS ?= 4
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
QUICK := not alone and not acceptance and not compose
ALONE = $(shell grep -rl --include=*.py mark.alone tests)

# Where it is set, as in images of containers, each of the many processes of the tests compiles every file again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo check lint unit test mutants acceptance endurance soak test-compose docs lock dashboard clean reference

setup: $(READY)

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "surgeline needs Python 3.11 or newer; name one: make PYTHON=python3.11 $(MAKECMDGOALS)")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

demo: $(READY)
	@# A broken SLO (1) or an undecided verdict (3) is a result here, not an error.
	@$(BIN)/surgeline compare dependency-slowdown -p stateless -p textbook -p careful --report out/demo.html \
		|| case $$? in 1|3) ;; *) exit 1 ;; esac
	@echo
	@echo "The report:    out/demo.html (self-contained; open it in a browser)"
	@echo "The dashboard: $(BIN)/surgeline dashboard, then http://127.0.0.1:8501"

# Lint, types, import contracts, unit and contract tests, beside each other: 90 seconds on two quiet cores, and up to 3 minutes
# where the simulation has to be compiled first.
check: $(READY)
	@$(MAKE) --no-print-directory -j 2 lint unit

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests/typing
	$(BIN)/lint-imports --no-logo

unit: $(READY)
	$(BIN)/pytest -q -n 2 --dist loadscope --no-loadscope-reorder -m "$(QUICK)" tests/unit tests/contract

# Everything that a change must pass: about 12 minutes on two quiet cores.
# Most of these tests wait more than they work, so four run side by side (another number: make test WORKERS=6); those that
# measure time come after, alone.
# They run real programs on a real clock: one that fails is repeated at most twice, and each repetition is listed.
test: check
	$(BIN)/pytest -q -n $(WORKERS) --dist loadscope $(REPEAT) -m "$(QUICK)" tests/behaviour tests/faults tests/load tests/e2e
	$(BIN)/pytest -q $(REPEAT) -m "alone and not acceptance and not compose" $(ALONE)

# Whether the unit tests notice a fault: 600 small changes, one at a time. It goes on where it stopped.
mutants: $(READY)
	$(BIN)/python -m benchmarks.mutants

# What takes long: frameworks, campaigns, and benchmarks with wanted figures. It goes on where it stopped.
acceptance: $(READY)
	$(BIN)/python -m benchmarks.acceptance

# Kills 300 runs, at writes, renames and random moments, and looks at what is left; a further call kills 300 more.
endurance: $(READY)
	$(BIN)/python -m benchmarks.endurance

# An hour of everything at once: memory, descriptors and threads must not grow. Needs Chromium and Prometheus.
soak: $(READY)
	$(BIN)/python -m benchmarks.soak

# On Debian, as root: apt-get install docker.io docker-compose debootstrap iptables. Takes about five minutes.
test-compose: $(READY)
	SURGELINE_REQUIRE_ALL=1 $(BIN)/pytest -q -m compose tests/e2e/test_compose.py

dashboard: $(READY)
	$(BIN)/surgeline dashboard

docs: $(VENV)/docs-ready
	@# Reads docs/ and the docstrings, writes out/site; a broken link or anchor is an error. Needs no network.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build
	@echo "The documentation: out/site/index.html; with search: $(BIN)/python -m http.server --directory out/site"

$(VENV)/docs-ready: $(READY) requirements-docs.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.lock
	@touch $@

lock: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(COMPILE) --extra lab --extra twin --group dev pyproject.toml -o requirements-dev.lock
	$(COMPILE) --constraint requirements-dev.lock --extra lab pyproject.toml -o requirements.lock
	$(COMPILE) --constraint requirements-dev.lock pyproject.toml -o requirements-runtime.lock
	$(COMPILE) --constraint requirements-dev.lock --group docs -o requirements-docs.lock

reference: $(READY)
	$(BIN)/typer surgeline.cli utils docs --name surgeline --title "Command line" --output docs/reference/cli.md
	$(BIN)/python -m harness.observe.reference > docs/reference/metrics.md

clean:
	rm -rf build dist out .mypy_cache .ruff_cache .pytest_cache
