# Two commands for a new user: `make demo` and `make test`. Everything they need is installed into .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo dev test check format lock setup setup-dev clean bench bench-day

demo: setup  ## a living portfolio of three clients at http://127.0.0.1:8000
	$(BIN)/ascolto demo

dev: setup-dev  ## the same, restarting on every change of the code
	$(BIN)/ascolto demo --dev

test: setup-dev  ## all tests that this machine can run; ASCOLTO_REQUIRE_ALL=1 makes a skip a failure
	$(BIN)/python tests/run.py

check: setup-dev  ## lint, types, floors, catalogues
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup-dev  ## lock the requirements anew, with hashes and without any registry's address
	cd requirements && ../$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file base.txt base.in
	cd requirements && ../$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file spark.txt spark.in
	cd requirements && ../$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file dev.txt dev.in
	cd requirements && ../$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file apache-spark.txt apache-spark.in

bench: setup-dev
	@echo "One command per figure: see bench/README.md"

N ?= 100000
bench-day: setup-dev  ## a made-up client of N customers, its first night, the same day again, and a day on which 1 % changed
	$(BIN)/python -m bench.day --customers $(N)

setup: .venv/base.done
setup-dev: .venv/dev.done

.venv/base.done: requirements/base.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Ascolto needs Python 3.11 or later: set PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements/base.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.done: requirements/dev.txt .venv/base.done
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

clean:  ## forget the virtual environment and the demo's data
	rm -rf .venv var
