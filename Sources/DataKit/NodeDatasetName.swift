/// The published node-classification sets that Gossamer knows by name, each with its files, sizes, licence and twin.
public enum NodeDatasetName: String, CaseIterable, Sendable {
  case cora, citeseer, pubmed
  case coraML = "cora_ml"
  case cornell
  case cornellYandex = "cornell_yandex"
  case texas, wisconsin, actor, chameleon, squirrel
  case chameleonFiltered = "chameleon_filtered"
  case squirrelFiltered = "squirrel_filtered"
  case minesweeper, tolokers
  case amazonPhoto = "amazon_photo"
  case amazonComputers = "amazon_computers"
  case coauthorCS = "coauthor_cs"
  case coauthorPhysics = "coauthor_physics"
  case arxiv, products

  /// The set called `text`, in any case, with `-` for `_`, or by another name; nil when there is none.
  public init?(_ text: String) {
    let name = text.lowercased().split(separator: "-", omittingEmptySubsequences: false).joined(separator: "_")
    guard let found = Self.allCases.first(where: { $0.rawValue == name || $0.aliases.contains(name) }) else {
      return nil
    }
    self = found
  }

  /// Other names of the set.
  public var aliases: [String] {
    switch self {
    case .actor: ["film"]
    case .amazonPhoto: ["photo", "amazon_electronics_photo"]
    case .amazonComputers: ["computers", "amazon_electronics_computers"]
    case .coauthorCS: ["cs", "ms_academic_cs"]
    case .coauthorPhysics: ["physics", "ms_academic_phy"]
    case .arxiv: ["ogbn_arxiv"]
    case .products: ["ogbn_products"]
    default: []
    }
  }

  /// What `--dataset` calls the synthetic graph of this set's sizes, which needs no files.
  public var twinName: String { "twin:\(rawValue)" }
}

extension NodeDatasetName {
  /// What is known of a set before its files are read.
  public struct Entry: Sendable {
    /// One line: what nodes, edges, features and classes are.
    public let contents: String
    public let licence: String
    /// The public page of the files.
    public let source: String
    /// What a complete set holds, checked after reading.
    public let sizes: NodeDataset.Sizes
    /// Published share of edges within a class.
    public let homophily: Double?
    /// Path of the set as one `.npz` (see `NodeDataset.init(npz:name:)`) in the data folder, for most sets.
    public let archive: String?
    /// The files as they are published.
    public let upstream: Upstream
  }

  /// Published files of a set: where they belong in the data folder and how they are read.
  public struct Upstream: Sendable {
    public enum Format: Sendable, Equatable {
      /// `ind.<name>.*` of kimiyoung/planetoid.
      case planetoid
      /// `new_data/<name>` and `splits` of graphdml-uiuc-jlu/geom-gcn.
      case geomGCN
      /// One `.npz`, of yandex-research/heterophilous-graphs, shchur/gnn-benchmark or abojchevski/graph2gauss.
      case archive
      /// An unpacked archive of the Open Graph Benchmark.
      case ogb
    }
    public let format: Format
    /// Folder inside the data folder that the files belong in.
    public let folder: String
    /// Folders that are searched after it; "" is the data folder itself.
    public let otherFolders: [String]
    /// Paths below the folder; all of them are needed.
    public let files: [String]
    /// The files in one phrase, with braces around what varies.
    internal let pattern: String
  }

  /// The upstream files as paths inside the data folder.
  public var files: [String] { entry.upstream.files.map { entry.upstream.folder + "/" + $0 } }
}
