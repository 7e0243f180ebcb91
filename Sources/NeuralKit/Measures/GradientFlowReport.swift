import SparseKit
import TensorKit

/// How gradients and features fare from layer to layer, epoch by epoch, of any module that announces its intermediate
/// results.
///
/// ```swift
/// let report = GradientFlowReport(of: model, graph: graph)
/// let (loss, gradients) = valueAndGradients(of: model) { ... }                          // every epoch
/// report.record(epoch: epoch, gradients) { _ = model.evaluating { model(features, graph) } }
/// ```
public final class GradientFlowReport {
  /// One measure: a row for each layer, a column for each recorded epoch.
  public struct Table: Sendable, Equatable {
    /// Names of the layers, first one first: of announcements the index after the announcing module's path, as `3` or
    /// `encoder.3`, and ` (2)` where the same one comes a second time in a pass.
    public internal(set) var layers: [String] = []
    /// One row a layer; NaN where a layer was not seen in an epoch.
    public internal(set) var values: [[Double]] = []

    /// The values of one recorded epoch, first layer first.
    public func column(_ index: Int) -> [Double] { values.map { $0[index] } }

    mutating func append(_ column: [(layer: String, value: Double)], after epochs: Int) {
      for (layer, value) in column {
        let row = layers.firstIndex(of: layer) ?? layers.count
        if row == layers.count {
          layers.append(layer)
          values.append(Array(repeating: .nan, count: epochs))
        }
        values[row].append(value)
      }
      for row in values.indices where values[row].count == epochs { values[row].append(.nan) }
    }
  }

  public let model: Module
  /// The series of announcements that is measured.
  public let series: String
  public private(set) var epochs: [Int] = []
  /// Frobenius norms of the gradients of the weight matrices; see `gradientFlow`.
  public private(set) var gradientNorms = Table()
  /// Dirichlet energies; empty without a graph.
  public private(set) var energies = Table()
  /// Mean average distances: 0 when all rows point one way.
  public private(set) var distances = Table()
  /// Effective ranks; see `effectiveRank`.
  public private(set) var ranks = Table()
  private let graph: Graph?

  /// - Parameters:
  ///   - graph: whose energies are measured; announced tensors then have one row a node.
  ///   - series: which announcements are layers: `hidden`, after the activation, or `preactivation` where there is one.
  public init(of model: Module, graph: Graph? = nil, series: String = "hidden") {
    self.model = model
    self.graph = graph
    self.series = series
  }

  /// Adds one column: the norms of `gradients`, and the measures of what the model announces while `forward` runs. The
  /// closure decides whether that is a pass of training (dropout on) or of evaluation.
  public func record(epoch: Int, _ gradients: ParameterGradients, _ forward: () throws -> Void) rethrows {
    var seen: [(layer: String, tensor: Tensor)] = [], times: [String: Int] = [:]
    try withoutRecording {
      try model.observing({ [series] in
        guard $0.name == series else { return }
        let layer = $0.module.isEmpty ? "\($0.index)" : "\($0.module).\($0.index)"
        times[layer, default: 0] += 1
        seen.append((times[layer]! == 1 ? layer : "\(layer) (\(times[layer]!))", $0.tensor.detached()))
      }) { try forward() }
    }
    func column(_ measure: (Tensor) -> Double) -> [(layer: String, value: Double)] {
      seen.map { ($0.layer, measure($0.tensor)) }
    }
    let before = epochs.count
    gradientNorms.append(gradientFlow(gradients, of: model).map { ($0.name, $0.norm) }, after: before)
    if let graph { energies.append(column { dirichletEnergy($0, graph).item() }, after: before) }
    distances.append(column(meanAverageDistance), after: before)
    ranks.append(column(effectiveRank), after: before)
    epochs.append(epoch)
  }
}
