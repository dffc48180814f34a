# Two commands are all: `make run` opens the tutor, `make test` proves it. Both set up what is missing.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

# Built for this very CPU, llama.cpp crashes at the first token on those with AMX (ggml-org/llama.cpp#20824). There
# it is built without looking at the CPU, with the instructions that every CPU with AMX has besides.
AMX := $(shell grep -qw amx_int8 /proc/cpuinfo 2>/dev/null && echo yes)
ifeq ($(AMX),yes)
export CMAKE_ARGS := -DGGML_NATIVE=OFF -DGGML_AVX512=ON -DGGML_AVX512_VNNI=ON -DGGML_AVX512_BF16=ON $(CMAKE_ARGS)
endif
UV := $(shell command -v uv 2>/dev/null || echo $(BIN)/uv)

.PHONY: run test setup check eval floors chromium clean
.DEFAULT_GOAL := run

run: $(READY)
	@$(BIN)/tutor

test: check chromium
	$(BIN)/python -m pytest

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

eval: $(READY)
	$(BIN)/tutor eval

# Raises the floors that `make test` holds; `make floors REASON="..."` sets them to what is measured now.
floors: $(READY)
	$(BIN)/python -m eval.gate $(if $(REASON),--lower "$(REASON)")

setup: $(READY)

$(READY): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make run PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
	  { echo "Python cannot make virtual environments here. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@test -x "$(UV)" || $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@test -x "$(UV)" || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@echo "Setting up. llama.cpp is compiled once, which takes up to ten minutes on two cores; the rest two."
	@test -z "$(PREBUILT)" || UV_PROJECT_ENVIRONMENT=.venv $(UV) pip install --python $(BIN)/python --quiet \
	  --extra-index-url "$(PREBUILT)" --only-binary llama-cpp-python llama-cpp-python==0.3.36
	@UV_PROJECT_ENVIRONMENT=.venv $(UV) sync --frozen --inexact --python $(BIN)/python
	@touch $@

chromium: $(READY)
	@$(BIN)/python -m tests.chromium

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
