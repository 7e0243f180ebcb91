import FileKit
import SparseKit

extension FileError: RunError {
  public var status: RunStatus { .data }
}

extension GraphError: RunError {
  public var status: RunStatus { .data }
}
