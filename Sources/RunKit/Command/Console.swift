import FileKit
import Foundation

/// Where a command writes: results to standard output, progress and warnings to standard error.
public struct Console {
  /// Throws when the text cannot be written: a result that is lost must not look like success.
  public var writeOutput: (String) throws -> Void
  public var writeError: (String) -> Void
  /// Whether standard error is a terminal, on which a line can be rewritten.
  public var errorIsTerminal: Bool
  /// Width of that terminal in characters.
  public var columns: Int

  public init(
    writeOutput: @escaping (String) throws -> Void, writeError: @escaping (String) -> Void,
    errorIsTerminal: Bool = false, columns: Int = 80
  ) {
    self.writeOutput = writeOutput
    self.writeError = writeError
    self.errorIsTerminal = errorIsTerminal
    self.columns = columns
  }

  /// The process's own streams.
  public static var standard: Console {
    Console(
      writeOutput: { text in
        do {
          try FileBytes.write(Array(text.utf8), to: STDOUT_FILENO, path: "standard output")
        } catch {
          throw OutputError("\(error).")
        }
      },
      writeError: { try? FileBytes.write(Array($0.utf8), to: STDERR_FILENO, path: "standard error") },
      errorIsTerminal: isatty(STDERR_FILENO) != 0, columns: terminalColumns(STDERR_FILENO))
  }

  private static func terminalColumns(_ descriptor: Int32) -> Int {
    var size = winsize()
    if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init) ?? 80
  }
}
