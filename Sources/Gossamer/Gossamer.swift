// The whole library under one name: `import Gossamer`.
@_exported import DataKit
@_exported import FileKit
@_exported import GradientGCN
@_exported import NeuralKit
@_exported import RunKit
@_exported import SparseKit
@_exported import TensorKit
