import FileKit
import NeuralKit
import SparseKit

extension FileError: RunError {
  public var status: RunStatus { .data }
}

extension GraphError: RunError {
  public var status: RunStatus { .data }
}

extension CheckpointError: RunError {
  public var status: RunStatus { .data }
}

extension LoadReport: RunError {
  public var status: RunStatus { .data }
}
