import Foundation

/// A learning rate over time as a factor of the starting rate: a pure function of the number of steps (or epochs)
/// taken, so that a resumed run needs no state. Schedules multiply and follow one another.
///
/// ```swift
/// let schedule = Schedule.linearWarmup(100) * .cosine(1000)
/// optimizer.learningRateFactor = schedule(epoch)
/// ```
public struct Schedule: Sendable {
  private let factor: @Sendable (_ step: Int) -> Double

  /// A schedule of your own.
  public init(_ factor: @escaping @Sendable (_ step: Int) -> Double) { self.factor = factor }

  /// The factor after `step` steps, counted from 0.
  public func callAsFunction(_ step: Int) -> Double { factor(step) }

  /// 1 for ever.
  public static let constant = Schedule { _ in 1 }

  /// Multiplied by `factor` after every `interval` steps.
  public static func step(every interval: Int, by factor: Double) -> Schedule {
    precondition(interval > 0, "Schedule.step: the interval must be positive")
    return Schedule { pow(factor, Double($0 / interval)) }
  }

  /// Half a cosine from 1 down to `floor` over `steps` steps, `floor` afterwards (Loshchilov and Hutter 2017).
  public static func cosine(_ steps: Int, floor: Double = 0) -> Schedule {
    Schedule { floor + (1 - floor) * (1 + cos(.pi * progress($0, steps))) / 2 }
  }

  /// A straight line from `start` to 1 over `steps` steps, 1 afterwards.
  public static func linearWarmup(_ steps: Int, from start: Double = 0) -> Schedule {
    Schedule { start + (1 - start) * progress($0, steps) }
  }

  /// (1 - step / steps) ^ power down to `floor` over `steps` steps, `floor` afterwards.
  public static func polynomial(_ steps: Int, power: Double = 1, floor: Double = 0) -> Schedule {
    Schedule { floor + (1 - floor) * pow(1 - progress($0, steps), power) }
  }

  /// This schedule for `steps` steps, then the other from its own start.
  public func followed(after steps: Int, by next: Schedule) -> Schedule {
    Schedule { $0 < steps ? self($0) : next($0 - steps) }
  }

  /// The product of both factors.
  public static func * (a: Schedule, b: Schedule) -> Schedule { Schedule { a($0) * b($0) } }

  /// Share of `steps` that has passed, in 0...1.
  private static func progress(_ step: Int, _ steps: Int) -> Double {
    steps > 0 ? min(Double(max(step, 0)) / Double(steps), 1) : 1
  }
}
