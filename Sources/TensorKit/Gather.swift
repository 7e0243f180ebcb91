/// Rows of a table by id.
internal struct GatherRows: Primitive {
  let ids: Tensor
  let rows: Int
  var saves: SavedTensors { [] }
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    sink.add(0, dy.scatterAdded(ids: ids, rows: rows))
  }
}

/// Rows added up by id: the transpose of `GatherRows`.
internal struct ScatterAddRows: Primitive {
  let ids: Tensor
  var saves: SavedTensors { [] }
  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) { sink.add(0, dy.gathered(ids)) }
}

extension Tensor {
  /// Rows `ids` (int32) of self: [rows, ...] becomes [ids.count, ...]. An id outside of the table traps.
  public func gathered(_ ids: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    guard rank >= 1, ids.dtype == .int32, ids.rank == 1 else {
      trap("gathered: table \(shape), ids \(ids.shape) \(ids.dtype); expected a vector of int32 ids", file, line)
    }
    let rows = shape[0]
    var target = shape
    target[0] = ids.count
    let width = shape.dropFirst().reduce(1, *)
    guard let y = Bridge.gatherRows(self, ids, rows: rows, width: width, shape: target) else {
      refuse("gathered", ids, rows, file, line)
    }
    return recorded(GatherRows(ids: ids, rows: rows), y, self)
  }

  /// [count, ...] becomes [rows, ...]: row r is the sum of the rows i of self with ids[i] = r, in order of i.
  public func scatterAdded(ids: Tensor, rows: Int, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    guard rank >= 1, ids.dtype == .int32, ids.rank == 1, ids.count == shape[0] else {
      trap(
        "scatterAdded: \(shape) needs int32 ids of shape [\(rank > 0 ? shape[0] : 0)], not \(ids.shape) \(ids.dtype)",
        file, line)
    }
    var target = shape
    target[0] = rows
    let width = shape.dropFirst().reduce(1, *)
    guard let y = Bridge.scatterAddRows(self, ids, rows: rows, width: width, shape: target) else {
      refuse("scatterAdded", ids, rows, file, line)
    }
    return recorded(ScatterAddRows(ids: ids), y, self)
  }

  /// The kernels check ids as they go; the place is looked up only for the sentence.
  private func refuse(_ name: StaticString, _ ids: Tensor, _ rows: Int, _ file: StaticString, _ line: UInt) -> Never {
    let place = Bridge.firstIdOutside(ids, limit: rows) ?? 0
    trap("\(name): id \(ids.array(of: Int32.self)[place]) at place \(place) is outside of 0..<\(rows)", file, line)
  }
}
