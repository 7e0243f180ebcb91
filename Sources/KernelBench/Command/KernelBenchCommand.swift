import ArgumentParser
import RunKit

/// The `kernel-bench` executable.
struct KernelBenchCommand: GossamerCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel-bench",
    abstract: "Times every kernel as a share of what this machine can do.",
    subcommands: [RunBenches.self], defaultSubcommand: RunBenches.self)
}
