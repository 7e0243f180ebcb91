extension NodeDatasetName {
  /// What is known of the set.
  public var entry: Entry {
    switch self {
    case .cora: planetoid("papers on machine learning, citations, binary words, 7 areas", 0.810)
    case .citeseer: planetoid("papers on computer science, citations, binary words, 6 areas", 0.736)
    case .pubmed: planetoid("papers on diabetes, citations, tf-idf of words, 3 kinds", 0.802)
    case .coraML:
      archive("papers on machine learning, citations, weighted words, 7 areas", 0.789, ["graph2gauss", "data", ""])
    case .cornell: geomGCN("web pages of a university, hyperlinks, binary words, 5 kinds", 0.296)
    case .texas: geomGCN("web pages of a university, hyperlinks, binary words, 5 kinds", 0.061)
    case .wisconsin: geomGCN("web pages of a university, hyperlinks, binary words, 5 kinds", nil)
    case .actor: geomGCN("actors, pages they share, binary words of their pages, 5 kinds", 0.217)
    case .chameleon: geomGCN("Wikipedia pages on chameleons, links, binary nouns, 5 levels of traffic", 0.230)
    case .squirrel: geomGCN("Wikipedia pages on squirrels, links, binary nouns, 5 levels of traffic", 0.222)
    case .cornellYandex:
      yandex("web pages of a university, hyperlinks, binary words, 5 kinds, relabelled", 0.123)
    case .chameleonFiltered: yandex("chameleon without its duplicate nodes", 0.236)
    case .squirrelFiltered: yandex("squirrel without its duplicate nodes", 0.207)
    case .minesweeper: yandex("cells of a grid, neighbours, one-hot counts of mines, mine or not", 0.683)
    case .tolokers: yandex("crowd workers, shared tasks, profile numbers, banned or not", 0.595)
    case .amazonPhoto: benchmark("products, bought together, binary words of reviews, 8 kinds", 0.827)
    case .amazonComputers: benchmark("products, bought together, binary words of reviews, 10 kinds", 0.777)
    case .coauthorCS: benchmark("authors, papers together, keyword counts, 15 fields", nil)
    case .coauthorPhysics: benchmark("authors, papers together, keyword counts, 5 fields", 0.931)
    case .arxiv: ogb("papers on computer science, citations, mean word vectors, 40 areas")
    case .products: ogb("products, bought together, principal components of words, 47 kinds")
    }
  }

  private var sizes: NodeDataset.Sizes {
    func known(
      _ nodes: Int, _ edges: Int?, _ features: Int, _ entries: Int?, _ classes: Int, _ split: [Int]
    ) -> NodeDataset.Sizes {
      .init(
        nodes: nodes, edges: edges, features: features, featureEntries: entries, classes: classes, split: split)
    }
    return switch self {
    case .cora: known(2708, 10556, 1433, 49216, 7, [140, 500, 1000])
    case .citeseer: known(3327, 9104, 3703, 105165, 6, [120, 500, 1000])
    case .pubmed: known(19717, 88648, 500, 988031, 3, [60, 500, 1000])
    case .coraML: known(2995, 16316, 2879, 151171, 7, [140, 210, 2645])
    case .cornell: known(183, 554, 1703, 15266, 5, [87, 59, 37])
    case .cornellYandex: known(183, 554, 1703, 17240, 5, [87, 59, 37])
    case .texas: known(183, 558, 1703, nil, 5, [87, 59, 37])
    case .wisconsin: known(251, 900, 1703, nil, 5, [120, 80, 51])
    case .actor: known(7600, 53318, 932, nil, 5, [3648, 2432, 1520])
    case .chameleon: known(2277, 62742, 2325, nil, 5, [1092, 729, 456])
    case .squirrel: known(5201, 396706, 2089, nil, 5, [2496, 1664, 1041])
    case .chameleonFiltered: known(890, 17708, 2325, 9903, 5, [409, 287, 194])
    case .squirrelFiltered: known(2223, 93996, 2089, 32481, 5, [1053, 718, 452])
    case .minesweeper: known(10000, 78804, 7, 70000, 2, [5000, 2500, 2500])
    case .tolokers: known(11758, 1_038_000, 10, 117580, 2, [5879, 2939, 2940])
    case .amazonPhoto: known(7650, 238162, 745, 1_979_909, 8, [160, 240, 7250])
    case .amazonComputers: known(13752, 491722, 767, 3_675_081, 10, [200, 300, 13252])
    case .coauthorCS: known(18333, 163788, 6805, nil, 15, [300, 450, 17583])
    case .coauthorPhysics: known(34493, 495924, 8415, 1_137_311, 5, [100, 150, 34243])
    case .arxiv: known(169343, 2_315_598, 128, 169343 * 128, 40, [90941, 29799, 48603])
    case .products: known(2_449_029, nil, 100, 244_902_900, 47, [196615, 39323, 2_213_091])
    }
  }

  // MARK: Families

  private func planetoid(_ contents: String, _ homophily: Double) -> Entry {
    entry(contents, homophily, .planetoid, ["planetoid", "original", ""])
  }

  private func geomGCN(_ contents: String, _ homophily: Double?) -> Entry {
    entry(contents, homophily, .geomGCN, [""])
  }

  private func yandex(_ contents: String, _ homophily: Double) -> Entry {
    archive(contents, homophily, ["heterophilous-graphs", "data", ""])
  }

  private func benchmark(_ contents: String, _ homophily: Double?) -> Entry {
    archive(contents, homophily, ["gnn-benchmark", "data/npz", ""])
  }

  private func archive(_ contents: String, _ homophily: Double?, _ otherFolders: [String]) -> Entry {
    entry(contents, homophily, .archive, otherFolders)
  }

  private func ogb(_ contents: String) -> Entry {
    entry(contents, nil, .ogb, ["ogb/ogbn_\(rawValue)", rawValue, "ogbn_\(rawValue)", ""])
  }

  private func entry(_ contents: String, _ homophily: Double?, _ format: Format, _ otherFolders: [String]) -> Entry {
    Entry(contents: contents, sizes: sizes, homophily: homophily, format: format, otherFolders: otherFolders)
  }
}
