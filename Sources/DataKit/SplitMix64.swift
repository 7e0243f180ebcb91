/// A small generator for splits and twins. Their bits are part of what a seed promises, so neither the standard
/// library's algorithms, which may change, nor libm, which differs between machines, take part.
internal struct SplitMix64 {
  private var state: UInt64

  /// Streams of one seed are independent of each other, so that one part of a twin can change without the others.
  init(seed: UInt64, stream: UInt64 = 0) {
    state = seed
    state = next() ^ (stream &* 0xd1b5_4a32_d192_ed03)
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Uniform in 0..<limit; the bias of limit / 2^64 is far below what any sample shows.
  mutating func integer(below limit: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(limit)).high) }

  /// Uniform in 0..<1, with 53 bits.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  mutating func shuffle<Element>(_ elements: inout [Element]) {
    for i in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(i, integer(below: i + 1)) }
  }
}
