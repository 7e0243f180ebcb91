// swift-tools-version: 6.2
// 6.2 is the first version whose packages may use unsafeFlags when they are depended on by version.
import PackageDescription

/// Bodies of every instruction set are compiled from one source (see CKernels/src/base/isa_expand.h), so no -m flag
/// stands here. There is no global fast-math: kernels allow contraction only, in the bodies that want it.
let kernelFlags: [CSetting] = [
  .unsafeFlags([
    "-O3", "-gline-tables-only", "-fopenmp", "-std=c17", "-fno-math-errno", "-fvisibility=hidden",
    "-Wall", "-Wextra", "-Wmissing-prototypes", "-Wmissing-variable-declarations",
    "-Werror=missing-variable-declarations", "-Wno-psabi",
  ])
]

/// A debug build keeps the engine's per-op cost and the readers' speed close to release, which the tests rely on.
let engineFlags: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "gossamer",
  products: [
    .library(name: "Gossamer", targets: ["Gossamer"]),
    .library(name: "TensorKit", targets: ["TensorKit"]),
    .library(name: "SparseKit", targets: ["SparseKit"]),
    .library(name: "FileKit", targets: ["FileKit"]),
    .library(name: "NeuralKit", targets: ["NeuralKit"]),
    .library(name: "DataKit", targets: ["DataKit"]),
    .library(name: "RunKit", targets: ["RunKit"]),
    .library(name: "FetchKit", targets: ["FetchKit"]),
    .executable(name: "gradient-gcn", targets: ["gradient-gcn"]),
    .executable(name: "gossamer-data", targets: ["gossamer-data"]),
    .executable(name: "kernel-bench", targets: ["KernelBench"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    // Kernels
    .target(
      name: "CKernels", path: "CKernels", publicHeadersPath: "include", cSettings: kernelFlags,
      linkerSettings: [.linkedLibrary("openblas"), .linkedLibrary("omp5"), .linkedLibrary("m")]),
    .systemLibrary(name: "CZlib", path: "Sources/CZlib"),

    // Kits
    .target(name: "TensorKit", dependencies: ["CKernels"], swiftSettings: engineFlags),
    .target(name: "SparseKit", dependencies: ["TensorKit", "CKernels"], swiftSettings: engineFlags),
    .target(name: "FileKit", dependencies: ["TensorKit", "CZlib"], swiftSettings: engineFlags),
    .target(name: "NeuralKit", dependencies: ["SparseKit", "FileKit"]),
    .target(name: "DataKit", dependencies: ["SparseKit", "FileKit"], swiftSettings: engineFlags),
    .target(name: "RunKit", dependencies: ["NeuralKit", "DataKit", argumentParser]),
    .target(
      name: "Gossamer",
      dependencies: ["TensorKit", "SparseKit", "FileKit", "NeuralKit", "DataKit", "RunKit", "GradientGCN"]),

    // Papers and their demos
    .target(name: "GradientGCN", dependencies: ["NeuralKit", "DataKit"], path: "Sources/Papers/GradientGCN"),
    .executableTarget(
      name: "gradient-gcn", dependencies: ["GradientGCN", "RunKit"], path: "Sources/Demos/gradient-gcn"),

    // Downloads are apart from DataKit, so that only who fetches loads Foundation's networking and libcurl.
    .target(name: "FetchKit", dependencies: ["DataKit", "FileKit"]),
    .executableTarget(
      name: "gossamer-data", dependencies: ["FetchKit", "RunKit"], path: "Sources/Tools/gossamer-data"),

    // Kernel cases are shared by the kernel tests and the benchmark, so that no kernel exists untested or unbenched.
    .target(name: "KernelCases", dependencies: ["CKernels"], cSettings: kernelFlags),
    .executableTarget(
      name: "KernelBench",
      dependencies: ["CKernels", "KernelCases", "TensorKit", "GradientGCN", "RunKit", argumentParser]),

    // Tests
    .testTarget(name: "KernelTests", dependencies: ["CKernels", "KernelCases"]),
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .testTarget(name: "KernelBenchTests", dependencies: ["CKernels", "KernelBench", "TestSupport"]),
    .testTarget(name: "TensorKitTests", dependencies: ["TensorKit", "TestSupport"]),
    .testTarget(name: "SparseKitTests", dependencies: ["SparseKit", "TestSupport"]),
    .testTarget(name: "FileKitTests", dependencies: ["FileKit", "TestSupport"]),
    .testTarget(name: "NeuralKitTests", dependencies: ["NeuralKit", "TestSupport"]),
    .testTarget(name: "DataKitTests", dependencies: ["DataKit", "TestSupport"]),
    .testTarget(name: "FetchKitTests", dependencies: ["FetchKit", "gossamer-data", "RunKit", "TestSupport"]),
    .testTarget(name: "ReadmeTests", dependencies: ["Gossamer", "TestSupport"]),
    .testTarget(name: "RunKitTests", dependencies: ["RunKit", "TestSupport"]),
    .testTarget(name: "GradientGCNTests", dependencies: ["GradientGCN", "TestSupport"]),
    .testTarget(name: "DemoTests", dependencies: ["gradient-gcn", "RunKit", "TestSupport"]),
  ]
)
