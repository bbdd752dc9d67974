# The one door: `make help` lists what can be asked. Each target first sets up what it needs (tools/setup.sh); presets and flags
# are in CMakePresets.json. On a bare Debian 12 the two commands to begin with are `apt-get update && apt-get install make git`.

JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
TORTURE_SEEDS ?= 2000
PEERS ?= # flags of bench/peers/run.py: --scale 0.01, --engines playhead,flink, --resume
PYTHON := /usr/bin/python3
CTEST := ctest --parallel $(JOBS)

.DEFAULT_GOAL := help
.PHONY: help setup setup-run build demo test check format tidy house sanitize tsan bench bench-peers bench-scaling torture fuzz install clean compile-%

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup-run:
	@tools/setup.sh run
setup: ## install all that building, testing and checking need
	@tools/setup.sh develop

# ninja runs CMake again by itself when a CMake file changes, but does not know of the presets.
build/release/build.ninja: CMakePresets.json | setup-run
	@cmake --preset release
build/%/build.ninja: CMakePresets.json | setup
	@cmake --preset $*
compile-%: build/%/build.ninja
	@cmake --build build/$* --parallel $(JOBS)

build: setup-run compile-release ## the program, as fast as it gets: build/release/playhead

demo: build ## a minute of a simulated music service, counted live
	@build/release/playhead demo

test: setup compile-release compile-dev ## unit, flow and house tests
	@$(CTEST) --preset dev

check: setup ## format, clang-tidy, house rules, and the unit tests under address and undefined sanitizers
	@tools/stage.sh format $(PYTHON) tools/format.py --check
	@tools/stage.sh tidy $(MAKE) --no-print-directory tidy
	@tools/stage.sh house $(MAKE) --no-print-directory house
	@tools/stage.sh sanitizers $(MAKE) --no-print-directory sanitize

format: setup ## rewrite the C++ files as .clang-format says
	@$(PYTHON) tools/format.py

tidy: setup build/dev/build.ninja ## clang-tidy over src/; files that have not changed since they passed are skipped
	@$(PYTHON) tools/tidy.py --jobs $(JOBS) build/dev

house: setup ## the rules of the house: room order, lengths, words, documents, commits
	@$(PYTHON) tools/house.py

sanitize: setup compile-asan ## the unit tests under address and undefined sanitizers
	@$(CTEST) --preset asan

tsan: setup compile-tsan ## the unit tests under the thread sanitizer
	@$(CTEST) --preset tsan

bench: build ## measure speed, memory and latency; writes docs/benchmarks.md
	@cmake --build build/release --parallel $(JOBS) --target benches
	@$(PYTHON) bench/run.py

bench-peers: setup build ## Playhead on Kafka beside Flink, Kafka Streams and Spark; writes the last part of docs/benchmarks.md
	@cmake --build build/release --parallel $(JOBS) --target peers
	@$(PYTHON) bench/peers/run.py $(PEERS)

bench-scaling: build setup ## several processes on one Kafka topic: cost, and hand-over after kill -9
	@$(PYTHON) bench/scaling.py

torture: setup compile-release compile-dev ## the crash and kill tests with thousands of seeds instead of dozens; takes hours
	@PLAYHEAD_TORTURE=1 PLAYHEAD_SIMULATION_SEEDS=$(TORTURE_SEEDS) PLAYHEAD_SIMULATION_STRIDE=1 $(CTEST) --preset dev --timeout 36000 --tests-regex 'Survive|Paused|takeover|PowerLoss|Crash|crash|Kill|kill|Torture|Committer|kafka_group|lake_test'
	@$(PYTHON) tools/mutate_durability.py

fuzz: setup build/fuzz/build.ninja ## each decoder against FUZZ_SECONDS (60) of libFuzzer
	@cmake --build build/fuzz --parallel $(JOBS) --target fuzzers
	@tools/fuzz.sh build/fuzz $(FUZZ_SECONDS)

install: build ## a relocatable program under PREFIX: bin/playhead and the libraries that Debian does not have
	@cmake --install build/release --prefix "$(PREFIX)"

clean: ## remove build/; third_party/ stays
	@rm -rf build
