import Foundation
import Testing

@testable import RunKit

@Suite struct ComparisonTableTests {
  /// Values of scipy 1.17.1: stats.ttest_rel, and permutation_test over all 2^n sign flips.
  @Test func pairedTestAgreesWithScipy() throws {
    let three = PairedTest([81.2, 80.9, 81.6], against: [80.1, 80.5, 80.2])
    #expect(abs(three.t! - 3.2627549126855118) < 1e-11 && abs(three.p! - 0.08248060410591575) < 1e-12)
    #expect(three.signFlip == 0.25 && three.pairs == 3)
    let a = [0.71, 0.64, 0.69, 0.73, 0.66, 0.70, 0.68, 0.72, 0.65, 0.67]
    let b = [0.70, 0.66, 0.65, 0.71, 0.66, 0.64, 0.69, 0.70, 0.61, 0.66]
    let ten = PairedTest(a, against: b)
    #expect(abs(ten.t! - 2.1926612600009765) < 1e-11 && abs(ten.p! - 0.05600674907278684) < 1e-12)
    #expect(ten.signFlip == 0.078125)
    let two = PairedTest([5, 9], against: [4, 6])
    #expect(two.t == 2 && abs(two.p! - 0.2951672353008665) < 1e-13 && two.difference == 2)
  }

  @Test func studentTailsAgreeWithScipy() {
    let known: [(t: Double, degrees: Double, p: Double)] = [
      (12.706204736432095, 1, 0.05), (2, 9, 0.07655282377070101), (40, 3, 3.4380680789158506e-05),
      (1e-3, 4, 0.99925000015625),
    ]
    for (t, degrees, p) in known {
      #expect(abs(PairedTest.studentTwoSided(t: t, degrees: degrees) / p - 1) < 1e-10, "\(t) \(degrees)")
    }
    let beta: [(x: Double, a: Double, value: Double)] = [
      (0.3, 0.5, 0.36901011956554536), (0.9, 2.5, 0.48958974456442755), (1e-6, 10, 1.761971320915771e-61),
      (0.5, 50, 9.90168898459413e-17), (0.999, 500, 0.31731044730971725),
    ]
    for (x, a, value) in beta {
      #expect(abs(PairedTest.regularizedBeta(x, a, 0.5) / value - 1) < 1e-10, "\(x) \(a)")
    }
    #expect(PairedTest.regularizedBeta(0, 1, 1) == 0 && PairedTest.regularizedBeta(1, 1, 1) == 1)
  }

  @Test func noTestWithoutTwoPairsOrSpread() {
    let one = PairedTest([2], against: [1])
    #expect(one.difference == 1 && one.t == nil && one.p == nil && one.signFlip == nil)
    let constant = PairedTest([80.5, 80.7, 81.1], against: [80.4, 80.6, 81.0])
    #expect(constant.p == nil && constant.signFlip == 0.25)
    let gaps = PairedTest([1, .nan, 5, 4], against: [0, 1, 2, .infinity])
    #expect(gaps.pairs == 2 && gaps.difference == 2)
    #expect(PairedTest([], against: []).difference.isNaN)
  }

