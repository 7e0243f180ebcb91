import FileKit
import SparseKit
import TensorKit

/// The nodes of one twin, before edges and features are drawn.
internal struct TwinPlan {
  internal enum Stream: UInt64 { case nodes, edges, vocabulary, words, split }

  let twin: GraphTwin
  let seed: UInt64
  let labels: [Int32]
  let topics: [Int32]
  private let weights: [Double]

  /// Share of edges within a class that stay within the topic.
  private static let topicShare = 0.9

  func generator(_ stream: Stream) -> SplitMix64 { SplitMix64(seed: seed, stream: stream.rawValue + 1) }

  var topicCount: Int { twin.classSizes.count * twin.topicsPerClass }

  init(_ twin: GraphTwin, seed: UInt64) {
    self.twin = twin
    self.seed = seed
    var random = SplitMix64(seed: seed, stream: Stream.nodes.rawValue + 1)
    var labels = twin.classSizes.enumerated().flatMap { repeatElement(Int32($0), count: $1) }
    random.shuffle(&labels)
    var ranks = Array(1...labels.count)
    random.shuffle(&ranks)
    topics = labels.map { $0 * Int32(twin.topicsPerClass) + Int32(random.integer(below: twin.topicsPerClass)) }
    // (rank / n)^(-5/8) by square roots, which round alike everywhere; topics of 40 nodes keep hubs below 100 edges.
    weights = ranks.map { rank in
      let share = Double(rank) / Double(labels.count)
      let fourth = share.squareRoot().squareRoot()
      return 1 / (share.squareRoot() * fourth.squareRoot())
    }
    self.labels = labels
  }

  func graph() throws(GraphError) -> Graph {
    let edges = edges()
    return try Graph(nodeCount: labels.count, sources: edges.sources, targets: edges.targets)
  }

  func splits() throws(FileError) -> [Split] {
    var random = generator(.split)
    switch twin.splits {
    case .perClass(let perClass, let validation, let test):
      return [
        try Split.random(
          labels: labels, perClass: perClass, validation: validation, test: test, seed: random.next(), name: twin.name)
      ]
    case .perClassEach(let perClass, let validation):
      return [
        try Split.random(
          labels: labels, perClass: perClass, validationPerClass: validation, seed: random.next(), name: twin.name)
      ]
    case .shares(let train, let validation, let count):
      return try (0..<count).map { (_) throws(FileError) in
        try Split.random(
          labels: labels, trainShare: train, validationShare: validation, seed: random.next(), name: twin.name)
      }
    }
  }

  // MARK: Edges

  func edges() -> (sources: [Int32], targets: [Int32]) {
    var random = generator(.edges)
    let count = labels.count
    let everyone = WeightedChoice(Array(0..<Int32(count)), weights)
    let byClass = choices(labels, count: twin.classSizes.count)
    let byTopic = choices(topics, count: topicCount)
    let inside = Int((twin.homophily * Double(twin.edgeCount)).rounded())
    var staysInside = (0..<twin.edgeCount).map { $0 < inside }
    random.shuffle(&staysInside)

    var present = EdgeSet(capacity: twin.edgeCount)
    var sources: [Int32] = [], targets: [Int32] = []
    sources.reserveCapacity(twin.edgeCount)
    targets.reserveCapacity(twin.edgeCount)
    for edge in 0..<twin.edgeCount {
      // The first edges give every node a neighbour.
      var from = edge < count ? Int32(edge) : everyone.draw(&random)
      let isInside = staysInside[edge] && (edge >= count || twin.classSizes[Int(labels[edge])] > 1)
      var attempts = 0
      while true {
        attempts += 1
        let to: Int32
        if isInside {
          to =
            random.unit() < Self.topicShare
            ? byTopic[Int(topics[Int(from)])].draw(&random) : byClass[Int(labels[Int(from)])].draw(&random)
        } else {
          to = everyone.draw(&random)
        }
        let isWanted = to != from && (labels[Int(to)] == labels[Int(from)]) == isInside
        if isWanted, present.insert(from, to) {
          sources.append(from)
          targets.append(to)
          break
        }
        // A node that takes no further edge has its neighbours already.
        if edge >= count || attempts > 1000 { from = everyone.draw(&random) }
      }
    }
    return (sources, targets)
  }

  private func choices(_ groups: [Int32], count: Int) -> [WeightedChoice] {
    var members = [[Int32]](repeating: [], count: count)
    for (node, group) in groups.enumerated() { members[Int(group)].append(Int32(node)) }
    return members.map { group in WeightedChoice(group, group.map { weights[Int($0)] }) }
  }

  // MARK: Features

  /// How much more often a topic uses its own words.
  private static let topicContrast = 52.0
  /// Rank of the first word in Zipf's law: makes the most frequent words less dominant.
  private static let zipfOffset = 8.0

