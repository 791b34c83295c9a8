# One verb for people and CI. Each sets up whatever it needs: a virtual environment in .venv, and on Debian the
# packages that a bare machine lacks (scripts/setup says which, and asks nobody's permission but apt's).

.DEFAULT_GOAL := help
# The tests start hundreds of interpreters: what one has compiled, the next reads, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE
PYTHON ?=
BIN := .venv/bin

.PHONY: help setup demo test test-long actions images strangers pythons endure chaos fuzz properties corpus breakages check bench format clean

help:  ## list the verbs
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/.complete  ## make the virtual environment (PYTHON=… makes it with that Python, and no other)
ifneq ($(PYTHON),)
	@scripts/setup "$(PYTHON)"
endif

.venv/.complete: pyproject.toml scripts/setup
	scripts/setup "$(PYTHON)"

demo: setup  ## the two examples, from manifests to answers of a real Triton
	$(BIN)/python manifests/make_models.py
	$(BIN)/python manifests/demo.py

test: setup  ## every test
	scripts/images perhaps
	$(BIN)/python manifests/make_models.py
	$(BIN)/python -m pytest -n 5 --dist worksteal

EXAMPLES ?= 20

properties: setup  ## what every run tries with a few random examples, with EXAMPLES times as many
	EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -rA -n 2 --dist worksteal -m "hypothesis or rounds"

strangers: .venv-strangers/.complete  ## the local cloud, judged by oci, oracle-ads and schemathesis
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/strangers

actions: setup  ## the workflows for GitHub, run by a real runner against the local cloud (some minutes)
	$(BIN)/python -m pytest -n 2 --dist worksteal tests/actions

endure: setup  ## two hundred clients at once, artifacts of 3 and 7 GB, endless answers (some minutes, 25 GB of disk)
	$(BIN)/python -m pytest -rA tests/endurance
	HOSTILE=all $(BIN)/python -m pytest -rA tests/adapters/hostile/test_what_it_takes.py
	ENTRIES=500 $(BIN)/python -m pytest -rA tests/e2e/test_gc.py

# Containers are root's. What root writes stays out of the tree.
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo --preserve-env)

images: setup  ## an image composed, pushed, pinned and run: a real engine, a real registry (Debian, as root; some minutes)
	scripts/images
	$(AS_ROOT) $(BIN)/python -m pytest -rA -p no:cacheprovider --durations=20 tests/images

CHAOS_ROUNDS ?= 10000
CHAOS_PROCESSES ?= 100

chaos: setup  ## random rounds of edits, faults, kills and other people: the laws hold (CHAOS_SEED=n tells them again)
	CHAOS_ROUNDS=$(CHAOS_ROUNDS) CHAOS_PROCESSES=$(CHAOS_PROCESSES) $(BIN)/python -m pytest -rA -n 2 tests/chaos

FUZZ_MINUTES ?= 10

fuzz: setup  ## damaged files, archives and answers, guided by coverage, for FUZZ_MINUTES (FUZZ_SEED=n repeats what Hypothesis made)
	FUZZ_MINUTES=$(FUZZ_MINUTES) $(BIN)/python -m pytest -rA -n 2 --dist worksteal tests/fuzz

corpus: setup  ## what a real Triton says of each case of the corpus, asked anew (some minutes)
	$(BIN)/python -m tests.corpus.ask

breakages: setup  ## deliberate mistakes, one at a time: the tests notice each (some minutes)
	$(BIN)/python tests/breakages/run.py

test-long: actions endure chaos fuzz properties corpus breakages images  ## what takes long: before a release, and every night

.venv-strangers/.complete: scripts/strangers | setup
	scripts/strangers "$(PYTHON)"

pythons:  ## the tests that need no server, on each Python from 3.11 to 3.14 that is here (PYTHONS=… names them)
	scripts/pythons $(PYTHONS)

check: setup  ## format, lint, types, layers, workflows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	MYPYPATH=manifests:.:benchmarks $(BIN)/mypy --explicit-package-bases manifests/demo.py manifests/make_models.py manifests/reference.py benchmarks/bench.py benchmarks/rolling.py tests/breakages/run.py
	$(BIN)/lint-imports
	scripts/workflows

bench: setup  ## figures of this machine
	$(BIN)/python manifests/make_models.py
	$(BIN)/python benchmarks/bench.py

format: setup  ## write the format that check wants
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## remove the virtual environments, a Python that was fetched, caches and the local cloud of this repository
	-$(BIN)/reconcile emulator stop
	rm -rf .venv .venv-strangers .venv-pythons .python .reconciler .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
