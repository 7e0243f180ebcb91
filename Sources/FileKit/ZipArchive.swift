// The zip format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

/// A zip archive in a file that stays open, or in memory. The central directory is checked when it is opened, each
/// member when it is decoded.
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
  private let input: FileInput
  private let directoryOffset: Int
  private let sizeLimit: Int
  private let indexOfName: [String: Int]

  /// Opens the archive at `path`. Throws when its directory is missing, damaged or names a member twice.
  public init(_ path: String, sizeLimit: Int = defaultSizeLimit) throws(FileError) {
    try self.init(FileInput(path), sizeLimit: sizeLimit)
  }

  /// Opens an archive in memory; `path` names it in errors.
  public init(bytes: [UInt8], path: String, sizeLimit: Int = defaultSizeLimit) throws(FileError) {
    try self.init(FileInput(bytes, path: path), sizeLimit: sizeLimit)
  }

  private init(_ input: FileInput, sizeLimit: Int) throws(FileError) {
    let source = FileSource(input.path)
    let end = try ZipDirectoryEnd(input, source: source)
    var reader = ByteReader(try input.bytes(end.directory), source: source, origin: end.directory.lowerBound)
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
    path = input.path
    self.members = members
    self.input = input
    self.sizeLimit = sizeLimit
    self.indexOfName = indexOfName
    directoryOffset = end.directory.lowerBound
  }

  /// The member called `name`, or nil.
  public func member(_ name: String) -> Member? { indexOfName[name].map { members[$0] } }

  /// The contents of a member, inflated and checked against its size and CRC-32.
  public func contents(of member: Member) throws(FileError) -> [UInt8] {
    var output: [UInt8] = []
    // A declared size may be a lie; what is compressed to it is there.
    output.reserveCapacity(min(member.size, 4 * member.compressedSize + 1 << 12))
    try readBlocks(of: member) { (block) throws(FileError) in
      output.append(contentsOf: block.assumingMemoryBound(to: UInt8.self))
    }
    return output
  }

  /// Hands out the contents of a member in order, inflated, in blocks that fit the cache. Only when it returns are they
  /// known to have their size and CRC-32.
  package func readBlocks(
    of member: Member, _ body: (UnsafeRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    let source = FileSource(path).part("member", member.name)
    guard member.flags & 1 == 0 else { throw source.error("is encrypted, which is not read") }
    guard member.size <= sizeLimit else {
      throw source.error("declares \(member.size) bytes, expected at most \(sizeLimit)")
    }
    let range = try dataRange(of: member, source: source)
    var crc: UInt32 = 0
    func take(_ block: UnsafeRawBufferPointer) throws(FileError) {
      crc = Deflate.crc32(block, after: crc)
      try body(block)
    }
    switch member.method {
    case 0:
      guard member.size == member.compressedSize else {
        throw source.error("is stored, but declares \(member.size) bytes in \(member.compressedSize)")
      }
      try input.readBlocks(range, take)
    case 8:
      guard member.size / Deflate.largestRatio <= member.compressedSize else {
        throw source.error("declares \(member.size) bytes, more than \(member.compressedSize) deflated bytes can hold")
      }
      try inflateBlocks(of: member, range, source: source, take)
    default:
      throw source.error(
        "is compressed by method \(member.method)\(Self.methodName(member.method)), "
          + "expected stored (0) or deflated (8)")
    }
    guard crc == member.crc else {
      throw source.error("has CRC-32 \(hex(crc)), but the directory says \(hex(member.crc))")
    }
  }

  private func inflateBlocks(
    of member: Member, _ range: Range<Int>, source: FileSource,
    _ body: (UnsafeRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    guard let inflater = Deflate.Inflater(.raw) else { throw source.error(Deflate.Inflater.noMemory) }
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: FileInput.blockSize, alignment: 64)
    defer { room.deallocate() }
    var position = range.lowerBound, made = 0
    var isEnd = false
    try input.readBlocks(range) { (block) throws(FileError) in
      let end = position + block.count
      var isFull = false
      while !isEnd && (position < end || isFull) {
        let rest = UnsafeRawBufferPointer(rebasing: block.suffix(end - position))
        let step = inflater.step(rest, into: room)
        position += step.consumed
        made += step.made
        (isEnd, isFull) = (step.isEnd, step.isFull)
        guard made <= member.size else { throw source.error(at: position, Deflate.moreThan(member.size)) }
        if step.made > 0 { try body(UnsafeRawBufferPointer(rebasing: room[..<step.made])) }
        if let problem = step.problem { throw source.error(at: position, problem) }
      }
    }
    guard isEnd else { throw source.error(at: position, Deflate.endsEarly) }
    guard made == member.size else {
      throw source.error("inflates to \(made) bytes, but the directory says \(member.size)")
    }
    guard position == range.upperBound else {
      throw source.error(at: position, "the compressed data end before their declared size")
    }
  }

  /// Where the data of a member lie, past its local header.
  private func dataRange(of member: Member, source: FileSource) throws(FileError) -> Range<Int> {
    guard member.headerOffset <= directoryOffset else { throw source.error("is a member of another archive") }
    /// The next bytes of the header, or fewer where the directory begins.
    func reader(at place: Int, count: Int) throws(FileError) -> ByteReader {
      let end = min(place + count, directoryOffset)
      return ByteReader(try input.bytes(min(place, end)..<end), source: source, origin: place)
    }
    var fixed = try reader(at: member.headerOffset, count: 30)
    guard try fixed.integer(UInt32.self, "local header") == 0x0403_4b50 else {
      throw source.error(at: member.headerOffset, "expected a local header, PK\\3\\4")
    }
    _ = try fixed.take(22, "local header")
    let nameLength = Int(try fixed.integer(UInt16.self, "local header"))
    let extraLength = Int(try fixed.integer(UInt16.self, "local header"))
    var rest = try reader(at: fixed.place, count: nameLength + extraLength)
    let name = String(decoding: rest.bytes[try rest.take(nameLength, "member name")], as: UTF8.self)
    guard name == member.name else {
      throw source.error(at: member.headerOffset, "the local header names the member \"\(name.shortened())\"")
    }
    _ = try rest.take(extraLength, "extra fields")
    guard member.compressedSize <= directoryOffset - rest.place else {
      throw rest.error(
        "expected \(member.compressedSize) bytes of member data, but only \(directoryOffset - rest.place) follow")
    }
    return rest.place..<rest.place + member.compressedSize
  }

  private static func entry(_ reader: inout ByteReader, directoryStart: Int) throws(FileError) -> Member {
    let start = reader.place
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
    var fields = ByteReader(reader.bytes, source: source, range: extra, origin: reader.origin)
    while isLong && fields.remaining >= 4 {
      let tag = try fields.integer(UInt16.self, "extra field")
      let length = Int(try fields.integer(UInt16.self, "extra field"))
      let field = try fields.take(length, "extra field")
      guard tag == 1 else { continue }
      var long = ByteReader(reader.bytes, source: source, range: field, origin: reader.origin)
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

  init(_ input: FileInput, source: FileSource) throws(FileError) {
    // Room for the record, the longest comment behind it and the zip64 locator before it.
    let start = max(0, input.size - 20 - 22 - 0xffff)
    let tail = try input.bytes(start..<input.size)
    guard let found = Self.find(tail) else {
      throw source.error("is not a zip archive or is cut short: it holds no end-of-directory record, PK\\5\\6")
    }
    let end = start + found
    var reader = ByteReader(tail, source: source, range: found + 4..<tail.count, origin: start)
    let disk = try reader.integer(UInt16.self, "end of directory")
    let directoryDisk = try reader.integer(UInt16.self, "end of directory")
    _ = try reader.take(2, "end of directory")
    var count = UInt64(try reader.integer(UInt16.self, "end of directory"))
    var size = UInt64(try reader.integer(UInt32.self, "end of directory"))
    var offset = UInt64(try reader.integer(UInt32.self, "end of directory"))
    var limit = end
    if count == 0xffff || size == 0xffff_ffff || offset == 0xffff_ffff, end >= 20 {
      var locator = ByteReader(tail, source: source, range: found - 20..<found, origin: start)
      if try locator.integer(UInt32.self, "zip64 locator") == 0x0706_4b50 {
        _ = try locator.take(4, "zip64 locator")
        let place = try locator.integer(UInt64.self, "zip64 locator")
        guard place <= end - 20 else {
          throw locator.error("the zip64 locator points to offset \(place), beyond itself")
        }
        limit = Int(place)
        var long = ByteReader(
          try input.bytes(limit..<min(limit + 56, end - 20)), source: source, origin: limit)
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
