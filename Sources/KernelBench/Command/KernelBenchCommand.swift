import ArgumentParser
import RunKit

/// The `kernel-bench` executable.
struct KernelBenchCommand: GossamerCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel-bench",
    abstract: "Times every kernel as a share of what this machine can do.",
    discussion: "kernel-bench --quick stands for kernel-bench run --quick; kernel-bench help run lists the options.",
    subcommands: [RunBenches.self, RunPeers.self, Explain.self, Scale.self, ScalePanels.self],
    defaultSubcommand: RunBenches.self)
}
