/// The published node-classification sets that Gossamer knows by name, each with its manifest, sizes and twin.
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
}

extension NodeDatasetName {
  /// What is known of a set before its files are read, besides what its `manifest` says.
  public struct Entry: Sendable {
    /// One line: what nodes, edges, features and classes are.
    public let contents: String
    /// What a complete set holds, checked after reading.
    public let sizes: NodeDataset.Sizes
    /// Published share of edges within a class.
    public let homophily: Double?
    /// How the published files are read.
    public let format: Format
    /// Folders inside the data folder that are searched after `manifest.folder`; "" is the data folder itself.
    public let otherFolders: [String]
  }

  /// The form in which a set is published.
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
}
