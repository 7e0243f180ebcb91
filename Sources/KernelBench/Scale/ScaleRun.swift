import DataKit
import FileKit
import Foundation
import GradientGCN
import NeuralKit
import RunKit
import SparseKit
import TensorKit

/// What a large graph takes: each step's time and memory, from drawn edges to a propagation from disk.
struct ScaleRun {
  let name: String
  let kind: BenchGraph.RandomKind
  let nodes, edges: Int
  /// Bytes of the process that propagates from disk.
  let memory: Int
  /// Columns of the features on disk; nil for as many as make their file larger than `memory`.
  let width: Int?
  let hops: Int
  /// Where the files of the propagation lie, in a folder of their own.
  let folder: String
  /// Of `kernel-bench`; nil for the program that runs.
  var executable: String?
  let progress: ProgressLine

  /// Columns of the features on disk.
  var diskWidth: Int { width ?? (memory / (4 * nodes) / 16 + 1) * 16 }

  /// Shares of the steps in the whole time, roughly, for the time left.
  private enum Weight {
    static let edges = 1.0, build = 2.0, matrix = 0.5, narrow = 2.0, wide = 6.0, transpose = 1.0, epoch = 20.0
    static let files = 6.0, panels = 25.0, check = 8.0
    static let all = edges + build + matrix + narrow + wide + transpose + epoch + files + panels + check
  }

  func report() throws -> ScaleReport {
    let earlier = signal(SIGPIPE, SIG_IGN)  // a child that is gone shows at its output
    defer { signal(SIGPIPE, earlier) }
    return try Interruption.watching(notice: "Stopping after this step.\n") {
      try checkSpace()
      var steps = ScaleSteps(progress: progress, total: Weight.all)
      let (matrix, drawn) = try inMemory(&steps)
      let place = try TemporaryFolder.make("gossamer-scale-", in: folder)
      defer { try? FileManager.default.removeItem(atPath: place) }
      let disk = try onDisk(matrix, in: place, &steps)
      return ScaleReport(
        name: name, threads: Runtime.threads, nodes: nodes, drawn: edges, edges: drawn, memory: memory,
        width: diskWidth, hops: hops, steps: steps, disk: disk)
    }
  }

  /// From edges to a training epoch; gives the propagation matrix and the number of distinct edges.
  private func inMemory(_ steps: inout ScaleSteps) throws -> (SparseMatrix, edges: Int) {
    let rows = 8 * (nodes + 1)
    var list: EdgeList?, graph: Graph?, made: SparseMatrix?
    try steps.run("edges", Weight.edges, need: { 8 * edges }) { list = kind.draw(nodes: nodes, edges: edges) }
    try steps.run("CSR build", Weight.build, need: { 8 * edges + rows + 4 * graph!.edgeCount }) {
      graph = Graph(directed: list!)
    }
    list = nil
    let count = graph!.edgeCount
    try steps.run("normalised matrix", Weight.matrix, need: { rows + 4 * count + made!.productBytes }) {
      made = graph!.propagation()
    }
    graph = nil
    let matrix = made!, generator = RandomGenerator(seed: 1)
    for (width, weight) in [(16, Weight.narrow), (64, Weight.wide)] {
      let x = generator.uniform([nodes, width], in: -1..<1)
      try steps.run("SpMM, width \(width)", weight, times: 2, need: { matrix.productBytes + 8 * width * nodes }) {
        _ = spmm(matrix, x)
      }
    }
    let both = matrix.transposed.productBytes
    try steps.run("transpose", Weight.transpose, need: { both }) { matrix.transposed.prepare() }
    try epoch(matrix, bytes: both, generator, &steps)
    return (matrix, count)
  }

  /// Two training steps of a GCN 64-64-16. Most is needed where the first layer's gradients meet: of tables of 64
  /// columns X, the hidden layer and its gradient, of 16 columns that of the second layer's product; and the labels.
  private func epoch(
    _ matrix: SparseMatrix, bytes: Int, _ generator: RandomGenerator, _ steps: inout ScaleSteps
  ) throws {
    let x = generator.uniform([nodes, 64], in: -1..<1), nodes = nodes
    let labels = Tensor(shape: [nodes], dtype: .int32) {
      let ids = $0.bindMemory(to: Int32.self)
      for i in ids.indices { ids[i] = Int32(i & 15) }
    }
    let operators = GraphOperators(try Graph(adjacency: matrix.pattern), estimating: matrix)
    let model = GraphNetwork.gcn(
      widths: [64, 64, 16], dropout: 0, graph: operators, features: .dense(x), using: generator)
    let optimizer = Optimizer.adam(model, learningRate: 0.01)
    try steps.run(
      "GCN epoch 64-64-16", Weight.epoch, times: 2, need: { bytes + 4 * nodes + (3 * 64 + 16) * 4 * nodes }
    ) {
      let (_, gradients) = valueAndGradients(of: model) {
        meanCrossEntropy(model(.dense(x), operators), labels: labels)
      }
      optimizer.step(gradients)
    }
  }

  // MARK: From disk

