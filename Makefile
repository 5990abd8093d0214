# Two commands do all the set-up on a fresh Debian machine with Python 3.11:  make demo   make test
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
DEMO_PROBLEM ?= bundled/steady-readings
DEMO_RUN     ?= $(VENV)/demo.sqlite

.PHONY: demo test check bench clean

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

# A language model writes programs for a bundled problem, the sandbox runs them, the hidden tests close the show.
demo: $(VENV)/.installed
	rm -f $(DEMO_RUN)*
	$(BIN)/codesieve solve $(DEMO_PROBLEM) --samples 64 --run $(DEMO_RUN)
	$(BIN)/codesieve report --run $(DEMO_RUN) --score

test: check
	$(BIN)/python -m pytest

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-dev
	$(BIN)/codesieve bench bundled --samples 32 --run $(VENV)/bench-bundled.sqlite

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
