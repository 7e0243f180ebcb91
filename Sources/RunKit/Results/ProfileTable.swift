import FileKit
import TensorKit

/// The kernel calls of a run, by the time that they took.
struct ProfileTable: ResultTable {
  let profile: Profile

  var name: String { "profile" }
  var title: String { "Profile" }
  var caption: String {
    "Wall time of kernels in each phase of training, then the time outside them (engine, allocation and other code). "
      + "GFLOP counts sums, products and functions of elements, GB what must move when every operand passes once. "
      + "profile.json is the trace, for ui.perfetto.dev."
  }

  func text() -> String { profile.description }

  func csv() -> String {
    var table = CSVWriter(columns: ["operation", "phase", "calls", "seconds", "flops", "bytes"])
    for operation in profile.operations {
      let numbers = [operation.seconds, operation.flops, operation.bytes].map(\.description)
      table.append([operation.name, "\(operation.phase)", String(operation.calls)] + numbers)
    }
    return String(decoding: table.bytes, as: UTF8.self)
  }

  func html() -> String {
    let lines = profile.table
    let kind = { (column: Int) in column < 2 ? "" : " class=\"number\"" }
    let head = lines[0].enumerated().map { "<th\(kind($0))>\($1.xmlEscaped)</th>" }.joined()
    var body = ""
    for (index, line) in lines.dropFirst().enumerated() {
      let isKernel = index < profile.operations.count
      body += "<tr\(index == profile.operations.count ? " class=\"group\"" : "")>"
      for (column, text) in line.enumerated() {
        let label = column > 1 ? " data-label=\"\(lines[0][column].xmlEscaped)\"" : ""
        // The share is a bar under its number.
        let share = column == 4 && isKernel ? " style=\"--share: \(decimal(percent(index) / 100, digits: 3))\"" : ""
        body += "<td class=\"\(column < 2 ? "" : "number")\(share.isEmpty ? "" : " share")\"\(label)\(share)>"
        body += text.xmlEscaped + "</td>"
      }
      body += "</tr>\n"
    }
    return "<table class=\"profile\">\n<thead><tr>\(head)</tr></thead>\n<tbody>\n\(body)</tbody>\n</table>\n"
  }

  private func percent(_ index: Int) -> Double {
    profile.seconds > 0 ? 100 * profile.operations[index].seconds / profile.seconds : 0
  }
}
