import GradientGCN
import NeuralKit
import RunKit
import TensorKit

/// A model that is ready to be trained, with what an epoch of it does.
struct Trainee {
  let model: GraphModel
  let optimizer: Optimizer
  var select: SelectionRule
  var patience: Int?
  /// Layers with a skip from the first; nil for models that have no such skips.
  let skips: () -> Set<Int>?
  private let epoch: (_ number: Int, _ inspect: (ParameterGradients) throws -> Void) throws -> Double

  /// The model of a variant; a probe runs first where the variant needs one.
  init(_ variant: Variant, layers: Int, _ settings: VariantSettings, _ task: NodeTask, _ context: SeedContext) throws {
    switch variant.kind {
    case .method(let initialization, let skips):
      try self.init(settings.method(variant, initialization, skips, layers: layers), task, context)
    case .baseline(let baseline):
      self.init(BaselineRecipe(baseline, dataset: settings.dataset), layers: layers, task, context)
    case .kipf, .signal:
      var method = GradientGCN(layers: layers, hidden: 16, initialization: .glorot, skips: .none, dropout: 0.5)
      method.learningRate = 0.01
      method.decaysAllLayers = false
      try self.init(method, task, context)
    }
  }

  /// A baseline, which stops by its recipe and counts at the lowest validation loss.
  init(_ recipe: BaselineRecipe, layers: Int, _ task: NodeTask, _ context: SeedContext) {
    let (model, optimizer) = recipe.make(task, layers: layers, using: RandomGenerator(seed: context.seed))
    self.init(NodeTraining(model, task, optimizer), select: .loss, patience: recipe.patience)
  }

  /// The paper's method; its probe runs here.
  init(_ method: GradientGCN, _ task: NodeTask, _ context: SeedContext) throws {
    if method.rewiring != nil, !method.needsProbe {
      self.init(online: method.onlineTraining(task, seed: context.seed))
      return
    }
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

  /// The model without what only its training needs, to be taken when that has ended.
  func trained() -> GraphModel { (model as? RewiringNetwork)?.rewire() ?? model }

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
