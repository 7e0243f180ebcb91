import CKernels.Base
import CKernels.Dense
import Testing

/// What the cases do not say of the dense kernels: choices by shape, refusals, ids.
@Suite(.serialized) struct DenseTests {
  private func random(_ count: Int, _ generator: inout SplitMix) -> [Float] {
    (0..<count).map { _ in Float(Int32(truncatingIfNeeded: generator.next())) / 0x1p31 }
  }

  /// The cuts of a product depend on its shape only: equal bits for 1, 2 and 7 threads.
  @Test func productBitsDoNotDependOnThreads() {
    var generator = SplitMix(state: 3)
    for round in 0..<60 {
      // Every third product has few rows and columns and a long sum, which cuts K.
      let thin = round % 3 == 0
      let m = Int64.random(in: 1...(thin ? 90 : 500), using: &generator)
      let n = Int64.random(in: 1...(thin ? 90 : round % 3 == 1 ? 40 : 400), using: &generator)
      let k = Int64.random(in: 1...(thin ? 9000 : 600), using: &generator)
      let (ta, tb) = (Bool.random(using: &generator), Bool.random(using: &generator))
      let a = random(Int(m * k), &generator), b = random(Int(k * n), &generator)
      var results: [[UInt32]] = []
      for threads: Int32 in [1, 2, 7] {
        var c = [Float](repeating: .nan, count: Int(m * n))
        let status = product(&c, a, b, m, n, k, ta, tb, threads)
        #expect(status == .ok)
        results.append(c.map(\.bitPattern))
      }
      #expect(results[1] == results[0] && results[2] == results[0], "\(m) x \(n) x \(k), transposed \(ta), \(tb)")
    }
  }

  private func product(
    _ c: inout [Float], _ a: [Float], _ b: [Float], _ m: Int64, _ n: Int64, _ k: Int64, _ ta: Bool, _ tb: Bool,
    _ threads: Int32
  ) -> ck_status {
    withWorkspace(ck_dense_gemm_workspace_f32(m, n, k, 1), threads: threads) { context in
      ck_dense_gemm_f32(
        context, &c, n, 0, a, ta ? m : k, 0, ta, b, tb ? k : n, 0, tb, m, n, k, 1, 1, 0)
    }
  }

  @Test func tileKernelServesNarrowAndSmallProducts() {
    #expect(ck_dense_gemm_is_small(2708, 16, 7))
    #expect(ck_dense_gemm_is_small(16, 7, 2708))
    #expect(ck_dense_gemm_is_small(32, 2000, 32))
    #expect(ck_dense_gemm_is_small(1000, 1000, 0))
    #expect(!ck_dense_gemm_is_small(64, 64, 64))
    #expect(!ck_dense_gemm_is_small(500, 1, 500))
    // Only a product with few blocks of output and a long sum cuts K, and then it asks for slabs.
    #expect(ck_dense_gemm_workspace_f32(64, 48, 4100, 1) > 0)
    #expect(ck_dense_gemm_workspace_f32(64, 48, 4100, 16) == 0)
    #expect(ck_dense_gemm_workspace_f32(4096, 48, 4100, 1) == 0)
    #expect(ck_dense_gemm_workspace_f32(16, 7, 2708, 1) == 0)
    #expect(ck_dense_gemm_workspace_f64(64, 48, 4100, 1) == 2 * ck_dense_gemm_workspace_f32(64, 48, 4100, 1))
  }

