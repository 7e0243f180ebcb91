import GradientGCN
import RunKit

/// What a row of the comparison trains, at any depth.
///
/// Written as `std`, `iso_drop`, `released-p0.3+rewired`, `glorot+all`: initialisation, dropout where it is not the
/// run's, skips. `gcnii` is a baseline by its published recipe, `kipf` a GCN by the recipe of Kipf and Welling,
/// `signal-iso-p0.6` the test of a signal in an untrained network.
struct Variant: Hashable, CustomStringConvertible {
  enum Kind: Hashable {
    case method(GCNInitialization, Skips)
    case kipf
    case baseline(Baseline)
    case signal(GCNInitialization)
  }

  /// The part of a method's name after the plus sign.
  enum Skips: String, CaseIterable {
    case none, rewired, online, gradient, all, random

    /// How tables call the method.
    var title: String {
      switch self {
      case .none: "GCN"
      case .rewired: "GCN + rewiring"
      case .online: "GCN + online rewiring"
      case .gradient: "GCN + rewiring by gradient"
      case .all: "GCN + all skips"
      case .random: "GCN + random skips"
      }
    }

    /// The method's choice, with `rewiring` as far as the name leaves it open.
    func choice(_ rewiring: Rewiring) -> GradientGCN.Skips {
      var rewiring = rewiring
      if self == .online { rewiring.mode = .online }
      if self == .gradient { rewiring.criterion = .gradient }
      return switch self {
      case .none: .none
      case .rewired, .online, .gradient: .rewired(rewiring)
      case .all: .all
      case .random: .random(rewiring)
      }
    }
  }

  let name: String
  let kind: Kind
  /// Nil for the run's.
  let dropout: Double?

  var description: String { name }

  /// The variant in words, for titles.
  var words: String {
    switch kind {
    case .method(let initialization, let skips): "\(skips.title), \(initialization.rawValue)"
    default: title.method
    }
  }

  /// Nil for a text that names no variant.
  init?(_ name: String) {
    self.name = name
    var text = Substring(name), skips: Skips?
    if let plus = text.firstIndex(of: "+") {
      skips = Skips(rawValue: String(text[text.index(after: plus)...]))
      guard let skips, skips != .none else { return nil }
      text = text[..<plus]
    }
    let isSignal = text.hasPrefix("signal-")
    if isSignal { text = text.dropFirst("signal-".count) }
    var rate: Double?
    if let place = text.range(of: "-p") {
      rate = Double(text[place.upperBound...])
      guard let rate, (0..<1).contains(rate) else { return nil }
      text = text[..<place.lowerBound]
    }
    dropout = rate
    if let initialization = GCNInitialization(rawValue: String(text)) {
      guard !isSignal || skips == nil else { return nil }
      kind = isSignal ? .signal(initialization) : .method(initialization, skips ?? .none)
    } else if text == "kipf", skips == nil, rate == nil, !isSignal {
      kind = .kipf
    } else if let baseline = Baseline(rawValue: name) {
      kind = .baseline(baseline)
    } else {
      return nil
    }
  }

  /// Which part of the comparison a row belongs to; names figures and tables.
  enum Block: String, CaseIterable {
    case initialization = "initialisation"
    case skips, baselines, signals

    /// The block in titles.
    var words: String {
      switch self {
      case .initialization: "initialisation only"
      case .skips: "with skips"
      case .baselines: rawValue
      case .signals: "signals in untrained networks"
      }
    }
  }

  var block: Block {
    switch kind {
    case .method(_, .none): .initialization
    case .method: .skips
    case .kipf, .baseline: .baselines
    case .signal: .signals
    }
  }

  /// Texts of the label columns: method and initialisation.
  var title: (method: String, initialization: String) {
    switch kind {
    case .method(let initialization, let skips): (skips.title, initialization.rawValue)
    case .kipf: ("GCN, Kipf's recipe", GCNInitialization.glorot.rawValue)
    case .baseline(let baseline): (baseline.title, "its own")
    case .signal(let initialization): ("signal", initialization.rawValue)
    }
  }
}

extension Baseline {
  /// The name as papers write it.
  var title: String {
    switch self {
    case .jknet: "JKNet"
    case .plain: "GCN, benchmark's recipe"
    case .gat, .sgc, .appnp, .gcnii, .dagnn, .gprgnn, .gin, .sage, .ladies: rawValue.uppercased()
    case .fastGCN: "FastGCN"
    case .he, .orthogonal: "GCN, \(rawValue)"
    default: "\(self)".prefix(1).uppercased() + "\(self)".dropFirst()
    }
  }
}

/// What all variants of a run share.
struct VariantSettings: Equatable {
  /// Name of the data set, for the recipes of baselines.
  var dataset = ""
  var dropout = 0.6
  var rewiring = Rewiring()
  /// Longest training of a baseline; nil for its recipe's.
  var baselineEpochs: Int?

  /// Dropout rate of a variant.
  func dropout(of variant: Variant) -> Double {
    switch variant.kind {
    case .method: variant.dropout ?? dropout
    case .signal: variant.dropout ?? 0
    case .kipf: 0.5
    case .baseline(let baseline): BaselineRecipe(baseline, dataset: dataset).dropout
    }
  }

  /// How tables call a variant's method: baselines name the data set that their recipe was made for.
  func methodTitle(of variant: Variant) -> String {
    guard case .baseline = variant.kind, !BaselineRecipe.arePublished(for: dataset) else { return variant.title.method }
    return variant.title.method + " (Cora's recipe)"
  }

  /// The paper's method, or a part of it, as a variant asks for it.
  func method(
    _ variant: Variant, _ initialization: GCNInitialization, _ skips: Variant.Skips, layers: Int
  ) -> GradientGCN {
    GradientGCN(
      layers: layers, initialization: initialization, skips: skips.choice(rewiring), dropout: dropout(of: variant))
  }
}
