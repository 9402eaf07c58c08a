# One line of help per target; `make` alone lists them. A machine needs Rust, Python 3 with venv, and make.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PROFILE ?= dev
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
BINARIES := $(TARGET_DIR)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
FUNCTIONS := api onboard audit offboard portal credentials access
VENV := .local/venv
PYTHON := $(VENV)/bin/python
export PROFILE

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: build venv ## Run the demo on the local AWS (KEEP=1 leaves it running; FAULTS=tests/local/rough.json injects faults)
	@$(PYTHON) tests/local/demo.py

# The tests record the IAM actions that each role uses; at the end they are compared with the actions that it is granted.
USED_ACTIONS = $(abspath $(TARGET_DIR)/used-actions)
.PHONY: test
test: build venv ## Run every test, end to end on the local AWS included
	@rm -rf $(USED_ACTIONS) && mkdir -p $(USED_ACTIONS)
	@if cargo nextest --version >/dev/null 2>&1; then \
		cargo test --workspace --profile $(PROFILE) --locked --doc; \
		TENANTRY_USED_ACTIONS=$(USED_ACTIONS) cargo nextest run --workspace --cargo-profile $(PROFILE) --locked; \
	else \
		TENANTRY_USED_ACTIONS=$(USED_ACTIONS) cargo test --workspace --profile $(PROFILE) --locked; \
	fi
	@TENANTRY_USED_ACTIONS=$(USED_ACTIONS) $(BINARIES)/faults --only-compare-actions

.PHONY: up
up: build venv ## Start the local AWS, deploy to it, write .local/env (again: deploy again)
	@$(PYTHON) tests/local/up.py

.PHONY: down
down: ## Stop the local AWS and remove its files
	@python3 tests/local/down.py

.PHONY: logs
logs: venv ## Print the logs of the functions on the local AWS (FUNCTION=onboard for one)
	@$(PYTHON) tests/local/logs.py

# BENCH=--all runs the long parts, too (90 minutes); BENCH='--only calls' one part; `--help` lists all options.
.PHONY: bench
bench: build release venv ## Count AWS calls and round trips; measure size, cold start and scaling of the release build
	@TENANTRY_FUNCTIONS=$(TARGET_DIR)/release $(TARGET_DIR)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))/bench $(BENCH)

# Prints interruption points, seeds, duplicates, leaks, stuck tenants; fails if one of the last three is not 0.
.PHONY: faults
faults: build venv ## Lose power at every call of every verb, and try 100 seeds (WORKERS=2)
	@$(BINARIES)/faults $(WORKERS:%=--workers %)

.PHONY: soak
soak: build venv ## Run random trials of any number of seeds, such as SEEDS=1..5000, or replay one: SEEDS=7..7
	@$(BINARIES)/faults --only-seeds --seeds $(or $(SEEDS),1..1000) --minutes $(or $(MINUTES),1440) $(WORKERS:%=--workers %)

.PHONY: planted
planted: build venv ## Mutation test: apply known defects to a copy of the tree, and expect a test or `faults` to find each
	@python3 tests/local/planted.py

# Needs the network once, for its own venv.
.PHONY: conformance
conformance: build venv ## Send 2,000 generated requests to the API: every answer as documented, nothing changed by a refusal (REQUESTS=N, SEED=N)
	@test -x .local/conformance/bin/python || python3 -m venv .local/conformance
	@.local/conformance/bin/pip install --quiet --requirement tests/local/conformance/requirements.txt
	@$(PYTHON) tests/local/conformance/run.py

# Needs Node.js, and the network once, for its own folder.
.PHONY: simulate
simulate: ## Ask an independent policy simulator what guardrail, lockdown and boundary deny (tests/local/simulate)
	@mkdir -p .local/simulate && cp tests/local/simulate/package.json tests/local/simulate/package-lock.json .local/simulate/
	@cd .local/simulate && npm ci --silent
	@node tests/local/simulate/run.mjs .local/simulate

.PHONY: lint
lint: venv ## Check format, clippy, documentation and the templates
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet
	$(VENV)/bin/cfn-lint infra/*.yaml
	$(PYTHON) infra/check.py

# cargo-lambda (pip install cargo-lambda) builds for another processor or from a system with a newer C library:
# `make package CARGO_LAMBDA=1 ARCH=arm64`. Without it the packages are for the processor of this machine.
.PHONY: package
package: $(if $(CARGO_LAMBDA),,release) ## Build the release packages for Lambda and print how to deploy them
ifdef CARGO_LAMBDA
	cargo lambda build --release --locked $(if $(filter arm64,$(ARCH)),--arm64) $(FUNCTIONS:%=--package %)
	@python3 infra/package.py $(TARGET_DIR)/lambda $(TARGET_DIR)/package
else
	@python3 infra/package.py $(TARGET_DIR)/release $(TARGET_DIR)/package
endif

# Not listed: prerequisites of the targets above.

# The functions alone: built together with the command line, they would get its credential providers, which none of them needs.
.PHONY: release
release:
	@cargo build --release --locked $(FUNCTIONS:%=--package %)

# Always the whole workspace with tests: any other selection unifies features differently and compiles the SDKs again.
.PHONY: build
build:
	@cargo build --workspace --all-targets --profile $(PROFILE) --locked

# Installed again only when requirements.txt changes; needs the network only then.
.PHONY: venv
venv:
	@if ! cmp -s tests/local/requirements.txt $(VENV)/requirements.txt; then \
		echo "installing the local AWS into $(VENV)"; \
		rm -rf $(VENV); \
		python3 -m venv $(VENV); \
		$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement tests/local/requirements.txt; \
		cp tests/local/requirements.txt $(VENV)/requirements.txt; \
	fi
