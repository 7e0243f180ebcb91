/// A small generator of words (Steele, Lea and Flood 2014) for splits, orders and seeds. Its bits are part of what a
/// seed promises, so neither the standard library's shuffles, which may change, nor libm, which differs between
/// machines, take part.
package struct SplitMix64: Sendable {
  private var state: UInt64

  package init(state: UInt64) { self.state = state }

  /// Streams of one seed are independent of each other, so that one part of what a seed makes can change without the
  /// others.
  package init(seed: UInt64, stream: UInt64 = 0) {
    state = seed
    state = next() ^ (stream &* 0xd1b5_4a32_d192_ed03)
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Uniform in 0..<limit, without bias (Lemire 2019). Traps when the limit is not positive.
  package mutating func integer(below limit: Int) -> Int {
    precondition(limit > 0, "integer(below:): the limit must be positive")
    let limit = UInt64(limit)
    var product = next().multipliedFullWidth(by: limit)
    if product.low < limit {
      let surplus = (0 &- limit) % limit
      while product.low < surplus { product = next().multipliedFullWidth(by: limit) }
    }
    return Int(product.high)
  }

  /// Uniform in 0..<1, with 53 bits.
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Puts the elements into random order (Fisher-Yates).
  package mutating func shuffle<Element>(_ elements: inout [Element]) {
    for i in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(i, integer(below: i + 1)) }
  }
}
