/// Named numbers in a fixed order, written as a dictionary literal: `["trainLoss": 0.4]`.
public struct NamedValues: Sendable, Equatable, ExpressibleByDictionaryLiteral, Sequence {
  public private(set) var names: [String] = []
  private var numbers: [Double] = []

  public init() {}

  public init(dictionaryLiteral elements: (String, Double)...) {
    for (name, value) in elements { self[name] = value }
  }

  public subscript(name: String) -> Double? {
    get { names.firstIndex(of: name).map { numbers[$0] } }
    set {
      guard let index = names.firstIndex(of: name) else {
        guard let newValue else { return }
        names.append(name)
        numbers.append(newValue)
        return
      }
      if let newValue {
        numbers[index] = newValue
      } else {
        names.remove(at: index)
        numbers.remove(at: index)
      }
    }
  }

  public func makeIterator() -> AnyIterator<(name: String, value: Double)> {
    var pairs = zip(names, numbers).makeIterator()
    return AnyIterator { pairs.next().map { (name: $0.0, value: $0.1) } }
  }

  /// These values with `other`'s, which win where names agree.
  public func merging(_ other: NamedValues) -> NamedValues {
    var result = self
    for (name, value) in other { result[name] = value }
    return result
  }
}
