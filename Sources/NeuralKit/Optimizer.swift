import TensorKit

/// Parameters whose names `matches` accepts, with a learning rate or weight decay of their own.
public struct ParameterGroup {
  /// Nil for the optimizer's.
  public var learningRate: Double?
  /// Nil for the optimizer's.
  public var weightDecay: Double?
  /// Whether a parameter of this dotted name belongs here.
  public var matches: (_ name: String) -> Bool

  /// A group with its own rate or decay; what is nil stays the optimizer's.
  public init(
    learningRate: Double? = nil, weightDecay: Double? = nil, matching matches: @escaping (_ name: String) -> Bool
  ) {
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.matches = matches
  }
}

/// Changes a model's parameters by given gradients: all of them in one pass over memory per step.
///
/// ```swift
/// // Kipf's recipe: weight decay on the first layer only.
/// let optimizer = Optimizer.adam(
///   model, learningRate: 0.01, groups: [ParameterGroup(weightDecay: 5e-4) { $0.hasPrefix("conv1.") }])
/// let (loss, gradients) = valueAndGradients(of: model) { meanCrossEntropy(model(graph), labels: labels) }
/// optimizer.step(gradients)
/// ```
public final class Optimizer {
  internal enum Rule {
    case adam(beta1: Double, beta2: Double, epsilon: Double, isDecoupled: Bool)
    case sgd(momentum: Double, dampening: Double, nesterov: Bool)

    /// Names of the buffers that the rule keeps for each parameter.
    var momentNames: [String] {
      switch self {
      case .adam: ["moment1", "moment2"]
      case .sgd(let momentum, _, _): momentum == 0 ? [] : ["moment1"]
      }
    }
  }

  /// What is kept for one parameter.
  internal final class Slot {
    let name: String
    let box: ParameterBox
    /// Nil for the optimizer's rate.
    let learningRate: Double?
    let weightDecay: Double
    /// Updates of this parameter so far: frozen steps do not count.
    var steps = 0
    /// Nil until the first update.
    var moments: [Tensor] = []

    init(name: String, box: ParameterBox, learningRate: Double?, weightDecay: Double) {
      self.name = name
      self.box = box
      self.learningRate = learningRate
      self.weightDecay = weightDecay
    }
  }

  /// The starting rate of parameters whose group has none of its own.
  public var learningRate: Double
  /// What a schedule says: multiplies the rates of all groups.
  public var learningRateFactor = 1.0
  /// Steps taken so far.
  public internal(set) var stepCount = 0

  internal let rule: Rule
  internal let slots: [Slot]
  private let slotOfBox: [ObjectIdentifier: Int]

  private init(
    _ model: Module, _ rule: Rule, _ learningRate: Double, _ weightDecay: Double, _ groups: [ParameterGroup]
  ) {
    self.rule = rule
    self.learningRate = learningRate
    slots = model.namedParameters().map { name, box in
      let group = groups.first { $0.matches(name) }
      return Slot(
        name: name, box: box, learningRate: group?.learningRate, weightDecay: group?.weightDecay ?? weightDecay)
    }
    slotOfBox = Dictionary(uniqueKeysWithValues: slots.enumerated().map { (ObjectIdentifier($1.box), $0) })
  }

  /// Adam with weight decay coupled into the gradient, as torch.optim.Adam (Kingma and Ba 2015). The first group that
  /// accepts a parameter's name applies to it.
  public static func adam(
    _ model: Module, learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0, groups: [ParameterGroup] = []
  ) -> Optimizer {
    let rule = Rule.adam(beta1: beta1, beta2: beta2, epsilon: epsilon, isDecoupled: false)
    return Optimizer(model, rule, learningRate, weightDecay, groups)
  }

  /// Adam by Kipf and Welling's recipe: coupled weight decay on the parameters whose names begin with `layers.0.`.
  public static func kipf(_ model: Module, learningRate: Double = 0.01, weightDecay: Double = 5e-4) -> Optimizer {
    .adam(
      model, learningRate: learningRate,
      groups: [ParameterGroup(weightDecay: weightDecay) { $0.hasPrefix("layers.0.") }])
  }

