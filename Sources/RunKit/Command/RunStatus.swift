import ArgumentParser

/// How a command ends, as its exit code.
public enum RunStatus: Int32, Sendable {
  case done = 0
  /// Under `--check`, the run did not meet one of the paper's claims.
  case claimNotMet = 1
  case usage = 2
  /// Data are missing or malformed.
  case data = 3
  /// The run itself failed: it diverged, the disk is full.
  case failed = 4
  /// A signal ended the run, which can be resumed.
  case interrupted = 130
}

/// An error that knows how the command must end. Its description is one sentence for the user.
///
/// Errors of other types end the command with `RunStatus.failed`.
public protocol RunError: Error, CustomStringConvertible {
  var status: RunStatus { get }
}

/// The options are well formed but cannot be used as they stand.
public struct UsageError: RunError, Equatable {
  public let description: String
  public var status: RunStatus { .usage }
  public init(_ sentence: String) { description = sentence }
}

/// The run's own files cannot be written.
public struct OutputError: RunError, Equatable {
  public let description: String
  public var status: RunStatus { .failed }
  public init(_ sentence: String) { description = sentence }
}

/// A finished run that missed claims of its paper while `--check` asked for them.
public struct ClaimsNotMet: RunError, Equatable {
  public let claims: [String]
  public var status: RunStatus { .claimNotMet }
  public var description: String {
    (claims.count == 1 ? "1 claim was not met: " : "\(claims.count) claims were not met: ")
      + claims.joined(separator: "; ") + "."
  }
}

extension RunStatus {
  /// The status for an error that a command of `root` threw. ArgumentParser's usage errors become `.usage`, its help
  /// and version requests `.done`.
  static func forError(_ error: any Error, of root: any ParsableCommand.Type) -> RunStatus {
    if let error = error as? any RunError { return error.status }
    switch root.exitCode(for: error) {
    case .success: return .done
    case .validationFailure: return .usage
    default: return .failed
    }
  }

  /// The error in words.
  static func sentence(for error: any Error, of root: any ParsableCommand.Type) -> String {
    (error as? any RunError)?.description ?? root.message(for: error)
  }
}
