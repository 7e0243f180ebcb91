import FileKit
import Foundation

/// What a finished unit leaves in its folder: `result.json`.
struct UnitResult {
  let metrics: [Metric]
  /// Wall time, that of earlier processes included.
  let seconds: Double
  /// Most memory that the last process held.
  let peakBytes: Int

  func write(to url: URL) throws {
    let list = metrics.map { metric in
      JSONValue.object([
        "name": .string(metric.name),
        // JSON has no NaN and no infinity.
        "value": metric.value.isFinite ? .number(metric.value) : .string("\(metric.value)"),
        "unit": .string(metric.unit.symbol), "digits": .integer(metric.unit.digits),
      ])
    }
    let members: JSONValue = .object([
      "metrics": .array(list), "seconds": .number(seconds), "peakBytes": .integer(peakBytes),
    ])
    try writeAtomically(members.text(indented: true) + "\n", to: url)
  }

  init(metrics: [Metric], seconds: Double, peakBytes: Int) {
    self.metrics = metrics
    self.seconds = seconds
    self.peakBytes = peakBytes
  }

  init(path: String) throws(FileError) {
    let record = try OrderedJSON.read(path)
    guard case .array(let list)? = record["metrics"], let seconds = record["seconds"]?.double,
      case .integer(let peakBytes)? = record["peakBytes"]
    else { throw FileError(path: path, "is no result of a unit: it needs \"metrics\", \"seconds\" and \"peakBytes\"") }
    var metrics: [Metric] = []
    for (index, entry) in list.enumerated() {
      guard let name = entry["name"]?.text, let value = entry["value"]?.double, let unit = entry["unit"]?.text,
        case .integer(let digits)? = entry["digits"]
      else {
        throw FileError(path: path, place: "metrics[\(index)]", "expected a name, a value, a unit and digits")
      }
      metrics.append(Metric(name, value, MetricUnit(unit, digits: digits)))
    }
    self.init(metrics: metrics, seconds: seconds, peakBytes: peakBytes)
  }
}

extension OrderedJSON {
  /// A number, or the text of one that JSON cannot hold; nil for anything else.
  var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .string(let text): Double(text)
    default: nil
    }
  }
}
