# Every target sets up what it needs: .venv from requirements.lock, once per change of the lock.
# PYTHON=/path/to/python3.12 chooses the interpreter; ARGS="..." is passed on to the command.
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-recorded test-fast test-browser lint bench bench-identity bench-accuracy bench-quality \
	bench-growth bench-false-data tokenizers sources faults rehearsal same docs screenshots lock sbom clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | awk -F'|' '{ printf "%-23s%s\n", $$1, $$2 }'

setup: ## make .venv ready and do nothing else
	@sh bootstrap.sh

demo: setup ## one whole run over the sample pages: no keys, no network beyond the package registry
	@$(BIN)/llmpairs demo $(ARGS)

# loadfile keeps a file on one worker; tests/conftest.py puts the longest files first.
PYTEST = $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test: setup ## all tests but those of whole recorded runs and of the browser, on up to four cores
	@$(PYTEST) -m "not recorded and not browser" $(ARGS)

test-recorded: setup ## tests of whole recorded runs; skipped where there are no captures
	@$(PYTEST) -m recorded $(ARGS)

test-fast: setup ## tests without a whole run, a subprocess, a bucket or recorded captures
	@$(PYTEST) -m "not slow" $(ARGS)

test-browser: setup ## the site in headless chromium; skipped where no browser is installed
	@$(BIN)/python -m pytest -m browser $(ARGS) tests/browser

lint: setup ## style, format and types
	@failed=0; for check in "ruff check ." "ruff format --check ." mypy; do $(BIN)/$$check || failed=1; done; exit $$failed

bench: setup ## speed and memory, measured on this machine
	@$(BIN)/python -m bench $(ARGS)

bench-identity: setup ## how well source keys resolve to models, against the labels
	@$(BIN)/python -m bench.identity $(ARGS)

bench-accuracy: setup ## how many facts are known, and how many are right, against first-party statements
	@$(BIN)/python -m bench.accuracy $(ARGS)

bench-false-data: setup ## false data in the recorded weekly runs, and what honest runs hold wrongly: a quarter of an hour
	@$(BIN)/python -m bench.false_data $(ARGS)

bench-quality: setup ## calibration of the quality index: ARGS="WAREHOUSE [--write]"
	@$(BIN)/python -m bench.quality $(ARGS)

bench-growth: setup ## a simulated year of daily runs: time, files and bytes per run
	@$(BIN)/python -m bench.growth $(ARGS)

tokenizers: setup ## characters per token by tokenizer and language: ARGS="--check FOLDER" for other texts
	@$(BIN)/python -m bench.tokenizers $(ARGS)

sources: setup ## what the parsers read of every recorded page: the table of docs/SOURCES.md
	@$(BIN)/python -m bench.parsed_pages $(ARGS)

faults: setup ## kills, full disks and lost files by the hundred: half an hour
	@$(BIN)/python -m bench.faults $(ARGS)

rehearsal: setup ## live runs against a loopback internet with faults: some minutes; ARGS="--captures DIR" for real pages
	@$(BIN)/python -m bench.rehearsal $(ARGS)

same: setup ## whether a change leaves published values alone: tables, pages, exports of three runs
	@$(BIN)/python -m bench.same $(ARGS)

# The documents that are computed from the code, then the site from all of docs/; needs no network.
docs: setup ## compute the computed documents, then build the site into build/docs
	@$(BIN)/python -m llmpairs.warehouse.dictionary --write
	@$(BIN)/python -m llmpairs.warehouse.contract_versions
	@$(BIN)/python -m llmpairs.expectations.quality_checks --write
	@$(BIN)/python -m llmpairs.flows.cli_reference --write
	@$(BIN)/python docs/diagram.py
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

screenshots: setup ## pictures of the README: ARGS="WAREHOUSE [--site FOLDER]"; needs Chromium
	@$(BIN)/python docs/screenshots.py $(ARGS)

# The lock names no host, holds every platform's hashes, and has the build backend beside the libraries.
# Versions stay as they are unless pyproject.toml forces a move; ARGS=--upgrade moves them.
BUILD_BACKEND = $(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])'
EXTRAS = --extra refresh --extra mcp --extra dask --extra excel --extra iceberg --extra dev
COMPILE = $(BIN)/uv pip compile - pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url -q

lock: setup ## resolve pyproject.toml into requirements.lock, and its part that a run needs into requirements-runtime.lock
	@$(BUILD_BACKEND) | $(COMPILE) $(EXTRAS) -o requirements.lock $(ARGS)
	@$(BUILD_BACKEND) | $(COMPILE) --extra refresh --constraint requirements.lock -o requirements-runtime.lock

sbom: setup ## the software bill of materials of the locks, CycloneDX: ARGS="--out FILE"
	@$(BIN)/python -m bench.sbom $(ARGS)

clean: ## remove .venv and caches; data stays
	@rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .bench
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
