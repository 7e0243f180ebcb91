import RunKit

/// Seconds of one call over repeated samples.
struct Timing {
  let median, min: Double
  /// Distance between the quartiles as a share of the median.
  let spread: Double

  init(_ samples: [Double]) {
    let sorted = samples.sorted()
    func at(_ share: Double) -> Double { sorted[Int(share * Double(sorted.count - 1) + 0.5)] }
    median = at(0.5)
    min = sorted[0]
    spread = median > 0 ? (at(0.75) - at(0.25)) / median : 0
  }

  static let noisySpread = 0.2
  var isNoisy: Bool { spread > Self.noisySpread }
}

/// How long to sample.
struct SamplingPlan {
  /// Samples go on until there are `least` and `enough` seconds have passed, and end after `most` seconds in any case.
  let least: Int
  let enough, most: Double

  static let full = SamplingPlan(least: 20, enough: 0.2, most: 1)
  static let quick = SamplingPlan(least: 20, enough: 0.02, most: 0.15)

  /// A sample holds as many calls as take this long, so that the clock does not show.
  static let sampleSeconds = 20e-6
  private static let longSeconds = 5e-3

  /// Times a workload under each of `variants`, in turns, so that a neighbour's load meets them alike.
  func time(_ workload: any Workload, _ variants: [CallOptions]) throws -> [Timing] {
    var calls: [Int] = [], samples = variants.map { _ in [Double]() }
    for options in variants {
      workload.reset()
      _ = try workload.time(calls: 1, options)
      var count = 1, seconds = try workload.time(calls: 1, options)
      while seconds < Self.sampleSeconds, count < 1 << 20 {
        count *= seconds > 0 ? min(8, max(2, Int(Self.sampleSeconds / seconds))) : 8
        seconds = try workload.time(calls: count, options)
      }
      calls.append(count)
    }
    let start = monotonicSeconds()
    while true {
      for (index, options) in variants.enumerated() {
        // The other variant left the data in other cores' caches; long calls do not notice.
        let wasReset = workload.reset()
        if wasReset || (samples[index].last ?? 0) < Self.longSeconds { _ = try workload.time(calls: 1, options) }
        samples[index].append(try workload.time(calls: calls[index], options) / Double(calls[index]))
      }
      let spent = monotonicSeconds() - start, allowance = Double(variants.count)
      let isEnough = samples[0].count >= least && spent >= enough * allowance
      if isEnough || (spent >= most * allowance && samples[0].count >= 3) { break }
    }
    return samples.map(Timing.init)
  }
}
