import Foundation

/// Values of two methods compared seed by seed: the mean of the differences, and how likely one as large is by chance.
public struct PairedTest: Sendable, Equatable {
  /// Seeds at which both values are finite.
  public let pairs: Int
  /// Mean of value - reference over the pairs; NaN without pairs.
  public let difference: Double
  /// Sample standard deviation of the differences, 0 for one pair.
  public let std: Double
  /// Student's t of the differences; nil below two pairs, or when all differences are equal.
  public let t: Double?
  /// Two-sided p value of the paired t test with pairs - 1 degrees of freedom; nil where `t` is.
  public let p: Double?
  /// Two-sided p value of the exact sign-flip test, whose smallest possible value is 2^(1 - pairs); nil below 2 pairs
  /// or above 12.
  public let signFlip: Double?

  static let mostFlipped = 12

  /// Compares `values[i]` with `reference[i]`; places that only one of them has are left out.
  public init(_ values: [Double], against reference: [Double]) {
    let differences = zip(values, reference).map { $0 - $1 }.filter(\.isFinite)
    pairs = differences.count
    difference = Statistics.mean(differences)
    std = Statistics.std(differences)
    signFlip = Self.signFlip(differences)
    // Differences that are equal but for rounding say nothing of their spread.
    guard pairs >= 2, std > 1e-12 * (differences.map(abs).max() ?? 0) else {
      (t, p) = (nil, nil)
      return
    }
    let t = difference / (std / Double(pairs).squareRoot())
    self.t = t
    p = Self.studentTwoSided(t: t, degrees: Double(pairs - 1))
  }

  /// Share of the 2^n choices of signs whose mean is at least as far from zero as the one found.
  private static func signFlip(_ differences: [Double]) -> Double? {
    let count = differences.count
    guard (2...mostFlipped).contains(count) else { return nil }
    let bound = abs(differences.reduce(0, +)) - 1e-12 * differences.reduce(0) { $0 + abs($1) }
    var extreme = 0
    for signs in 0..<(1 << count) {
      var sum = 0.0
      for (index, value) in differences.enumerated() { sum += signs >> index & 1 == 1 ? -value : value }
      if abs(sum) >= bound { extreme += 1 }
    }
    return Double(extreme) / Double(1 << count)
  }

  /// P(|T| >= |t|) of Student's distribution.
  static func studentTwoSided(t: Double, degrees: Double) -> Double {
    guard t.isFinite else { return t.isNaN ? .nan : 0 }
    return regularizedBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
  }

  /// The regularized incomplete beta function I_x(a, b) by Lentz's continued fraction (Numerical Recipes 6.4), to about
  /// 1e-14.
  static func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    // The fraction converges fast below the mean of the distribution; above it the symmetric one does.
    if x > (a + 1) / (a + b + 2) { return 1 - regularizedBeta(1 - x, b, a) }
    let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    let tiny = 1e-300
    var c = 1.0
    var d = 1 / notZero(1 - (a + b) * x / (a + 1), tiny)
    var fraction = d
    for step in 1...1000 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      for term in [even, odd] {
        d = 1 / notZero(1 + term * d, tiny)
        c = notZero(1 + term / c, tiny)
        fraction *= d * c
      }
      if abs(d * c - 1) < 1e-15 { break }
    }
    return front * fraction
  }

  private static func notZero(_ value: Double, _ tiny: Double) -> Double { abs(value) < tiny ? tiny : value }

  /// Holm's correction: p values, in the given order, that hold for the whole family at once.
  public static func holm(_ p: [Double]) -> [Double] {
    var corrected = p
    var most = 0.0
    for (rank, index) in p.indices.sorted(by: { (p[$0], $0) < (p[$1], $1) }).enumerated() {
      most = max(most, min(1, p[index] * Double(p.count - rank)))
      corrected[index] = most
    }
    return corrected
  }
}
