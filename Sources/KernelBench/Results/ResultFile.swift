import Foundation
import RunKit

/// One line of a saved run. Times are in seconds.
struct ResultRow: Codable, Equatable {
  var family, kernel, shape: String
  var dtype: ElementType
  var isa: String
  var threads: Int
  var median, min, flops, bytes: Double
  /// Share of the roofline, null where none applies.
  var rooflineShare: Double?

  /// What makes a row comparable with another.
  var key: [String] { [family, kernel, shape, dtype.rawValue, isa, String(threads)] }

  var json: JSONValue {
    .object([
      "family": .string(family), "kernel": .string(kernel), "shape": .string(shape), "dtype": .string(dtype.rawValue),
      "isa": .string(isa), "threads": .integer(threads), "median": .number(median), "min": .number(min),
      "flops": .number(flops), "bytes": .number(bytes),
      "rooflineShare": rooflineShare.map(JSONValue.number) ?? .null,
    ])
  }
}

/// A saved run: a list of rows, those of the machine (family "machine") first.
enum ResultFile {
  static let machineFamily = "machine"

  static func text(_ rows: [ResultRow]) -> String {
    "[\n" + rows.map { "  " + $0.json.text() }.joined(separator: ",\n") + "\n]\n"
  }

  /// Writes under a temporary name beside the file, syncs and renames.
  static func write(_ rows: [ResultRow], to path: String) throws {
    let target = URL(fileURLWithPath: path)
    let temporary = target.deletingLastPathComponent()
      .appendingPathComponent(".\(target.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).tmp")
    do {
      try Data(text(rows).utf8).write(to: temporary)
      let handle = try FileHandle(forWritingTo: temporary)
      try handle.synchronize()
      try handle.close()
      guard rename(temporary.path, target.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    } catch {
      try? FileManager.default.removeItem(at: temporary)
      throw OutputError("\(path): the results cannot be written: \(Self.sentence(error))")
    }
  }

  /// Whether results can be written there, asked before the measurements.
  static func checkWritable(_ path: String) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw UsageError("--json \(path): the folder \(folder) does not exist.")
    }
    guard FileManager.default.isWritableFile(atPath: folder) else {
      throw UsageError("--json \(path): the folder \(folder) cannot be written.")
    }
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw UsageError("--json \(path): this is a folder, expected a file name.")
    }
  }

  static func read(_ path: String) throws -> [ResultRow] {
    guard FileManager.default.fileExists(atPath: path) else {
      throw ResultFileError("\(path): there is no such file, expected results as --json writes them.")
    }
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw ResultFileError("\(path): cannot be read: \(sentence(error))")
    }
    let expected = "expected a list of results as --json writes it"
    do {
      let rows = try JSONDecoder().decode([ResultRow].self, from: data)
      for (index, row) in rows.enumerated() {
        let numbers = [row.median, row.min, row.flops, row.bytes, row.rooflineShare ?? 0]
        let isTimed = row.family == machineFamily || row.median > 0 || row.flops == 0
        guard isTimed, numbers.allSatisfy(\.isFinite) else {
          throw ResultFileError("\(path): row \(index): median \(row.median) is no time, expected seconds above 0.")
        }
      }
      return rows
    } catch let error as DecodingError {
      throw ResultFileError("\(path): \(place(error)); \(expected).")
    }
  }

  private static func place(_ error: DecodingError) -> String {
    func at(_ path: [any CodingKey]) -> String {
      let words = path.map { key in key.intValue.map { "row \($0)" } ?? "member \"\(key.stringValue)\"" }
      return words.isEmpty ? "the top level" : words.joined(separator: ", ")
    }
    switch error {
    case .keyNotFound(let key, let context):
      return "\(at(context.codingPath)): member \"\(key.stringValue)\" is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\(at(context.codingPath)): the value has the wrong type"
    case .dataCorrupted(let context):
      return context.codingPath.isEmpty ? "this is no JSON" : "\(at(context.codingPath)): \(context.debugDescription)"
    @unknown default: return "the rows cannot be read"
    }
  }

  private static func sentence(_ error: any Error) -> String {
    let text = (error as NSError).localizedDescription
    return text.hasSuffix(".") ? text : text + "."
  }
}

/// A saved run that cannot be used.
struct ResultFileError: RunError, Equatable {
  let description: String
  var status: RunStatus { .data }
  init(_ sentence: String) { description = sentence }
}