  private func onDisk(_ matrix: SparseMatrix, in place: String, _ steps: inout ScaleSteps) throws -> ScaleReport.Disk {
    try steps.run("files written", Weight.files, need: { matrix.transposed.productBytes }) {
      try matrix.pattern.write(to: place)
      try writeFeatures(to: ScalePanels.features(place))
    }
    Runtime.trimMemory()
    let child = ScaleChild(executable: executable, folder: place, hops: hops, memory: memory, threads: Runtime.threads)
    let result = try steps.during("propagation from disk", Weight.panels) { try child.run(progress: $0) }
    let (seconds, columns) = try steps.during("comparison with memory", Weight.check) { _ in
      try compare(matrix, place)
    }
    return ScaleReport.Disk(child: result, inMemorySeconds: seconds, comparedColumns: columns)
  }

  private func writeFeatures(to path: String) throws {
    let output = try NumpyMatrixOutput(path, rows: nodes, columns: diskWidth), generator = RandomGenerator(seed: 2)
    let block = max(1, (16 << 20) / (4 * diskWidth))
    for first in stride(from: 0, to: nodes, by: block) {
      if Interruption.isRequested { throw Interrupted() }
      let rows = generator.uniform([min(block, nodes - first), diskWidth], in: -1..<1)
      try rows.withUnsafeBytes { (bytes) throws in try output.write(rowsFrom: first, bytes) }
    }
    try output.commit()
  }

  /// Products in memory of all columns where three tables of them fit half of it, else of three times sixteen; their
  /// seconds and the number of columns that were compared. Throws when a bit differs.
  private func compare(_ matrix: SparseMatrix, _ place: String) throws -> (seconds: Double, columns: Int) {
    let most = Int(Machine.current.memory) / 2 - matrix.productBytes, width = diskWidth
    // As narrow as panels may be to have the bits of the whole.
    let part = min(width, 16), middle = (width - part) / 2
    let panels =
      12 * nodes * width <= most
      ? [0..<width] : [0..<part, middle..<middle + part, width - part..<width]
    let inputs = try NumpyMatrixInput(ScalePanels.features(place))
    let results = try NumpyMatrixInput(ScalePanels.result(place))
    var seconds = 0.0
    for columns in panels {
      var table = try Tensor(shape: [nodes, columns.count], dtype: .float32) { try inputs.read(columns, into: $0) }
      let start = monotonicSeconds()
      for _ in 0..<hops {
        if Interruption.isRequested { throw Interrupted() }
        table = spmm(matrix, table)
      }
      seconds += monotonicSeconds() - start
      let found = try Tensor(shape: table.shape, dtype: .float32) { try results.read(columns, into: $0) }
      let difference = table.withUnsafeBytes { bytes in
        found.withUnsafeBytes { memcmp(bytes.baseAddress!, $0.baseAddress!, bytes.count) }
      }
      guard difference == 0 else {
        throw ScaleFailure("The propagation from disk has other bits than that in memory, in columns \(columns).")
      }
    }
    return (seconds, panels.reduce(0) { $0 + $1.count })
  }

  /// Throws unless there is room for features, result and pattern, and a hundredth more.
  private func checkSpace() throws {
    let bytes = 2 * 4 * nodes * diskWidth + 8 * nodes + 4 * (edges + nodes), need = bytes + bytes / 100
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else {
      throw UsageError("--folder \(folder): \(String(cString: strerror(errno))).")
    }
    let free = Int(status.f_bavail) * Int(status.f_frsize)
    guard free >= need else {
      throw UsageError(
        "--folder \(folder): \(Format.bytes(Double(free))) are free there, but the files of this run take "
          + "\(Format.bytes(Double(need))).")
    }
  }
}

/// The steps of a run with what they took.
struct ScaleSteps {
  struct Step: Equatable {
    let name: String
    /// Of each time that the step ran.
    let seconds: [Double]
    /// Most main memory in the step without what the program takes by itself, and what its inputs and results take, in
    /// bytes.
    let peak, need: Int
  }

  private(set) var steps: [Step] = []
  /// What the program takes by itself, in bytes.
  let base: Int
  /// Whether the system tells the peak of each step, not of the whole run.
  private(set) var peaksAreOwn = true
  private let progress: ProgressLine
  private let total: Double
  private var done = 0.0

  init(progress: ProgressLine, total: Double) {
    self.progress = progress
    self.total = total
    Runtime.trimMemory()
    base = ProcessMemory.resident
  }

  mutating func run(
    _ name: String, _ weight: Double, times: Int = 1, need: () -> Int, _ body: () throws -> Void
  ) throws {
    Runtime.trimMemory()  // what earlier steps left
    if !ProcessMemory.restartPeak() { peaksAreOwn = false }
    var seconds: [Double] = []
    for _ in 0..<times {
      try during(name, weight / Double(times)) { _ in
        let start = monotonicSeconds()
        try body()
        seconds.append(monotonicSeconds() - start)
      }
    }
    steps.append(Step(name: name, seconds: seconds, peak: max(0, ProcessMemory.peak - base), need: need()))
  }

  /// Runs what tells its own progress, as a share.
  mutating func during<Result>(
    _ name: String, _ weight: Double, _ body: ((Double) -> Void) throws -> Result
  ) throws -> Result {
    if Interruption.isRequested { throw Interrupted() }
    let (progress, total, done) = (progress, total, done)
    progress.update(name, fraction: done / total)
    defer { self.done += weight }
    return try body { progress.update(name, fraction: (done + weight * $0) / total) }
  }
}
