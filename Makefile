# Two commands: `make report` runs the main job on the shipped figures, `make test` checks everything.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
# One thread a process: where two processes each start a thread for every core to multiply small matrices, most of their time goes into
# waiting for each other. That the number of threads changes no bit has a test of its own.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

.PHONY: report test lint types tests notebooks curve execute readme docs build benchmark lock clean
.DEFAULT_GOAL := report

# The locked install: every package at a known version with a known hash. Installing twice does nothing.
$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'fundgap needs Python 3.11 or newer; this is ' + sys.version.split()[0])"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# Rebuild the panel, run the models, execute the notebooks, write report/index.html and print its path.
report: $(STAMP)
	$(BIN)/fundgap build
	$(BIN)/fundgap report report

# Types are looked at beside the notebooks. What the notebooks show while they are checked is what the report under test is made of, so
# that nothing is run twice.
test: lint
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && export FUNDGAP_EXECUTED="$$folder" \
	&& $(MAKE) --no-print-directory --jobs=2 types notebooks && $(MAKE) --no-print-directory tests

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(STAMP)
	$(BIN)/mypy

tests: $(STAMP)
	$(PYTEST) -p no:nbval tests

# Every stored output is recomputed and compared; figures are beside the checked tables, never instead of them.
notebooks: $(STAMP)
	$(PYTEST) --nbval --nbval-current-env -p tests.handed_on notebooks

build: $(STAMP)
	$(BIN)/fundgap build

# What the speed claims rest on. R's clm, clmm and glmer are compared where they are installed; for the last, FUNDGAP_OFFICIAL names the folder of official files.
benchmark: $(STAMP)
	$(BIN)/python benchmarks/ordinal.py
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/mixed.py
	$(BIN)/python benchmarks/curve.py
	$(BIN)/python benchmarks/gap.py
	$(BIN)/python benchmarks/data.py
	$(BIN)/python benchmarks/explorer.py

# For authors: run the notebooks again and store their outputs.
execute: $(STAMP)
	$(BIN)/jupyter nbconvert --to notebook --execute --ExecutePreprocessor.record_timing=False --inplace notebooks/*.ipynb

# For authors: work out the specification curve, more than a million fits, and keep it in data/curve. A stopped run goes on.
curve: $(STAMP)
	$(BIN)/python -m fundgap.models.curve_saved

# For authors: write the answers and the picture of the README from the figures.
readme: $(STAMP)
	$(BIN)/python -m fundgap.story.readme

# For authors: write the reference, the data log and the outputs in the pages under docs from the code and the figures.
docs: $(STAMP)
	$(BIN)/python docs/generate.py

# Take newer versions of the packages: needs uv (https://docs.astral.sh/uv/).
lock:
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header --all-extras --upgrade pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) report
