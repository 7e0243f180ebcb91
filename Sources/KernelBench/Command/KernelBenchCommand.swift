import ArgumentParser
import RunKit

/// The `kernel-bench` executable.
struct KernelBenchCommand: GossamerCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel-bench",
    abstract: "Times every kernel as a share of what this machine can do.",
    discussion: """
      kernel-bench --quick stands for kernel-bench run --quick, kernel-bench --contended for kernel-bench contended; \
      kernel-bench help run lists the options.
      """,
    subcommands: [RunBenches.self, RunPeers.self, RunContended.self, Explain.self], defaultSubcommand: RunBenches.self)

  /// The arguments with `contended` for `--contended`, wherever it stands.
  static func spelledOut(_ arguments: [String]) -> [String] {
    guard arguments.contains(RunContended.option) else { return arguments }
    return [RunContended.configuration.commandName!] + arguments.filter { $0 != RunContended.option }
  }
}
