.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help demo test test-all lint check bench clean

help:  ## Say what each command does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# The environment: dependencies by name and version, and this checkout, importable in place.
$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "walkout needs Python 3.11 or newer; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing into .venv (a minute or two, once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[simulate,dev]'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --no-deps trackeval
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[openvino]' || \
		echo "OpenVINO has no wheel for this machine; the networks run on ONNX Runtime instead."
	@touch $(READY)

demo: $(READY)  ## Play a recorded visit through the whole system: footage in, charged receipts out
	@$(BIN)/walkout demo

test: $(READY)  ## Run the tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile

test-all: $(READY)  ## Run the tests, the slow ones too (installs Ray, for rendering on a cluster)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[simulate,dev,ray]'
	@$(BIN)/python -m pytest -m ""

lint: $(READY)  ## Check style, types and who imports whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

check: lint test  ## Everything a change must pass

bench: $(READY)  ## Measure speed: CPU seconds per camera frame, by stage
	@$(BIN)/walkout bench recordings/demo

clean:  ## Remove the environment and what runs left behind
	rm -rf .venv out build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
