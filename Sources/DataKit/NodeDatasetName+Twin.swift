extension NodeDatasetName {
  /// The synthetic graph of this set's sizes, class proportions, homophily and kind of split; see `GraphTwin`.
  public var twin: GraphTwin {
    let entry = entry, sizes = entry.sizes, classSizes = classSizes
    let homophily = entry.homophily ?? likelyHomophily
    let edges = sizes.edges.map { $0 / 2 } ?? 61_859_140
    // Topics must have room for the edges that stay within them.
    let degree = 2 * Double(edges) / Double(sizes.nodes)
    let room = Double(classSizes.sorted()[classSizes.count / 2]) / (8 * homophily * degree)
    return GraphTwin(
      name: manifest.twin, classSizes: classSizes, edgeCount: edges, features: twinFeatures(sizes),
      homophily: homophily,
      splits: twinSplits(sizes), topicsPerClass: max(1, Int(min(10, room))))
  }

  private func twinSplits(_ sizes: NodeDataset.Sizes) -> GraphTwin.Splits {
    guard hasPublishedSplit else { return .perClassEach(20, validation: 30) }
    switch self {
    case .cora, .citeseer, .pubmed: return .perClass(20, validation: sizes.split[1], test: sizes.split[2])
    default:
      let all = Double(sizes.split.reduce(0, +))
      return .shares(
        train: Double(sizes.split[0]) / all, validation: Double(sizes.split[1]) / all,
        count: self == .arxiv || self == .products ? 1 : 10)
    }
  }

  private func twinFeatures(_ sizes: NodeDataset.Sizes) -> GraphTwin.Features {
    switch self {
    case .minesweeper, .tolokers, .arxiv, .products: return .numbers(width: sizes.features)
    default:
      let mean = sizes.featureEntries.map { Double($0) / Double(sizes.nodes) } ?? likelyWords
      let most = min(Int(1.6 * mean), sizes.features / 2)
      return .words(count: sizes.features, perNode: max(1, min(Int(0.4 * mean), most))...max(1, most))
    }
  }

  /// Words of a node where the catalogue does not count them.
  private var likelyWords: Double {
    switch self {
    case .actor: 5.4
    case .chameleon: 12.8
    case .squirrel: 18
    case .coauthorCS: 60
    default: 83
    }
  }

  private var likelyHomophily: Double {
    switch self {
    case .wisconsin: 0.18
    case .arxiv: 0.65
    default: 0.8
    }
  }

  /// Nodes of each class. Those of arxiv are right within 20 nodes; those of products, which no source lists, fall as
  /// 1 / rank.
  private var classSizes: [Int] {
    switch self {
    case .cora: return [351, 217, 418, 818, 426, 298, 180]
    case .citeseer: return [264, 590, 668, 701, 596, 508]
    case .pubmed: return [4103, 7739, 7875]
    case .coraML: return [354, 402, 452, 442, 857, 193, 295]
    case .cornell, .texas: return [33, 1, 18, 101, 30]
    case .cornellYandex: return [38, 16, 30, 82, 17]
    case .wisconsin: return [10, 70, 118, 32, 21]
    case .actor: return [853, 1337, 1630, 1815, 1965]
    case .chameleon: return [456, 460, 453, 521, 387]
    case .squirrel: return [1042, 1040, 1039, 1040, 1040]
    case .chameleonFiltered: return [242, 134, 209, 164, 141]
    case .squirrelFiltered: return [756, 516, 397, 321, 233]
    case .minesweeper: return [8000, 2000]
    case .tolokers: return [9192, 2566]
    case .amazonPhoto: return [369, 1686, 703, 915, 882, 823, 1941, 331]
    case .amazonComputers: return [436, 2142, 1414, 542, 5158, 308, 487, 818, 2156, 291]
    case .coauthorCS: return [708, 462, 2050, 429, 1394, 2193, 371, 924, 775, 118, 1444, 2033, 420, 4136, 876]
    case .coauthorPhysics: return [5750, 5045, 17426, 2753, 3519]
    case .arxiv:
      return [
        565, 687, 4839, 2080, 5862, 4958, 1618, 589, 6232, 2820, 7869, 750, 29, 2358, 597, 403, 27341, 515, 749, 2877,
        2076, 393, 1903, 2834, 22187, 1257, 4605, 4801, 21406, 416, 11814, 2828, 411, 1271, 7867, 127, 3524, 2369, 1507,
        2009,
      ]
    case .products:
      let sizes = (1...47).map { 551_900 / $0 }
      return [sizes[0] + entry.sizes.nodes - sizes.reduce(0, +)] + sizes[1...]
    }
  }
}
