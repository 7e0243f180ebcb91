import TensorKit

/// The sum over columns of z' (I - P) z: input z.
internal final class DirichletEnergy: Primitive {
  let propagation: SparseMatrix

  init(propagation: SparseMatrix) { self.propagation = propagation }

  var saves: SavedTensors { .input0 }

  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    let z = node.input(0), once = z - spmm(propagation, z)
    let slope = propagation.pattern.isSymmetric ? once * 2 : once + (z - spmm(propagation.transposed, z))
    sink.add(0, dy * slope)
  }
}

/// Dirichlet energy of node signals z [nodes, width]: the sum over columns of z' (I - D^-1/2 A D^-1/2) z, without
/// self-loops beyond those of the graph, as a tensor without axes.
///
/// On an undirected graph it is the sum over edges of ||z_i / sqrt(d_i) - z_j / sqrt(d_j)||^2, and an isolated node
/// counts ||z_i||^2.
public func dirichletEnergy(
  _ z: Tensor, _ graph: Graph, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  guard z.rank == 2, z.shape[0] == graph.nodeCount else {
    trap("dirichletEnergy: z has shape \(z.shape), expected [\(graph.nodeCount), width]", file, line)
  }
  let propagation = graph.propagation(addingSelfLoops: false, dtype: z.dtype)
  return recorded(DirichletEnergy(propagation: propagation), Bridge.dirichletEnergy(propagation, z), z)
}
