/// Shares of the entries of a pattern that join nodes close to each other.
internal struct GatherLocality: Equatable, Sendable {
  /// Within a reach whose rows of features fit the second-level cache, and within one that fits half of the last.
  var near, medium: Double
}

/// When another order of the nodes pays: seconds of gathers saved against seconds of ordering, on one core.
///
/// A product reads one row of features for each entry, at a rate that depends on how many bytes apart the rows lie:
/// near rows come from the second-level cache, medium ones from the last, far ones at the rate of random rows of the
/// whole table. Rates and costs were measured on a Zen 4 server; what decides is their ratio.
internal struct OrderingModel: Sendable {
  struct Caches: Sendable {
    var l2, l3: Double
  }

  var nodes, entries: Int
  /// Columns of the products, and how many products are to come.
  var width, products: Int
  var caches: Caches
  var isSymmetric: Bool

  var rowBytes: Double { Double(width) * 4 }
  var tableBytes: Double { Double(nodes) * rowBytes }
  /// Half the rows that fit: as many lie before a node as after it.
  var nearReach: Int { Int(caches.l2 / rowBytes / 2) }
  var mediumReach: Int { max(nearReach, Int(caches.l3 / 2 / rowBytes / 2)) }

  /// The locality of an order drawn at random.
  var randomLocality: GatherLocality {
    func share(_ reach: Int) -> Double { min(1, Double(2 * reach + 1) / Double(max(nodes, 1))) }
    return GatherLocality(near: share(nearReach), medium: share(mediumReach))
  }

  /// GB/s of random rows of a table of `bytes`, by interpolation.
  func gatherRate(_ bytes: Double) -> Double {
    var sizes = [caches.l2 / 4, caches.l2 * 4, caches.l3 / 2, caches.l3 * 0.8, caches.l3 * 2, caches.l3 * 8]
    for i in 1..<sizes.count { sizes[i] = max(sizes[i], sizes[i - 1]) }  // a small last level
    let rates: [Double] =
      rowBytes < 128
      ? [68, 60, 26, 18, 12, 10] : rowBytes < 512 ? [93, 52, 49, 35, 16, 12] : [104, 50, 48, 35, 20, 15]
    guard let above = sizes.firstIndex(where: { $0 >= bytes }) else { return rates[5] }
    guard above > 0, sizes[above - 1] < sizes[above] else { return rates[above] }
    let part = (bytes - sizes[above - 1]) / (sizes[above] - sizes[above - 1])
    return rates[above - 1] + part * (rates[above] - rates[above - 1])
  }

  /// Seconds of the gathers of one product.
  func seconds(_ locality: GatherLocality) -> Double {
    let table = gatherRate(tableBytes)
    let near = max(table, gatherRate(min(caches.l2, tableBytes)))
    let medium = max(table, gatherRate(min(caches.l3 / 2, tableBytes)))
    let perByte =
      locality.near / near + (locality.medium - locality.near) / medium + (1 - locality.medium) / table
    return Double(entries) * rowBytes * perByte * 1e-9
  }

  /// Seconds that a product saves in an order of locality `after`. Hubs are cached wherever they lie, so bringing them
  /// together saves less.
  func saving(_ ordering: GraphOrdering, from before: GatherLocality, to after: GatherLocality) -> Double {
    (seconds(before) - seconds(after)) * (ordering == .degree ? 0.5 : 0.8)
  }

  /// Seconds to find an order, and to move the pattern into it.
  func cost(_ ordering: GraphOrdering) -> Double {
    let search: Double =
      switch ordering {
      case .degree: Double(nodes) * 20e-9
      case .reverseCuthillMcKee: Double(entries) * 45e-9
      case .clusters, .automatic: Double(entries) * 65e-9
      }
    return search + (isSymmetric ? 0 : Double(entries) * 40e-9)
  }
  var movingCost: Double { Double(entries) * 45e-9 }

  /// Why no order needs to be tried, for a graph of the given locality.
  func refusal(_ now: GatherLocality) -> String? {
    if tableBytes <= caches.l2 {
      return "kept as it is: \(Self.megabytes(tableBytes)) of features fit the second-level cache of "
        + Self.megabytes(caches.l2)
    }
    let best = GatherLocality(near: 1, medium: 1), random = randomLocality, least = cost(.degree) + movingCost
    func gain(_ from: GatherLocality) -> Double { saving(.clusters, from: from, to: best) * Double(products) }
    if gain(now) > least { return nil }
    if gain(random) > least {
      return "kept as it is: \(Self.percent(now.near)) of the neighbours lie within \(nearReach) places already "
        + "(\(Self.percent(random.near)) in random order)"
    }
    return "kept as it is: the best order would save \(Self.time(max(gain(now), 0))) in \(products) products of width "
      + "\(width), ordering takes \(Self.time(least))"
  }

  /// Whether finding an order may pay, at twice its cost: what it will save is not known before.
  func isWorthTrying(_ ordering: GraphOrdering, _ now: GatherLocality) -> Bool {
    let best = GatherLocality(near: 1, medium: 1)
    return saving(ordering, from: now, to: best) * Double(products) > 2 * (cost(ordering) + movingCost)
  }

  /// Whether an order that was found is worth moving to: it pays for the move, and by more than the model's error.
  func accepts(_ ordering: GraphOrdering, from before: GatherLocality, to after: GatherLocality) -> Bool {
    let saved = saving(ordering, from: before, to: after)
    return saved > 0.05 * seconds(before) && saved * Double(products) > movingCost
  }

  /// The sentence that explains an order that was taken.
  func explanation(_ ordering: GraphOrdering, from before: GatherLocality, to after: GatherLocality) -> String {
    let saved = saving(ordering, from: before, to: after)
    let pays = Int((movingCost / saved).rounded(.up))
    return "\(ordering.name): \(Self.percent(after.medium)) of the neighbours within \(mediumReach) places instead of "
      + "\(Self.percent(before.medium)), \(Self.percent(after.near)) within \(nearReach) instead of "
      + "\(Self.percent(before.near)); saves about \(Self.percent(saved / seconds(before))) of the gathers' time, "
      + "moving to it is paid back after \(pays) of \(products) products of width \(width)"
  }

  /// The sentence for orders that were tried in vain; `best` is nil where none was worth trying or none helped.
  func disappointment(_ now: GatherLocality, best: GatherLocality?) -> String {
    guard let best else {
      return "kept as it is: in \(products) products of width \(width) no order is likely to repay finding it"
    }
    return "kept as it is: the best order brings \(Self.percent(best.medium)) of the neighbours within "
      + "\(mediumReach) places, where \(Self.percent(now.medium)) lie already"
  }

  private static func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
  private static func megabytes(_ bytes: Double) -> String { "\((bytes / 104857.6).rounded() / 10) MB" }
  private static func time(_ seconds: Double) -> String {
    seconds < 0.1 ? "\((seconds * 1e5).rounded() / 100) ms" : "\((seconds * 100).rounded() / 100) s"
  }
}