  @Test func refusesWhatDoesNotFit() {
    var context = ck_ctx()
    var y = [Float](repeating: 5, count: 4)
    let x: [Float] = [1, 2, 3, 4]
    #expect(ck_dense_gemm_f32(&context, &y, 2, 0, x, 1, 0, false, x, 2, 0, false, 2, 2, 2, 1, 1, 0) == .bad_stride)
    #expect(ck_dense_gemm_f32(&context, &y, 2, 0, x, 2, 0, false, x, 2, 0, false, -2, 2, 2, 1, 1, 0) == .bad_shape)
    #expect(ck_dense_gemm_f32(&context, &y, 2, 0, x, 2, 0, false, x, 2, 0, false, 2, 2, 2, 2, 1, 0) == .bad_stride)
    #expect(
      ck_dense_gemm_f32(&context, &y, 48, 0, x, 64, 0, true, x, 48, 0, false, 64, 48, 4100, 1, 1, 0) == .workspace)
    #expect(ck_dense_reduce_f32(&context, .sum, &y, x, 1, 1 << 20, 1) == .workspace)
    #expect(ck_dense_convert(&context, &y, 4, x, 0, 4) == .bad_option)
    #expect(ck_dense_copy_to_f32(&context, &y, [0], x, [4], 1) == .bad_stride)
    #expect(ck_dense_copy_from_f32(&context, &y, x, [1], [4], 7) == .bad_option)
    #expect(ck_dense_gather_rows_f32(&context, &y, 1, x, 1, 4, [0, 4], 2, 1) == .out_of_range)
    let scattered = withWorkspace(ck_dense_scatter_add_rows_workspace_f32(4, 2), threads: 1) {
      ck_dense_scatter_add_rows_f32($0, &y, 1, 4, x, 1, [0, -1], 2, 1)
    }
    #expect(scattered == .out_of_range)
  }

  @Test func optimizersRefuseOptionsThatTorchRefuses() {
    var context = ck_ctx()
    var adam = ck_adam_options(
      learning_rate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: 0, decoupled: false)
    #expect(ck_dense_adam_f32(&context, [], 0, &adam) == .bad_option)
    adam.step = 1
    #expect(ck_dense_adam_f32(&context, [], 0, &adam) == .ok)
    adam.beta2 = 1
    #expect(ck_dense_adam_f32(&context, [], 0, &adam) == .bad_option)
    var sgd = ck_sgd_options(learning_rate: 0.1, momentum: 0, dampening: 0, step: 1, nesterov: true)
    #expect(ck_dense_sgd_f32(&context, [], 0, &sgd) == .bad_option)
    sgd.momentum = 0.9
    #expect(ck_dense_sgd_f32(&context, [], 0, &sgd) == .ok)
    sgd.dampening = 0.1
    #expect(ck_dense_sgd_f32(&context, [], 0, &sgd) == .bad_option)
  }

  /// Three steps from w = 1 on the gradient 2 w: each figure follows by hand from the rules in torch.optim's documents.
  @Test func optimizersFollowTheirRulesOverSteps() {
    var context = ck_ctx()
    let w = UnsafeMutablePointer<Double>.allocate(capacity: 4)  // weight, gradient and two moments
    defer { w.deallocate() }
    w.initialize(repeating: 0, count: 4)
    w[0] = 1
    for step in 1...3 {
      w[1] = 2 * w[0]
      var options = ck_adam_options(
        learning_rate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 0, step: Int64(step), decoupled: true)
      var list = ck_parameter_f64(weight: w, gradient: w + 1, moment1: w + 2, moment2: w + 3, n: 1, weight_decay: 0.5)
      #expect(ck_dense_adam_f64(&context, &list, 1, &options) == .ok)
      // The first step is the learning rate whatever the gradient: 1 (1 - 0.05) - 0.1.
      if step == 1 { #expect(abs(w[0] - 0.85) < 1e-12) }
    }
    w[0] = 1
    w[2] = .nan  // the first step does not read the momentum
    for step in 1...3 {
      w[1] = 2 * w[0]
      var options = ck_sgd_options(learning_rate: 0.1, momentum: 0.5, dampening: 0, step: Int64(step), nesterov: false)
      var list = ck_parameter_f64(weight: w, gradient: w + 1, moment1: w + 2, moment2: nil, n: 1, weight_decay: 0)
      #expect(ck_dense_sgd_f64(&context, &list, 1, &options) == .ok)
    }
    // b: 2, 2.6, 2.38; w: 0.8, 0.54, 0.302.
    #expect(abs(w[0] - 0.302) < 1e-12 && abs(w[2] - 2.38) < 1e-12)
  }

  @Test(arguments: [1, 2, 7] as [Int32]) func findsTheFirstIdOutOfRange(threads: Int32) {
    var context = ck_ctx_forcing(ck_isa_default(), threads)
    var ids = (0..<1_000_003).map { Int32($0 % 1000) }
    var place: Int64 = 0
    #expect(ck_dense_check_ids(&context, &place, ids, Int64(ids.count), 1000) == .ok && place == -1)
    #expect(ck_dense_check_ids(&context, &place, ids, Int64(ids.count), 999) == .ok && place == 999)
    #expect(ck_dense_check_ids(&context, &place, ids, 0, 0) == .ok && place == -1)
    ids[3] = .max
    #expect(ck_dense_check_ids(&context, &place, ids, Int64(ids.count), Int64(Int32.max)) == .ok && place == 3)
    #expect(ck_dense_check_ids(&context, &place, ids, Int64(ids.count), Int64(Int32.max) + 1) == .ok && place == -1)
    ids[3] = 3
    ids[1_000_002] = -1
    #expect(ck_dense_check_ids(&context, &place, ids, Int64(ids.count), 1 << 40) == .ok && place == 1_000_002)
    ids[700_001] = 1000
    #expect(ck_dense_check_ids(&context, &place, ids, Int64(ids.count), 1000) == .ok && place == 700_001)
  }
}