  /// Adam with decoupled weight decay: weights shrink by rate x decay (Loshchilov and Hutter 2019).
  public static func adamW(
    _ model: Module, learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 1e-2, groups: [ParameterGroup] = []
  ) -> Optimizer {
    let rule = Rule.adam(beta1: beta1, beta2: beta2, epsilon: epsilon, isDecoupled: true)
    return Optimizer(model, rule, learningRate, weightDecay, groups)
  }

  /// Gradient descent, with momentum as torch.optim.SGD defines it and coupled weight decay.
  public static func sgd(
    _ model: Module, learningRate: Double, momentum: Double = 0, dampening: Double = 0, nesterov: Bool = false,
    weightDecay: Double = 0, groups: [ParameterGroup] = [], file: StaticString = #fileID, line: UInt = #line
  ) -> Optimizer {
    if nesterov, momentum <= 0 || dampening != 0 {
      trap("sgd: nesterov needs a momentum above 0 and no dampening", file, line)
    }
    let rule = Rule.sgd(momentum: momentum, dampening: dampening, nesterov: nesterov)
    return Optimizer(model, rule, learningRate, weightDecay, groups)
  }

  /// One step. Parameters without a gradient (frozen ones) and frozen parameters stay as they are.
  public func step(_ gradients: ParameterGradients, file: StaticString = #fileID, line: UInt = #line) {
    stepCount += 1
    // Parameters that share rate and age, as a rule all of them, go to the kernel together.
    var batches: [(rate: Double, age: Int, items: [OptimizerStep.Parameter])] = []
    for (box, gradient) in zip(gradients.parameters, gradients.tensors) where !box.isFrozen {
      guard let index = slotOfBox[ObjectIdentifier(box)] else {
        trap("step: a gradient of shape \(gradient.shape) belongs to no parameter of this optimizer", file, line)
      }
      let slot = slots[index]
      guard !box.isSubstituted else {
        trap("step: parameter \"\(slot.name)\" is replaced by withParameters at the moment", file, line)
      }
      let item = update(slot, gradient, file, line)
      let rate = (slot.learningRate ?? learningRate) * learningRateFactor
      if let batch = batches.firstIndex(where: { $0.rate == rate && $0.age == slot.steps }) {
        batches[batch].items.append(item)
      } else {
        batches.append((rate, slot.steps, [item]))
      }
    }
    for (rate, age, items) in batches { apply(items, rate, age) }
  }

  private func update(
    _ slot: Slot, _ gradient: Tensor, _ file: StaticString, _ line: UInt
  ) -> OptimizerStep.Parameter {
    let weight = slot.box.tensorForWriting()
    slot.steps += 1
    if slot.moments.isEmpty { slot.moments = rule.momentNames.map { _ in .zeros(weight.shape, dtype: weight.dtype) } }
    for tensor in slot.moments + [gradient] where tensor.shape != weight.shape || tensor.dtype != weight.dtype {
      trap(
        "step: parameter \"\(slot.name)\" is \(weight.shape) \(weight.dtype), but its gradient or state is "
          + "\(tensor.shape) \(tensor.dtype)", file, line)
    }
    return OptimizerStep.Parameter(
      weight: weight, gradient: gradient, moment1: slot.moments.first, moment2: slot.moments.dropFirst().first,
      weightDecay: slot.weightDecay)
  }

  private func apply(_ items: [OptimizerStep.Parameter], _ rate: Double, _ age: Int) {
    switch rule {
    case .adam(let beta1, let beta2, let epsilon, let isDecoupled):
      OptimizerStep.adam(
        items, learningRate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, step: age, decoupled: isDecoupled)
    case .sgd(let momentum, let dampening, let nesterov):
      OptimizerStep.sgd(
        items, learningRate: rate, momentum: momentum, dampening: dampening, step: age, nesterov: nesterov)
    }
  }
}
