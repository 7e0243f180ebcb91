import ArgumentParser

/// A command that is no experiment and writes through a console, which tests can read.
public protocol ConsoleCommand: ParsableCommand {
  func run(on console: Console) throws
}

extension ConsoleCommand {
  public func run() throws { try run(on: .standard) }
}
