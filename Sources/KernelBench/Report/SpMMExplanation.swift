import CKernels.Base
import CKernels.Sparse
import RunKit

/// What one product does on a graph, in words and as JSON.
struct SpMMExplanation {
  /// Rows of one thread.
  struct Part: Equatable {
    let rows, entries: Int
    /// Entries, with each row counted as the plan counts it.
    let work: Int
  }
  /// Seconds of the model: rows of X and their scales by how often each is used, the rest as streams, or the
  /// multiply-adds where they take longer, and what the ends of rows add; the slowest thread and an empty region where
  /// there are several.
  struct Prediction: Equatable {
    var gather, stream, compute, rowEnds, region: Double
    var imbalance: Double
    var total: Double { (max(gather + stream, compute) + rowEnds) * imbalance + region }

    /// Seconds of one core for the end of a row that has entries: a mispredicted branch.
    static let rowEnd = 6e-9
  }

  let name, isa: String
  let width: Int
  let rows, entries, emptyRows, largestDegree: Int
  /// Rows that all threads share, by columns.
  let hubRows: [Int]
  let plan: ck_spmm_plan
  let caches: ck_caches
  let parts: [Part]
  var prediction: Prediction?
  var measured: Timing?

  init(_ name: String, _ pattern: PatternArrays, width: Int, context: ck_ctx, caches: ck_caches) {
    var context = context, shape = pattern.shape(width: width)
    let plan = ck_sparse_spmm_plan(&context, &shape, caches)
    let isa = context.isa == 0 ? ck_isa_default() : ck_isa(rawValue: UInt32(context.isa - 1))!
    let starts = pattern.starts
    let degrees = zip(starts, starts.dropFirst()).lazy.map { Int($1 - $0) }
    let count = Int64(pattern.rows)
    var hubs = [Int64](repeating: 0, count: Int(plan.threads))
    let hubCount =
      plan.cuts_hubs ? ck_heavy_rows(starts, count, plan.row_cost, plan.threads, &hubs, plan.threads) : 0
    hubs.removeLast(hubs.count - Int(hubCount))
    let cuts = (0...plan.threads).map {
      Int(ck_split_rows_without(starts, count, plan.row_cost, hubs, hubCount, plan.threads, $0))
    }
    self.name = name
    self.isa = InstructionSet.name(isa)
    self.width = width
    self.plan = plan
    self.caches = caches
    (rows, entries) = (pattern.rows, pattern.ids.count)
    emptyRows = degrees.count { $0 == 0 }
    largestDegree = degrees.max() ?? 0
    let hubRows = hubs.map(Int.init)
    self.hubRows = hubRows
    // A hub counts as a row's share of its entries with each thread.
    let shared = hubRows.reduce(0) { $0 + Int(starts[$1 + 1] - starts[$1]) } / Int(plan.threads)
    parts = zip(cuts, cuts.dropFirst()).map { from, to in
      let own = hubRows.filter { from <= $0 && $0 < to }
      let entries = Int(starts[to] - starts[from]) - own.reduce(0) { $0 + Int(starts[$1 + 1] - starts[$1]) } + shared
      return Part(rows: to - from, entries: entries, work: entries + (to - from) * Int(plan.row_cost))
    }
  }

  /// Largest work of a thread over the mean.
  var imbalance: Double {
    let mean = Double(parts.reduce(0) { $0 + $1.work }) / Double(parts.count)
    return mean > 0 ? Double(parts.map(\.work).max()!) / mean : 1
  }

  mutating func predict(_ reuse: GatherReuse, _ cost: Cost, _ profile: MachineProfile) {
    let rates = plan.threads > 1 ? profile.parallel : profile.single
    prediction = Prediction(
      gather: reuse.seconds(rowBytes: [4 * Double(width), 4], rates.gathers, caches),
      stream: Roofline.restSeconds(cost, plan.gathered_bytes, rates), compute: cost.flops / rates.peak(.f32),
      rowEnds: Prediction.rowEnd * Double(rows - emptyRows) / Double(plan.threads),
      region: rates.regionSeconds, imbalance: imbalance)
  }

  // MARK: Words

