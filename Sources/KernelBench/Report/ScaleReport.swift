import RunKit

/// What `kernel-bench scale` found, in words and as JSON.
struct ScaleReport {
  /// The propagation from disk, beside that in memory.
  struct Disk: Equatable {
    let child: ScaleChild.Result
    let inMemorySeconds: Double
    let comparedColumns: Int
  }

  let name: String
  let threads, nodes, drawn, edges, memory, width, hops: Int
  let steps: ScaleSteps
  let disk: Disk

  var text: String {
    var table = Table(
      "\(name), \(threads) \(threads == 1 ? "thread" : "threads"): \(nodes) nodes, \(edges) edges of \(drawn) drawn",
      ["step", "first", "again", "peak", "need", "peak/need"])
    for step in steps.steps {
      table.add([
        step.name, Format.time(step.seconds[0]), step.seconds.count > 1 ? Format.time(step.seconds[1]) : "-",
        bytes(step.peak), bytes(step.need), Format.ratio(Double(step.peak) / Double(max(step.need, 1))),
      ])
    }
    let child = disk.child
    let cap = child.isLimited ? "the system refuses more" : "this system sets no limit"
    return table.text + """

      Peak: most main memory in the step\(steps.peaksAreOwn ? "" : " or an earlier one"), without \
      \(bytes(steps.base)) of the program. Need: inputs, results and, of the epoch, the tables that live at once.

      From disk under \(bytes(memory)) (\(cap)): \(hops) hops of \(width) columns, a file of \(bytes(4 * nodes * width))
      \(child.panels) panels of \(child.panelWidth) columns in \(Format.time(child.seconds)), \
      peak \(bytes(child.peak)) of the whole process, \(bytes(child.planned)) planned
      in memory \(Format.time(disk.inMemorySeconds)) for \(disk.comparedColumns) columns: the same bits

      """
  }

  private func bytes(_ bytes: Int) -> String { Format.bytes(Double(bytes)) }

  var json: JSONValue {
    let rows: [JSONValue] = steps.steps.map {
      .object([
        "step": .string($0.name), "seconds": .numbers($0.seconds), "peakBytes": .integer($0.peak),
        "needBytes": .integer($0.need),
      ])
    }
    let child = disk.child
    let panels: JSONValue = .object([
      "memoryBytes": .integer(memory), "isLimited": .bool(child.isLimited), "width": .integer(width),
      "hops": .integer(hops), "panelWidth": .integer(child.panelWidth), "panels": .integer(child.panels),
      "seconds": .number(child.seconds), "peakBytes": .integer(child.peak), "plannedBytes": .integer(child.planned),
      "inMemorySeconds": .number(disk.inMemorySeconds), "comparedColumns": .integer(disk.comparedColumns),
    ])
    return .object([
      "graph": .string(name), "threads": .integer(threads), "nodes": .integer(nodes), "drawn": .integer(drawn),
      "edges": .integer(edges), "programBytes": .integer(steps.base), "steps": .array(rows), "fromDisk": panels,
    ])
  }
}
