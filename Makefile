# Everything here needs Python 3.11 or newer, pip and make, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TESTS ?= tests

.PHONY: demo test test-rotation test-kills bench lint format lock picture clean

demo: $(VENV)/ready
	$(BIN)/credwatch demo

test: $(VENV)/ready
	$(BIN)/python -m pytest -n auto $(TESTS)

# Every way in which a rotation can go wrong, 60,000 of them: half an hour on two cores.
test-rotation: $(VENV)/ready
	CREDWATCH_SCHEDULES=$${CREDWATCH_SCHEDULES:-60000} CREDWATCH_TEST_LARGE=1 $(BIN)/python -m pytest -n auto tests/rotation

# A rotation killed with -9 at more than 1,000 moments of nine cases, as the program itself.
test-kills: $(VENV)/ready
	CREDWATCH_KILLS=$${CREDWATCH_KILLS:-4} $(BIN)/python -m pytest -n auto tests/kills/rotation

# What the watch costs, beside bare loops of the same libraries. `make bench ONLY="--only keys"` is one row of it.
bench: $(VENV)/ready
	$(BIN)/python -m bench $(ONLY)

lint: $(VENV)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The pinned set, each package with its hashes and without the address it came from.
lock: $(VENV)/ready
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 \
	  pyproject.toml --output-file requirements/runtime.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 \
	  pyproject.toml requirements/dev.in --output-file requirements/dev.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 \
	  requirements/build.in --constraint requirements/dev.txt --output-file requirements/build.txt

# Made again only when what it is made from changes, so that a second run starts in a second.
$(VENV)/ready: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# The picture in the README.
picture: $(VENV)/ready
	$(BIN)/python docs/picture.py

clean:
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis
