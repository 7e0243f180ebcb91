extension Tensor: CustomStringConvertible {
  /// Shape, type and the first elements: `Tensor [2, 3] float32 [0.1, 0.2, ...]`.
  public var description: String {
    let shown = 8, values = array(of: Double.self)
    let head = values.prefix(shown).map { "\(Float($0))" }.joined(separator: ", ")
    return "Tensor \(shape) \(dtype) [\(head)\(values.count > shown ? ", ..." : "")]"
  }
}
