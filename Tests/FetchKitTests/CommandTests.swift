import DataKit
import FileKit
import Foundation
import TestSupport
import Testing

@testable import FetchKit
@testable import RunKit
@testable import gossamer_data

@Suite struct DataCommandTests {
  /// Runs the command; its status and what it wrote, without the folder.
  private func run(_ arguments: [String], in folder: String) -> (status: RunStatus, output: String, error: String) {
    var output = "", error = ""
    let console = Console(writeOutput: { output += $0 }, writeError: { error += $0 })
    let status = GossamerDataCommand.status(of: arguments + ["--data", folder], on: console)
    return (
      status, output.replacingOccurrences(of: folder, with: "DIR"), error.replacingOccurrences(of: folder, with: "DIR")
    )
  }

  private func place(_ bytes: [UInt8], _ path: String, in folder: String) throws {
    let url = URL(fileURLWithPath: folder + "/" + path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try AtomicFile.write(bytes, to: url.path)
  }

  @Test func listOfAnEmptyFolder() throws {
    try withTemporaryFolder { folder in
      let (status, output, error) = run(["list"], in: folder)
      #expect(status == .done && error.isEmpty)
      let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count == DataManifest.all.count + 4)
      #expect(lines[0] == "set                 present  recorded  size  licence")
      #expect(
        lines[1]
          == "cora                    0/8         0     -  MIT (repository); LINQS collections, free for research")
      #expect(lines.suffix(2) == ["In DIR/", ""])
    }
  }

  @Test func listTellsWhatIsThere() throws {
    try withTemporaryFolder { folder in
      try place(body, "heterophilous-graphs/data/tolokers.npz", in: folder)
      try place([1], "heterophily/tolokers.npz", in: folder)
      try DataRecords.add(
        ["heterophilous-graphs/data/tolokers.npz": .init(bytes: body.count, sha256: bodyHash, address: "x")], in: folder
      )
      let (status, output, _) = run(["list", "tolokers"], in: folder)
      #expect(status == .done)
      #expect(
        output
          == "set         present  recorded    size  licence\n"
          + "tolokers  1/1 + npz         1  49\u{A0}KiB  MIT\n\nIn DIR/\n"
      )
      let json = run(["list", "tolokers", "--json"], in: folder).output
      #expect(json.contains("\"state\":\"recorded\"") && json.contains("\"npz\":\"heterophily/tolokers.npz\""))
    }
  }

  @Test(arguments: [("film", "actor"), ("ogbn-arxiv", "arxiv"), ("Cora-ML", "cora_ml"), ("photo", "amazon_photo")])
  func setsHaveOtherNames(_ alias: String, _ name: String) throws {
    try withTemporaryFolder { folder in
      let (status, output, _) = run(["list", alias, name], in: folder)
      let lines = output.split(separator: "\n")
      #expect(status == .done && lines.count == 3 && lines[1].hasPrefix(name + " "), "\(output)")
    }
  }

  @Test(arguments: [
    (["list", "nothing"], "There is no set \"nothing\"; expected cora, citeseer"),
    (["fetch"], "Name the sets to fetch, or give --all."),
    (["fetch", "cora", "--all"], "Name the sets to fetch, or give --all."),
    (["verify", "--nonsense"], "Unknown option '--nonsense'"),
  ])
  func usage(_ arguments: [String], sentence: String) throws {
    try withTemporaryFolder { folder in
      let (status, output, error) = run(arguments, in: folder)
      #expect(status == .usage && output.isEmpty && error.hasPrefix("Error: \(sentence)"), "\(error)")
    }
  }

  @Test func verifyNamesAFlippedBitWithBothHashes() throws {
    try withTemporaryFolder { folder in
      let path = "heterophilous-graphs/data/tolokers.npz"
      var flipped = body
      flipped[100] ^= 1
      try DataRecords.add([path: .init(bytes: body.count, sha256: bodyHash, address: "x")], in: folder)
      try place(body, path, in: folder)
      let right = run(["verify"], in: folder)
      #expect(right.status == .done && right.output == "tolokers: 1 verified\n" && right.error.isEmpty)
      try place(flipped, path, in: folder)
      let (status, output, error) = run(["verify", "tolokers"], in: folder)
      #expect(status == .data && output == "tolokers: 0 verified, 1 damaged\n")
      #expect(
        error
          == "Error: DIR/\(path): has SHA-256 \(SHA256.hexDigest(of: flipped)), expected \(bodyHash) as at its first "
          + "download\n")
    }
  }

  @Test func verifyOfWhatIsNotThere() throws {
    try withTemporaryFolder { folder in
      let (status, output, error) = run(["verify", "minesweeper"], in: folder)
      #expect(status == .data && output == "minesweeper: 0 verified, 1 missing\n")
      #expect(
        error.hasPrefix("Error: DIR/heterophilous-graphs/data/minesweeper.npz: is missing (no hash published, from "))
      let all = run(["verify"], in: folder)
      #expect(all.status == .done && all.output == "No files of a known set in DIR/\n")
      try place([1], "heterophilous-graphs/data/minesweeper.npz", in: folder)
      let unknown = run(["verify", "minesweeper"], in: folder)
      #expect(unknown.status == .done && unknown.output == "minesweeper: 0 verified, 1 with no hash to compare with\n")
    }
  }

  @Test(.needsData) func verifyOfRealFiles() throws {
    let (status, output, error) = run(["verify", "cora", "citeseer"], in: TestData.folder)
    #expect(status == .done && error.isEmpty && output == "cora: 8 verified\nciteseer: 8 verified\n")
  }

  // MARK: Fetch

  private func fetch(
    _ scene: Scene, _ sets: [DataManifest]? = nil, _ options: [String] = []
  ) throws -> (output: String, error: String) {
    var output = "", error = ""
    let console = Console(writeOutput: { output += $0 }, writeError: { error += $0 })
    let command = try #require(
      try GossamerDataCommand.parseAsRoot(["fetch", "cora", "--data", scene.root] + options) as? Fetch)
    do {
      try command.fetch(sets ?? [scene.manifest], quick(), console)
    } catch let problem as any RunError {
      error += "\(problem.status.rawValue) \(problem.description)"
    }
    return (output.replacingOccurrences(of: scene.root, with: "DIR"), error)
  }

  @Test func fetchTellsWhatItTrusts() throws {
    try withScene({ $0.index == 0 ? .status("503 Busy") : .whole(body) }) { scene in
      let (output, error) = try fetch(scene)
      #expect(
        output
          == "sample: fetched its file, 49\u{A0}KiB; without a published hash, trusted as it came and noted in "
          + "DIR/manifest.json\n")
      #expect(
        error
          == "file.bin: the server answers 503; trying again in 1 s\n".replacingOccurrences(
            of: "file.bin", with: "set/file.bin"))
      #expect(try fetch(scene).output == "sample: its file is there\n")
    }
  }

  @Test func terminalShowsBytesAndIsLeftClean() throws {
    try withScene({ _ in .whole(body) }) { scene in
      var error = ""
      let console = Console(
        writeOutput: { _ in }, writeError: { error += $0 }, errorIsTerminal: true, columns: 200)
      let command = try #require(
        try GossamerDataCommand.parseAsRoot(["fetch", "cora", "--data", scene.root]) as? Fetch)
      try command.fetch([scene.manifest], quick(), console)
      let erase = "\r\u{1B}[2K"
      #expect(error.hasPrefix(erase + "sample  file.bin  0\u{A0}B of 49\u{A0}KiB  ┄┄┄"))
      #expect(error.hasSuffix(erase))
    }
  }

  @Test func fetchEndsWithTheDataStatus() throws {
    try withScene({ _ in .status("404 Not Found") }) { scene in
      let (output, error) = try fetch(scene, nil, ["--quiet", "--json"])
      let sentence =
        "DIR/set/file.bin: cannot be fetched (no hash known) from \(scene.file.address): the server answers 404"
      #expect(output.hasPrefix("{\"folder\":\"DIR/\",\"sets\":[],\"problems\":[\"\(sentence)"), "\(output)")
      #expect(error.hasPrefix("3 " + sentence.replacingOccurrences(of: "DIR", with: scene.root)), "\(error)")
    }
  }

  @Test func jsonIsPrintedWhenTheFolderCannotBeWritten() throws {
    try withScene({ $0.path == "file.bin" ? .whole(body) : .status("404 Not Found") }) { scene in
      func set(_ name: String, _ path: String, _ address: String) -> DataManifest {
        DataManifest(
          name: name, licence: "none", source: "none",
          files: [DataFile(path: path, address: scene.server.address(address))])
      }
      try AtomicFile.write("in the way", to: scene.root + "/full")
      let sets = [
        scene.manifest, set("lacking", "a/x", "lacking"), set("full", "full/x", "file.bin"),
        set("after", "b/x", "file.bin"),
      ]
      let (output, error) = try fetch(scene, sets, ["--quiet", "--json"])
      #expect(
        output.hasPrefix(
          "{\"folder\":\"DIR/\",\"sets\":[{\"name\":\"sample\",\"fetched\":[{\"path\":\"set/file.bin\","),
        "\(output)")
      #expect(output.contains("],\"problems\":[\"DIR/a/x: cannot be fetched"), "\(output)")
      #expect(output.contains("\"DIR/full: the folder cannot be made: "), "\(output)")
      #expect(!output.contains("after") && !output.contains("DIR/b/x"))
      #expect(error.hasPrefix("\(RunStatus.failed.rawValue) ") && error.contains("a/x: "), "\(error)")
      #expect(error.contains("\nError: "), "\(error)")
    }
  }

  /// The bar begins where the download goes on, and the server then sends the whole file anew.
  @Test func terminalOutlivesADownloadThatStartsOver() throws {
    try withScene({ request in
      request.index == 0
        ? .raw(
          Answer.head("206 Partial Content", ["Content-Length: 30000", "Content-Range: bytes 20000-49999/50000"]),
          .send(Array(body[20_000..<30_000])))
        : .whole(body)
    }) { scene in
      try scene.placePart(Array(body[..<20_000]), validator: "\"one\"")
      var error = ""
      let console = Console(writeOutput: { _ in }, writeError: { error += $0 }, errorIsTerminal: true, columns: 200)
      let command = try #require(
        try GossamerDataCommand.parseAsRoot(["fetch", "cora", "--data", scene.root]) as? Fetch)
      try command.fetch([scene.manifest], quick(), console)
      #expect(error.contains("sample  file.bin  20\u{A0}KiB of 49\u{A0}KiB  ┄┄┄"), "\(error)")
      #expect(error.contains("sample  file.bin  0\u{A0}B of 49\u{A0}KiB  ┄┄┄"), "\(error)")
      #expect(scene.fileIsRight)
    }
  }

  @Test func statusesOfFetchErrors() {
    #expect(FetchError.unavailable(FileError(path: "a", "b")).status == .data)
    #expect(FetchError.storage(FileError(path: "a", "b")).status == .failed)
    #expect(FetchError.cancelled(path: "a", kept: 0).status == .interrupted)
  }
}
