import Foundation

/// The page of one run: verdict, results, figures, and how to repeat it. It needs no other file and runs no script.
struct Report {
  let result: RunResult
  /// What the command does, in a sentence.
  let abstract: String
  var tables: [any ResultTable] = []
  let figures: [any Figure]
  /// Where the time went, with `--profile`.
  var profile: ProfileTable?
  let machine: Machine
  let facts: RuntimeFacts
  let invocation: [String]

  private var summary: RunSummary { result.summary }

  var html: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\("\(summary.paper) \(summary.command)".xmlEscaped)</title>
    <style>
    \(ReportStyle.css)</style>
    </head>
    <body>
    <main>
    <header>
    <p class="eyebrow">Gossamer run report</p>
    <h1>\(summary.paper.xmlEscaped) <span>\(summary.command.xmlEscaped)</span></h1>
    \(abstract.isEmpty ? "" : "<p class=\"abstract\">\(abstract.xmlEscaped)</p>")
    <p class="verdict">\(verdict)</p>
    </header>
    \(claims)\(results)\(profile.map(tableSection) ?? "")\(circumstances)</main>
    </body>
    </html>

    """
  }

  /// The run in one paragraph.
  private var verdict: String {
    var sentences: [String] = []
    let met = result.claims.count - result.unmet.count
    if !result.claims.isEmpty {
      let words =
        result.claims.count == 1
        ? (met == 1 ? "The claim is met." : "The claim is not met.")
        : met == result.claims.count
          ? "All \(met) claims are met." : "\(met) of \(result.claims.count) claims met."
      sentences.append("<strong class=\"\(result.unmet.isEmpty ? "met" : "unmet")\">\(words)</strong>")
    }
    let seeds = summary.seeds.count
    if tables.isEmpty, let metric = summary.metrics.first {
      let spread = seeds > 1 ? " ± \(metric.unit.number(metric.std))" : ""
      sentences.append(
        "\(seeds > 1 ? "Over \(seeds) seeds" : "With one seed"), \(spacedWords(metric.name).xmlEscaped) is "
          + "<b>\(metric.unit.number(metric.mean))\(spread)\(metric.unit.suffix.xmlEscaped)</b>.")
    }
    if facts.jobs > 1 {
      sentences.append("Times were taken while \(facts.jobs) processes shared the machine.")
    }
    sentences.append(
      "The run took \(durationText(summary.seconds)) and held at most \(bytesText(summary.peakBytes)) of memory.")
    return sentences.joined(separator: " ")
  }

  private func section(_ title: String, _ body: String, kind: String = "") -> String {
    "<section\(kind.isEmpty ? "" : " class=\"\(kind)\"")>\n<h2>\(title)</h2>\n\(body)</section>\n"
  }

  private var claims: String {
    guard !result.claims.isEmpty else { return "" }
    let rows = result.claims.map { claim in
      """
      <tr><td><span class="chip \(claim.isMet ? "met" : "unmet")">\(claim.isMet ? "met" : "not met")</span></td>
      <td class="statement">\(claim.statement.xmlEscaped)</td>
      <td class="number" data-label="value">\(claim.unit.text(claim.value).xmlEscaped)</td>
      <td class="band" data-label="expected">\(ClaimGauge(claim: claim).svg)\(claim.bandText.xmlEscaped)</td></tr>

      """
    }
    return section(
      "Claims",
      """
      <table class="claims\(result.claims.count > 8 ? " many" : "")">
      <thead><tr><th>Verdict</th><th>Claim</th><th class="number">Value</th><th>Expected</th></tr></thead>
      <tbody>
      \(rows.joined())</tbody>
      </table>

      """)
  }

  /// What the run found. Tables come before figures and make the plain list of metrics a detail.
  private var results: String {
    tables.isEmpty ? metrics + drawings : tables.map(tableSection).joined() + drawings + metrics
  }

  private func tableSection(_ table: any ResultTable) -> String {
    let caption = table.caption.isEmpty ? "" : "<p class=\"caption\">\(table.caption.xmlEscaped)</p>\n"
    return section(table.title.xmlEscaped, "<div class=\"scroll\">\n\(table.html())</div>\n\(caption)")
  }

  private var metrics: String {
    guard !summary.metrics.isEmpty else { return "" }
    let several = summary.seeds.count > 1
    let rows = summary.metrics.map { metric in
      let spread = several ? " <span class=\"spread\">± \(metric.unit.number(metric.std))</span>" : ""
      let values = metric.values.map { "<span>\(metric.unit.number($0))</span>" }.joined(separator: " ")
      return """
        <tr><th scope="row">\(spacedWords(metric.name).xmlEscaped)</th>
        <td class="number"><b>\(metric.unit.number(metric.mean))</b>\(spread)\(metric.unit.suffix.xmlEscaped)</td>
        \(several ? "<td class=\"seeds\">\(values)</td>" : "")</tr>

