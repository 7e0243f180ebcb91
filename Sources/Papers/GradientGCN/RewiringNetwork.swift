import NeuralKit
import SparseKit
import TensorKit

/// A network together with the record of its collapsing layers, as training with `Rewiring` needs it.
///
/// The record is part of the module's state: checkpoints and snapshots hold it, so that a resumed probe lists the same
/// layers, and an online network that goes back to its best epoch goes back to that epoch's skips.
public final class RewiringNetwork: GraphModel {
  @Child public private(set) var network: GraphNetwork
  public let rewiring: Rewiring
  /// Factor of the first layer's result in the skips of an online network.
  public let scale: Double
  /// The record as float64 [2, layers]: references and epochs of listing, NaN for none.
  @Buffer private var state: Tensor
  /// Energies of one forward pass, first layer first, for the epoch that runs.
  internal private(set) var energies: [(layer: Int, value: Tensor)] = []

  /// A network whose layers are watched by `rewiring`.
  public init(_ network: GraphNetwork, _ rewiring: Rewiring, scale: Double = 1) {
    let record = RewiringRecord(layerCount: network.layers.count, threshold: rewiring.threshold)
    _network = Child(wrappedValue: network, "")  // the network's names stay as they are
    _state = Buffer(wrappedValue: Self.tensor(record), "rewiring")
    self.rewiring = rewiring
    self.scale = scale
  }

  /// Which layers have been listed so far.
  public internal(set) var record: RewiringRecord {
    get {
      let count = network.layers.count, values = state.array(of: Double.self)
      var record = RewiringRecord(layerCount: count, threshold: rewiring.threshold)
      for layer in 0..<count {
        record.references[layer] = values[layer].isNaN ? nil : values[layer]
        record.listedIn[layer] = values[count + layer].isNaN ? nil : Int(values[count + layer])
      }
      return record
    }
    set { state = Self.tensor(newValue) }
  }

  /// Gives the network skips into the layers that have been listed so far and returns it, for use on its own.
  public func rewire() -> GraphNetwork {
    network.skip = .first(into: Set(record.layers), scale: scale)
    return network
  }

  private static func tensor(_ record: RewiringRecord) -> Tensor {
    let values = record.references.map { $0 ?? .nan } + record.listedIn.map { $0.map(Double.init) ?? .nan }
    return Tensor(values, shape: [2, record.layerCount])
  }

  public override func callAsFunction(_ features: NodeFeatures, _ graph: GraphOperators) -> Tensor {
    let record = record
    if rewiring.mode == .online { network.skip = .first(into: Set(record.layers), scale: scale) }
    guard isTraining, rewiring.criterion == .energy else { return network(features, graph) }
    energies = []
    return network.observing({ [unowned self] result in
      if result.name == "preactivation", record.isWatched(result.index) {
        energies.append((result.index, withoutRecording { dirichletEnergy(result.tensor.detached(), graph.graph) }))
      }
      announce(result.name, result.index, result.tensor)
    }) { network(features, graph) }
  }
}
