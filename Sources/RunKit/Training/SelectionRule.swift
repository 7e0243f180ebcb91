import ArgumentParser

/// Which epoch's model a training run reports.
public enum SelectionRule: String, CaseIterable, Sendable, ExpressibleByArgument {
  /// The last epoch.
  case last
  /// The first maximum of `validationAccuracy`.
  case accuracy
  /// The first minimum of `validationLoss`.
  case loss

  /// The name of the value that decides. With `last` it decides early stopping only.
  var criterion: String { self == .accuracy ? "validationAccuracy" : "validationLoss" }

  /// Whether `value` beats the best so far. A tie does not, and NaN never does.
  func improves(_ value: Double, over best: Double?) -> Bool {
    guard !value.isNaN else { return false }
    guard let best else { return true }
    return self == .accuracy ? value > best : value < best
  }
}
