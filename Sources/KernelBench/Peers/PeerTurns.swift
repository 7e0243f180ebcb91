import Foundation
import RunKit

/// One of those that take turns.
struct Contestant {
  let name: String
  /// Seconds of so many calls.
  let time: (_ calls: Int) throws -> Double
}

/// Times contestants in turns (A B C A B C ...), so that a neighbour's load meets them alike.
struct PeerTurns {
  let rounds: Int
  /// A turn holds as many calls as take about this long.
  let turnSeconds: Double
  /// Between turns, in microseconds, so that the workers of the last one's parallel regions have stopped spinning:
  /// libgomp's take about 5 ms.
  let pause: useconds_t

  static let full = PeerTurns(rounds: 7, turnSeconds: 20e-3, pause: 15_000)
  static let quick = PeerTurns(rounds: 5, turnSeconds: 5e-3, pause: 15_000)
  private static let mostCalls = 1 << 14

  func time(_ contestants: [Contestant]) throws -> [Timing] {
    let calls = try contestants.map { contestant in
      // The first call finds cold code and fresh pages.
      var seconds = try contestant.time(1)
      if seconds < turnSeconds { seconds = try contestant.time(3) / 3 }
      return seconds >= turnSeconds ? 1 : min(Self.mostCalls, max(2, Int(turnSeconds / max(seconds, 1e-9))))
    }
    var samples = contestants.map { _ in [Double]() }
    for _ in 0..<rounds {
      for (index, contestant) in contestants.enumerated() {
        usleep(pause)
        samples[index].append(try contestant.time(calls[index]) / Double(calls[index]))
      }
    }
    return samples.map(Timing.init)
  }
}
