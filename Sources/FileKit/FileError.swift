import Foundation

/// What is wrong with a file: one sentence that names the file, the place in it and what was expected.
///
/// `cora.npz: member "x_data.npy", offset 42: the header says 49216 elements of |u1, but only 1000 bytes follow`
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible, LocalizedError {
  /// The file, as the caller named it.
  public let path: String
  /// The place inside the file (a member, an offset, a line, a key), or nothing when the file as a whole is meant.
  public let place: String?
  /// What was found and what was expected.
  public let problem: String

  public init(path: String, place: String? = nil, _ problem: String) {
    self.path = path
    self.place = place
    self.problem = problem
  }

  public var description: String {
    if let place { "\(path): \(place): \(problem)" } else { "\(path): \(problem)" }
  }
  public var errorDescription: String? { description }
}

/// Where bytes came from: the file and, inside an archive, the part of it. It words the place of an error.
package struct FileSource: Sendable {
  package var path: String
  package var part: String?

  package init(_ path: String, part: String? = nil) {
    self.path = path
    self.part = part
  }

  package func part(_ kind: String, _ name: String) -> FileSource {
    FileSource(path, part: "\(kind) \"\(name.shortened())\"")
  }

  package func error(_ problem: String) -> FileError { FileError(path: path, place: part, problem) }

  package func error(at offset: Int, _ problem: String) -> FileError {
    FileError(path: path, place: (part.map { "\($0), " } ?? "") + "offset \(offset)", problem)
  }

  package func error(line: Int, _ problem: String) -> FileError {
    FileError(path: path, place: (part.map { "\($0), " } ?? "") + "line \(line)", problem)
  }
}

extension String {
  /// The text on one line and cut to `limit` characters, fit to be quoted in an error.
  package func shortened(to limit: Int = 60) -> String {
    var result = ""
    var length = 0
    for scalar in unicodeScalars {
      if length == limit { return result + "..." }
      result += scalar.value < 32 || scalar.value == 127 ? "?" : String(scalar)
      length += 1
    }
    return result
  }
}

/// The names in quotes, at most `limit` of them: for errors that list what is there.
package func quotedList(_ names: some Collection<String>, limit: Int = 20) -> String {
  if names.isEmpty { return "nothing" }
  let shown = names.prefix(limit).map { "\"\($0.shortened())\"" }.joined(separator: ", ")
  return names.count > limit ? shown + " and \(names.count - limit) more" : shown
}
