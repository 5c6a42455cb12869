# Everything happens in .venv inside this folder; nothing else on the machine is changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench bench-setup clean

## demo: a synopsis of a generated street, with nothing but this folder
demo: $(VENV)/.installed
	$(BIN)/apercu demo --output demo

## test: everything that must hold before a change is accepted
test: $(VENV)/.installed-dev
	scripts/check

# TrackEval asks for opencv-python, which would overwrite opencv-python-headless and needs a display's libraries;
# what the benchmarks use of it needs no OpenCV at all, so it is installed without its own dependencies.
bench-setup: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	$(BIN)/python -m pip install --quiet --no-deps 'trackeval>=1.3'

# The benchmarks whose figures stand in docs/benchmarks.md; some of them: make bench BENCHES="accuracy ledger".
BENCHES ?= accuracy detector ledger redaction throughput

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
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.created pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.installed
