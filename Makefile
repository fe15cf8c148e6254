# Two commands do everything: make demo, make test.
# The Python of Debian was faster than one that pyenv compiled without asking for optimisations: 12 % of the tests (docs/decisions.md, 546).
USABLE := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell /usr/bin/python3 -c '$(USABLE)' 2>/dev/null && echo /usr/bin/python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
INSTALL := install --quiet --constraint constraints.txt
PIP := $(BIN)/python -m pip --disable-pip-version-check $(INSTALL)

# What is compiled once is read by every process of a run, also where the machine asks for no compiled files.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo test test-all coverage lint messages bench soak clean

# By uv, which takes a third of the time of pip; by pip where uv finds no packages: it does not read the settings of pip.
install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt hatch_build.py frontend/package-lock.json $(wildcard frontend/src/*) frontend/build.mjs
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) uv && $(BIN)/uv pip $(INSTALL) --python $(BIN)/python --editable '.[test]' || $(PIP) --editable '.[test]'
	touch $@

demo: install
	$(BIN)/inburgering-flow demo

lint: install
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/vulture
	$(BIN)/djlint --check src/inburgering_flow/web src/inburgering_flow/inburgering examples
	$(BIN)/inburgering-flow lint processes forms

# Every kind at least once; which lanes there are and how long they take stands in docs/testing.md.
test: install
	$(BIN)/python tools/lanes.py --lint

# Every test in every way that it can run, longer walks, and coverage with its floor.
test-all: install
	$(BIN)/python tools/lanes.py --all --coverage --lint

coverage: install
	$(BIN)/python tools/lanes.py --coverage

messages: install
	$(BIN)/python tools/messages.py

# Two thousand faults on five nodes; prints an account. Some fifteen minutes.
soak: install
	$(BIN)/python tests/faults/town.py

bench: install
	set -e; for theme in feel engine steps replay definitions many timers pages board rehearsal web nodes scale; do $(BIN)/python bench/$$theme.py; done
	$(BIN)/python bench/web.py --processes 2

clean:
	rm -rf $(VENV) var src/inburgering_flow/web/static/dist src/inburgering_flow/inburgering/fonts frontend/node_modules
