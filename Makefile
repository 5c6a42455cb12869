# Everything happens in .venv inside this folder; nothing else on the machine is changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo pages test setup-test bench bench-setup clean

## demo: a synopsis of a generated street, with nothing but this folder
demo: $(VENV)/.installed
	$(BIN)/apercu demo --output demo

## pages: the demo's archive in a browser; asks once for the name and password of its administrator
pages: $(VENV)/.installed
	test -d demo/archive || $(BIN)/apercu demo --output demo --no-pages
	$(BIN)/apercu serve demo/archive --home demo/service

## test: everything that must hold before a change is accepted
test: setup-test
	scripts/check

setup-test: $(VENV)/.installed-dev

# TrackEval and trackers ask for opencv-python, which would overwrite opencv-python-headless and needs a display's
# libraries; what the benchmarks use of them needs no more than the headless one, so they are installed without
# their own dependencies. The network in FP32 is only compared with.
bench-setup: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	$(BIN)/python -m pip install --quiet --no-deps 'trackeval>=1.3' 'trackers>=2.6'
	test -f benchmarks/models/default.toml || \
		$(BIN)/python tools/build_default_model.py --plain --output benchmarks/models

# The benchmarks whose figures stand in docs/benchmarks.md; some of them: make bench BENCHES="accuracy ledger".
BENCHES ?= accuracy attributes detector ledger quiet redaction rendering service synopsis throughput workers

## bench: measure everything and bring docs/benchmarks.md up to date
bench: bench-setup
	for name in $(BENCHES); do $(BIN)/python benchmarks/$$name.py --record || exit 1; done
	$(BIN)/python tools/build_docs.py

clean:
	rm -rf $(VENV) demo build dist .mypy_cache .ruff_cache .pytest_cache

# The stamps say what is installed; they age when pyproject.toml changes.
$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "error: Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.created pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[web]'
	@touch $@

# Most of what comes along is never imported: what is, is compiled then.
$(VENV)/.installed-dev: $(VENV)/.created pyproject.toml
	$(BIN)/python -m pip install --quiet --no-compile --editable '.[dev]'
	@touch $@ $(VENV)/.installed
