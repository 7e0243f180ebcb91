import FileKit
import SparseKit

/// A pattern as the `.npy` files `indptr.npy` (int64) and `indices.npy` (int32) of a folder, the arrays of CSR under
/// the names of scipy. They move straight between the files and the pattern's memory.
extension SparsePattern {
  package func write(to folder: String) throws(FileError) {
    try withUnsafeArrays { (starts, columns) throws(FileError) in
      try NumpyElements.write(UnsafeRawBufferPointer(starts), of: .int64, to: folder + "/indptr.npy")
      try NumpyElements.write(UnsafeRawBufferPointer(columns), of: .int32, to: folder + "/indices.npy")
    }
  }

  /// Reads and checks a square pattern.
  package convenience init(squareOf folder: String) throws(FileError) {
    let pointers = try NumpyElements(folder + "/indptr.npy", .int64, axes: 1)
    let indices = try NumpyElements(folder + "/indices.npy", .int32, axes: 1)
    guard pointers.shape[0] > 0 else {
      throw FileError(path: folder + "/indptr.npy", "holds no row pointer, expected one more than there are rows")
    }
    do {
      let rows = pointers.shape[0] - 1
      try self.init(rows: rows, columns: rows, entryCount: indices.shape[0]) { starts, columns in
        try pointers.read(into: UnsafeMutableRawBufferPointer(starts))
        try indices.read(into: UnsafeMutableRawBufferPointer(columns))
      }
    } catch {
      throw error as? FileError ?? FileError(path: folder, "\(error)")
    }
  }
}
