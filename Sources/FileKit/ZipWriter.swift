extension ZipArchive {
  /// Writes an archive of `members`, stored or deflated. Equal members give equal bytes: dates are fixed to 1980.
  public static func write(
    _ members: [(name: String, bytes: [UInt8])], to path: String, deflated: Bool = true
  ) throws(FileError) {
    try AtomicFile.write(to: path) { (output) throws(FileError) in
      let writer = ZipWriter(output, path: path)
      for member in members { try writer.add(member.name, member.bytes, deflated: deflated) }
      try writer.finish()
    }
  }
}

/// Writes a zip archive member by member.
internal final class ZipWriter {
  private let output: FileOutput
  private let path: String
  private var directory: [UInt8] = []
  private var names: Set<String> = []
  /// Sizes and offsets from here on are written as zip64.
  private let longFrom: Int

  internal init(_ output: FileOutput, path: String, longFrom: Int = 0xffff_ffff) {
    self.output = output
    self.path = path
    self.longFrom = longFrom
  }

  internal func add(_ name: String, _ bytes: [UInt8], deflated: Bool) throws(FileError) {
    let source = FileSource(path).part("member", name)
    guard names.insert(name).inserted else { throw source.error("is written twice") }
    guard !name.isEmpty, name.utf8.count <= 0xffff else { throw source.error("a name has 1 to 65535 bytes") }
    let crc = bytes.withUnsafeBytes { Deflate.crc32($0) }
    let data = deflated ? bytes.withUnsafeBytes { Deflate.compress($0, wrapper: .raw) } : bytes
    let offset = output.count
    let isLong = bytes.count >= longFrom || data.count >= longFrom || offset >= longFrom

    // Version 2.0 (4.5 for zip64), names in UTF-8, 1 January 1980.
    var common: [UInt8] = []
    common.append(little: isLong ? 45 : 20 as UInt16)
    common.append(little: (name.utf8.allSatisfy { $0 < 128 } ? 0 : 0x800) as UInt16)
    common.append(little: (deflated ? 8 : 0) as UInt16)
    common.append(little: 0 as UInt16)
    common.append(little: 0x21 as UInt16)
    common.append(little: crc)
    common.append(little: isLong ? 0xffff_ffff : UInt32(data.count))
    common.append(little: isLong ? 0xffff_ffff : UInt32(bytes.count))
    common.append(little: UInt16(name.utf8.count))

    var extra: [UInt8] = []
    if isLong {
      extra.append(little: 1 as UInt16)
      extra.append(little: 16 as UInt16)
      extra.append(little: UInt64(bytes.count))
      extra.append(little: UInt64(data.count))
    }
    var header: [UInt8] = []
    header.append(little: 0x0403_4b50 as UInt32)
    header += common
    header.append(little: UInt16(extra.count))
    header += name.utf8
    header += extra
    try output.write(header)
    try output.write(data)

    if isLong {
      extra[2] = 24
      extra.append(little: UInt64(offset))
    }
    directory.append(little: 0x0201_4b50 as UInt32)
    directory.append(little: (3 << 8 | (isLong ? 45 : 20)) as UInt16)
    directory += common
    directory.append(little: UInt16(extra.count))
    directory.append(little: 0 as UInt16)
    directory.append(little: 0 as UInt16)
    directory.append(little: 0 as UInt16)
    directory.append(little: 0o100644 << 16 as UInt32)
    directory.append(little: isLong ? 0xffff_ffff : UInt32(offset))
    directory += name.utf8
    directory += extra
  }

  internal func finish() throws(FileError) {
    let offset = output.count
    let isLong = offset >= longFrom || directory.count >= longFrom || names.count >= 0xffff
    try output.write(directory)
    var end: [UInt8] = []
    if isLong {
      end.append(little: 0x0606_4b50 as UInt32)
      end.append(little: 44 as UInt64)
      end.append(little: 3 << 8 | 45 as UInt16)
      end.append(little: 45 as UInt16)
      end.append(little: 0 as UInt64)
      end.append(little: UInt64(names.count))
      end.append(little: UInt64(names.count))
      end.append(little: UInt64(directory.count))
      end.append(little: UInt64(offset))
      end.append(little: 0x0706_4b50 as UInt32)
      end.append(little: 0 as UInt32)
      end.append(little: UInt64(offset + directory.count))
      end.append(little: 1 as UInt32)
    }
    end.append(little: 0x0605_4b50 as UInt32)
    end.append(little: 0 as UInt32)
    end.append(little: isLong ? 0xffff : UInt16(names.count))
    end.append(little: isLong ? 0xffff : UInt16(names.count))
    end.append(little: isLong ? 0xffff_ffff : UInt32(directory.count))
    end.append(little: isLong ? 0xffff_ffff : UInt32(offset))
    end.append(little: 0 as UInt16)
    try output.write(end)
  }
}

extension [UInt8] {
  /// Appends an integer, low byte first.
  internal mutating func append<Integer: FixedWidthInteger>(little value: Integer) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
