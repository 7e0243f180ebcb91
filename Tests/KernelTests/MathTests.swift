import CKernels.Base
import CKernels.Dense
import KernelCases
import Testing

/// The stated error bounds of simd_math.h, on every set of this machine, over the whole range of float.
@Suite(.serialized) struct MathTests {
  /// Every `stride`-th bit pattern: both signs, denormals, infinities and NaNs included.
  private func sweep(
    _ op: ck_unary, bound: Double, from: UInt32 = 0, to: UInt32 = .max, stride: UInt32 = 2053,
    _ location: SourceLocation = #_sourceLocation
  ) {
    for isa in availableSets {
      var worst: Float = 0
      let error = kc_ulp_sweep(Int32(op.rawValue), Int32(isa.rawValue), from, to, stride, &worst)
      #expect(
        error <= bound, "\(String(cString: ck_isa_name(isa))): \(error) ulp at \(worst)", sourceLocation: location)
    }
  }

  @Test func expIsWithinItsBound() { sweep(.exp, bound: 1.1) }
  @Test func logIsWithinItsBound() { sweep(.log, bound: 1) }
  @Test func tanhIsWithinItsBound() { sweep(.tanh, bound: 2.5) }
  @Test func sigmoidIsWithinItsBound() { sweep(.sigmoid, bound: 2.5) }
  @Test func erfIsWithinItsBound() { sweep(.erf, bound: 1.2) }
  @Test func sinIsWithinItsBound() { sweep(.sin, bound: 1.6) }
  @Test func cosIsWithinItsBound() { sweep(.cos, bound: 1.6) }
  @Test func softplusIsWithinItsBound() { sweep(.softplus, bound: 2) }

  /// Where an error would hide from a coarse sweep: around 1 for log, and the edge of the reduction for sin and cos.
  @Test func denseSweepsWhereItIsHard() {
    sweep(.log, bound: 1, from: Float(0.99).bitPattern, to: Float(1.01).bitPattern, stride: 1)
    sweep(.sin, bound: 1.6, from: Float(9.9e4).bitPattern, to: Float(1.01e5).bitPattern, stride: 1)
    sweep(.cos, bound: 1.6, from: Float(9.9e4).bitPattern, to: Float(1.01e5).bitPattern, stride: 1)
    sweep(.exp, bound: 1.1, from: Float(88.5).bitPattern, to: Float(89.1).bitPattern, stride: 1)
    sweep(.exp, bound: 1.1, from: Float(-86.9).bitPattern, to: Float(-104.6).bitPattern, stride: 7)
  }
}
