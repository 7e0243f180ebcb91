import FileKit
import Foundation
import Testing

/// The sentence of the file error that `body` throws, or nil when it succeeds.
func sentence(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return error is FileError ? "\(error)" : "not a FileError: \(error)"
  }
}

func bytes(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

/// A small generator with a fixed seed, so that every run tries the same cases.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

extension [UInt8] {
  /// Replaces the first occurrence of `text`, which must be there.
  func replacing(_ text: String, by replacement: String) -> [UInt8] {
    let data = Data(self)
    guard let range = data.range(of: Data(text.utf8)) else { fatalError("the fixture does not hold \(text)") }
    var copy = data
    copy.replaceSubrange(range, with: Data(replacement.utf8))
    return Array(copy)
  }
}

/// Bytes from hexadecimal digits, blanks ignored.
func hex(_ text: String) -> [UInt8] {
  let digits = text.filter { !$0.isWhitespace }
  return stride(from: 0, to: digits.count, by: 2).map { offset in
    let start = digits.index(digits.startIndex, offsetBy: offset)
    return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16)!
  }
}
