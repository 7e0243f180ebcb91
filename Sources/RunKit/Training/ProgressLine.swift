import Foundation

/// Progress on standard error: one line that is rewritten on a terminal, plain occasional lines elsewhere.
public final class ProgressLine {
  private let console: Console
  private let isQuiet: Bool
  private let clock: () -> Double
  private let start: Double
  private var lastShown: Double
  private var lastFraction = 0.0
  private var skipped = 0.0
  private var drawn = false
  private static let redrawSeconds = 0.1
  private static let plainSeconds = 10.0
  private static let plainLeastSeconds = 1.0
  private static let plainFraction = 0.1

  public init(_ console: Console, quiet: Bool = false, clock: @escaping () -> Double = monotonicSeconds) {
    self.console = console
    self.clock = clock
    isQuiet = quiet
    start = clock()
    lastShown = -.infinity
  }

  /// Says that this much of the whole run was done by an earlier process: the time left is not judged by it.
  func skip(_ part: Double) { skipped += part }

  /// Shows that `done` of `total` steps are done. `share` is the part of the whole run that the steps of this call
  /// span: the second of four seeds is 0.25..<0.5.
  public func update(
    _ label: String, done: Int, of total: Int, share: Range<Double> = 0..<1, unit: String = "epochs",
    values: NamedValues = [:]
  ) {
    guard total > 0 else { return }
    let length = share.upperBound - share.lowerBound
    let fraction = share.lowerBound + length * Double(done) / Double(total)
    let steps = (fraction - skipped) / max(1e-9, length) * Double(total)
    update(label, fraction: fraction, rate: (steps, unit), values: values)
  }

  /// Shows that this part of the whole run is done; with a rate, after so many steps of a unit in this process.
  package func update(
    _ label: String, fraction: Double, rate: (steps: Double, unit: String)? = nil, values: NamedValues = [:],
    notes: [String] = []
  ) {
    guard !isQuiet else { return }
    // What a caller counts may start over or pass its total.
    let fraction = fraction.isNaN ? 0 : min(1, max(0, fraction))
    let now = clock()
    if console.errorIsTerminal {
      guard now - lastShown >= Self.redrawSeconds else { return }
    } else {
      let isDue = fraction - lastFraction >= Self.plainFraction || now - max(start, lastShown) >= Self.plainSeconds
      guard isDue, now - max(start, lastShown) >= Self.plainLeastSeconds else { return }
    }
    lastShown = now
    lastFraction = fraction
    let line = Self.line(
      label, fraction: fraction, skipped: skipped, rate: rate, elapsed: now - start,
      notes: values.map { spacedWords($0.name) + " " + shortNumber($0.value) } + notes, bar: console.errorIsTerminal)
    if console.errorIsTerminal {
      console.writeError("\r\u{1B}[2K" + line.prefix(max(20, console.columns - 1)))
      drawn = true
    } else {
      console.writeError(line + "\n")
    }
  }

  /// Takes the line off the terminal, so that other text starts on a clean one.
  public func clear() {
    guard drawn else { return }
    console.writeError("\r\u{1B}[2K")
    drawn = false
    lastShown = -.infinity
  }

  /// One line without its terminal codes. `elapsed` seconds were spent on `fraction` without `skipped`.
  static func line(
    _ label: String, fraction: Double, skipped: Double = 0, rate: (steps: Double, unit: String)? = nil,
    elapsed: Double, notes: [String], bar: Bool
  ) -> String {
    var parts = [label]
    if bar { parts.append(barText(fraction)) }
    parts.append(String(format: "%3.0f %%", (fraction * 100).rounded(.down)))
    if elapsed > 0.2, fraction > skipped {
      if let rate {
        let speed = rate.steps / elapsed
        parts.append((speed >= 100 ? decimal(speed, digits: 0) : shortNumber(speed)) + " \(rate.unit)/s")
      }
      parts.append("ETA " + clockText(elapsed * (1 - fraction) / (fraction - skipped)))
    }
    return (parts + notes).joined(separator: "  ")
  }

  private static func barText(_ fraction: Double) -> String {
    let width = 20
    let full = Int((fraction * Double(width)).rounded(.down))
    return String(repeating: "━", count: full) + String(repeating: "┄", count: width - full)
  }

  /// "0:07", "12:30", "1:02:03".
  static func clockText(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e7 else { return "unknown" }
    let whole = Int(seconds.rounded(.up))
    let minutes = whole / 60
    return minutes < 60
      ? String(format: "%d:%02d", minutes, whole % 60)
      : String(format: "%d:%02d:%02d", minutes / 60, minutes % 60, whole % 60)
  }
}
