import TestSupport
import Testing

@testable import TensorKit

/// Gradients of every primitive against central differences in float64, to second order.
@Suite(.serialized) struct PrimitiveTests {
  @Test(arguments: PrimitiveRegistry.cases)
  func firstOrder(check: PrimitiveCase) {
    #expect(GradientCheck.firstOrder(check, composed: false) < 1e-6, "fused rule")
    #expect(GradientCheck.firstOrder(check, composed: true) < 1e-6, "composed rule")
  }

  @Test(arguments: PrimitiveRegistry.cases)
  func secondOrder(check: PrimitiveCase) { #expect(GradientCheck.secondOrder(check) < 1e-5) }

  @Test(arguments: PrimitiveRegistry.cases)
  func fusedAgreesWithComposed(check: PrimitiveCase) { #expect(GradientCheck.fusedAgainstComposed(check) < 1e-4) }

  @Test(arguments: PrimitiveRegistry.cases)
  func recordsWhatItNames(check: PrimitiveCase) {
    #expect(Set(check.primitives).isSubset(of: GradientCheck.recordedPrimitives(check)))
  }

  @Test func everyPrimitiveIsRegistered() throws {
    let declared = try declaredPrimitives(in: "TensorKit", from: #filePath).subtracting(["Leaf"])
    let registered = Set(PrimitiveRegistry.cases.flatMap(\.primitives))
    #expect(declared.subtracting(registered) == [], "primitives without a gradient check")
    #expect(registered.subtracting(declared) == [], "cases of primitives that do not exist")
  }
}
