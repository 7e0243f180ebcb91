@testable import SparseKit

extension SparsePattern {
  /// 4 x 3 with an empty row and a row of all columns.
  static let fourByThree = try! SparsePattern(
    rows: 4, columns: 3, rowPointers: [0, 2, 2, 5, 6], columnIndices: [0, 2, 0, 1, 2, 1])
}
