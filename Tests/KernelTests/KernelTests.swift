import CKernels.Base
import KernelCases
import Testing

/// Every case of every kernel against its oracle. One compute thread by contract: serialized.
@Suite(.serialized) struct KernelTests {
  private static let threadCounts: [Int32] = [1, 2, 7]

  private static func name(_ index: Int32) -> String {
    let variant = String(cString: kc_variant(index))
    return String(cString: kc_family(index)) + "." + String(cString: kc_kernel(index))
      + (variant.isEmpty ? "" : " (\(variant))")
  }

  @Test func everyKernelHasACase() {
    let cases = Set((0..<kc_count()).map { String(cString: kc_family($0)) + "." + String(cString: kc_kernel($0)) })
    let kernels = Set(
      (0..<ck_kernel_count()).map { index in
        let kernel = ck_kernel_at(index)
        return String(cString: kernel.family) + "." + String(cString: kernel.name)
      })
    #expect(kernels.subtracting(cases) == [], "kernels without a case")
    #expect(cases.subtracting(kernels) == [], "cases of kernels that no list names")
  }

  @Test(arguments: 0..<kc_count())
  func agreesWithItsOracle(index: Int32) {
    for type in [kc_type.f32, .f64] {
      for shape in 0..<kc_test_shapes(index) { check(index, shape, type) }
    }
  }

  private func check(_ index: Int32, _ shape: Int32, _ type: kc_type) {
    var text = [CChar](repeating: 0, count: 160)
    kc_shape_text(index, false, shape, &text, 160)
    let place =
      "\(Self.name(index)), \(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)), "
      + (type == .f32 ? "f32" : "f64")
    let run = kc_prepare(index, false, shape, type, 7 &+ UInt64(shape))
    defer { kc_free(run) }
    for isa in availableSets {
      var bits: UInt64?
      for threads in Self.threadCounts {
        kc_reset(run)
        let status = withSmallGrain(threads) { kc_call(run, Int32(isa.rawValue) + 1, threads) }
        let here = "\(place), \(String(cString: ck_isa_name(isa))), \(threads) threads"
        #expect(status == 0, "\(here): \(String(cString: ck_status_sentence(ck_status(rawValue: UInt32(status))!)))")
        #expect(kc_guards_intact(run), "\(here): wrote outside of its buffers")
        let error = kc_error(run)
        #expect(error <= 1, "\(here): error \(error) of the tolerance")
        let hash = kc_hash(run)
        if let bits { #expect(hash == bits, "\(here): other bits than with one thread") }
        bits = hash
      }
    }
  }
}
