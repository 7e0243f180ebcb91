extension DataManifest {
  /// Every set that Gossamer knows an address for.
  public static let all: [DataManifest] = NodeDatasetName.allCases.map(\.manifest)

  /// The manifest of the set that `text` names as options do; nil when it names none.
  public static func named(_ text: String) -> DataManifest? { NodeDatasetName(text)?.manifest }
}

extension NodeDatasetName {
  /// The set's licence, source and published files.
  ///
  /// Addresses on GitHub name a commit wherever the commit that holds the files is known, so what they give cannot
  /// change. Sizes and hashes stand only where they were taken from the published bytes.
  public var manifest: DataManifest {
    switch self {
    case .cora: planetoid(Self.coraHashes)
    case .citeseer: planetoid(Self.citeseerHashes)
    case .pubmed: planetoid("")
    case .coraML:
      single(
        "cora_ml", in: "data", of: "abojchevski/graph2gauss", commit: "master",
        licence: "MIT (repository); data free for research", archiveFolder: "graphs")
    case .cornell, .texas, .wisconsin, .chameleon, .squirrel: geomGCN(rawValue)
    case .actor: geomGCN("film")
    case .cornellYandex: yandex("cornell")
    case .chameleonFiltered, .squirrelFiltered, .minesweeper, .tolokers: yandex(rawValue)
    case .amazonPhoto: benchmark("amazon_electronics_photo")
    case .amazonComputers: benchmark("amazon_electronics_computers")
    case .coauthorCS: benchmark("ms_academic_cs")
    case .coauthorPhysics: benchmark("ms_academic_phy")
    case .arxiv: ogb(split: "time", licence: "ODC-BY")
    case .products: ogb(split: "sales_ranking", licence: "Amazon licence")
    }
  }

  private static let raw = "https://raw.githubusercontent.com/"

  // MARK: Planetoid

  /// `hashes` holds "bytes hash" for each of `PlanetoidFiles.parts` in order, or nothing.
  private func planetoid(_ hashes: String) -> DataManifest {
    let folder = "planetoid/original"
    let facts = hashes.split(separator: "\n").map { $0.split(separator: " ") }
    let files = PlanetoidFiles.parts.enumerated().map { index, part in
      let fact = facts.isEmpty ? nil : facts[index]
      return DataFile(
        path: "\(folder)/ind.\(rawValue).\(part)",
        address: Self.raw
          + "kimiyoung/planetoid/af6abf468a772cc055bec88c52e4d6f51b7c37e3/data/ind.\(rawValue).\(part)",
        bytes: fact.flatMap { Int($0[0]) }, sha256: fact.map { String($0[1]) })
    }
    return DataManifest(
      name: rawValue, licence: "MIT (repository); LINQS collections, free for research",
      source: "https://github.com/kimiyoung/planetoid/tree/master/data", folder: folder, files: files,
      archivePath: "planetoid/\(rawValue).npz")
  }

  private static let coraHashes = """
    22119 23cfa55d91c6f624233f5eb7b6e3f141f1bd2b2ae39608a63cf5d084bb27baab
    4054 94465c14eb53e04ca262198dcbb2521ee8af60fb3f3d546cd6ca24a511b0e7d1
    148025 b9afbaa4a400df991f6f02ef677e1e44da55ffc04801fd02f9e673987829226a
    28135 41f5ac76596a1699cc33f53084a2419e92961c42bb75f36fc38e616d348532ad
    257305 9419ba2f26f5c35243db64aba110e0f35a04851609e0dc5433450676ca6b8543
    47959 2b998f5cc7fedc86e7f97ca2498f47a1ffc1462c29e2d578b23bf3f62b6e7d71
    59847 58f13302f39dde8852dad6fe6d15b89b077b6d7f837626bce671ef80344b383d
    5000 297ce89af2b51a6a194181c7dbe1796c6a1cf9cd9349a88383b1b1e227867875
    """

  private static let citeseerHashes = """
    31087 d20de19150741e555de0ed037195630fc194114ebc7fd72ced62810148aa22f6
    3014 8ba87e515d8e3ee3cf52f6d2c5b86aa73f11ecad825a808455209ec26cd54924
    260321 539a8906a2da97628d212f2fdd668c109a8b3f0d36574b59e5d3fd5b5303da21
    24135 55e5bd1ba1e733a04598753ad1a8d57957f4b8f89e74519f41f4f4938767e4ce
    595021 2ac30345d95c9ec933a817ee0bdd6a5f077f8c184a20e696910192d534414668
    55623 f704b2d986dde6c2669934de1f3ae5696a6cf9455c0f6b2646a2d135ea0a1c95
    61987 d79a4ef9d3e7169aee8946145f6b7306e35bc79bffad26346cfb94e10e9912a7
    5000 2af990671580b6b2df5d158d1038f8292e30c9cd821b5453f399659b25b723d4
    """

  // MARK: Geom-GCN

  /// The files of the set that the source calls `name`, in the source's folders.
  private func geomGCN(_ name: String) -> DataManifest {
    let folder = "geom-gcn"
    let commit = "graphdml-uiuc-jlu/geom-gcn/f1fc0d14b3b019c562737240d06ec83b07d16a8f/"
    return DataManifest(
      name: rawValue, licence: "none stated, data for research",
      source: "https://github.com/graphdml-uiuc-jlu/geom-gcn", folder: folder,
      files: GeomGCNFiles.paths(of: name).map { DataFile(path: folder + "/" + $0, address: Self.raw + commit + $0) },
      archivePath: "heterophily/\(rawValue).npz")
  }

  // MARK: One npz each

  private func yandex(_ name: String) -> DataManifest {
    single(
      name, in: "data", of: "yandex-research/heterophilous-graphs",
      commit: "a431395582e929d88271309716bea4fe24ce6318", licence: "MIT", archiveFolder: "heterophily")
  }

  private func benchmark(_ name: String) -> DataManifest {
    single(
      name, in: "data/npz", of: "shchur/gnn-benchmark", commit: "master", licence: "MIT", archiveFolder: "graphs")
  }

  /// The one file `name.npz`, in the folders of its repository below the repository's own name.
  private func single(
    _ name: String, in path: String, of repository: String, commit: String, licence: String, archiveFolder: String
  ) -> DataManifest {
    let folder = repository.split(separator: "/")[1] + "/" + path
    return DataManifest(
      name: rawValue, licence: licence, source: "https://github.com/\(repository)/tree/master/\(path)",
      folder: folder,
      files: [
        DataFile(path: "\(folder)/\(name).npz", address: "\(Self.raw)\(repository)/\(commit)/\(path)/\(name).npz")
      ],
      archivePath: "\(archiveFolder)/\(rawValue).npz")
  }

  // MARK: Open Graph Benchmark

  private func ogb(split: String, licence: String) -> DataManifest {
    let folder = "ogb/\(rawValue)"
    return DataManifest(
      name: rawValue, licence: licence, source: "https://ogb.stanford.edu/docs/nodeprop/#ogbn-\(rawValue)",
      folder: folder,
      files: OGBFiles.paths(split: split).map { path in
        DataFile(
          path: "\(folder)/\(path)",
          address: "https://snap.stanford.edu/ogb/data/nodeproppred/\(rawValue).zip", member: "\(rawValue)/\(path)")
      })
  }
}
