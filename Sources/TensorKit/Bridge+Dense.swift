import CKernels.Dense

extension Bridge {
  // MARK: Elementwise

  @inline(__always)
  static func unary(_ op: ck_unary, _ x: Tensor) -> Tensor {
    let y = Tensor(uninitialized: x.shape, x.dtype)
    switch x.dtype {
    case .float32: check(ck_dense_unary_f32(context, op, y.f32, x.f32, x.elements), op.name)
    case .float64: check(ck_dense_unary_f64(context, op, y.f64, x.f64, x.elements), op.name)
    default: wrongType(op.name, x.dtype)
    }
    return y
  }

  static func unaryGradient(
    _ op: ck_unary, _ dy: Tensor, _ x: Tensor, _ y: Tensor, scale: Double = 1, inPlace: Bool = false
  ) -> Tensor {
    let dx = inPlace ? dy : Tensor(uninitialized: dy.shape, dy.dtype)
    switch dy.dtype {
    case .float32:
      check(ck_dense_unary_bwd_f32(context, op, dx.f32, dy.f32, x.f32, y.f32, Float(scale), dy.elements), op.name)
    case .float64:
      check(ck_dense_unary_bwd_f64(context, op, dx.f64, dy.f64, x.f64, y.f64, scale, dy.elements), op.name)
    default: wrongType(op.name, dy.dtype)
    }
    return dx
  }

  /// Same shapes: one axis.
  @inline(__always)
  static func binary(_ op: ck_binary, _ a: Tensor, _ b: Tensor) -> Tensor {
    let y = Tensor(uninitialized: a.shape, a.dtype)
    var size = a.elements, stride: Int64 = 1
    switch a.dtype {
    case .float32: check(ck_dense_binary_f32(context, op, y.f32, a.f32, &stride, b.f32, &stride, &size, 1), op.name)
    case .float64: check(ck_dense_binary_f64(context, op, y.f64, a.f64, &stride, b.f64, &stride, &size, 1), op.name)
    default: wrongType(op.name, a.dtype)
    }
    return y
  }

  /// `shape` is what a and b broadcast to.
  static func binary(_ op: ck_binary, _ a: Tensor, _ b: Tensor, broadcastTo shape: Shape) -> Tensor {
    let y = Tensor(uninitialized: shape, a.dtype)
    let sizes = shape.map(Int64.init), rank = Int32(shape.rank)
    let left = a.shape.broadcastStrides(to: shape), right = b.shape.broadcastStrides(to: shape)
    switch a.dtype {
    case .float32: check(ck_dense_binary_f32(context, op, y.f32, a.f32, left, b.f32, right, sizes, rank), op.name)
    case .float64: check(ck_dense_binary_f64(context, op, y.f64, a.f64, left, b.f64, right, sizes, rank), op.name)
    default: wrongType(op.name, a.dtype)
    }
    return y
  }

  static func affine(_ x: Tensor, _ scale: Double, _ shift: Double) -> Tensor {
    let y = Tensor(uninitialized: x.shape, x.dtype)
    switch x.dtype {
    case .float32: check(ck_dense_affine_f32(context, y.f32, x.f32, Float(scale), Float(shift), x.elements), "affine")
    case .float64: check(ck_dense_affine_f64(context, y.f64, x.f64, scale, shift, x.elements), "affine")
    default: wrongType("affine", x.dtype)
    }
    return y
  }

  static func clamp(_ x: Tensor, _ low: Double, _ high: Double) -> Tensor {
    let y = Tensor(uninitialized: x.shape, x.dtype)
    switch x.dtype {
    case .float32: check(ck_dense_clamp_f32(context, y.f32, x.f32, Float(low), Float(high), x.elements), "clamped")
    case .float64: check(ck_dense_clamp_f64(context, y.f64, x.f64, low, high, x.elements), "clamped")
    default: wrongType("clamped", x.dtype)
    }
    return y
  }

  static func power(_ x: Tensor, _ exponent: Double) -> Tensor {
    let y = Tensor(uninitialized: x.shape, x.dtype)
    switch x.dtype {
    case .float32: check(ck_dense_power_f32(context, y.f32, x.f32, Float(exponent), x.elements), "power")
    case .float64: check(ck_dense_power_f64(context, y.f64, x.f64, exponent, x.elements), "power")
    default: wrongType("power", x.dtype)
    }
    return y
  }

