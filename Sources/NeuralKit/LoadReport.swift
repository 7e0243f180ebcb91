import TensorKit

/// How named tensors fitted what a model asks for. Thrown by strict loads that found a difference; its description is
/// one sentence without a subject, such as `lacks "hidden.weight" [8, 4] (nearest: "hiden.weight")`.
public struct LoadReport: Error, Sendable, CustomStringConvertible {
  /// A tensor that was asked for and is not there.
  public struct Missing: Sendable, Equatable {
    public let name: String
    public let shape: Shape
    /// The nearest name that is there and that nothing else asks for.
    public let nearest: String?
  }

  /// A tensor that is there and that nothing asks for.
  public struct Unexpected: Sendable, Equatable {
    public let name: String
    /// The nearest name that is asked for.
    public let nearest: String?
  }

  /// A tensor whose shape or element type does not fit.
  public struct Misshaped: Sendable, Equatable {
    public let name: String
    /// Shape and type, such as `[3] float32`.
    public let found: String
    public let expected: String
  }

  /// In the order in which the model asks.
  public internal(set) var missing: [Missing] = []
  /// By name.
  public internal(set) var unexpected: [Unexpected] = []
  /// In the order in which the model asks.
  public internal(set) var misshaped: [Misshaped] = []

  /// Whether everything fitted.
  public var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && misshaped.isEmpty }

  /// All differences, at most ten of each kind.
  public var description: String {
    if isEmpty { return "fits" }
    func hint(_ nearest: String?) -> String { nearest.map { " (nearest: \"\($0)\")" } ?? "" }
    func listed(_ items: [String]) -> String {
      let shown = items.prefix(10)
      return shown.joined(separator: ", ") + (items.count > shown.count ? " and \(items.count - shown.count) more" : "")
    }
    var parts: [String] = []
    if !missing.isEmpty {
      parts.append("lacks " + listed(missing.map { "\"\($0.name)\" \($0.shape)\(hint($0.nearest))" }))
    }
    if !unexpected.isEmpty {
      parts.append("holds the unknown " + listed(unexpected.map { "\"\($0.name)\"\(hint($0.nearest))" }))
    }
    if !misshaped.isEmpty {
      parts.append("holds " + listed(misshaped.map { "\"\($0.name)\" as \($0.found), expected \($0.expected)" }))
    }
    return parts.joined(separator: "; ")
  }
}

/// One tensor that a load asks for.
internal struct Expectation {
  /// The names it may go by; the first is the one that is reported.
  var names: [String]
  let shape: Shape
  let dtype: DType
  /// Whether the one value is a count, 0 or more.
  var isCount = false
  /// Takes a tensor of exactly this shape and type.
  let accept: (Tensor) -> Void

  func prefixed(_ prefix: String) -> Expectation {
    var result = self
    result.names = names.map { prefix + $0 }
    return result
  }

  /// Whether the tensor fits, perhaps after a conversion between floating-point types.
  func fits(_ tensor: Tensor) -> Bool {
    tensor.shape == shape && (tensor.dtype == dtype || (tensor.dtype.isFloatingPoint && dtype.isFloatingPoint))
      && (!isCount || tensor.item() >= 0)
  }

  /// Shape and type in words, with the value of a count.
  func described(_ tensor: Tensor) -> String {
    guard isCount, tensor.count == 1 else { return "\(tensor.shape) \(tensor.dtype)" }
    let value = tensor.item()
    return "\(tensor.shape) \(tensor.dtype) \(Int(exactly: value).map(String.init) ?? "\(value)")"
  }

  var description: String { "\(shape) \(dtype)" + (isCount ? " of 0 or more" : "") }
}

/// Compares first and changes afterwards: a strict load that throws has changed nothing; with `partial` what fits is
/// taken and the report says what did not.
@discardableResult
internal func load(
  _ tensors: [String: Tensor], into expectations: [Expectation], ignoring isIgnored: (String) -> Bool = { _ in false },
  partial: Bool
) throws(LoadReport) -> LoadReport {
  let expected = Set(expectations.flatMap(\.names))
  let strangers = tensors.keys.filter { !expected.contains($0) && !isIgnored($0) }.sorted()
  var report = LoadReport()
  var accepted: [() -> Void] = []
  for expectation in expectations {
    guard let name = expectation.names.first(where: { tensors[$0] != nil }), let tensor = tensors[name] else {
      let name = expectation.names[0]
      report.missing.append(.init(name: name, shape: expectation.shape, nearest: nearestName(to: name, in: strangers)))
      continue
    }
    guard expectation.fits(tensor) else {
      report.misshaped.append(
        .init(name: name, found: expectation.described(tensor), expected: expectation.description))
      continue
    }
    accepted.append { expectation.accept(tensor.detached().converted(to: expectation.dtype)) }
  }
  report.unexpected = strangers.map { .init(name: $0, nearest: nearestName(to: $0, in: expected)) }
  if !partial, !report.isEmpty { throw report }
  for accept in accepted { accept() }
  return report
}

/// The candidate with the smallest edit distance to `name`, unless even that one shares less than half of it.
internal func nearestName(to name: String, in candidates: some Collection<String>) -> String? {
  let ranked = candidates.map { (distance: editDistance(name, $0), name: $0) }
  let best = ranked.min { ($0.distance, $0.name) < ($1.distance, $1.name) }
  return best.flatMap { $0.distance * 2 <= name.utf8.count ? $0.name : nil }
}

/// Fewest insertions, deletions and replacements of bytes that turn one name into the other (Levenshtein).
internal func editDistance(_ a: String, _ b: String) -> Int {
  let b = Array(b.utf8)
  var row = Array(0...b.count)
  for (i, byte) in a.utf8.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let replaced = diagonal + (byte == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[b.count]
}
