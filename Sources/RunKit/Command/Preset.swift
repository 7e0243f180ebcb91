import ArgumentParser

/// How much of an experiment to run.
public enum Preset: String, CaseIterable, Sendable, ExpressibleByArgument {
  /// Under 20 seconds: everything runs once.
  case smoke
  /// Minutes: the paper's direction shows.
  case small
  /// The paper's full sizes.
  case paper
}

/// An experiment's presets. Each is the text of the options that one would otherwise type, so an option that is typed
/// as well wins over it. (A repeated array option adds to the preset's instead: prefer comma lists.)
///
/// ```swift
/// static let presets: Presets = [.smoke: "--epochs 10", .small: "--seeds 3", .paper: "--seeds 10"]
/// ```
public struct Presets: Sendable, ExpressibleByDictionaryLiteral {
  private var texts: [Preset: String] = [:]

  public init(dictionaryLiteral elements: (Preset, String)...) {
    for (preset, text) in elements { texts[preset] = text }
  }

  /// The preset's options as typed; empty for a preset that keeps every default.
  public func text(of preset: Preset) -> String { texts[preset] ?? "" }

  /// The preset's options as separate arguments.
  public func arguments(of preset: Preset) -> [String] { text(of: preset).split(separator: " ").map(String.init) }

  /// One line a preset, for `--list-presets`.
  var listing: String {
    Preset.allCases.map { preset in
      let options = text(of: preset)
      return "  \(preset.rawValue.padding(toWidth: 8))\(options.isEmpty ? "every option's default" : options)\n"
    }.joined()
  }
}
