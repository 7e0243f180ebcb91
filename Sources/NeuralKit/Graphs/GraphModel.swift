import SparseKit
import TensorKit

/// A module that maps the features of a graph's nodes to one row a node.
open class GraphModel: Module {
  /// Logits [nodes, classes]; every subclass overrides it.
  open func callAsFunction(_ features: NodeFeatures, _ graph: GraphOperators) -> Tensor {
    trap("\(type(of: self)): a graph model must override callAsFunction", #fileID, #line)
  }
}

/// One layer of message passing. Layers differ in which matrix of the graph they propagate with.
open class GraphLayer: Module {
  /// Number of features of a node that the layer takes; every subclass overrides it.
  open var inputWidth: Int { trap("\(type(of: self)): a graph layer must override inputWidth", #fileID, #line) }

  /// The layer's output [nodes, outputs] before any activation; every subclass overrides it.
  open func callAsFunction(_ x: NodeFeatures, _ graph: GraphOperators) -> Tensor {
    trap("\(type(of: self)): a graph layer must override callAsFunction", #fileID, #line)
  }

  /// The output with what follows in the same pass over memory where the layer can: dropout(act(layer +
  /// scale residual)).
  /// - Parameters:
  ///   - residual: a tensor of the output's shape with its factor.
  ///   - dropout: the rate and what draws the mask, after everything that the layer draws.
  open func callAsFunction(
    _ x: NodeFeatures, _ graph: GraphOperators, residual: (tensor: Tensor, scale: Double)?, relu: Bool,
    dropout: (rate: Double, generator: RandomGenerator)? = nil
  ) -> Tensor {
    self(x, graph).adding(residual, relu: relu, dropout: dropout)
  }
}
