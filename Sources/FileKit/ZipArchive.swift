// The zip format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

/// A zip archive read from memory. The central directory is checked when it is opened, each member when it is decoded.
public struct ZipArchive: Sendable {
  /// One file of the archive.
  public struct Member: Sendable {
    public let name: String
    /// Bytes after inflating, as the directory declares them.
    public let size: Int
    public let compressedSize: Int
    internal let crc: UInt32
    internal let method: UInt16
    internal let flags: UInt16
    internal let headerOffset: Int
  }

  /// The largest size that one member may declare unless the caller says otherwise: 8 GiB.
  public static let defaultSizeLimit = 8 << 30

  /// The file, as the caller named it.
  public let path: String
  /// Members in the order of the central directory.
  public let members: [Member]
  private let bytes: [UInt8]
  private let directoryOffset: Int
  private let sizeLimit: Int
  private let indexOfName: [String: Int]

  /// Opens the archive at `path`. Throws when its directory is missing, damaged or names a member twice.
  public init(_ path: String, sizeLimit: Int = defaultSizeLimit) throws(FileError) {
    try self.init(bytes: FileBytes.read(path), path: path, sizeLimit: sizeLimit)
  }

  /// Opens an archive in memory; `path` names it in errors.
  public init(bytes: [UInt8], path: String, sizeLimit: Int = defaultSizeLimit) throws(FileError) {
    let source = FileSource(path)
    let end = try ZipDirectoryEnd(bytes, source: source)
    var reader = ByteReader(bytes, source: source, range: end.directory)
    var members: [Member] = []
    var indexOfName: [String: Int] = [:]
    for index in 0..<end.count {
      let member = try Self.entry(&reader, directoryStart: end.directory.lowerBound)
      guard indexOfName.updateValue(index, forKey: member.name) == nil else {
        throw source.error("the archive holds two members named \"\(member.name.shortened())\"")
      }
      members.append(member)
    }
    guard reader.remaining == 0 else {
      throw reader.error("\(reader.remaining) bytes follow the \(end.count) entries of the archive's directory")
    }
    self.path = path
    self.members = members
    self.bytes = bytes
    self.sizeLimit = sizeLimit
    self.indexOfName = indexOfName
    directoryOffset = end.directory.lowerBound
  }

  /// The member called `name`, or nil.
  public func member(_ name: String) -> Member? { indexOfName[name].map { members[$0] } }

  /// The contents of a member, inflated and checked against its size and CRC-32.
  public func contents(of member: Member) throws(FileError) -> [UInt8] {
    let source = FileSource(path).part("member", member.name)
    guard member.flags & 1 == 0 else { throw source.error("is encrypted, which is not read") }
    guard member.size <= sizeLimit else {
      throw source.error("declares \(member.size) bytes, expected at most \(sizeLimit)")
    }
    let range = try dataRange(of: member, source: source)
    let output: [UInt8]
    switch member.method {
    case 0:
      guard member.size == member.compressedSize else {
        throw source.error("is stored, but declares \(member.size) bytes in \(member.compressedSize)")
      }
      output = Array(bytes[range])
    case 8:
      guard member.size / Deflate.largestRatio <= member.compressedSize else {
        throw source.error("declares \(member.size) bytes, more than \(member.compressedSize) deflated bytes can hold")
      }
      output = try inflated(member, range, source: source)
    default:
      throw source.error(
        "is compressed by method \(member.method)\(Self.methodName(member.method)), "
          + "expected stored (0) or deflated (8)")
    }
    let crc = output.withUnsafeBytes { Deflate.crc32($0) }
    guard crc == member.crc else {
      throw source.error("has CRC-32 \(hex(crc)), but the directory says \(hex(member.crc))")
    }
    return output
  }

