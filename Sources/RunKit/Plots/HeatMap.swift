import FileKit
import Foundation
import TensorKit

/// A matrix as coloured cells, such as a gradient norm for each layer and epoch.
///
/// Cells without a number are hatched; on a log scale, cells that are not positive are grey. Two maps are comparable by
/// colour when they share a range: `HeatMap.sharingRange([a, b])`.
public struct HeatMap: Figure, Sendable {
  public let name: String
  public let title: String
  /// Label and unit of the columns; scale and range are not used, cells being equally wide.
  public let x: Axis
  /// As `x`, of the rows.
  public let y: Axis
  /// What the colours mean, with its scale and range.
  public let value: Axis
  /// Rows from the bottom up, each [columns].
  public let values: [[Double]]
  /// What the columns stand for, ascending.
  public let xValues: [Double]
  /// What the rows stand for, ascending.
  public let yValues: [Double]
  /// A sentence of the author's; the report adds what the cells mean.
  public let note: String

  /// - Parameters:
  ///   - values: rows from the bottom up, [rows, columns]. Traps when they differ in length.
  ///   - xValues: one for each column; 1, 2, ... by default.
  ///   - yValues: one for each row; 1, 2, ... by default.
  public init(
    name: String, title: String, x: Axis, y: Axis, value: Axis, values: [[Double]], xValues: [Double]? = nil,
    yValues: [Double]? = nil, note: String = "", file: StaticString = #fileID, line: UInt = #line
  ) {
    let columns = values.first?.count ?? 0
    if let row = values.firstIndex(where: { $0.count != columns }) {
      trap("HeatMap: row \(row) has \(values[row].count) columns, expected \(columns)", file, line)
    }
    self.name = name
    self.title = title
    self.x = x
    self.y = y
    self.value = value
    self.values = values
    self.xValues = xValues ?? (0..<columns).map { Double($0 + 1) }
    self.yValues = yValues ?? values.indices.map { Double($0 + 1) }
    self.note = note
    if self.xValues.count != columns {
      trap("HeatMap: \(self.xValues.count) values of x for \(columns) columns", file, line)
    }
    if self.yValues.count != values.count {
      trap("HeatMap: \(self.yValues.count) values of y for \(values.count) rows", file, line)
    }
  }

  /// The maps with one range of colours, that of all their values.
  public static func sharingRange(_ maps: [HeatMap]) -> [HeatMap] {
    let ends = maps.map { $0.ends }
    guard let low = ends.map(\.lowerBound).min(), let high = ends.map(\.upperBound).max() else { return [] }
    return maps.map { map in
      let value = Axis(map.value.label, unit: map.value.unit, scale: map.value.scale, range: low...high)
      return HeatMap(
        name: map.name, title: map.title, x: map.x, y: map.y, value: value, values: map.values, xValues: map.xValues,
        yValues: map.yValues, note: map.note)
    }
  }

  /// The values that the ends of the colours stand for.
  var ends: ClosedRange<Double> {
    value.ends(of: values.joined().lazy.filter { value.scale == .linear || $0 > 0 }, padded: false)
  }

  public var caption: String {
    let (tall, wide) = blockSize
    let kind = value.scale == .log ? "geometric means" : "means"
    let blocks = tall * wide > 1 ? "Drawn as \(kind) of blocks of \(tall) by \(wide) cells (rows by columns)." : ""
    return [note, blocks].filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// The matrix in full resolution, one cell a line: y, x, value.
  public func csv() -> String {
    var table = CSVWriter(columns: [y.label, x.label, value.label])
    for (row, values) in values.enumerated() {
      for (column, value) in values.enumerated() {
        table.append([yValues[row].description, xValues[column].description, value.description])
      }
    }
    return String(decoding: table.bytes, as: UTF8.self)
  }

  static let mostCells = 4096

  /// Rows and columns of the blocks that are drawn as one cell.
  var blockSize: (rows: Int, columns: Int) {
    let (rows, columns) = (values.count, values.first?.count ?? 0)
    func blocks(_ count: Int, _ size: Int) -> Int { (count + size - 1) / size }
    var (tall, wide) = (1, 1)
    while blocks(rows, tall) * blocks(columns, wide) > Self.mostCells {
      // The side with more blocks can spare them; at equal counts columns, which are mostly steps in time.
      if blocks(rows, tall) > blocks(columns, wide) { tall += 1 } else { wide += 1 }
    }
    return (tall, wide)
  }

  /// What one drawn cell shows.
  enum Cell: Equatable {
    case value(Double)
    /// No number, or an infinite one.
    case missing
    /// Nothing positive on a log scale.
    case notPositive
  }

  /// The drawn cells, rows from the bottom up: means of the finite values of each block, geometric ones on a log scale.
  func cells() -> [[Cell]] {
    let (tall, wide) = blockSize
    let columns = values.first?.count ?? 0
    return stride(from: 0, to: values.count, by: tall).map { row in
      stride(from: 0, to: columns, by: wide).map { column in
        var sum = 0.0
        var (used, finite) = (0, 0)
        for values in values[row..<min(row + tall, values.count)] {
          for cell in values[column..<min(column + wide, columns)] where cell.isFinite {
            finite += 1
            guard value.scale == .linear || cell > 0 else { continue }
            used += 1
            sum += value.scale == .log ? log(cell) : cell
          }
        }
        guard used > 0 else { return finite > 0 ? .notPositive : .missing }
        let mean = sum / Double(used)
        return .value(value.scale == .log ? exp(mean) : mean)
      }
    }
  }
}
