# All the set-up there is: a virtual environment in .venv with exactly pinned wheels, ROS 2 among
# them. Any other interpreter: make setup PYTHON=python3.12
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check
DONE := $(VENV)/done
RUN_PACKAGE := $(DONE)-run $(DONE)-tf2 $(DONE)-package
# PyPI's torch asks for gigabytes of CUDA; where a CPU wheel is offered, this pin takes that
TORCH := torch==2.13.0

.PHONY: help setup run-setup drive test check bench archive contract picture lock clean
# the next free out/drive-N, so that no drive is written over
OUT = $(shell n=1; while [ -e out/drive-$$n ]; do n=$$((n + 1)); done; echo out/drive-$$n)
.DELETE_ON_ERROR:

help:
	@echo 'make setup      everything: to run, learn, test and check'
	@echo 'make run-setup  only what runs on board (no torch)'
	@echo 'make drive      a rover crosses a simulated Mars; leaves a report in out/'
	@echo 'make test       the tests'
	@echo 'make check      style and types'
	@echo 'make bench      the speed tables of docs/bench.md'
	@echo 'make contract   what each TensorRT offers, asked anew (Python 3.11, gcc, binutils)'
	@echo 'make archive    the search and labelling pages, over archive.db'
	@echo 'make picture    one synthetic scene: image, classes, height, rocks, cost, path'
	@echo 'make lock       resolve requirements/*.in anew: make lock PYTHONS="python3.10 ..."'
	@echo 'make clean      remove everything that make made'

setup: $(DONE)-dev $(RUN_PACKAGE)

run-setup: $(RUN_PACKAGE)

# any other: make drive ARGS="--seed 7 --rover curiosity"
drive: run-setup
	$(VENV)/bin/ai4mars drive --out $(OUT) $(ARGS)

test: setup
	$(RUN) tools/run_rooms.py

check: setup
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

bench: setup
	$(RUN) bench/run.py

# any other: make archive ARGS="--root FOLDER --port 8050"
archive: $(DONE)-archive $(RUN_PACKAGE)
	$(VENV)/bin/ai4mars archive serve $(ARGS)

# 8.6 has wheels up to Python 3.11
contract: setup
	$(RUN) tools/tensorrt_contract.py .contract --install

picture: run-setup
	@mkdir -p out
	$(VENV)/bin/ai4mars scene --out out/scene.png

lock: $(DONE)-venv
	$(RUN) tools/lock.py requirements/run.in requirements/run.lock $(PYTHONS)
	$(RUN) tools/lock.py requirements/archive.in requirements/archive.lock $(PYTHONS)
	$(RUN) tools/lock.py requirements/dev.in requirements/dev.lock $(PYTHONS) --as-is $(TORCH)

clean:
	rm -rf $(VENV) .contract build install log out *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find ai4mars_nav test bench tools -name __pycache__ -prune -exec rm -rf {} +

$(DONE)-venv:
	@$(PYTHON) tools/check_python.py
	$(PYTHON) -m venv $(VENV)
	@touch $(VENV)/COLCON_IGNORE $@

$(DONE)-run: $(DONE)-venv requirements/run.lock
	$(PIP) install --quiet -r requirements/run.lock
	@touch $@

$(DONE)-archive: $(DONE)-run requirements/archive.lock
	$(PIP) install --quiet -r requirements/archive.lock
	@touch $@

$(DONE)-dev: $(DONE)-run requirements/dev.lock
	$(PIP) install --quiet -r requirements/dev.lock
	@touch $@

$(DONE)-package: $(DONE)-run setup.py setup.cfg pyproject.toml
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
# each node is a process, and would compile what it imports where Python may not write
	$(RUN) -m compileall -q ai4mars_nav
	@touch $@

$(DONE)-tf2: $(DONE)-run tools/make_tf2_msgs.py
	$(RUN) tools/make_tf2_msgs.py
	@touch $@
