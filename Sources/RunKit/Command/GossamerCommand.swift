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
      let arguments = try withRecorded(arguments)
      var command = try parseWithPreset(arguments)
      if let experiment = command as? any Experiment {
        try experiment.execute(on: console, invocation: [programName] + arguments)
      } else if let command = command as? any ConsoleCommand {
        try command.run(on: console)
      } else {
        try command.run()
      }
      return .done
    } catch {
      let status = RunStatus.forError(error, of: self)
      switch error {
      case let error as Interrupted: console.writeError("\(error.description)\n")
      case let error as any RunError: console.writeError("Error: \(error.description)\n")
      case _ where status == .done: try? console.writeOutput(fullMessage(for: error) + "\n")
      default: console.writeError(fullMessage(for: error) + "\n")
      }
      return status
    }
  }

  /// The executable as the user called it, or the command's name inside of another program.
  private static var programName: String {
    let path = CommandLine.arguments.first ?? ""
    return path.split(separator: "/").last.map(String.init) == _commandName ? path : _commandName
  }

  /// The command line with the options of the run that `--resume` or `--replay` names before those that are typed.
  static func withRecorded(_ arguments: [String]) throws -> [String] {
    func place(_ option: String) -> String? {
      // The options themselves refuse an empty one.
      RecordedRun.value(of: option, in: arguments).flatMap { $0.isEmpty ? nil : $0 }
    }
    let resumed = place("--resume"), replayed = place("--replay")
    let earlier =
      try resumed.map(RecordedRun.toResume) ?? replayed.map { try RecordedRun(file: $0, option: "--replay") }
    guard let earlier else { return arguments }
    let typed = commandWords(in: arguments), recorded = commandWords(in: earlier.arguments)
    guard typed == 0 || arguments[..<typed] == earlier.arguments[..<recorded] else {
      let option = resumed.map { "--resume \($0)" } ?? "--replay \(replayed ?? "")"
      let command = ([_commandName] + arguments[..<typed]).joined(separator: " ")
      throw UsageError("\(option): this is a run of \(earlier.name), not of \(command).")
    }
    return RecordedRun.joined(earlier.arguments, Array(arguments[typed...]))
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