  private func inflated(_ member: Member, _ range: Range<Int>, source: FileSource) throws(FileError) -> [UInt8] {
    var output = Deflate.Output(limit: member.size)
    switch Deflate.inflate(bytes, in: range, wrapper: .raw, into: &output) {
    case .finished(let consumed):
      guard output.filled == member.size else {
        throw source.error("inflates to \(output.filled) bytes, but the directory says \(member.size)")
      }
      guard consumed == range.count else {
        throw source.error(at: range.lowerBound + consumed, "the compressed data end before their declared size")
      }
      return output.finished()
    case .failed(let offset, let problem): throw source.error(at: offset, problem)
    }
  }

  /// Where the data of a member lie, past its local header.
  private func dataRange(of member: Member, source: FileSource) throws(FileError) -> Range<Int> {
    guard member.headerOffset <= directoryOffset else { throw source.error("is a member of another archive") }
    var reader = ByteReader(bytes, source: source, range: member.headerOffset..<directoryOffset)
    guard try reader.integer(UInt32.self, "local header") == 0x0403_4b50 else {
      throw source.error(at: member.headerOffset, "expected a local header, PK\\3\\4")
    }
    _ = try reader.take(22, "local header")
    let nameLength = Int(try reader.integer(UInt16.self, "local header"))
    let extraLength = Int(try reader.integer(UInt16.self, "local header"))
    let name = String(decoding: bytes[try reader.take(nameLength, "member name")], as: UTF8.self)
    guard name == member.name else {
      throw source.error(at: member.headerOffset, "the local header names the member \"\(name.shortened())\"")
    }
    _ = try reader.take(extraLength, "extra fields")
    return try reader.take(member.compressedSize, "member data")
  }

  private static func entry(_ reader: inout ByteReader, directoryStart: Int) throws(FileError) -> Member {
    let start = reader.offset
    guard try reader.integer(UInt32.self, "directory entry") == 0x0201_4b50 else {
      throw reader.source.error(at: start, "expected a directory entry, PK\\1\\2")
    }
    _ = try reader.take(4, "directory entry")
    let flags = try reader.integer(UInt16.self, "directory entry")
    let method = try reader.integer(UInt16.self, "directory entry")
    _ = try reader.take(4, "directory entry")
    let crc = try reader.integer(UInt32.self, "directory entry")
    var compressedSize = UInt64(try reader.integer(UInt32.self, "directory entry"))
    var size = UInt64(try reader.integer(UInt32.self, "directory entry"))
    let nameLength = Int(try reader.integer(UInt16.self, "directory entry"))
    let extraLength = Int(try reader.integer(UInt16.self, "directory entry"))
    let commentLength = Int(try reader.integer(UInt16.self, "directory entry"))
    _ = try reader.take(8, "directory entry")
    var offset = UInt64(try reader.integer(UInt32.self, "directory entry"))
    let name = String(decoding: reader.bytes[try reader.take(nameLength, "member name")], as: UTF8.self)
    let extra = try reader.take(extraLength, "extra fields")
    _ = try reader.take(commentLength, "member comment")

    let source = reader.source.part("member", name)
    // Sizes that do not fit 32 bits stand in the zip64 field, in this order and only where the short field is full.
    let isLong = [size, compressedSize, offset].contains(0xffff_ffff)
    var fields = ByteReader(reader.bytes, source: source, range: extra)
    while isLong && fields.remaining >= 4 {
      let tag = try fields.integer(UInt16.self, "extra field")
      let length = Int(try fields.integer(UInt16.self, "extra field"))
      let field = try fields.take(length, "extra field")
      guard tag == 1 else { continue }
      var long = ByteReader(reader.bytes, source: source, range: field)
      if size == 0xffff_ffff { size = try long.integer(UInt64.self, "zip64 size") }
      if compressedSize == 0xffff_ffff { compressedSize = try long.integer(UInt64.self, "zip64 size") }
      if offset == 0xffff_ffff { offset = try long.integer(UInt64.self, "zip64 offset") }
      break
    }
    guard offset < directoryStart else {
      throw source.error(at: start, "the directory places it at offset \(offset), beyond the members")
    }
    guard compressedSize <= directoryStart - Int(offset) else {
      throw source.error(at: start, "the directory says \(compressedSize) bytes, more than the archive holds")
    }
    guard let exactSize = Int(exactly: size) else {
      throw source.error(at: start, "the directory says \(size) bytes, more than memory")
    }
    return Member(
      name: name, size: exactSize, compressedSize: Int(compressedSize), crc: crc, method: method, flags: flags,
      headerOffset: Int(offset))
  }

