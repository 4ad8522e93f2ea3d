BIND ?= 127.0.0.1:8000
FRONT ?= 127.0.0.1:5173
READY := .venv/ready
WEB := examples/web/node_modules/.package-lock.json

.DEFAULT_GOAL := help

help:  ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

serve: $(READY)  ## serve the demo data and print calls to paste
	@.venv/bin/python -m procedures.demo var/demo.db http://$(BIND)
	@.venv/bin/rollcall serve --bind $(BIND) --database var/demo.db

demo: $(READY) $(WEB)  ## run the demo data with the example front end
	@.venv/bin/python examples/demo.py $(BIND) $(FRONT) var/demo.db

test: $(READY)  ## run every test on SQLite, and on PostgreSQL each once
	.venv/bin/python -m pytest -n auto --dist worksteal

engines: $(READY)  ## run every test on SQLite and on PostgreSQL, with all parameters
	.venv/bin/python -m pytest --engine both

machine: $(READY)  ## try 2,000 random sequences of calls (`make test` tries fewer)
	.venv/bin/python -m pytest tests/procedures/test_machine.py --hypothesis-profile=thorough

crashes: $(READY)  ## kill, cut the power and drain as often as the goals ask, and count
	.venv/bin/python -m pytest --thorough -s --engine both \
	  tests/operations/test_durability.py tests/messages/test_crashes.py \
	  tests/operations/test_backup.py tests/operations/test_migrating.py

races: $(READY)  ## run fifty rounds of every race on both engines
	.venv/bin/python -m pytest --thorough -s --engine both tests/nodes/test_races.py

hostile: $(READY)  ## flood, stall, confuse and abandon it as often as the goals ask, and count
	.venv/bin/python -m pytest --thorough -s --engine sqlite tests/hostile

restarts: $(READY)  ## restart nodes and kill workers under load, on every engine, and count
	.venv/bin/python -m pytest --thorough -s --engine both -k in_turn \
	  tests/operations/test_restarts.py tests/operations/test_workers.py

growth: $(READY)  ## count what calls cost among 1,000,000 records and 1,000 tenants
	.venv/bin/python -m pytest --thorough -s tests/procedures/test_growth.py

check: $(READY)  ## lint, types, generated files
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/python -m tests.generated --check

generate: $(READY)  ## write the generated files anew
	.venv/bin/python -m tests.generated

bench: $(READY)  ## measure
	.venv/bin/python -m bench
	.venv/bin/python -m bench.instructions

lock: $(READY)  ## pin what is installed now
	(echo "# Everything a checkout needs, run and test. Made by: make lock"; \
	 .venv/bin/pip freeze --exclude-editable \
	 | sed "/^pysqlite3==/s/$$/ ; sys_platform == 'linux'/; /^uvloop==/s/$$/ ; sys_platform != 'win32'/") > requirements.lock

$(READY): requirements.lock pyproject.toml
	python3 -m venv .venv
	.venv/bin/python -m pip install --quiet --requirement requirements.lock
	.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(WEB): examples/web/package-lock.json
	@command -v npm >/dev/null || { echo "the front end needs Node.js 20.19 or newer, with npm"; exit 1; }
	cd examples/web && npm ci --no-audit --no-fund
	@touch $@

.PHONY: help serve demo test engines growth machine races restarts check generate bench crashes hostile lock
