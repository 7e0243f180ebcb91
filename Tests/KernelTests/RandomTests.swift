import CKernels.Base
import CKernels.Dense
import CKernels.Random
import CKernels.Reference
import Testing

/// Known answers and statistics of the counter-based generator.
@Suite(.serialized) struct RandomTests {
  private static let count = 1 << 20

  private func drawn(
    _ count: Int = count, isa: ck_isa? = nil, threads: Int32 = 0,
    by draw: (UnsafePointer<ck_ctx>, UnsafeMutablePointer<Float>, Int64) -> ck_status
  ) -> [Float] {
    var context = isa.map { ck_ctx_forcing($0, threads) } ?? ck_ctx()
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      #expect(draw(&context, buffer.baseAddress!, Int64(count)) == .ok)
      initialized = count
    }
  }
  private func uniform(key: UInt64, stream: UInt64) -> [Float] {
    drawn { ck_random_uniform_f32($0, $1, $2, 0, 1, key, stream) }
  }
  private func normal(key: UInt64, stream: UInt64) -> [Float] {
    drawn { ck_random_normal_f32($0, $1, $2, 0, 1, key, stream) }
  }
  private func mean(_ values: [Float], _ f: (Double) -> Double = { $0 }) -> Double {
    values.reduce(0) { $0 + f(Double($1)) } / Double(values.count)
  }
  /// Sample correlation of two sequences of mean `mean` and variance `variance`.
  private func correlation(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>, mean: Double, variance: Double) -> Double {
    zip(a, b).reduce(0) { $0 + (Double($1.0) - mean) * (Double($1.1) - mean) } / (Double(a.count) * variance)
  }

  /// The known answers of Random123 (kat_vectors, philox4x32 10): counter and key all zeros, all ones, digits of pi.
  @Test(
    arguments: [
      (0, 0, 0, [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]),
      (.max, .max, .max, [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]),
      (
        0x85A3_08D3_243F_6A88, 0x0370_7344_1319_8A2E, 0x299F_31D0_A409_3822,
        [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1]
      ),
    ] as [(UInt64, UInt64, UInt64, [UInt32])])
  func philoxKnownAnswers(block: UInt64, stream: UInt64, key: UInt64, words: [UInt32]) {
    var result: [UInt32] = [0, 0, 0, 0]
    let counter = [block, stream].flatMap { [UInt32(truncatingIfNeeded: $0), UInt32($0 >> 32)] }
    ck_ref_philox(&result, counter, [UInt32(truncatingIfNeeded: key), UInt32(key >> 32)])
    #expect(result == words)
  }

  /// The kernels' first block is the first known answer; later blocks are compared with the oracle by the cases.
  @Test func wordsBeginWithTheKnownAnswer() {
    for isa in availableSets {
      var context = ck_ctx_forcing(isa, 1), words: [UInt32] = [0, 0, 0, 0]
      #expect(ck_random_words(&context, &words, 4, 0, 0) == .ok)
      #expect(words == [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8])
    }
  }

  @Test func uniformHasItsMomentsAndRange() {
    let values = uniform(key: 11, stream: 3), deviations = 5 / Double(Self.count).squareRoot()
    #expect(abs(mean(values) - 0.5) < deviations * (1.0 / 12).squareRoot())
    #expect(abs(mean(values) { ($0 - 0.5) * ($0 - 0.5) } - 1.0 / 12) < deviations * (1.0 / 180).squareRoot())
    #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
    var bins = [Int](repeating: 0, count: 256)
    for value in values { bins[Int(value * 256)] += 1 }
    let expected = Double(Self.count) / 256
    let chiSquare = bins.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    #expect(abs(chiSquare - 255) < 5 * 510.0.squareRoot())
  }

  @Test func uniformNeverReachesItsUpperEnd() {
    let high = Float(1).nextUp
    #expect(drawn { ck_random_uniform_f32($0, $1, $2, 1, high, 5, 5) }.allSatisfy { $0 == 1 })
    #expect(drawn { ck_random_uniform_f32($0, $1, $2, 16, 17, 5, 5) }.allSatisfy { $0 >= 16 && $0 < 17 })
  }

  @Test func normalHasItsMoments() {
    let values = normal(key: 12, stream: 4), deviations = 5 / Double(Self.count).squareRoot()
    #expect(abs(mean(values)) < deviations)
    #expect(abs(mean(values) { $0 * $0 } - 1) < deviations * 2.0.squareRoot())
    #expect(abs(mean(values) { $0 * $0 * $0 }) < deviations * 15.0.squareRoot())
    #expect(abs(mean(values) { $0 * $0 * $0 * $0 } - 3) < deviations * 96.0.squareRoot())
    let beyond = values.count { abs($0) > 3 }  // 0.0027 of them
    #expect(abs(Double(beyond) - 0.0026998 * Double(Self.count)) < 5 * (0.0027 * Double(Self.count)).squareRoot())
  }

  @Test func streamsKeysAndNeighboursAreIndependent() {
    let a = uniform(key: 1, stream: 0), deviations = 5 / Double(Self.count).squareRoot()
    for other in [uniform(key: 1, stream: 1), uniform(key: 2, stream: 0), uniform(key: 1, stream: 1 << 32)] {
      #expect(abs(correlation(a[...], other[...], mean: 0.5, variance: 1.0 / 12)) < deviations)
    }
    for lag in [1, 2, 4, 64] {
      #expect(abs(correlation(a.dropLast(lag), a.dropFirst(lag), mean: 0.5, variance: 1.0 / 12)) < deviations)
    }
    let n = normal(key: 1, stream: 0)
    #expect(abs(correlation(n.dropLast(1), n.dropFirst(1), mean: 0, variance: 1)) < deviations)
  }

  @Test func bernoulliKeepsItsShare() {
    for p in [0.5, 0.9, 0.001] {
      let values = drawn { ck_random_bernoulli_f32($0, $1, $2, p, 21, 7) }
      let tolerance = 5 * (p * (1 - p) / Double(Self.count)).squareRoot() + 0x1p-17
      #expect(abs(mean(values) - p) < tolerance)
    }
  }

  @Test(arguments: [0.5, 0.25, 0.6, 0.0])
  func dropoutAndBernoulliShareTheMask(p: Double) {
    let ones = [Float](repeating: 1, count: 10_007)
    let dropped = drawn(ones.count) { ck_dense_dropout_f32($0, $1, ones, $2, p, 31, 9) }
    let mask = drawn(ones.count) { ck_random_bernoulli_f32($0, $1, $2, 1 - p, 31, 9) }
    #expect(zip(dropped, mask).allSatisfy { ($0 != 0) == ($1 == 1) })
    #expect(Set(dropped).count == (p == 0 ? 1 : 2))
  }

  /// A prefix is a prefix: element i does not depend on n, on the threads or on the set.
  @Test func drawsDependOnTheirPlaceAlone() {
    let whole = drawn { ck_random_bernoulli_f32($0, $1, $2, 0.3, 41, 2) }
    for isa in availableSets {
      for (count, threads) in [(100, 1), (129, 2), (Self.count, 2), (Self.count, 7)] as [(Int, Int32)] {
        let part = drawn(count, isa: isa, threads: threads) { ck_random_bernoulli_f32($0, $1, $2, 0.3, 41, 2) }
        #expect(part.elementsEqual(whole.prefix(count)))
      }
    }
  }

  @Test func optionsOutsideTheirRangeAreRefused() {
    var context = ck_ctx(), y: [Float] = [0]
    #expect(ck_dense_dropout_f32(&context, &y, [1], 1, 1, 0, 0) == .bad_option)
    #expect(ck_dense_dropout_f32(&context, &y, [1], 1, .nan, 0, 0) == .bad_option)
    #expect(ck_random_bernoulli_f32(&context, &y, 1, 1.5, 0, 0) == .bad_option)
    #expect(ck_random_uniform_f32(&context, &y, 1, 1, 0, 0, 0) == .bad_option)
    let most = Float.greatestFiniteMagnitude
    #expect(ck_random_uniform_f32(&context, &y, 1, -most, most, 0, 0) == .bad_option)
    #expect(ck_random_uniform_f32(&context, &y, 1, 0, .infinity, 0, 0) == .bad_option)
    #expect(ck_random_normal_f32(&context, &y, 1, 0, -1, 0, 0) == .bad_option)
    #expect(ck_random_normal_f32(&context, &y, -1, 0, 1, 0, 0) == .bad_shape)
  }

  // MARK: Edges

  private typealias Edges = (sources: [Int32], targets: [Int32])
  private func edges(_ count: Int, nodes: Int64, key: UInt64, rmat: Bool, threads: Int32 = 1) -> Edges {
    var context = ck_ctx(max_threads: threads, isa: 0, workspace: nil, workspace_bytes: 0)
    var sources = [Int32](repeating: -1, count: count), targets = sources
    let draw = rmat ? ck_random_rmat_edges : ck_random_uniform_edges
    #expect(withSmallGrain(threads) { draw(&context, &sources, &targets, Int64(count), nodes, key) } == .ok)
    return (sources, targets)
  }

  @Test(arguments: [true, false])
  func edgesAreFunctionsOfKeyAndPlace(rmat: Bool) {
    for nodes: Int64 in [2, 3, 1000, Int64(Int32.max)] {
      let one = edges(1001, nodes: nodes, key: 5, rmat: rmat)
      for threads: Int32 in [2, 7] { #expect(edges(1001, nodes: nodes, key: 5, rmat: rmat, threads: threads) == one) }
      let fewer = edges(77, nodes: nodes, key: 5, rmat: rmat)
      #expect(fewer.sources[...] == one.sources[..<77] && fewer.targets[...] == one.targets[..<77])
      #expect(edges(1001, nodes: nodes, key: 6, rmat: rmat) != one)
      #expect((one.sources + one.targets).allSatisfy { $0 >= 0 && Int64($0) < nodes })
    }
    #expect(edges(0, nodes: 2, key: 0, rmat: rmat).sources.isEmpty)
    var context = ck_ctx(), end: Int32 = 0, other: Int32 = 0
    #expect(ck_random_rmat_edges(&context, &end, &other, 1, 1, 0) == .bad_shape)
    #expect(ck_random_uniform_edges(&context, &end, &other, 1, 0, 0) == .bad_shape)
  }

  /// Shares of the cells of a small matrix, in ascending order as ids are scrambled: products over the levels of .57,
  /// .19, .19 and .05, among the cells inside.
  @Test(arguments: [3, 4, 11, 16])
  func cellsHaveTheirShares(nodes: Int) {
    let levels = nodes <= 4 ? 2 : 4, quarter = [0.57, 0.19, 0.19, 0.05], count = 1 << 18
    var expected: [Double] = []
    for source in 0..<nodes {
      for target in 0..<nodes {
        var share = 1.0
        for level in 0..<levels { share *= quarter[2 * (source >> level & 1) + (target >> level & 1)] }
        expected.append(share)
      }
    }
    let inside: Double = expected.reduce(0, +)
    expected = expected.map { $0 / inside }.sorted()
    var found = [Int](repeating: 0, count: nodes * nodes)
    let drawn = edges(count, nodes: Int64(nodes), key: 1, rmat: true)
    for (source, target) in zip(drawn.sources, drawn.targets) { found[Int(source) * nodes + Int(target)] += 1 }
    for (share, hits) in zip(expected, found.sorted()) {
      let mean = share * Double(count), distance = abs(Double(hits) - mean)
      #expect(distance < 6 * mean.squareRoot() + 6)
    }
  }

  @Test func uniformEdgesAreEven() {
    let count = 1 << 18, nodes = 7
    let drawn = edges(count, nodes: Int64(nodes), key: 2, rmat: false)
    var found = [Int](repeating: 0, count: nodes * nodes)
    for (source, target) in zip(drawn.sources, drawn.targets) { found[Int(source) * nodes + Int(target)] += 1 }
    let mean = Double(count) / Double(nodes * nodes)
    #expect(found.allSatisfy { abs(Double($0) - mean) < 6 * mean.squareRoot() })
  }
}
