/// Sizes of a tensor's axes, at most six, stored inline: making one allocates nothing.
public struct Shape: Sendable, Hashable, RandomAccessCollection, ExpressibleByArrayLiteral, CustomStringConvertible {
  public static let maximumRank = 6

  internal var sizes: InlineArray<6, Int32>
  internal var axes: Int8

  public init(arrayLiteral elements: Int...) { self.init(elements) }

  public init(_ sizes: some Collection<Int>, file: StaticString = #fileID, line: UInt = #line) {
    self.sizes = InlineArray(repeating: 1)
    axes = Int8(truncatingIfNeeded: sizes.count)
    guard sizes.count <= Self.maximumRank else {
      trap("shape: \(sizes.count) axes, but a tensor has at most \(Self.maximumRank)", file, line)
    }
    var axis = 0
    for size in sizes {
      guard let exact = Int32(exactly: size), exact >= 0 else {
        trap("shape: axis \(axis) has size \(size), expected 0 to \(Int32.max)", file, line)
      }
      self.sizes[axis] = exact
      axis += 1
    }
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { Int(axes) }
  /// Number of axes.
  public var rank: Int { Int(axes) }

  /// Size of one axis. A negative axis counts from the end.
  public subscript(axis: Int) -> Int {
    get { Int(sizes[axis < 0 ? axis + Int(axes) : axis]) }
    set { sizes[axis < 0 ? axis + Int(axes) : axis] = Int32(newValue) }
  }

  /// Number of elements of a tensor with this shape.
  public var elementCount: Int {
    var count = 1
    for axis in 0..<Int(axes) {
      let (product, overflow) = count.multipliedReportingOverflow(by: Int(sizes[axis]))
      if overflow { trap("shape \(self): its number of elements is beyond 64 bits", #fileID, #line) }
      count = product
    }
    return count
  }

  public static func == (a: Shape, b: Shape) -> Bool {
    guard a.axes == b.axes else { return false }
    for axis in 0..<Int(a.axes) where a.sizes[axis] != b.sizes[axis] { return false }
    return true
  }

  public func hash(into hasher: inout Hasher) {
    for size in self { hasher.combine(size) }
  }

  public var description: String { "[" + map(String.init).joined(separator: ", ") + "]" }
}

/// Ends the program over a programmer's error: one sentence, and the caller's place.
package func trap(_ sentence: String, _ file: StaticString, _ line: UInt) -> Never {
  fatalError(sentence, file: file, line: line)
}

extension Shape {
  /// Elements between neighbours along each axis of a contiguous tensor.
  package var strides: [Int64] {
    var strides = [Int64](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * Int64(self[axis + 1]) }
    return strides
  }

  /// Strides that read a contiguous tensor of this shape as one of `target`: 0 along axes that repeat.
  package func broadcastStrides(to target: Shape) -> [Int64] {
    let own = strides, missing = target.rank - rank
    return (0..<target.rank).map { axis in
      axis < missing || (self[axis - missing] == 1 && target[axis] != 1) ? 0 : own[axis - missing]
    }
  }

  /// The shape that two shapes broadcast to (axes aligned at the end; size 1 repeats), or nil.
  package static func broadcast(_ a: Shape, _ b: Shape) -> Shape? {
    let rank = Swift.max(a.rank, b.rank)
    var result = Shape([Int](repeating: 1, count: rank))
    for back in 1..<(rank + 1) {
      let left = back <= a.rank ? a[a.rank - back] : 1, right = back <= b.rank ? b[b.rank - back] : 1
      guard left == right || left == 1 || right == 1 else { return nil }
      result[rank - back] = left == 1 ? right : left
    }
    return result
  }

  /// The axis counted from the front; traps when there is none.
  package func axis(_ axis: Int, _ operation: StaticString, _ file: StaticString, _ line: UInt) -> Int {
    let front = axis < 0 ? axis + rank : axis
    guard front >= 0, front < rank else { trap("\(operation): shape \(self) has no axis \(axis)", file, line) }
    return front
  }
}
