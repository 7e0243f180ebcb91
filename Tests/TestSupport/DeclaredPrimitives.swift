import Foundation

/// Names of the types that the sources of a kit declare as primitives: what its registry of gradient checks must cover.
public func declaredPrimitives(in kit: String, from testFile: String) throws -> Set<String> {
  let root = URL(filePath: testFile).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  let folder = root.appending(path: "Sources").appending(path: kit)
  let declaration = /(?:struct|class) (\w+)[^{]*: (?:\w+, )*(?:Composed)?Primitive\b/
  let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
  return try files.filter { $0.pathExtension == "swift" }.reduce(into: []) { names, file in
    for match in try String(contentsOf: file, encoding: .utf8).matches(of: declaration) {
      names.insert(String(match.1))
    }
  }
}