  static func select(_ mask: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    let y = Tensor(uninitialized: a.shape, a.dtype)
    switch a.dtype {
    case .float32: check(ck_dense_select_f32(context, y.f32, mask.u8, a.f32, b.f32, a.elements), "select")
    case .float64: check(ck_dense_select_f64(context, y.f64, mask.u8, a.f64, b.f64, a.elements), "select")
    default: wrongType("select", a.dtype)
    }
    return y
  }

  /// Adds to memory that the caller owns alone.
  static func accumulate(into sum: TensorBody, _ term: TensorBody) {
    let y = Tensor(sum), x = Tensor(term)
    switch y.dtype {
    case .float32: check(ck_dense_add_scaled_f32(context, y.f32, x.f32, 1, y.elements), "accumulate")
    case .float64: check(ck_dense_add_scaled_f64(context, y.f64, x.f64, 1, y.elements), "accumulate")
    default: wrongType("accumulate", y.dtype)
    }
  }

  static func convert(_ x: Tensor, to dtype: DType) -> Tensor {
    let y = Tensor(uninitialized: x.shape, dtype)
    check(
      ck_dense_convert(
        context, y.body.data, Int32(dtype.rawValue), x.body.data, Int32(x.dtype.rawValue), x.elements), "converted")
    return y
  }

  // MARK: Strided copies

  /// Contiguous copy of a strided view: element `offset` of x is the view's first.
  static func copy(_ x: Tensor, offset: Int, strides: [Int64], shape: Shape) -> Tensor {
    let y = Tensor(uninitialized: shape, x.dtype)
    let sizes = shape.map(Int64.init), rank = Int32(shape.rank)
    switch x.dtype {
    case .float32, .int32:  // four bytes are four bytes
      check(ck_dense_copy_from_f32(context, y.f32, x.f32 + offset, strides, sizes, rank), "copy")
    case .float64:
      check(ck_dense_copy_from_f64(context, y.f64, x.f64 + offset, strides, sizes, rank), "copy")
    case .uint8:
      return convert(copy(convert(x, to: .int32), offset: offset, strides: strides, shape: shape), to: .uint8)
    }
    return y
  }

  /// Writes x into a strided view of y, which the caller owns.
  static func write(_ x: Tensor, into y: Tensor, offset: Int, strides: [Int64]) {
    let sizes = x.shape.map(Int64.init), rank = Int32(x.shape.rank)
    switch x.dtype {
    case .float32, .int32: check(ck_dense_copy_to_f32(context, y.f32 + offset, strides, x.f32, sizes, rank), "copy")
    case .float64: check(ck_dense_copy_to_f64(context, y.f64 + offset, strides, x.f64, sizes, rank), "copy")
    case .uint8: wrongType("copy", x.dtype)
    }
  }

  // MARK: Reductions

  /// x seen as (outer, n, inner), reduced over n, given the result's shape.
  static func reduce(_ op: ck_reduction, _ x: Tensor, outer: Int, n: Int, inner: Int, shape: Shape) -> Tensor {
    let y = Tensor(uninitialized: shape, x.dtype)
    let (outer, n, inner) = (Int64(outer), Int64(n), Int64(inner))
    switch x.dtype {
    case .float32:
      withWorkspace(ck_dense_reduce_workspace_f32(outer, n, inner)) {
        check(ck_dense_reduce_f32(context, op, y.f32, x.f32, outer, n, inner), op.name)
      }
    case .float64:
      withWorkspace(ck_dense_reduce_workspace_f64(outer, n, inner)) {
        check(ck_dense_reduce_f64(context, op, y.f64, x.f64, outer, n, inner), op.name)
      }
    default: wrongType(op.name, x.dtype)
    }
    return y
  }

  static func argmax(_ x: Tensor, rows: Int, n: Int, shape: Shape) -> Tensor {
    let y = Tensor(uninitialized: shape, .int32)
    switch x.dtype {
    case .float32: check(ck_dense_argmax_f32(context, y.i32, x.f32, Int64(n), Int64(rows), Int64(n)), "argmax")
    case .float64: check(ck_dense_argmax_f64(context, y.i32, x.f64, Int64(n), Int64(rows), Int64(n)), "argmax")
    default: wrongType("argmax", x.dtype)
    }
    return y
  }

  static func dot(_ a: Tensor, _ b: Tensor) -> Double {
    var result = 0.0
    switch a.dtype {
    case .float32:
      withWorkspace(ck_dense_dot_workspace_f32(a.elements)) {
        check(ck_dense_dot_f32(context, &result, a.f32, b.f32, a.elements), "dot")
      }
    case .float64:
      withWorkspace(ck_dense_dot_workspace_f64(a.elements)) {
        check(ck_dense_dot_f64(context, &result, a.f64, b.f64, a.elements), "dot")
      }
    default: wrongType("dot", a.dtype)
    }
    return result
  }

