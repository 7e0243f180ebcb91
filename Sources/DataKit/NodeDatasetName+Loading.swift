import FileKit
import Foundation

extension NodeDatasetName {
  /// Loads the set from the data folder and checks its sizes: from `manifest.archivePath` in the folder or beside it,
  /// else from the published files. Sets that come without a split (Amazon, Coauthor, Cora-ML as published) get a
  /// random one as Shchur et al. (2018) draw it: 20 nodes a class to train on, 30 a class to choose by, the rest to
  /// measure. An archive of Gossamer's form may bring another one along; `splitOrigin` says which it is.
  ///
  /// Published files under 64 MiB must have the SHA-256 that upstream or `manifest.json` of the folder states;
  /// `gossamer-data verify` checks larger ones. Throws when a file is missing or damaged, and when the set is not
  /// complete. Never downloads.
  public func load(from folder: String) throws(FileError) -> NodeDataset {
    let folder = DataFolder(folder)
    let archives = archivePlaces.map { folder.path + $0 }
    if let path = archives.first(where: { FileBytes.size($0) != nil }) {
      return try dataset(npz: path).verified(entry.sizes, path: path)
    }
    let files = try publishedFiles(in: folder)
    try verify(files, in: folder)
    let paths = files.map { folder.path(of: $0) }
    return try dataset(readFrom: paths).verified(entry.sizes, path: paths[0])
  }

  /// Loads the set from a folder given as a file URL.
  public func load(from folder: URL) throws(FileError) -> NodeDataset { try load(from: folder.path) }

  /// Reads the published files, given in the order of the manifest.
  internal func dataset(readFrom paths: [String]) throws(FileError) -> NodeDataset {
    switch entry.format {
    case .planetoid: try PlanetoidFiles(name: rawValue, paths: paths).dataset()
    case .geomGCN: try GeomGCNFiles(name: rawValue, paths: paths).dataset()
    case .ogb: try OGBFiles(name: rawValue, paths: paths).dataset()
    case .archive: try dataset(npz: paths[0])
    }
  }

  private func dataset(npz path: String) throws(FileError) -> NodeDataset {
    let dataset = try NodeDataset(npz: path, name: rawValue)
    return dataset.splits.isEmpty ? try Self.drawingSplit(dataset) : dataset
  }

  /// Loads the set restricted to its largest connected component, the form in which Shchur et al. (2018) use Amazon's
  /// sets. Where no split is published it is drawn anew over the nodes that are left; published ones lose the others.
  public func loadLargestComponent(from folder: String) throws(FileError) -> NodeDataset {
    let whole = try load(from: folder)
    let part = try (hasPublishedSplit ? whole : whole.with(splits: [])).largestComponent()
    return hasPublishedSplit ? part : try Self.drawingSplit(part)
  }

  /// Whether the set is published with a split.
  internal var hasPublishedSplit: Bool {
    switch self {
    case .coraML, .amazonPhoto, .amazonComputers, .coauthorCS, .coauthorPhysics: false
    default: true
    }
  }

  private static func drawingSplit(_ dataset: NodeDataset) throws(FileError) -> NodeDataset {
    try dataset.with(
      splits: [dataset.randomSplit(perClass: 20, validationPerClass: 30, seed: 0)],
      origin: "drawn: 20 and 30 a class, seed 0")
  }

  // MARK: Places

  /// Where the set may lie as one `.npz` of Gossamer's form, inside the data folder.
  private var archivePlaces: [String] {
    guard let path = manifest.archivePath else { return [] }
    return [path] + path.split(separator: "/").suffix(1).map(String.init)
  }

  /// The published files where they all lie in the folder. Throws the sentence about a missing one.
  private func publishedFiles(in folder: DataFolder) throws(FileError) -> [DataFile] {
    let manifest = manifest
    let moved = entry.otherFolders.map { other in manifest.files.map { $0.moved(from: manifest.folder, to: other) } }
    let places = [manifest.files] + moved
    let missing = places.map { files in files.filter { folder.size(of: $0) == nil } }
    if let complete = missing.firstIndex(where: \.isEmpty) { return places[complete] }
    let all = manifest.files.count
    if let lacking = missing.first(where: { $0.count < all }) {
      throw manifest.missing(lacking[0], in: folder.path, ", beside \(all - lacking.count) of the set's \(all) files")
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
      throw manifest.missing(in: folder.path, ", as is the folder itself")
    }
    let others = moved.map { $0[0].path } + archivePlaces.filter { place in !moved.contains { $0[0].path == place } }
    let list = others.dropLast().joined(separator: ", ") + " and " + others[others.count - 1]
    throw manifest.missing(in: folder.path, ", and none of \(list) stands in for it")
  }

  /// Throws when a file that is quick to hash has another hash than is known of it.
  private func verify(_ files: [DataFile], in folder: DataFolder) throws(FileError) {
    let records = try DataRecords(folder: folder.path)
    for file in files {
      guard folder.expectation(of: file, records) != nil, folder.size(of: file) ?? 0 < 64 << 20 else { continue }
      if case .damaged(let error) = try folder.verify(file, records) { throw error }
    }
  }
}