  private static func methodName(_ method: UInt16) -> String {
    switch method {
    case 1: " (shrunk)"
    case 6: " (imploded)"
    case 9: " (Deflate64)"
    case 12: " (bzip2)"
    case 14: " (LZMA)"
    case 93: " (Zstandard)"
    case 95: " (XZ)"
    case 99: " (AES encryption)"
    default: ""
    }
  }

  private func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}

/// The record at the end of a zip archive that says where its directory lies.
private struct ZipDirectoryEnd {
  let count: Int
  let directory: Range<Int>

  init(_ bytes: [UInt8], source: FileSource) throws(FileError) {
    guard let end = Self.find(bytes) else {
      throw source.error("is not a zip archive or is cut short: it holds no end-of-directory record, PK\\5\\6")
    }
    var reader = ByteReader(bytes, source: source, range: end + 4..<bytes.count)
    let disk = try reader.integer(UInt16.self, "end of directory")
    let directoryDisk = try reader.integer(UInt16.self, "end of directory")
    _ = try reader.take(2, "end of directory")
    var count = UInt64(try reader.integer(UInt16.self, "end of directory"))
    var size = UInt64(try reader.integer(UInt32.self, "end of directory"))
    var offset = UInt64(try reader.integer(UInt32.self, "end of directory"))
    var limit = end
    if count == 0xffff || size == 0xffff_ffff || offset == 0xffff_ffff, end >= 20 {
      var locator = ByteReader(bytes, source: source, range: end - 20..<end)
      if try locator.integer(UInt32.self, "zip64 locator") == 0x0706_4b50 {
        _ = try locator.take(4, "zip64 locator")
        let place = try locator.integer(UInt64.self, "zip64 locator")
        guard place <= end - 20 else {
          throw locator.error("the zip64 locator points to offset \(place), beyond itself")
        }
        limit = Int(place)
        var long = ByteReader(bytes, source: source, range: limit..<end - 20)
        guard try long.integer(UInt32.self, "zip64 end of directory") == 0x0606_4b50 else {
          throw source.error(at: limit, "expected a zip64 end-of-directory record, PK\\6\\6")
        }
        _ = try long.take(28, "zip64 end of directory")
        count = try long.integer(UInt64.self, "zip64 end of directory")
        size = try long.integer(UInt64.self, "zip64 end of directory")
        offset = try long.integer(UInt64.self, "zip64 end of directory")
      }
    } else if disk != 0 || directoryDisk != 0 {
      throw source.error(at: end, "the archive is split over several disks, which is not read")
    }
    guard offset <= limit, size <= limit - Int(offset) else {
      throw source.error(
        at: end, "the directory of \(size) bytes at offset \(offset) does not fit before its end record")
    }
    // An entry takes at least 46 bytes, which bounds the count by the file's own size.
    guard count <= size / 46 else {
      throw source.error(at: end, "the end record counts \(count) members, but their directory has only \(size) bytes")
    }
    self.count = Int(count)
    directory = Int(offset)..<Int(offset) + Int(size)
  }

  /// The last end record whose comment fits the file. A comment is at most 65,535 bytes long.
  private static func find(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 22 else { return nil }
    let first = max(0, bytes.count - 22 - 0xffff)
    for place in stride(from: bytes.count - 22, through: first, by: -1)
    where bytes[place] == 0x50 && bytes[place + 1] == 0x4b && bytes[place + 2] == 5 && bytes[place + 3] == 6 {
      let comment = Int(bytes[place + 20]) | Int(bytes[place + 21]) << 8
      if place + 22 + comment <= bytes.count { return place }
    }
    return nil
  }
}
