/// The run's folder and its metrics log, made when the first result asks for them: a run that fails on its data before
/// that leaves nothing behind, and an earlier run's results stay.
final class RunOutput {
  private let path: String
  private let name: RunName
  private let members: [JSONValue.Member]
  private let facts: () -> RuntimeFacts
  /// Event files of the run, when it was asked for them and has begun.
  private(set) var events: EventFolder?
  private let writesEvents: Bool
  private var opened: (folder: RunFolder, log: MetricsLog)?

  /// `name` and `options` head the `run.json` that stands in the folder while the run goes on.
  init(
    path: String, name: RunName, options: JSONValue, events: Bool = false, facts: @escaping () -> RuntimeFacts
  ) throws {
    writesEvents = events
    self.path = path
    self.name = name
    self.facts = facts
    members = [
      .init("paper", .string(name.paper)), .init("command", .string(name.command)), .init("options", options),
    ]
    try RunFolder.check(path, for: name)
  }

  func begin() throws -> (folder: RunFolder, log: MetricsLog) {
    if let opened { return opened }
    let folder = try RunFolder.prepare(path, for: name)
    try folder.writeRecord(members, state: .running, facts: facts())
    let opened = (folder, try MetricsLog(folder.file("metrics.csv")))
    self.opened = opened
    if writesEvents { events = EventFolder(folder.file("events")) }
    return opened
  }

  /// Completes what was recorded before an error.
  func fail() {
    guard let opened else { return }
    try? opened.log.close()
    try? events?.close()
    try? opened.folder.writeRecord(members, state: .failed, facts: facts())
  }
}