  var text: String {
    let mean = rows > 0 ? Double(entries) / Double(rows) : 0
    var text = """
      SpMM on \(name), width \(width), float32, \(Self.count(Int(plan.threads), "thread")), \(isa)

      graph      \(Self.count(rows, "row")), \(entries) entries; degree mean \(Format.number(mean)), \
      largest \(largestDegree); \(Self.count(emptyRows, "empty row"))
      bytes      \(Format.bytes(plan.streamed_bytes)) of A streamed, \
      \(Format.bytes(plan.gathered_bytes)) of X gathered, \(Format.bytes(plan.written_bytes)) of Y written
      body       \(strips)\(hubs)
      prefetch   \(prefetch)

      """
    if let prediction {
      let isComputed = prediction.compute > prediction.gather + prediction.stream
      text += "predicted  \(Format.time(prediction.total)) ("
      text +=
        isComputed
        ? "multiply-adds \(Format.time(prediction.compute))"
        : "gather \(Format.time(prediction.gather)), stream \(Format.time(prediction.stream))"
      text += ", row ends \(Format.time(prediction.rowEnds))"
      if plan.threads > 1 { text += ", imbalance \(Format.ratio(prediction.imbalance))" }
      text += ")\n"
    }
    if let measured {
      text += "measured   \(Format.time(measured.median))" + (measured.isNoisy ? " (the machine is noisy)" : "")
      if let prediction { text += ", \(Format.ratio(measured.median / prediction.total)) the prediction" }
      text += "\n"
    }
    return text + "\n" + partition.text
  }

  private var partition: Table {
    var table = Table(
      "Partition by entries + \(plan.row_cost) a row, imbalance \(Format.ratio(imbalance))",
      ["thread", "rows", "entries", "work"])
    for (index, part) in parts.enumerated() {
      table.add([String(index), String(part.rows), String(part.entries), String(part.work)])
    }
    return table
  }

  private var used: [ck_spmm_strips] { [plan.eight, plan.four, plan.last].filter { $0.count > 0 } }

  /// The strips of the plan in words.
  var strips: String {
    guard let first = used.first else { return "none: Y has no columns" }
    let parts = used.map { "\(Self.count(Int($0.count), "strip")) of \(Self.count(Int($0.vectors), "vector"))" }
    let blocks = used.count > 1 || first.count > 1
    return parts.joined(separator: ", ") + " of \(first.lanes) floats"
      + (blocks ? "; all strips of \(plan.block_rows) rows before the next rows" : "")
  }

  private var hubs: String {
    guard !hubRows.isEmpty else { return "" }
    return "; \(Self.count(hubRows.count, "row")) of more than a thread's share cut by columns"
  }

  /// Whether and how far ahead rows of X are prefetched, and why.
  var prefetch: String {
    let table = Format.bytes(plan.table_bytes), cache = Format.bytes(Double(caches.l2))
    let near = Format.bytes(plan.near_bytes)
    guard used.contains(where: { $0.ahead > 0 }) else {
      return "none: X (\(table)) is not beyond \(near), near the second cache (\(cache))"
    }
    let ahead = used.map { String($0.ahead) }.joined(separator: ", ")
    return "\(ahead) entries ahead: X (\(table)) is beyond \(near), far from the second cache (\(cache))"
  }

  private static func count(_ number: Int, _ what: String) -> String { "\(number) \(what)" + (number == 1 ? "" : "s") }

  // MARK: JSON

  var json: JSONValue {
    let strips: [JSONValue] = used.map {
      .object([
        "count": .integer($0.count), "vectors": .integer($0.vectors), "lanes": .integer($0.lanes),
        "ahead": .integer($0.ahead),
      ])
    }
    let partition: [JSONValue] = parts.map {
      .object(["rows": .integer($0.rows), "entries": .integer($0.entries), "work": .integer($0.work)])
    }
    return .object([
      "graph": .string(name), "rows": .integer(rows), "entries": .integer(entries), "emptyRows": .integer(emptyRows),
      "largestDegree": .integer(largestDegree), "width": .integer(width), "threads": .integer(plan.threads),
      "isa": .string(isa), "partition": .array(partition), "imbalance": .number(imbalance),
      "hubRows": .array(hubRows.map { .integer($0) }),
      "streamedBytes": .number(plan.streamed_bytes), "gatheredBytes": .number(plan.gathered_bytes),
      "writtenBytes": .number(plan.written_bytes), "tableBytes": .number(plan.table_bytes), "strips": .array(strips),
      "predictedSeconds": prediction.map { .number($0.total) } ?? .null,
      "measuredSeconds": measured.map { .number($0.median) } ?? .null,
    ])
  }
}