  /// Place of the first element that is not finite.
  static func firstNonFinite(_ x: Tensor) -> Int? {
    var position: Int64 = -1
    switch x.dtype {
    case .float32: check(ck_dense_check_finite_f32(context, &position, x.f32, x.elements), "check finite")
    case .float64: check(ck_dense_check_finite_f64(context, &position, x.f64, x.elements), "check finite")
    default: return nil
    }
    return position < 0 ? nil : Int(position)
  }

  /// Place of the first id outside of 0..<limit.
  package static func firstIdOutside(_ ids: Tensor, limit: Int) -> Int? {
    var position: Int64 = -1
    check(ck_dense_check_ids(context, &position, ids.i32, ids.elements, Int64(limit)), "check ids")
    return position < 0 ? nil : Int(position)
  }

  // MARK: Matrix products

  /// One product of (m x k) and (k x n) operands for each of `batch`.
  static func gemm(
    _ a: Tensor, _ transposeA: Bool, _ b: Tensor, _ transposeB: Bool, m: Int, n: Int, k: Int, batch: Int, shape: Shape
  ) -> Tensor {
    let c = Tensor(uninitialized: shape, a.dtype)
    let (m, n, k, batch) = (Int64(m), Int64(n), Int64(k), Int64(batch))
    let lda = max(transposeA ? m : k, 1), ldb = max(transposeB ? k : n, 1), ldc = max(n, 1)
    switch a.dtype {
    case .float32:
      withWorkspace(ck_dense_gemm_workspace_f32(m, n, k, batch)) {
        check(
          ck_dense_gemm_f32(
            context, c.f32, ldc, m * n, a.f32, lda, m * k, transposeA, b.f32, ldb, k * n, transposeB, m, n, k, batch, 1,
            0),
          "matmul")
      }
    case .float64:
      withWorkspace(ck_dense_gemm_workspace_f64(m, n, k, batch)) {
        check(
          ck_dense_gemm_f64(
            context, c.f64, ldc, m * n, a.f64, lda, m * k, transposeA, b.f64, ldb, k * n, transposeB, m, n, k, batch, 1,
            0),
          "matmul")
      }
    default: wrongType("matmul", a.dtype)
    }
    return c
  }

  // MARK: Gather and scatter

  /// Nil when an id is outside of 0..<rows.
  static func gatherRows(_ x: Tensor, _ ids: Tensor, rows: Int, width: Int, shape: Shape) -> Tensor? {
    let y = Tensor(uninitialized: shape, x.dtype)
    let ld = Int64(max(width, 1)), width = Int64(width), rows = Int64(rows)
    let status: ck_status
    switch x.dtype {
    case .float32, .int32:  // four bytes are four bytes
      status = ck_dense_gather_rows_f32(context, y.f32, ld, x.f32, ld, rows, ids.i32, ids.elements, width)
    case .float64:
      status = ck_dense_gather_rows_f64(context, y.f64, ld, x.f64, ld, rows, ids.i32, ids.elements, width)
    case .uint8: wrongType("gathered", x.dtype)
    }
    if status == .out_of_range { return nil }
    check(status, "gathered")
    return y
  }

  /// Nil when an id is outside of 0..<rows.
  static func scatterAddRows(_ x: Tensor, _ ids: Tensor, rows: Int, width: Int, shape: Shape) -> Tensor? {
    let y = Tensor(uninitialized: shape, x.dtype)
    let ld = Int64(max(width, 1)), width = Int64(width), rows = Int64(rows), count = ids.elements
    let status: ck_status
    switch x.dtype {
    case .float32:
      status = withWorkspace(ck_dense_scatter_add_rows_workspace_f32(rows, count)) {
        ck_dense_scatter_add_rows_f32(context, y.f32, ld, rows, x.f32, ld, ids.i32, count, width)
      }
    case .float64:
      status = withWorkspace(ck_dense_scatter_add_rows_workspace_f64(rows, count)) {
        ck_dense_scatter_add_rows_f64(context, y.f64, ld, rows, x.f64, ld, ids.i32, count, width)
      }
    default: wrongType("scatterAdded", x.dtype)
    }
    if status == .out_of_range { return nil }
    check(status, "scatterAdded")
    return y
  }
}
