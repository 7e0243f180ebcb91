#!/bin/sh
# Builds a throw-away package that depends on a tag of this one by version, and runs it: what a user of the library does.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

git clone -q "$root" "$work/gossamer"
git -C "$work/gossamer" tag -f 0.0.1 >/dev/null 2>&1

mkdir -p "$work/consumer/Sources/consumer"
cat > "$work/consumer/Package.swift" <<PACKAGE
// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "consumer",
  dependencies: [.package(url: "file://$work/gossamer", from: "0.0.1")],
  targets: [
    .executableTarget(name: "consumer", dependencies: [.product(name: "Gossamer", package: "gossamer")])
  ])
PACKAGE
cat > "$work/consumer/Sources/consumer/main.swift" <<'MAIN'
import Gossamer

let graph = try Graph(nodeCount: 4, sources: [0, 1, 2], targets: [1, 2, 3])
let x = RandomGenerator(seed: 1).normal([4, 8]).differentiable()
let y = spmm(graph.propagation(), x).squared().sum()
print("gradient", gradients(of: y, withRespectTo: [x])[0].shape)
let threads = Runtime.observedThreads()
print("kernels run on \(threads) threads, instruction set \(Runtime.instructionSet)")
precondition(threads == Runtime.threads, "OpenMP is not alive: \(threads) of \(Runtime.threads) threads ran")
MAIN
cd "$work/consumer"
CK_THREADS=2 swift run consumer
