import GradientGCN
import NeuralKit
import RunKit
import TensorKit

/// A model that is ready to be trained, with what an epoch of it does.
struct Trainee {
  let model: GraphModel
  let optimizer: Optimizer
  let select: SelectionRule
  let patience: Int?
  /// Layers with a skip from the first; nil for models that have no such skips.
  let skips: () -> Set<Int>?
  private let epoch: (_ number: Int, _ inspect: (ParameterGradients) throws -> Void) throws -> Double

  /// The model of a variant; a probe runs first where the variant needs one.
  init(_ variant: Variant, layers: Int, _ settings: VariantSettings, _ task: NodeTask, _ context: SeedContext) throws {
    switch variant.kind {
    case .method(let initialization, let skips):
      let method = settings.method(variant, initialization, skips, layers: layers)
      if let rewiring = method.rewiring, !method.needsProbe, rewiring.mode == .online {
        self.init(online: method.onlineTraining(task, seed: context.seed))
      } else {
        try self.init(method, task, context)
      }
    case .baseline(let baseline):
      let recipe = BaselineRecipe(baseline, dataset: settings.dataset)
      let (model, optimizer) = recipe.make(task, layers: layers, using: RandomGenerator(seed: context.seed))
      self.init(NodeTraining(model, task, optimizer), select: .loss, patience: recipe.patience)
    case .kipf, .signal:
      let widths = [task.features.width] + Array(repeating: 16, count: layers - 1) + [task.dataset.classCount]
      let model = GraphNetwork.gcn(
        widths: widths, dropout: settings.dropout(of: variant), graph: task.graph, features: task.features,
        using: RandomGenerator(seed: context.seed))
      self.init(NodeTraining(model, task, .kipf(model)))
    }
  }

  private init(_ method: GradientGCN, _ task: NodeTask, _ context: SeedContext) throws {
    var listed: [Int] = []
    if method.needsProbe, let rewiring = method.rewiring {
      let probe = method.probe(task, seed: context.seed)
      try context.train(
        "probe", model: probe.model, optimizer: probe.optimizer, epochs: rewiring.probeEpochs
      ) { ["probeLoss": probe.epoch($0)] }
      listed = probe.model.record.layers
    }
    let skips = method.skippedLayers(listed: listed, seed: context.seed)
    let model = method.network(task, skips: skips, seed: context.seed)
    self.init(NodeTraining(model, task, method.optimizer(model)), skips: skips)
  }

  private init(online training: RewiringTraining) {
    model = training.model
    optimizer = training.optimizer
    (select, patience) = (.accuracy, nil)
    skips = { Set(training.model.record.layers) }
    epoch = { try training.epoch($0, inspect: $1) }
  }

  /// The paper's rule selects: the first maximum of validation accuracy.
  init<Model: GraphModel>(
    _ training: NodeTraining<Model>, skips: Set<Int>? = nil, select: SelectionRule = .accuracy, patience: Int? = nil
  ) {
    model = training.model
    optimizer = training.optimizer
    self.select = select
    self.patience = patience
    self.skips = { skips }
    epoch = { try training.epoch(inspect: $1) }
  }

  /// Trains by the trainee's rules; `inspect` sees each epoch's gradients before the step.
  func train(
    _ task: NodeTask, _ context: SeedContext, epochs: Int,
    inspect: (_ epoch: Int, _ gradients: ParameterGradients) throws -> Void = { _, _ in }
  ) throws -> TrainingResult {
    try context.train(
      model: model, optimizer: optimizer, select: select, patience: patience, epochs: epochs
    ) { number in
      ["trainLoss": try epoch(number) { try inspect(number, $0) }]
    } evaluate: { _ in
      let values = task.evaluate(model)
      return [
        "validationLoss": values.validationLoss, "validationAccuracy": values.validationAccuracy,
        "testAccuracy": values.testAccuracy,
      ]
    }
  }
}
