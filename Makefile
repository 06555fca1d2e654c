# make demo | make test | make check: each sets up all it needs on a fresh Debian 12.
PYTHON ?= python3.11
VENV := .venv
PY := $(VENV)/bin/python
export MUJOCO_GL ?= egl

.PHONY: setup check test clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check pip==26.3
	$(PY) -m pip install --quiet --group dev
	touch $@

check: setup
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy

test: setup
	$(PY) -m pytest

clean:
	rm -rf $(VENV) out build dist
