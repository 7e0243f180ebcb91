import Foundation

/// Runs units in child processes, each of which takes the next unit when it has finished one.
final class WorkerPool {
  private let plan: RunPlan
  private let output: RunOutput
  private let progress: ProgressLine
  /// Command line of a worker after the executable's name.
  private let arguments: [String]
  /// Called several times in a second.
  private let whileRunning: () -> Void
  private var queue: [RunUnit] = []
  private var workers: [WorkerProcess] = []
  private var finished = 0
  /// The part of the run's work that is finished.
  private var finishedPart = 0.0
  /// Why the run ends before its units do.
  private var reason: (any Error)?

  init(
    plan: RunPlan, output: RunOutput, progress: ProgressLine, arguments: [String],
    whileRunning: @escaping () -> Void
  ) {
    self.plan = plan
    self.output = output
    self.progress = progress
    self.arguments = arguments
    self.whileRunning = whileRunning
  }

  /// Runs all units and notes those that fail.
  /// - Throws: an interruption, or an error that all units share, after the workers have saved and ended.
  func run(_ units: [RunUnit], on jobs: Int, _ failures: inout UnitFailures) throws {
    queue = units.reversed()
    finished = plan.units.count - units.count
    finishedPart = 1 - plan.part(of: units)
    // A worker that ends between two lines shows as the end of its output, not as a signal.
    let earlier = signal(SIGPIPE, SIG_IGN)
    defer {
      signal(SIGPIPE, earlier)
      Interruption.endWithProcess(group: 0)
    }
    for _ in 0..<jobs { attempt { try start() } }
    while !workers.isEmpty {
      if Interruption.isRequested { stop(Interrupted()) }
      for worker in ready() {
        for line in worker.lines() { attempt { try handle(line, from: worker, &failures) } }
      }
      show()
      whileRunning()
    }
    if let reason { throw reason }
  }

  private func attempt(_ body: () throws -> Void) {
    do { try body() } catch { stop(error) }
  }

  private func stop(_ error: any Error) {
    guard reason == nil else { return }
    reason = error
    queue = []
    for worker in workers { worker.end() }
  }

  /// The workers with something to read; a signal or a fifth of a second ends the wait.
  private func ready() -> [WorkerProcess] {
    var places = workers.map { pollfd(fd: $0.output, events: Int16(POLLIN), revents: 0) }
    guard poll(&places, nfds_t(places.count), 200) > 0 else { return [] }
    return zip(workers, places).filter { $0.1.revents != 0 }.map(\.0)
  }

  private func start() throws {
    guard reason == nil, !queue.isEmpty else { return }
    let worker = try WorkerProcess(arguments: arguments, group: workers.first.map { getpgid($0.id) } ?? 0)
    workers.append(worker)
    Interruption.endWithProcess(group: getpgid(worker.id))
    if output.existing != nil { worker.send(Worker.goOn) }
    give(worker)
  }

  /// Gives the worker its next unit, or lets it end.
  private func give(_ worker: WorkerProcess) {
    worker.unit = queue.popLast()
    worker.share = 0
    if let unit = worker.unit { worker.send(String(unit.index)) } else { worker.end() }
  }

  private func handle(_ line: String?, from worker: WorkerProcess, _ failures: inout UnitFailures) throws {
    guard let line else { return try bury(worker, &failures) }
    switch WorkerEvent(line: line) {
    case .open:
      // A worker of a run that ends is told so by the end of its input.
      guard reason == nil else { return }
      _ = try output.begin()
      worker.send(Worker.goOn)
    case .progress(let share): worker.share = share
    case .earlier(let share):
      worker.share = share
      if let unit = worker.unit { progress.skip(share * plan.part(of: [unit])) }
    case .done:
      count(worker.unit)
      give(worker)
    case .failed(let error):
      let unit = worker.unit
      count(unit)
      worker.unit = nil
      if error.status == .interrupted { throw Interrupted() }
      if let unit { try failures.note(error, of: unit) }
      give(worker)
    case nil: break
    }
  }

  /// A worker that ends with a unit in hand has crashed or was killed: another takes its place.
  private func bury(_ worker: WorkerProcess, _ failures: inout UnitFailures) throws {
    workers.removeAll { $0 === worker }
    let end = worker.wait()
    guard let unit = worker.unit, reason == nil else { return }
    count(unit)
    try start()
    try failures.note(WorkerError(description: "its process \(end).", status: .failed), of: unit)
  }

  private func count(_ unit: RunUnit?) {
    finished += 1
    finishedPart += unit.map { plan.part(of: [$0]) } ?? 0
  }

  private func show() {
    let busy = workers.compactMap { worker in worker.unit.map { (unit: $0, share: worker.share) } }
    let done = busy.reduce(finishedPart) { $0 + $1.share * plan.part(of: [$1.unit]) }
    let notes = busy.map { "\(plan.title(of: $0.unit)) \(Int($0.share * 100)) %" }
    progress.update("\(finished)/\(plan.units.count)", fraction: done, notes: notes)
  }
}
