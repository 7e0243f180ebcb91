import FileKit
import Foundation
import TensorKit
import TestSupport
import Testing

@testable import NeuralKit

@Suite(.serialized) struct CheckpointTests {
  private func train(_ model: Perceptron, _ optimizer: Optimizer, _ generator: RandomGenerator, _ steps: Int) {
    for _ in 0..<steps {
      let x = generator.normal([5, 3])
      let (_, gradients) = valueAndGradients(of: model) {
        model(x.dropout(0.2, using: generator)).squared().mean()
      }
      optimizer.step(gradients)
    }
  }

  @Test(arguments: [true, false])
  func aResumedRunGoesOnBitForBit(isAdam: Bool) throws {
    func optimizer(_ model: Module) -> Optimizer {
      isAdam ? .adam(model, learningRate: 0.05) : .sgd(model, learningRate: 0.05, momentum: 0.9)
    }
    try withTemporaryFolder { folder in
      let path = folder + "/run.safetensors"
      let model = Perceptron(), straight = optimizer(model), generator = RandomGenerator(seed: 1 << 60 + 7)
      train(model, straight, generator, 3)
      try Checkpoint(
        model: model, optimizer: straight, generators: ["data": generator], loop: ["epoch": Tensor([3] as [Int32])],
        metadata: ["preset": "smoke"]
      ).save(to: path)
      train(model, straight, generator, 4)

      let again = Perceptron(seed: 99), resumed = optimizer(again), other = RandomGenerator(seed: 0)
      let checkpoint = try Checkpoint.load(path)
      #expect(checkpoint.metadata["preset"] == "smoke")
      #expect(checkpoint.loop["epoch"]?.values == [3])
      #expect(checkpoint.loop.count == 1)
      let report = try checkpoint.restore(model: again, optimizer: resumed, generators: ["data": other])
      #expect(report.isEmpty && report.description == "fits")
      #expect(resumed.stepCount == 3)
      train(again, resumed, other, 4)
      for (name, tensor) in model.snapshot() { #expect(again.snapshot()[name]!.values == tensor.values, "\(name)") }
      #expect(other.state == generator.state)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left == ["run.safetensors"])
    }
  }

  @Test func aCheckpointIsACopy() throws {
    let model = Perceptron(), optimizer = Optimizer.adam(model), generator = RandomGenerator(seed: 1)
    train(model, optimizer, generator, 1)
    let checkpoint = Checkpoint(model: model, optimizer: optimizer)
    let before = checkpoint.tensors.mapValues(\.values)
    train(model, optimizer, generator, 2)
    #expect(checkpoint.tensors.mapValues(\.values) == before)
    try checkpoint.restore(model: model, optimizer: optimizer)
    train(model, optimizer, generator, 2)
    #expect(checkpoint.tensors.mapValues(\.values) == before)
  }

  @Test func theModelAloneLoadsFromAWholeRun() throws {
    let model = Perceptron(), other = Perceptron(seed: 5)
    let checkpoint = Checkpoint(
      model: model, optimizer: .adam(model), generators: ["a": RandomGenerator(seed: 1)], loop: ["epoch": Tensor(1)])
    try checkpoint.restore(model: other)
    #expect(other.hidden.weight.values == model.hidden.weight.values)
  }

  @Test func plainStateDictionariesOfPyTorchLoad() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/torch.safetensors"
      let model = Sequential(Linear(2, 2, using: RandomGenerator(seed: 1)), BatchNorm1d(2))
      try SafetensorsFile.write(
        [
          ("0.weight", Tensor([1, 2, 3, 4] as [Double], shape: [2, 2])), ("0.bias", .zeros([2])),
          ("1.weight", .ones([2])), ("1.bias", .ones([2])), ("1.running_mean", .full([2], 5)),
          ("1.running_var", .full([2], 6)), ("1.num_batches_tracked", Tensor([12] as [Int32], shape: [])),
        ], metadata: ["format": "pt"], to: path)
      try Checkpoint.load(path).restore(model: model)
      let linear = model.layers[0] as! Linear, norm = model.layers[1] as! BatchNorm1d
      #expect(
        linear.weight.values == [1, 2, 3, 4] && linear.weight.dtype == .float32 && linear.weight.isDifferentiable)
      #expect(norm.runningMean.values == [5, 5] && norm.runningVariance.values == [6, 6])
    }
  }

  @Test func strictLoadsNameEveryDifferenceAndChangeNothing() throws {
    let model = Perceptron(), before = model.snapshot().mapValues(\.values)
    var tensors = model.snapshot()
    tensors["hiden.weight"] = tensors.removeValue(forKey: "hidden.weight").map { $0 * 2 }
    tensors["output.bias"] = .zeros([3])
    tensors["output.weight"] = Tensor([Int32](repeating: 0, count: 8), shape: [2, 4])
    tensors["hidden.bias"] = .full([4], 9)
    let sentence =
      "lacks \"hidden.weight\" [4, 3] (nearest: \"hiden.weight\"); holds the unknown \"hiden.weight\" (nearest: "
      + "\"hidden.weight\"); holds \"output.weight\" as [2, 4] int32, expected [2, 4] float32, \"output.bias\" as [3] "
      + "float32, expected [2] float32"
    let report = #expect(throws: LoadReport.self) { try model.load(tensors) }
    #expect(report?.description == sentence)
    #expect(model.snapshot().mapValues(\.values) == before)

    let partial = try model.load(tensors, partial: true)
    #expect(partial.description == sentence)
    #expect(partial.missing == [.init(name: "hidden.weight", shape: [4, 3], nearest: "hiden.weight")])
    #expect(model.hidden.bias!.values == [9, 9, 9, 9])
    #expect(model.hidden.weight.values == before["hidden.weight"])
  }

  @Test func errorsNameTheFileAndChangeNoPart() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/run.safetensors"
      let model = Perceptron(), optimizer = Optimizer.sgd(model, learningRate: 1), generator = RandomGenerator(seed: 4)
      train(model, optimizer, generator, 1)
      try Checkpoint(model: model, optimizer: optimizer, generators: ["dropout": generator]).save(to: path)

      let other = Perceptron(seed: 8), before = other.snapshot().mapValues(\.values)
      let adam = Optimizer.adam(other), fresh = RandomGenerator(seed: 5)
      let error = #expect(throws: CheckpointError.self) {
        try Checkpoint.load(path).restore(model: other, optimizer: adam, generators: ["droput": fresh])
      }
      let text = error?.description ?? ""
      #expect(text.hasPrefix("\(path): lacks \"optim.moment1.hidden.weight\" [4, 3]"))
      #expect(text.contains("\"rng.droput\" [16] (nearest: \"rng.dropout\")"))
      #expect(text.contains("holds the unknown \"rng.dropout\" (nearest: \"rng.droput\")"))
      #expect(other.snapshot().mapValues(\.values) == before)
      #expect(adam.stepCount == 0 && fresh.state.seed == 5)

      #expect(throws: FileError.self) { try Checkpoint.load(folder + "/absent.safetensors") }
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      let short = folder + "/short.safetensors"
      try bytes.prefix(bytes.count - 5).write(to: URL(fileURLWithPath: short))
      let broken = #expect(throws: FileError.self) { try Checkpoint.load(short) }
      #expect(broken?.description.hasPrefix(short) == true)
    }
  }

  @Test func countsInAFileAreNotNegative() throws {
    let model = Vector([1]), optimizer = Optimizer.adam(model)
    var state = optimizer.state
    state["steps.w"] = Tensor([-3] as [Int32], shape: [])
    let report = #expect(throws: LoadReport.self) { try optimizer.load(state) }
    #expect(report?.description == "holds \"steps.w\" as [] int32 -3, expected [] int32 of 0 or more")
  }

  @Test(arguments: [
    (Float.nan, "nan"), (1e30, "1.0000000150474662e+30"), (-Float.infinity, "-inf"), (2.5, "2.5"), (3, "3"),
  ])
  func countsInAFileAreWhole(_ value: Float, text: String) throws {
    let optimizer = Optimizer.adam(Vector([1]))
    var state = optimizer.state
    state["step"] = Tensor([value], shape: [])
    let report = #expect(throws: LoadReport.self) { try optimizer.load(state) }
    #expect(report?.description == "holds \"step\" as [] float32 \(text), expected [] int32 of 0 or more")
  }

  @Test func longReportsAreCut() {
    var report = LoadReport()
    report.unexpected = (0..<13).map { .init(name: "n\($0)", nearest: nil) }
    #expect(report.description.hasSuffix("\"n9\" and 3 more"))
  }

  @Test func editDistances() {
    #expect(editDistance("", "abc") == 3)
    #expect(editDistance("kitten", "sitting") == 3)
    #expect(editDistance("same", "same") == 0)
    #expect(nearestName(to: "conv1.weight", in: ["gc1.weight", "bias"]) == "gc1.weight")
    #expect(nearestName(to: "conv1.weight", in: ["bias"]) == nil)
  }
}
