import TensorKit

/// An intermediate result that a module tells of: the preactivation of layer 3, say.
public struct Announcement {
  /// Dotted name of the module that tells, relative to the one observed; empty for that one itself.
  public let module: String
  /// What it is, such as `preactivation`; one series of results has one name.
  public let name: String
  /// Place in the series, from 0: the layer or hop.
  public let index: Int
  public let tensor: Tensor
}

extension Module {
  /// Whether somebody wants to see intermediate results; a module may take a faster path when nobody does.
  public final var isObserved: Bool { observer != nil }

  /// Shows an intermediate result to whoever observes this module or one above it.
  public final func announce(_ name: String, _ index: Int, _ tensor: @autoclosure () -> Tensor) {
    observer?(name, index, tensor())
  }

  /// Runs `body`, showing `observer` every intermediate result that this module and those below announce meanwhile.
  public final func observing<Result>(
    _ observer: @escaping (Announcement) -> Void, _ body: () throws -> Result
  ) rethrows -> Result {
    let all = modules(), outer = all.map(\.module.observer)
    for (path, module) in all {
      module.observer = { observer(Announcement(module: path, name: $0, index: $1, tensor: $2)) }
    }
    defer { for (entry, old) in zip(all, outer) { entry.module.observer = old } }
    return try body()
  }
}