  @Test func holmStepsDown() {
    let corrected = PairedTest.holm([0.01, 0.04, 0.03, 0.005])
    for (value, known) in zip(corrected, [0.03, 0.06, 0.06, 0.02]) { #expect(abs(value - known) < 1e-15) }
    #expect(PairedTest.holm([0.9, 0.8]) == [1, 1] && PairedTest.holm([]).isEmpty)
  }

  /// Two methods at two depths; at depth 16 the reference collapses.
  static let table = ComparisonTable(
    name: "accuracy", title: "Test accuracy", labels: ["method", "depth"],
    measures: [.init("testAccuracy", .percent, better: .higher), .init("epochSeconds", .seconds, better: .lower)],
    rows: [
      .init(["GCN", "2"], ["testAccuracy": [81.1, 80.5, 80.2], "epochSeconds": [0.5]]),
      .init(["isometric", "2"], ["testAccuracy": [81.2, 80.9, 81.6], "epochSeconds": [0.6]]),
      .init(["GCN", "16"], ["testAccuracy": [20, 31, 28]]),
      .init(["isometric", "16"], ["testAccuracy": [80, 79, .nan]]),
    ], reference: ["method": "GCN"], groupedBy: ["depth"])

  @Test func rowsCompareInsideTheirGroup() throws {
    let table = Self.table
    #expect(table.comparison(row: 0, measure: "testAccuracy") == nil)
    let near = try #require(table.comparison(row: 1, measure: "testAccuracy"))
    let far = try #require(table.comparison(row: 3, measure: "testAccuracy"))
    #expect(abs(near.test.difference - 0.6333333333333) < 1e-9 && far.test.difference == 54 && far.test.pairs == 2)
    // Two comparisons: the smaller p counts twice, and the larger is not below it.
    let (p, q) = (near.test.p!, far.test.p!)
    #expect(near.holm! == max(p, min(1, 2 * q)) && far.holm! == min(1, 2 * q))
    let time = try #require(table.comparison(row: 1, measure: "epochSeconds"))
    #expect(time.test.p == nil && time.holm == nil)
    #expect(table.isBest(1, table.measures[0]) && !table.isBest(0, table.measures[0]))
    #expect(table.isBest(0, table.measures[1]) && !table.isBest(2, table.measures[1]))
  }

  /// The rule of a text in ASCII, one byte a column.
  private func ruled(_ text: String) -> String { text.replacingOccurrences(of: "─", with: "-") }

  @Test func textLinesUp() {
    let text = """
      method     depth  test accuracy (%)  difference  p      epoch seconds (s)  difference
      ---------  -----  -----------------  ----------  -----  -----------------  ----------
      GCN        2      80.60 ± 0.46                          0.50 ←
      isometric  2      81.23 ± 0.35 ←     +0.63       0.248  0.60               +0.10

      GCN        16     26.33 ± 5.69                          –
      isometric  16     79.50 ± 0.71 ←     +54.00      0.141  –

      """
    #expect(ruled(Self.table.text()) == text)
    #expect(
      Self.table.caption == "Mean ± one standard deviation over 1 to 3 seeds. The best of each group is marked. "
        + "Differences are to method GCN of the same depth, seed by seed; p by the two-sided paired t test, with "
        + "Holm's correction over 2 comparisons.")
  }

  @Test func csvHoldsEverySeed() {
    let lines = Self.table.csv().split(separator: "\n", omittingEmptySubsequences: false)
    #expect(
      lines[0] == "method,depth,measure,unit,seeds,mean,std,reference,pairs,difference,differenceStd,t,p,pHolm,"
        + "pSignFlip,value1,value2,value3")
    #expect(lines.count == 8 && lines[1].hasPrefix("GCN,2,testAccuracy,%,3,80.6"))
    #expect(lines[1].hasSuffix(",81.1,80.5,80.2"))
    #expect(lines[6].hasPrefix("isometric,16,testAccuracy,%,2,79.5") && lines[6].contains(",GCN 16,2,54.0,"))
    #expect(lines[6].hasSuffix(",80.0,79.0,"))
  }

  @Test func pivotIsThePaperForm() throws {
    let pivot = Self.table.pivot("testAccuracy", columns: "depth")
    let text = """
      method     depth 2         depth 16
      ---------  --------------  --------------
      GCN        80.60 ± 0.46    26.33 ± 5.69
      isometric  81.23 ± 0.35 ←  79.50 ± 0.71 ←

      """
    #expect(ruled(pivot.text()) == text && pivot.name == "accuracy-by-depth")
    #expect(pivot.csv().hasPrefix("method,depth 2 mean,depth 2 std,depth 16 mean,depth 16 std\nGCN,80.6"))
    let sparse = ComparisonTable(
      name: "n", title: "t", labels: ["a", "b"], measures: [.init("m")],
      rows: [.init(["x", "1"], ["m": [1]]), .init(["y", "2"], ["m": [2]])])
    #expect(sparse.pivot("m", columns: "b").text().hasSuffix("x  1.0000  –\ny  –       2.0000\n"))
  }

  @Test func htmlIsWellFormed() throws {
    let odd = ComparisonTable(
      name: "n", title: "t", labels: ["<a>"], measures: [.init("m\"")],
      rows: [.init(["x & y"], ["m\"": [1, 2]]), .init(["z"], [:])], reference: ["<a>": "z"])
    for table in [Self.table, odd] as [ComparisonTable] {
      let counts = try #require(ElementCounter.count(table.html()))
      #expect(counts["tr"] == table.rows.count + 1)
      let pivot = table.pivot(table.measures[0].name, columns: table.labels[0])
      #expect(ElementCounter.count(pivot.html()) != nil)
    }
    #expect(Self.table.html().contains("exact sign-flip test: p 0.250"))
  }
}
