# demo test deep serve bench check: each installs what is missing into .venv, then does its work.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# One more than there are cores: half of the tests' time goes by while they wait for processes.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1) + 1)

.PHONY: demo test deep serve bench check clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(STAMP)
	@$(BIN)/gateway demo

test: $(STAMP)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

# What the suite samples, in full: every generated X12 case beside pyx12, a long fuzz.
deep: $(STAMP)
	X12_ALL=1 X12_FUZZ=100000 $(BIN)/pytest -n auto --timeout 0 tests/formats/x12

serve: $(STAMP)
	$(BIN)/gateway serve --simulator

bench: $(STAMP)
	$(BIN)/python -m tests.bench

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 0 tests/test_architecture.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
