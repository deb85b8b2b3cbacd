# `make` alone lists what there is. Everything it makes lies in .venv/ and can be thrown away by `make clean`.

PYTHON ?= python3
ARGS   ?=
SEED   ?= $(shell date +%s)

VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/stamps
NPM    := $(BIN)/python -m tools.gallery
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet --no-input
LOCKED := $(PIP) install --require-hashes --no-deps

# A stamp is named after what it was made from, so whatever changes, is added or goes away makes it anew.
fingerprint = $(shell (echo '$(1)'; git hash-object $(1)) | git hash-object --stdin)
sources    := pyproject.toml hatch_build.py README.md $(shell find src gallery -type f -not -name '*.pyc' \
                -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path 'src/mediascream/web/static/*' \
                2>/dev/null | LC_ALL=C sort)

PARTS   := $(STAMPS)/parts-$(call fingerprint,requirements/run.txt requirements/build.txt)
TOOLS   := $(STAMPS)/tools-$(call fingerprint,requirements/dev.txt)
GALLERY := $(STAMPS)/gallery-$(call fingerprint,gallery/package-lock.json)
PACKAGE := $(STAMPS)/package-$(call fingerprint,$(sources))

.PHONY: help run extras install test test-long test-survival fuzz check fix bench bench-gallery licences sbom audit-parts lock clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

run: $(PACKAGE)  ## start Mediascream on http://localhost:5000 (ARGS="…" for `mediascream serve`)
	@exec $(BIN)/mediascream serve $(ARGS)

extras: $(PACKAGE)  ## what logging in with passkeys, or at an OIDC provider, takes
	@$(LOCKED) -r requirements/extras.txt

install: $(PACKAGE)  ## make .venv with Mediascream in it, and start nothing

test: $(PACKAGE) $(TOOLS) $(GALLERY)  ## all tests, with samples of the long ones (ARGS="…" for pytest)
	@tools/system_packages.sh
	@$(NPM) test --silent
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m 'not long' $(ARGS)

test-long: $(PACKAGE) $(TOOLS)  ## the long tests with their full counts
	@tools/system_packages.sh
	@$(BIN)/python -m pytest -n 2 --dist worksteal -o faulthandler_timeout=0 -m long $(ARGS)

test-survival: $(PACKAGE) $(TOOLS)  ## crashes, power cuts, full disks, with full counts and a new seed (SEED=… for an old one)
	@tools/system_packages.sh
	@MEDIASCREAM_TEST_SEED=$(SEED) $(BIN)/python -m pytest -n 2 --dist worksteal -o faulthandler_timeout=0 -m survival $(ARGS)

fuzz: $(PACKAGE) $(TOOLS)  ## 100,000 bent inputs for whoever reads strangers' words (SEED=… repeats a run)
	@echo 'SEED=$(SEED)' >&2
	@$(BIN)/python -m pytest -n 2 --dist worksteal -o faulthandler_timeout=0 --hypothesis-profile=fuzz --hypothesis-seed=$(SEED) tests/fuzz $(ARGS)

check: $(TOOLS) $(GALLERY)  ## format, lint, types, layers, dependencies, dead code
	@$(BIN)/python -m tools.check

fix: $(TOOLS) $(GALLERY)  ## mend what can be mended by a program
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .
	@PYTHONPATH=src $(BIN)/python tools/settings_page.py
	@PYTHONPATH=src $(BIN)/python -m tools.gallery_types
	@$(NPM) run --silent fix

bench: $(PACKAGE) $(TOOLS)  ## measure, beside peers, on this machine
	@$(BIN)/python -m bench $(ARGS)

bench-gallery: $(PACKAGE) $(TOOLS)  ## the gallery on a million made-up photos (ARGS="--keep FOLDER" to fill only once)
	@$(BIN)/python -m bench.gallery $(ARGS)

licences: $(TOOLS)  ## write docs/licences.md anew, from what is installed
	@$(BIN)/python tools/parts.py licences

sbom: $(TOOLS)  ## a CycloneDX list of all parts, in JSON, on stdout
	@$(BIN)/python tools/parts.py sbom

audit-parts: $(TOOLS)  ## ask osv.dev for known holes in the locked versions; says so where there is no network
	@$(BIN)/python tools/parts.py audit

lock: $(TOOLS)  ## choose versions anew (ARGS="--upgrade" for the newest) and write requirements/
	@$(BIN)/python tools/lock.py $(ARGS)

clean:  ## throw away all that make made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist gallery/node_modules

$(VENV)/bin/python:
	@$(PYTHON) tools/make_venv.py $(VENV)

$(PARTS): $(VENV)/bin/python
	@echo 'Installing what Mediascream stands on …' >&2
	@$(LOCKED) -r requirements/run.txt -r requirements/build.txt
	@mkdir -p $(STAMPS) && rm -f $(STAMPS)/parts-* && touch $@

$(TOOLS): $(PARTS)
	@echo 'Installing what tests and checks need …' >&2
	@$(LOCKED) -r requirements/dev.txt
	@mkdir -p $(STAMPS) && rm -f $(STAMPS)/tools-* && touch $@

$(GALLERY): | $(TOOLS)
	@$(NPM) ci --silent --ignore-scripts
	@mkdir -p $(STAMPS) && rm -f $(STAMPS)/gallery-* && touch $@

$(PACKAGE): $(PARTS)
	@echo 'Building the gallery and installing Mediascream …' >&2
	@$(PIP) install --no-deps --no-build-isolation --force-reinstall .
	@mkdir -p $(STAMPS) && rm -f $(STAMPS)/package-* && touch $@
