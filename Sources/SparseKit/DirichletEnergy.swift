import TensorKit

/// The sum over columns of z' (I - P) z for a symmetric P: input z.
internal final class DirichletEnergy: Primitive {
  let propagation: SparseMatrix

  init(propagation: SparseMatrix) { self.propagation = propagation }

  var saves: SavedTensors { .input0 }

  func vjp(_ node: Node, _ dy: Tensor, _ sink: inout GradientSink) {
    let z = node.input(0)
    sink.add(0, dy * ((z - spmm(propagation, z)) * 2))
  }
}

/// Dirichlet energy of node signals z [nodes, width]: the sum over columns of z' (I - D^-1/2 A D^-1/2) z, without
/// self-loops beyond those of the graph, as a tensor without axes.
///
/// On an undirected graph it is computed as the sum over edges of ||z_i / sqrt(d_i) - z_j / sqrt(d_j)||^2, to which an
/// isolated node adds ||z_i||^2: never negative, and precise where z is smooth. On a directed graph D holds the row
/// degrees, the form is evaluated as it stands, and it may be negative.
public func dirichletEnergy(
  _ z: Tensor, _ graph: Graph, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  guard z.rank == 2, z.shape[0] == graph.nodeCount, z.dtype.isFloatingPoint else {
    trap(
      "dirichletEnergy: z has shape \(z.shape) and type \(z.dtype), expected [\(graph.nodeCount), width] of a "
        + "floating-point type", file, line)
  }
  let propagation = graph.propagation(addingSelfLoops: false, dtype: z.dtype)
  guard graph.adjacency.isSymmetric, let scale = propagation.rowScale else {
    return (z * (z - spmm(propagation, z))).sum()
  }
  let energy = Bridge.dirichletEnergy(graph.adjacency, scale: scale, z)
  return recorded(DirichletEnergy(propagation: propagation), energy, z)
}