  func features() throws(FileError) -> NodeFeatures {
    switch twin.features {
    case .words(let count, let perNode): try words(count, perNode)
    case .numbers(let width): .dense(numbers(width))
    }
  }

  private func words(_ wordCount: Int, _ perNode: ClosedRange<Int>) throws(FileError) -> NodeFeatures {
    var random = generator(.vocabulary)
    let words = Array(0..<Int32(wordCount))
    let home = words.map { _ in random.integer(below: topicCount) }
    let vocabularies = (0..<topicCount).map { topic in
      WeightedChoice(
        words,
        words.indices.map { (home[$0] == topic ? Self.topicContrast : 1) / (Double($0) + Self.zipfOffset) })
    }
    // Frequent words should not come first, as in real vocabularies.
    var columns = words
    random.shuffle(&columns)

    random = generator(.words)
    var starts: [Int64] = [0], entries: [Int32] = []
    var owner = [Int](repeating: -1, count: wordCount)
    for (node, topic) in topics.enumerated() {
      let first = entries.count, end = first + perNode.lowerBound + random.integer(below: perNode.count)
      while entries.count < end {
        let word = columns[Int(vocabularies[Int(topic)].draw(&random))]
        if owner[Int(word)] != node {
          owner[Int(word)] = node
          entries.append(word)
        }
      }
      entries[first...].sort()
      starts.append(Int64(entries.count))
    }
    return try NodeFeatures(
      rows: labels.count, width: wordCount, starts: starts, columns: entries,
      values: [Float](repeating: 1, count: entries.count), path: twin.name)
  }

  /// Nearly normal numbers with deviation 1 about the centres of topics, which lie about 2 from each other.
  private func numbers(_ width: Int) -> Tensor {
    var random = generator(.vocabulary)
    let scale = Float((2 / Double(width)).squareRoot())
    let centres = (0..<topicCount * width).map { _ in scale * Self.normal(&random) }
    random = generator(.words)
    return Tensor(shape: [labels.count, width], dtype: .float32) { bytes in
      let elements = bytes.bindMemory(to: Float.self)
      for (node, topic) in topics.enumerated() {
        let centre = Int(topic) * width
        for column in 0..<width {
          elements[node * width + column] = centres[centre + column] + Self.normal(&random)
        }
      }
    }
  }

  /// The sum of four even numbers of 16 bits, centred and scaled to deviation 1: exact steps, so alike everywhere.
  private static func normal(_ random: inout SplitMix64) -> Float {
    let bits = random.next()
    let sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + bits >> 48
    // Four even numbers of 0...65535 have the deviation sqrt(4 / 12) * 65536 = 37837.2.
    return Float(Int(sum) - 2 * 0xffff) * (1 / 37837.2)
  }
}

/// Draws one of several ids with given weights.
private struct WeightedChoice {
  private let ids: [Int32]
  private let sums: [Double]
  /// For each of as many equal parts of the total as there are ids, the first id that can be drawn there.
  private let guide: [Int32]

  init(_ ids: [Int32], _ weights: [Double]) {
    self.ids = ids
    var sum = 0.0
    let sums = weights.map { weight in
      sum += weight
      return sum
    }
    self.sums = sums
    var index = 0
    guide = ids.indices.map { part in
      while index < sums.count - 1, sums[index] <= sum * Double(part) / Double(sums.count) { index += 1 }
      return Int32(index)
    }
  }

  /// The first id whose sum of weights up to it exceeds the drawn share of the total.
  func draw(_ random: inout SplitMix64) -> Int32 {
    let unit = random.unit()
    let target = unit * sums[sums.count - 1]
    var index = Int(guide[min(Int(unit * Double(sums.count)), sums.count - 1)])
    while index < sums.count - 1, sums[index] <= target { index += 1 }
    // The guide is rounded, and may lie one step too far.
    while index > 0, sums[index - 1] > target { index -= 1 }
    return ids[index]
  }
}

/// Undirected edges that are present already: open addressing, at most two thirds full.
private struct EdgeSet {
  private var slots: [UInt64]
  private let shift: UInt64

  init(capacity: Int) {
    let bits = UInt64(max(4, Int.bitWidth - (capacity + capacity / 2).leadingZeroBitCount))
    slots = [UInt64](repeating: .max, count: 1 << bits)
    shift = 64 - bits
  }

  /// Returns false when the edge was present.
  mutating func insert(_ a: Int32, _ b: Int32) -> Bool {
    let edge = UInt64(min(a, b)) << 32 | UInt64(max(a, b))
    var slot = Int((edge &* 0x9e37_79b9_7f4a_7c15) >> shift)
    while slots[slot] != .max {
      if slots[slot] == edge { return false }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = edge
    return true
  }
}
