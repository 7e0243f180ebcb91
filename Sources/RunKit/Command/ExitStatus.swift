import ArgumentParser

/// How a command ends, as its exit code.
public enum ExitStatus: Int32, Sendable {
  case done = 0
  /// Under `--check`, the run did not meet one of the paper's claims.
  case claimNotMet = 1
  case usage = 2
  /// Data are missing or malformed.
  case data = 3
  /// The run itself failed: it diverged, the disk is full.
  case failed = 4
}

/// An error that knows how the command must end. Its description is one sentence for the user.
///
/// Errors of other types end the command with `ExitStatus.failed`.
public protocol RunError: Error, CustomStringConvertible {
  var exitStatus: ExitStatus { get }
}

/// The options are well formed but cannot be used as they stand.
public struct UsageError: RunError, Equatable {
  public let description: String
  public var exitStatus: ExitStatus { .usage }
  public init(_ sentence: String) { description = sentence }
}

/// The run's own files cannot be written.
public struct OutputError: RunError, Equatable {
  public let description: String
  public var exitStatus: ExitStatus { .failed }
  public init(_ sentence: String) { description = sentence }
}

/// A finished run that missed claims of its paper while `--check` asked for them.
public struct ClaimsNotMet: RunError, Equatable {
  public let claims: [String]
  public var exitStatus: ExitStatus { .claimNotMet }
  public var description: String {
    (claims.count == 1 ? "1 claim was not met: " : "\(claims.count) claims were not met: ")
      + claims.joined(separator: "; ") + "."
  }
}

extension ExitStatus {
  /// The status for an error that a command of `root` threw. ArgumentParser's usage errors become `.usage`, its help and
  /// version requests `.done`.
  static func forError(_ error: any Error, of root: any ParsableCommand.Type) -> ExitStatus {
    if let error = error as? any RunError { return error.exitStatus }
    switch root.exitCode(for: error) {
    case .success: return .done
    case .validationFailure: return .usage
    default: return .failed
    }
  }
}
