import ArgumentParser
import Foundation

/// The root command of an executable. Its `main()` runs the chosen subcommand and ends with Gossamer's exit codes.
///
/// ```swift
/// struct GradientGCNCommand: GossamerCommand {
///   static let configuration = CommandConfiguration(commandName: "gradient-gcn", subcommands: [Train.self])
/// }
/// ```
/// and `GradientGCNCommand.main()` as the one line of `main.swift`.
public protocol GossamerCommand: ParsableCommand {}

extension GossamerCommand {
  /// Runs with the process's arguments and exits.
  public static func main() { main(nil) }

  /// Runs with these arguments, by default the process's, and exits.
  public static func main(_ arguments: [String]?) {
    Foundation.exit(status(of: arguments ?? Array(CommandLine.arguments.dropFirst()), on: .standard).rawValue)
  }

  /// Parses and runs, writes any error's sentence, and returns how the process should end.
  public static func status(of arguments: [String], on console: Console) -> RunStatus {
    do {
      var command = try parseWithPreset(arguments)
      if let experiment = command as? any Experiment {
        try experiment.execute(on: console, invocation: [_commandName] + arguments)
      } else if let command = command as? any ConsoleCommand {
        try command.run(on: console)
      } else {
        try command.run()
      }
      return .done
    } catch {
      let status = RunStatus.forError(error, of: self)
      switch error {
      case let error as any RunError: console.writeError("Error: \(error.description)\n")
      case _ where status == .done: try? console.writeOutput(fullMessage(for: error) + "\n")
      default: console.writeError(fullMessage(for: error) + "\n")
      }
      return status
    }
  }

  /// Parses a whole command line; the options of an experiment's preset go beneath those that are typed.
  static func parseWithPreset(_ arguments: [String]) throws -> any ParsableCommand {
    let typed = try parseAsRoot(arguments)
    guard let experiment = typed as? any Experiment, let preset = experiment.common.preset else { return typed }
    var expanded = arguments
    expanded.insert(contentsOf: type(of: experiment).presets.arguments(of: preset), at: commandWords(in: arguments))
    return try parseAsRoot(expanded)
  }

  /// Number of leading arguments that name subcommands.
  private static func commandWords(in arguments: [String]) -> Int {
    var command: any ParsableCommand.Type = self
    var count = 0
    for argument in arguments {
      let next = command.configuration.subcommands.first {
        $0._commandName == argument || $0.configuration.aliases.contains(argument)
      }
      guard let next else { break }
      command = next
      count += 1
    }
    return count
  }
}
