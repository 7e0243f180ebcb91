import DataKit
import SparseKit
import Synchronization

/// SpMM on graphs with the degrees of real ones, where the cases of the shared table are small or uniform. A graph is
/// made when its first bench is prepared and kept until a bench of another one is.
struct GraphBench: Bench {
  enum Source {
    case twin(NodeDatasetName)
    case random(BenchGraph.RandomKind, nodes: Int, edges: Int)

    var graph: Graph {
      switch self {
      case .twin(let name): GraphTwin.graph(like: name.twin)
      case .random(let kind, let nodes, let edges): kind.make(nodes: nodes, edges: edges)
      }
    }
    /// Whether the transposed product is another one.
    var isDirected: Bool { if case .random = self { true } else { false } }
  }

  let family = "graphs"
  let kernel: String
  let shape: String
  let isQuick: Bool
  private let name: String
  private let source: Source
  private let isTransposed: Bool
  private let width: Int

  static var all: [any Bench] {
    let graphs: [(name: String, source: Source, isQuick: Bool)] = [
      ("cora twin", .twin(.cora), true), ("pubmed twin", .twin(.pubmed), false),
      ("coauthor_physics twin", .twin(.coauthorPhysics), false),
      ("rmat 100k/1M", .random(.rmat, nodes: 100_000, edges: 1_000_000), true),
      ("uniform 100k/1M", .random(.uniform, nodes: 100_000, edges: 1_000_000), false),
      ("rmat 1M/10M", .random(.rmat, nodes: 1_000_000, edges: 10_000_000), false),
    ]
    var benches: [any Bench] = []
    for (name, source, isQuick) in graphs {
      for isTransposed in source.isDirected ? [false, true] : [false] {
        for width in [16, 64, 128, 256] {
          benches.append(
            GraphBench(name, source, isTransposed, width, isQuick: isQuick && width == 64 && !isTransposed))
        }
      }
    }
    return benches
  }

  private init(_ name: String, _ source: Source, _ isTransposed: Bool, _ width: Int, isQuick: Bool) {
    self.name = name
    self.source = source
    self.isTransposed = isTransposed
    self.width = width
    self.isQuick = isQuick
    kernel = isTransposed ? "spmm transposed" : "spmm"
    shape = "\(name), width \(width)"
  }

  var dtypes: [ElementType] { [.f32] }

  func prepare(_ dtype: ElementType) -> any Workload {
    let pattern = Self.kept.withLock { kept in
      if let kept, kept.name == name, kept.isTransposed == isTransposed { return kept.pattern }
      kept = nil
      let made = PatternArrays(source.graph.adjacency)
      let pattern = isTransposed ? made.transposed() : made
      kept = Kept(name: name, isTransposed: isTransposed, pattern: pattern)
      return pattern
    }
    return SpMMWorkload(pattern, width: width)
  }

  private struct Kept {
    let name: String
    let isTransposed: Bool
    let pattern: PatternArrays
  }
  private static let kept = Mutex<Kept?>(nil)
}
