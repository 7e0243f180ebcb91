/// A statement of the paper, with the value that this run found and the band in which it holds.
public struct Claim: Sendable {
  public enum Band: Sendable, Equatable {
    case within(ClosedRange<Double>)
    case atLeast(Double)
    case atMost(Double)
  }

  public let statement: String
  public let value: Double
  public let band: Band
  public let unit: MetricUnit

  public init(_ statement: String, _ value: Double, _ band: Band, _ unit: MetricUnit = .none) {
    self.statement = statement
    self.value = value
    self.band = band
    self.unit = unit
  }

  /// Whether the value lies in the band. NaN never does.
  public var isMet: Bool {
    switch band {
    case .within(let range): range.contains(value)
    case .atLeast(let bound): value >= bound
    case .atMost(let bound): value <= bound
    }
  }

  /// The band in words, such as "80.80 to 82.20 %".
  var bandText: String {
    switch band {
    case .within(let range): unit.number(range.lowerBound) + " to " + unit.text(range.upperBound)
    case .atLeast(let bound): "at least " + unit.text(bound)
    case .atMost(let bound): "at most " + unit.text(bound)
    }
  }

  /// `band` is `[low, high]`, with null where it is open.
  var json: JSONValue {
    let bounds: [JSONValue] =
      switch band {
      case .within(let range): [.number(range.lowerBound), .number(range.upperBound)]
      case .atLeast(let bound): [.number(bound), .null]
      case .atMost(let bound): [.null, .number(bound)]
      }
    return .object([
      "claim": .string(statement), "met": .bool(isMet), "value": .number(value), "band": .array(bounds),
    ])
  }
}
