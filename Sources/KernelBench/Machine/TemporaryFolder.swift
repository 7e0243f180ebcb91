import Foundation
import RunKit

/// A folder for files that go with it.
enum TemporaryFolder {
  /// Makes a folder whose name begins with `prefix` in `place`.
  static func make(_ prefix: String, in place: String) throws -> String {
    var template = Array("\(place)/\(prefix)XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw OutputError("\(place): no temporary folder can be made there: \(String(cString: strerror(errno))).")
    }
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
