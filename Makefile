# Needs Python 3.11 or newer with venv and pip, and make. Nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHELL := /bin/sh

# Enough for the settings to load where nothing is asked of database or broker
LOADABLE := DJANGO_SETTINGS_MODULE=smscompliance.settings DEBUG=1 PHONES_PAGE=1 \
	SECRET_KEY=none ALTCHA_HMAC_KEY=none CELERY_BROKER_URL=redis://127.0.0.1:1 \
	DATABASE_URL=postgres://none@127.0.0.1:1/none

# $(1): a requirements file, $(2): the files whose change asks for a new installation
define install
@test -x $(BIN)/python || { echo "Making $(VENV) ..."; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }; \
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python could not make $(VENV); on Debian: apt-get install python3-venv"; exit 1; }; }
@sum=$$(cat $(2) | sha256sum | cut -c -16); stamp=$(VENV)/installed-$$sum; \
	test -e $$stamp || { echo "Installing the packages of $(1) (about half a minute) ..."; \
	$(BIN)/python -m pip install --disable-pip-version-check -qq -r $(1) && touch $$stamp; }
endef

.PHONY: run stop status test prove bench check fmt venv testvenv

run: venv ## start the whole stack; Ctrl-C stops it
	@exec $(BIN)/python -m smscompliance.devstack up --with-parent

stop: venv ## stop a stack that runs in another terminal
	@$(BIN)/python -m smscompliance.devstack stop

status: venv ## say what runs, and where
	@$(BIN)/python -m smscompliance.devstack status || true

test: check ## check, then all tests, on as many cores as there are
	@$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist worksteal $(ARGS)

prove: testvenv ## the proofs that take minutes
	@$(BIN)/python -m pytest -m slow --timeout 1800 $(ARGS)

bench: testvenv ## measure; writes bench.json
	@$(BIN)/python -m tests.benchmarks $(ARGS)

check: testvenv ## style, types, import contracts, missing migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q .
	@$(LOADABLE) $(BIN)/mypy .
	@$(BIN)/lint-imports
	@$(LOADABLE) $(BIN)/python -W ignore manage.py makemigrations --check --dry-run

fmt: testvenv ## put the source into its format
	@$(BIN)/ruff check --fix-only -q .
	@$(BIN)/ruff format .

venv:
	$(call install,requirements.txt,requirements.txt)

testvenv:
	$(call install,tests/requirements.txt,requirements.txt tests/requirements.txt)