        """
    }
    let seeds = "seeds \(summary.seeds[0]) to \(summary.seeds[summary.seeds.count - 1])"
    let heads =
      several
      ? "<th class=\"number\">Mean ± std</th><th>Each seed (\(seeds))</th>" : "<th class=\"number\">Value</th>"
    let table = """
      <table class="metrics">
      <thead><tr><th>Metric</th>\(heads)</tr></thead>
      <tbody>
      \(rows.joined())</tbody>
      </table>

      """
    guard !tables.isEmpty else { return section("Results", table) }
    return section(
      "Metrics", "<details><summary>All \(summary.metrics.count), each with its seeds</summary>\n\(table)</details>\n")
  }

  private var drawings: String {
    guard !figures.isEmpty else { return "" }
    let items = figures.map { figure in
      let caption = figure.caption.isEmpty ? "" : "<figcaption>\(figure.caption.xmlEscaped)</figcaption>\n"
      return "<figure class=\"figure\">\n\(figure.svg())\(caption)</figure>\n"
    }
    return section("Figures", "<div class=\"grid\(figures.count == 1 ? " single" : "")\">\n\(items.joined())</div>\n")
  }

  private var circumstances: String {
    let options = summary.options.filter { $0.value != .null }.map { ($0.name, Self.plain($0.value)) }
    let place = [
      ("processor", machine.cpu), ("cores", String(machine.cores)),
      ("memory", bytesText(Int(clamping: machine.memory))), ("system", machine.os),
      ("kernels", facts.isa), ("threads", facts.threadsText), ("Gossamer", Versions.package),
      ("Swift", Versions.swift),
    ]
    let command = invocation.enumerated().map { index, word in
      (index == 0 ? URL(fileURLWithPath: word).lastPathComponent : word).shellQuoted
    }.joined(separator: " ")
    return "<div class=\"pair\">\n" + (options.isEmpty ? "" : section("Options", list(options)))
      + section("Machine", list(place)) + "</div>\n"
      + section("How to repeat", "<pre><code>\(command.xmlEscaped)</code></pre>\n")
  }

  private func list(_ pairs: [(String, String)]) -> String {
    "<dl>\n" + pairs.map { "<dt>\($0.0.xmlEscaped)</dt><dd>\($0.1.xmlEscaped)</dd>\n" }.joined() + "</dl>\n"
  }

  private static func plain(_ value: JSONValue) -> String {
    switch value {
    case .string(let text): text
    case .bool(let flag): flag ? "yes" : "no"
    case .array(let elements): elements.map(plain).joined(separator: ", ")
    default: value.text()
    }
  }
}

/// A claim's band as a bar on a line, with the value as a dot.
private struct ClaimGauge {
  let claim: Claim
  private static let width = 120.0

  var svg: String {
    guard claim.value.isFinite else { return "" }
    let (low, high) = ends
    let place = { (value: Double) in
      4 + (Self.width - 8) * min(1, max(0, (value - low) / (high - low)))
    }
    let band = bandEnds(low, high)
    let status = claim.isMet ? "met" : "unmet"
    return "<svg class=\"gauge\" viewBox=\"0 0 120 14\" width=\"120\" height=\"14\" aria-hidden=\"true\">"
      + "<path class=\"track\" d=\"M4 7H116\"/>"
      + "<path class=\"range\" d=\"M\(coordinate(place(band.0))) 7H\(coordinate(place(band.1)))\"/>"
      + "<circle class=\"\(status)\" cx=\"\(coordinate(place(claim.value)))\" cy=\"7\" r=\"4\"/></svg>"
  }

  private func bandEnds(_ low: Double, _ high: Double) -> (Double, Double) {
    switch claim.band {
    case .within(let range): (range.lowerBound, range.upperBound)
    case .atLeast(let bound): (bound, high)
    case .atMost(let bound): (low, bound)
    }
  }

  private var ends: (Double, Double) {
    switch claim.band {
    case .within(let range):
      let margin = max(range.upperBound - range.lowerBound, abs(range.upperBound) * 1e-3, 1e-9)
      return (range.lowerBound - margin, range.upperBound + margin)
    case .atLeast(let bound), .atMost(let bound):
      let margin = max(abs(claim.value - bound) * 1.4, abs(bound) * 0.02, 1e-9)
      return (bound - margin, bound + margin)
    }
  }
}
