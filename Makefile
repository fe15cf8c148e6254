# Two commands do everything: make demo, make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: install demo test lint messages bench clean

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt hatch_build.py frontend/package-lock.json $(wildcard frontend/src/*) frontend/build.mjs
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

demo: install
	$(BIN)/inburgering-flow demo

lint: install
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/inburgering-flow lint processes forms

test: lint
	$(BIN)/python -m pytest -W error -n auto --dist loadfile --no-loadscope-reorder --cov=inburgering_flow --cov-branch --cov-report=term:skip-covered --cov-fail-under=80

messages: install
	$(BIN)/python tools/messages.py

bench: install
	set -e; for theme in feel engine steps replay definitions many timers pages; do $(BIN)/python bench/$$theme.py; done

clean:
	rm -rf $(VENV) var src/inburgering_flow/web/static/dist src/inburgering_flow/inburgering/fonts frontend/node_modules
