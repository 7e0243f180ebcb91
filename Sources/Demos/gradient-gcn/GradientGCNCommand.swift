import ArgumentParser
import RunKit

struct GradientGCNCommand: GossamerCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradient-gcn",
    abstract: "Deep graph convolutional networks whose gradients flow (arXiv 2210.08122).",
    discussion: """
      Start with `gradient-gcn train`: it needs no data. Real graphs: `--dataset cora --data DIR`, where DIR holds the \
      files of the set.
      """,
    subcommands: [Reproduce.self, Train.self, Diagnose.self, Predict.self])
}
