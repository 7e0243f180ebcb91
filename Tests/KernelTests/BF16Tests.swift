import CKernels.Base
import CKernels.Dense
import Testing

/// Storage as bf16, bit by bit: signs of zeros and quiet NaN are what the kernel cases cannot see.
@Suite(.serialized) struct BF16Tests {
  private static func context(_ isa: ck_isa) -> ck_ctx {
    var context = ck_ctx()
    context.isa = Int32(isa.rawValue) + 1
    return context
  }

  private func rounded(_ x: [Float], on isa: ck_isa) -> [UInt16] {
    var context = Self.context(isa), y = [UInt16](repeating: 0x1234, count: x.count)
    #expect(ck_dense_to_bf16_f32(&context, &y, x, Int64(x.count)) == .ok)
    return y
  }

  @Test func everyValueReturns() {
    let all = (0...UInt16.max).map { $0 }
    for isa in availableSets {
      var context = Self.context(isa), x = [Float](repeating: 0, count: all.count)
      #expect(ck_dense_from_bf16_f32(&context, &x, all, Int64(all.count)) == .ok)
      let wrong = all.indices.first { x[$0].bitPattern != UInt32(all[$0]) << 16 }
      #expect(wrong == nil, "widened \(wrong ?? 0) on \(String(cString: ck_isa_name(isa)))")
      let quiet = all.map { $0 & 0x7FFF > 0x7F80 ? $0 | 0x40 : $0 }
      #expect(rounded(x, on: isa) == quiet)
    }
  }

  @Test func roundsToNearestEven() {
    let cases: [(UInt32, UInt16)] = [
      (0x3F80_7FFF, 0x3F80), (0x3F80_8000, 0x3F80), (0x3F80_8001, 0x3F81), (0x3F81_8000, 0x3F82),
      (0xBF81_8000, 0xBF82), (0x8000_0000, 0x8000), (0x0000_8000, 0x0000), (0x0000_8001, 0x0001),
      (0x3FFF_8000, 0x4000), (0x7F7F_7FFF, 0x7F7F), (0x7F7F_8000, 0x7F80), (0xFF7F_FFFF, 0xFF80),
      (0x7F80_0000, 0x7F80), (0x7F80_0001, 0x7FC0), (0xFFFF_FFFF, 0xFFFF),
    ]
    for isa in availableSets {
      #expect(rounded(cases.map { Float(bitPattern: $0.0) }, on: isa) == cases.map(\.1))
    }
  }
}
