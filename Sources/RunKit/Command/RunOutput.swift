/// The run's folder and its metrics log, made when the first result asks for them: a run that fails on its data before
/// that leaves nothing behind, and an earlier run's results stay.
final class RunOutput {
  private let path: String
  private let members: [JSONValue.Member]
  private let facts: () -> RuntimeFacts
  private var opened: (folder: RunFolder, log: MetricsLog)?

  /// `members` head the `run.json` that stands in the folder while the run goes on.
  init(path: String, members: [JSONValue.Member], facts: @escaping () -> RuntimeFacts) throws {
    self.path = path
    self.members = members
    self.facts = facts
    try RunFolder.check(path)
  }

  func begin() throws -> (folder: RunFolder, log: MetricsLog) {
    if let opened { return opened }
    let folder = try RunFolder.prepare(path)
    try folder.writeRecord(members, state: .running, facts: facts())
    let opened = (folder, try MetricsLog(folder.file("metrics.csv")))
    self.opened = opened
    return opened
  }

  /// Completes what was recorded before an error.
  func fail() {
    guard let opened else { return }
    try? opened.log.close()
    try? opened.folder.writeRecord(members, state: .failed, facts: facts())
  }
}
