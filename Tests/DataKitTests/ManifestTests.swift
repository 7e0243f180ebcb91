import DataKit
import FileKit
import Foundation
import TestSupport
import Testing

@Suite struct ManifestTests {
  @Test func manifestsAreSound() {
    let sets = DataManifest.all
    #expect(Set(sets.map(\.name)).count == sets.count)
    let files = sets.flatMap(\.files)
    #expect(Set(files.map(\.path)).count == files.count)
    for file in files {
      #expect(URL(string: file.address)?.scheme == "https")
      let parts = file.path.split(separator: "/", omittingEmptySubsequences: false)
      #expect(!parts.contains("") && !parts.contains("..") && !parts.contains("."))
      if let hash = file.sha256 { #expect(hash.count == 64 && hash.allSatisfy { "0123456789abcdef".contains($0) }) }
      #expect((file.sha256 == nil) == (file.bytes == nil))
    }
    for set in sets {
      #expect(!set.files.isEmpty && !set.licence.isEmpty && set.source.hasPrefix("https://"))
      #expect(set.files.allSatisfy { $0.path.hasPrefix(set.folder + "/") })
    }
  }

  @Test func setsOfTheCatalogue() {
    let counts = Dictionary(uniqueKeysWithValues: DataManifest.all.map { ($0.name, $0.files.count) })
    #expect(
      counts == [
        "cora": 8, "citeseer": 8, "pubmed": 8, "cornell": 12, "texas": 12, "wisconsin": 12, "actor": 12,
        "chameleon": 12, "squirrel": 12, "cornell_yandex": 1, "chameleon_filtered": 1, "squirrel_filtered": 1,
        "minesweeper": 1, "tolokers": 1, "amazon_photo": 1, "amazon_computers": 1, "coauthor_cs": 1,
        "coauthor_physics": 1, "cora_ml": 1, "arxiv": 7, "products": 7,
      ])
    #expect(DataManifest.named("OGBN-Arxiv")?.name == "arxiv" && DataManifest.named("cora-ml")?.name == "cora_ml")
    #expect(DataManifest.named("film")?.name == "actor" && DataManifest.named("ogbn_cora") == nil)
    #expect(DataManifest.named("no-such-set") == nil)
  }

  @Test func missingFileNamesHashAddressAndAlternatives() throws {
    let cora = try #require(DataManifest.named("cora"))
    #expect(
      cora.missing(in: "sets").description
        == "sets/planetoid/original/ind.cora.x: is missing (SHA-256 "
        + "23cfa55d91c6f624233f5eb7b6e3f141f1bd2b2ae39608a63cf5d084bb27baab, from https://raw.githubusercontent.com/"
        + "kimiyoung/planetoid/af6abf468a772cc055bec88c52e4d6f51b7c37e3/data/ind.cora.x); use --data DIR for a folder "
        + "that holds it, `gossamer-data fetch cora` to download it, or --dataset twin:cora, which needs no files")
    let arxiv = try #require(DataManifest.named("arxiv"))
    #expect(
      arxiv.missing(arxiv.files[1], in: "sets/").description
        == "sets/ogb/arxiv/raw/node-feat.csv.gz: is missing (no hash published, from member "
        + "\"arxiv/raw/node-feat.csv.gz\" of https://snap.stanford.edu/ogb/data/nodeproppred/arxiv.zip); use --data "
        + "DIR for a folder that holds it, `gossamer-data fetch arxiv` to download it, or --dataset twin:arxiv, which "
        + "needs no files")
  }

  @Test(.needsData) func publishedHashesHold() throws {
    let folder = DataFolder(TestData.folder)
    for name in ["cora", "citeseer"] {
      let set = try #require(DataManifest.named(name))
      for file in set.files {
        #expect(try folder.verify(file, DataRecords()) == .verified(bytes: try #require(file.bytes)))
      }
    }
  }

  @Test func verificationTellsWhatIsKnown() throws {
    try withTemporaryFolder { path in
      let folder = DataFolder(path)
      let hash = SHA256.hexDigest(of: [1, 2, 3])
      let published = DataFile(path: "a", address: "", bytes: 3, sha256: hash)
      let unpublished = DataFile(path: "a", address: "")
      #expect(try folder.verify(published, DataRecords()) == .missing)
      try AtomicFile.write([1, 2, 3], to: path + "/a")
      #expect(try folder.verify(published, DataRecords()) == .verified(bytes: 3))
      #expect(try folder.verify(unpublished, DataRecords()) == .unknown(sha256: hash, bytes: 3))
      try AtomicFile.write([1, 2, 3, 4], to: path + "/a")
      let found = SHA256.hexDigest(of: [1, 2, 3, 4])
      #expect(
        try folder.verify(published, DataRecords())
          == .damaged(
            FileError(
              path: path + "/a", "has SHA-256 \(found) (4 bytes), expected \(hash) (3 bytes) as published")))
    }
  }
}
