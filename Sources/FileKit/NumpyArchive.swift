/// The arrays of an `.npz` file, decoded when they are asked for.
public struct NumpyArchive: Sendable {
  /// The file, as the caller named it.
  public var path: String { archive.path }
  /// Names of the arrays in file order, without `.npy`.
  public let names: [String]
  private let archive: ZipArchive

  /// Opens an `.npz` file, stored or deflated.
  public init(_ path: String) throws(FileError) { self.init(try ZipArchive(path)) }

  /// Opens an `.npz` file in memory; `path` names it in errors.
  public init(bytes: [UInt8], path: String) throws(FileError) { self.init(try ZipArchive(bytes: bytes, path: path)) }

  private init(_ archive: ZipArchive) {
    self.archive = archive
    names = archive.members.compactMap { $0.name.hasSuffix(".npy") ? String($0.name.dropLast(4)) : nil }
  }

  /// The array called `name`, or nil when there is none. Throws when it is damaged.
  public subscript(name: String) -> NumpyArray? {
    get throws(FileError) {
      guard let member = archive.member(name + ".npy") else { return nil }
      return try NumpyArray(
        bytes: archive.contents(of: member), source: FileSource(path).part("member", member.name))
    }
  }

  /// The array called `name`. Throws when it is damaged or missing; the error then lists the names that are there.
  public func array(_ name: String) throws(FileError) -> NumpyArray {
    guard let array = try self[name] else {
      throw FileError(path: path, "holds no array \"\(name.shortened())\", only \(quotedList(names))")
    }
    return array
  }

  /// Writes an `.npz` file of arrays in this order, stored like `numpy.savez` or deflated like
  /// `numpy.savez_compressed`.
  public static func write(
    _ arrays: [(name: String, array: NumpyArray)], to path: String, deflated: Bool = false
  ) throws(FileError) {
    try AtomicFile.write(to: path) { (output) throws(FileError) in
      let writer = ZipWriter(output, path: path)
      for (name, array) in arrays { try writer.add(name + ".npy", array.fileBytes(), deflated: deflated) }
      try writer.finish()
    }
  }
}
