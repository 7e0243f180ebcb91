import Foundation

/// A drawing of a report: an SVG file, with its numbers as a CSV file beside it.
public protocol Figure {
  /// Becomes the file name, in lower case with hyphens.
  var name: String { get }
  /// One or two sentences under the drawing in the report; may be empty.
  var caption: String { get }
  /// A complete SVG document that needs nothing else. Presentation attributes carry the light theme; classes let a page
  /// recolour it.
  func svg() -> String
  func csv() -> String
}

extension Figure {
  /// `name` as a file name.
  var fileStem: String { RunKit.fileStem(name) }
}

/// A name in lower case, with hyphens for all that is not a letter or a digit.
func fileStem(_ name: String) -> String {
  let plain = name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
  return plain.isEmpty ? "figure" : String(plain)
}

/// A point of a curve.
public struct PlotPoint: Sendable, Equatable {
  public var x: Double
  public var y: Double
  public init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}

/// One axis of a plot.
public struct Axis: Sendable {
  public enum Scale: Sendable {
    case linear
    /// Values that are not positive are left out.
    case log
  }

  public let label: String
  public let unit: String
  public let scale: Scale
  /// Ends of the axis; nil takes them from the data.
  public let range: ClosedRange<Double>?

  public init(_ label: String, unit: String = "", scale: Scale = .linear, range: ClosedRange<Double>? = nil) {
    self.label = label
    self.unit = unit
    self.scale = scale
    self.range = range
  }

  var title: String { unit.isEmpty ? label : "\(label) (\(unit))" }
}
