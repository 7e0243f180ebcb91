/// The run's folder, made when the first result asks for it: a run that fails on its data before that leaves nothing
/// behind, and an earlier run's results stay.
final class RunOutput {
  private let open: () throws -> RunFolder
  /// The folder, if it has been asked for.
  private(set) var existing: RunFolder?

  /// Whether units write event files beside their logs.
  let writesEvents: Bool

  init(events: Bool = false, open: @escaping () throws -> RunFolder) {
    writesEvents = events
    self.open = open
  }

  func begin() throws -> RunFolder {
    if let existing { return existing }
    let folder = try open()
    existing = folder
    return folder
  }
}
