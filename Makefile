# Gossamer: every target does its own set-up. `make help` lists them.
#
#   make test DATA=DIR     also runs the tests that need real data sets (see README)

SWIFT   ?= swift
DATA    ?= $(GOSSAMER_DATA)
PACKAGES = libopenblas-dev libomp-dev zlib1g-dev
BIN      = $$($(SWIFT) build -c release --show-bin-path)

export GOSSAMER_DATA := $(abspath $(DATA))
ifeq ($(strip $(DATA)),)
unexport GOSSAMER_DATA
endif

.PHONY: help deps build demo test resume-test bench bench-peers docs lint asan tsan consumer clean

help:
	@echo "make demo      train a GCN on the embedded citation graph and write a report"
	@echo "make test      run all tests (DATA=DIR for those on real data)"
	@echo "make resume-test  kill runs at random moments, resume them and compare every bit"
	@echo "make bench     measure this machine, then every kernel (BENCH='--quick --family sparse')"
	@echo "make bench-peers  time the graph kernels in turns with torch, PyG, scipy and others (BENCH='--quick')"
	@echo "make build     build library, demos and kernel-bench in release"
	@echo "make deps      install $(PACKAGES) if they are missing"
	@echo "make consumer  build a package that depends on this one by version"
	@echo "make docs      write the documentation into docs/"
	@echo "make lint      format check, strict warnings, other-architecture check"
	@echo "make asan      kernel tests under AddressSanitizer"
	@echo "make tsan      kernel tests under ThreadSanitizer"
	@echo "make clean     remove build products and runs"

# Libraries are probed by linking, with the compiler that comes with Swift, and only what is missing is installed.
deps:
	@SWIFT="$(SWIFT)" sh Tests/Scripts/deps.sh $(PACKAGES)

build: deps
	$(SWIFT) build -c release

demo: deps
	$(SWIFT) build -c release --product gradient-gcn
	@$(BIN)/gradient-gcn train --dataset twin --seeds 3

test: deps
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

resume-test: deps
	$(SWIFT) build -c release --product gradient-gcn
	@bash Tests/Scripts/resume.sh $(BIN)/gradient-gcn

bench: deps
	$(SWIFT) build -c release --product kernel-bench
	@$(BIN)/kernel-bench $(BENCH)

# PEERS_PYTHON=/path/to/python takes an interpreter that has the peers; otherwise they go into .build/peers.
bench-peers: deps
	$(SWIFT) build -c release --product kernel-bench
	@sh Benchmarks/peers/run.sh $(BIN)/kernel-bench $(BENCH)

docs: deps
	sh Tests/Scripts/docs.sh

lint: deps
	sh Tests/Scripts/lint.sh

consumer: deps
	sh Tests/Scripts/consumer.sh

# The kernel tests are C-heavy, so they are what sanitizers can find most in.
asan: deps
	ASAN_OPTIONS=detect_leaks=0 $(SWIFT) test --scratch-path .build-asan --sanitize=address --filter KernelTests

# libarcher tells ThreadSanitizer about OpenMP's own synchronisation; without it every region is a false report.
tsan: deps
	OMP_TOOL_LIBRARIES=$$(ls /usr/lib/llvm-*/lib/libarcher.so | tail -1) \
	TSAN_OPTIONS="ignore_noninstrumented_modules=1 report_thread_leaks=0 halt_on_error=1" \
	$(SWIFT) test --scratch-path .build-tsan --sanitize=thread --filter KernelTests

clean:
	rm -rf .build .build-asan .build-tsan .build-lint .build-docs runs docs
