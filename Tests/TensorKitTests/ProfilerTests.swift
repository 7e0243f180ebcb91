import Foundation
import Testing

@testable import TensorKit

@Suite(.serialized) struct ProfilerTests {
  private func find(_ profile: Profile, _ name: String, _ phase: Profile.Phase) throws -> Profile.Operation {
    try #require(profile.operations.first { $0.name == name && $0.phase == phase }, "\(name) \(phase)")
  }

  /// y = relu(x w), a sum, and its gradients: one product forward, two backward.
  private func step(_ x: Tensor, _ w: Tensor) {
    let x = x.differentiable(), w = w.differentiable()
    _ = gradients(of: matmul(x, w).relu().sum(), withRespectTo: [x, w])
  }

  @Test func callsAndCostsAreExact() throws {
    let x = Tensor.full([6, 4], 1), w = Tensor.full([4, 3], 0.5)
    let profile = Profiler.record { for _ in 0..<5 { step(x, w) } }
    let product = try find(profile, "matmul", .forward)
    // 2 m k n operations; bytes of three matrices.
    #expect(product.calls == 5 && product.flops == 720 && product.bytes == 1080)
    let gradient = try find(profile, "matmul", .backward)
    #expect(gradient.calls == 10 && gradient.flops == 2 * product.flops)
    #expect(try find(profile, "relu", .forward).flops == 90 && find(profile, "relu", .backward).calls == 5)
    #expect(try find(profile, "sum", .forward).bytes == 380)
    #expect(profile.seconds >= profile.kernelSeconds && profile.kernelSeconds > 0)
    let outside = profile.outsideSeconds.values.reduce(0, +)
    #expect(abs(outside + profile.kernelSeconds - profile.seconds) < 1e-6 && profile.outsideSeconds.count == 2)
  }

  @Test func costsHoldForDoublesAndWorkspaces() throws {
    // A tall product cuts k and needs scratch memory, which must not restart the call.
    let a = Tensor.full([4000, 3], 1).converted(to: .float64)
    let profile = Profiler.record { _ = matmul(a, a, transposingLeft: true) }
    let product = try find(profile, "matmul", .forward)
    #expect(product.calls == 1 && product.flops == 72000 && product.bytes == 192_072)
    let rows = Profiler.record { _ = a.sum(axes: [0]) }
    #expect(try find(rows, "sum", .forward).bytes == 96_024)
  }

  @Test func nothingIsRecordedOutside() {
    let x = Tensor.full([3], 1)
    let before = Profiler.record {}
    _ = x + x
    #expect(before.operations.isEmpty)
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try Profiler.record { throw Stop() }
    }
    let after = Profiler.record { _ = x * x }
    #expect(after.operations.map(\.name) == ["multiply"])
  }

  @Test func profilesNest() throws {
    let x = Tensor.full([3], 1)
    var inner: Profile?
    let outer = Profiler.record {
      _ = x + x
      inner = Profiler.record { _ = x + x - x }
    }
    #expect(try find(outer, "add", .forward).calls == 2 && find(outer, "subtract", .forward).calls == 1)
    #expect(try find(#require(inner), "add", .forward).calls == 1)
  }

  @Test func traceIsJSONWithIntervals() throws {
    let x = Tensor.full([6, 4], 1), w = Tensor.full([4, 3], 0.5)
    let profile = Profiler.record { Profiler.interval("epoch \"1\"\n") { step(x, w) } }
    let json = try JSONSerialization.jsonObject(with: Data(profile.chromeTrace().utf8)) as? [String: Any]
    let events = try #require(json?["traceEvents"] as? [[String: Any]]).filter { $0["ph"] as? String == "X" }
    let calls = profile.operations.reduce(0) { $0 + $1.calls }
    #expect(events.count == calls + 2)
    let epoch = try #require(events.first { $0["name"] as? String == "epoch \"1\" " })
    let pass = try #require(events.first { $0["name"] as? String == "backward" })
    let (start, length) = (try #require(epoch["ts"] as? Double), try #require(epoch["dur"] as? Double))
    for event in events {
      let ts = try #require(event["ts"] as? Double), dur = try #require(event["dur"] as? Double)
      #expect(ts >= start - 1e-3 && ts + dur <= start + length + 1e-2 || event["name"] as? String == "backward")
    }
    let product = try #require(events.first { $0["name"] as? String == "matmul" })
    #expect((product["args"] as? [String: Any])?["flop"] as? Int == 144 && pass["cat"] as? String == "interval")
  }

  @Test func descriptionLinesUp() {
    let x = Tensor.full([6, 4], 1)
    let profile = Profiler.record { for _ in 0..<3 { _ = (x + x).exp() } }
    let lines = profile.description.split(separator: "\n").map(String.init)
    #expect(lines.count == 5 && lines[1].count == lines[0].count && lines[4].count == lines[0].count)
    #expect(lines[0].hasPrefix("operation") && lines[3].hasPrefix("outside kernels") && lines[4].hasPrefix("total"))
  }
}
