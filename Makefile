# Needs python3 (3.11 or newer) with its venv module, and make. Nothing else, and no root.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
DATA ?= var/demo
FRESH ?= 0
CATALOGUES := $(wildcard coopevents/translations/*/LC_MESSAGES/messages.po)

.PHONY: setup demo test bench check format lint types imports translations lock browser clean

setup: $(VENV)/.runtime $(CATALOGUES:.po=.mo)

$(VENV)/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -m venv --help >/dev/null 2>&1 || { echo "python3 lacks its venv module (Debian: python3-venv)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --use-pep517 -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --use-pep517 -r requirements-dev.lock
	@touch $@

%.mo: %.po $(VENV)/.runtime
	$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

demo: setup
	@exec env PORT=$(PORT) DATA_DIR=$(DATA) FRESH=$(FRESH) $(BIN)/coopevents demo

browser: $(VENV)/.dev
	@scripts/install-browser

test: setup $(VENV)/.dev browser
	$(BIN)/python -m pytest -n 3 --dist loadgroup

# Each figure beside its limit, measured in the same run.
bench: setup $(VENV)/.dev
	$(BIN)/python -m benchmarks

check: setup $(VENV)/.dev lint types imports test

format: $(VENV)/.dev
	$(BIN)/ruff check --fix coopevents workers tests benchmarks
	$(BIN)/ruff format coopevents workers tests benchmarks

lint: $(VENV)/.dev
	$(BIN)/ruff format --check coopevents workers tests benchmarks
	$(BIN)/ruff check coopevents workers tests benchmarks
	$(BIN)/djlint --quiet --check --lint templates

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

# For maintainers: needs uv. Writes no registry address, and the same versions for everybody.
lock:
	uv pip compile pyproject.toml --extra demo --generate-hashes --no-emit-index-url --universal --python-version 3.11 --no-header --no-annotate --output-file requirements.lock
	uv pip compile pyproject.toml --extra dev --constraints requirements.lock --generate-hashes --no-emit-index-url --universal --python-version 3.11 --no-header --no-annotate --output-file requirements-dev.lock

translations: $(VENV)/.dev
	$(BIN)/pybabel --quiet extract --mapping-file babel.cfg --keyword _l --keyword _ln:1,2 --keyword _n:1,2 --no-location --sort-output --omit-header --output-file coopevents/translations/messages.pot .
	for locale in vi ar; do $(BIN)/pybabel --quiet update --input-file coopevents/translations/messages.pot --output-dir coopevents/translations --locale $$locale --no-fuzzy-matching; done

clean:
	rm -rf $(VENV) var
