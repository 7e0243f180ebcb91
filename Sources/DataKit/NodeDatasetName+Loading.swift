import FileKit
import Foundation

extension NodeDatasetName {
  /// Loads the set from the data folder and checks its sizes: from `entry.archive` in the folder or below it, else from
  /// the upstream files. Sets that come without a split (Amazon, Coauthor, Cora-ML upstream) get a random one as
  /// Shchur et al. (2018) draw it: 20 nodes a class to train on, 30 a class to choose by, the rest to measure.
  ///
  /// Throws when there is no such folder or no such file, when a file is damaged, and when the set is not complete.
  /// Never downloads.
  public func load(from folder: String) throws(FileError) -> NodeDataset {
    let entry = entry
    let remedy = "the files come from \(entry.source), and --dataset \(twinName) needs none"
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw FileError(path: folder, "is no folder, expected one with the files of \(rawValue); \(remedy)")
    }
    let base = folder.hasSuffix("/") ? folder : folder + "/"
    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    if let archive = entry.archive {
      let places = [base + archive, base + (archive.split(separator: "/").last ?? "")]
      if let path = places.first(where: exists) {
        return try NodeDataset(npz: path, name: rawValue).verified(entry.sizes, path: path)
      }
    }
    let upstream = entry.upstream
    let places = ([upstream.folder] + upstream.otherFolders).map { $0.isEmpty ? base : base + $0 + "/" }
    for place in places {
      let missing = upstream.files.filter { !exists(place + $0) }
      if missing.isEmpty {
        return try loadUpstream(in: place).verified(entry.sizes, path: place + upstream.files[0])
      }
      if missing.count < upstream.files.count {
        throw FileError(
          path: place + missing[0],
          "is missing beside the other files of \(rawValue) (missing in all: \(missing.joined(separator: ", "))); "
            + remedy)
      }
    }
    let looked = [entry.archive, upstream.folder + "/" + upstream.pattern].compactMap { $0 }
    throw FileError(
      path: folder, "holds no files of \(rawValue), expected \(looked.joined(separator: ", or ")); \(remedy)")
  }

  /// Loads the set from a folder given as a file URL.
  public func load(from folder: URL) throws(FileError) -> NodeDataset { try load(from: folder.path) }

  /// Reads the upstream files below `place`, which ends with a slash.
  private func loadUpstream(in place: String) throws(FileError) -> NodeDataset {
    let upstream = entry.upstream
    switch upstream.format {
    case .planetoid: return try PlanetoidFiles(name: rawValue, prefix: place + "ind.\(rawValue).").dataset()
    case .geomGCN: return try GeomGCNFiles(name: rawValue, paths: upstream.files.map { place + $0 }).dataset()
    case .ogb: return try OGBFiles(name: rawValue, paths: upstream.files.map { place + $0 }).dataset()
    case .archive:
      let dataset = try NodeDataset(npz: place + upstream.files[0], name: rawValue)
      guard dataset.splits.isEmpty else { return dataset }
      return try dataset.with(splits: [dataset.randomSplit(perClass: 20, validationPerClass: 30, seed: 0)])
    }
  }
}
