import CKernels.Dense
import CKernels.Random

extension Bridge {
  enum RowFunction { case softmax, logSoftmax }

  /// A function of each row of n elements.
  static func rows(_ function: RowFunction, _ x: Tensor, n: Int) -> Tensor {
    let y = Tensor(uninitialized: x.shape, x.dtype)
    let ld = Int64(max(n, 1)), n = Int64(n), rows = n == 0 ? 0 : x.elements / n
    switch (x.dtype, function) {
    case (.float32, .softmax): check(ck_dense_softmax_f32(context, y.f32, ld, x.f32, ld, rows, n), "softmax")
    case (.float64, .softmax): check(ck_dense_softmax_f64(context, y.f64, ld, x.f64, ld, rows, n), "softmax")
    case (.float32, .logSoftmax): check(ck_dense_log_softmax_f32(context, y.f32, ld, x.f32, ld, rows, n), "logSoftmax")
    case (.float64, .logSoftmax): check(ck_dense_log_softmax_f64(context, y.f64, ld, x.f64, ld, rows, n), "logSoftmax")
    default: wrongType("softmax", x.dtype)
    }
    return y
  }

  static func rowsGradient(_ function: RowFunction, _ dy: Tensor, _ y: Tensor, n: Int) -> Tensor {
    let dx = Tensor(uninitialized: y.shape, y.dtype)
    let ld = Int64(max(n, 1)), n = Int64(n), rows = n == 0 ? 0 : y.elements / n
    switch (y.dtype, function) {
    case (.float32, .softmax):
      check(ck_dense_softmax_bwd_f32(context, dx.f32, ld, dy.f32, ld, y.f32, ld, rows, n), "softmax gradient")
    case (.float64, .softmax):
      check(ck_dense_softmax_bwd_f64(context, dx.f64, ld, dy.f64, ld, y.f64, ld, rows, n), "softmax gradient")
    case (.float32, .logSoftmax):
      check(ck_dense_log_softmax_bwd_f32(context, dx.f32, ld, dy.f32, ld, y.f32, ld, rows, n), "logSoftmax gradient")
    case (.float64, .logSoftmax):
      check(ck_dense_log_softmax_bwd_f64(context, dx.f64, ld, dy.f64, ld, y.f64, ld, rows, n), "logSoftmax gradient")
    default: wrongType("softmax gradient", y.dtype)
    }
    return dx
  }

  /// Losses of the chosen rows and the log-sum-exp that the gradient needs.
  static func crossEntropy(_ logits: Tensor, _ rows: Tensor?, _ labels: Tensor, _ smoothing: Double) -> (Tensor, Tensor)
  {
    let shape: Shape = [labels.count]
    let loss = Tensor(uninitialized: shape, logits.dtype), lse = Tensor(uninitialized: shape, logits.dtype)
    let (n, classes) = (Int64(logits.shape[0]), Int64(logits.shape[1]))
    switch logits.dtype {
    case .float32:
      check(
        ck_dense_cross_entropy_f32(
          context, loss.f32, lse.f32, logits.f32, classes, n, classes, rows?.i32, labels.i32, labels.elements,
          Float(smoothing)), "crossEntropy")
    case .float64:
      check(
        ck_dense_cross_entropy_f64(
          context, loss.f64, lse.f64, logits.f64, classes, n, classes, rows?.i32, labels.i32, labels.elements,
          smoothing), "crossEntropy")
    default: wrongType("crossEntropy", logits.dtype)
    }
    return (loss, lse)
  }

  static func crossEntropyGradient(
    _ dy: Tensor, _ logits: Tensor, _ lse: Tensor, _ rows: Tensor?, _ labels: Tensor, _ smoothing: Double
  ) -> Tensor {
    let dx = Tensor(uninitialized: logits.shape, logits.dtype)
    let (n, classes) = (Int64(logits.shape[0]), Int64(logits.shape[1]))
    switch logits.dtype {
    case .float32:
      check(
        ck_dense_cross_entropy_bwd_f32(
          context, dx.f32, classes, dy.f32, logits.f32, classes, lse.f32, n, classes, rows?.i32, labels.i32,
          labels.elements, Float(smoothing)), "crossEntropy gradient")
    case .float64:
      check(
        ck_dense_cross_entropy_bwd_f64(
          context, dx.f64, classes, dy.f64, logits.f64, classes, lse.f64, n, classes, rows?.i32, labels.i32,
          labels.elements, smoothing), "crossEntropy gradient")
    default: wrongType("crossEntropy gradient", logits.dtype)
    }
    return dx
  }

  // MARK: Normalization

  /// y, mean and rstd of each row.
  static func layerNorm(
    _ x: Tensor, _ weight: Tensor?, _ bias: Tensor?, epsilon: Double
  ) -> (y: Tensor, mean: Tensor, rstd: Tensor) {
    let n = x.shape[-1], rows = n == 0 ? 0 : x.count / n
    let y = Tensor(uninitialized: x.shape, x.dtype)
    let mean = Tensor(uninitialized: [rows], x.dtype), rstd = Tensor(uninitialized: [rows], x.dtype)
    switch x.dtype {
    case .float32:
      check(
        ck_dense_layer_norm_f32(
          context, y.f32, mean.f32, rstd.f32, x.f32, weight?.f32, bias?.f32, Int64(rows), Int64(n), Float(epsilon)),
        "layerNorm")
    case .float64:
      check(
        ck_dense_layer_norm_f64(
          context, y.f64, mean.f64, rstd.f64, x.f64, weight?.f64, bias?.f64, Int64(rows), Int64(n), epsilon),
        "layerNorm")
    default: wrongType("layerNorm", x.dtype)
    }
    return (y, mean, rstd)
  }

  static func layerNormGradient(
    _ dy: Tensor, _ x: Tensor, _ mean: Tensor, _ rstd: Tensor, _ weight: Tensor?
  ) -> (dx: Tensor, dweight: Tensor, dbias: Tensor) {
    let n = x.shape[-1], (rows, width) = (Int64(n == 0 ? 0 : x.count / n), Int64(n))
    let dx = Tensor(uninitialized: x.shape, x.dtype)
    let dweight = Tensor(uninitialized: [n], x.dtype), dbias = Tensor(uninitialized: [n], x.dtype)
    switch x.dtype {
    case .float32:
      withWorkspace(ck_dense_layer_norm_bwd_workspace_f32(rows, width)) {
        check(
          ck_dense_layer_norm_bwd_f32(
            context, dx.f32, dweight.f32, dbias.f32, dy.f32, x.f32, mean.f32, rstd.f32, weight?.f32, rows, width),
          "layerNorm gradient")
      }
    case .float64:
      withWorkspace(ck_dense_layer_norm_bwd_workspace_f64(rows, width)) {
        check(
          ck_dense_layer_norm_bwd_f64(
            context, dx.f64, dweight.f64, dbias.f64, dy.f64, x.f64, mean.f64, rstd.f64, weight?.f64, rows, width),
          "layerNorm gradient")
      }
    default: wrongType("layerNorm gradient", x.dtype)
    }
    return (dx, dweight, dbias)
  }

  /// Mean and biased variance of each column.
  static func columnMoments(_ x: Tensor) -> (mean: Tensor, variance: Tensor) {
    let n = x.shape[-1], (rows, width) = (Int64(n == 0 ? 0 : x.count / n), Int64(n))
    let mean = Tensor(uninitialized: [n], x.dtype), variance = Tensor(uninitialized: [n], x.dtype)
    switch x.dtype {
    case .float32:
      withWorkspace(ck_dense_column_moments_workspace_f32(rows, width)) {
        check(ck_dense_column_moments_f32(context, mean.f32, variance.f32, x.f32, rows, width), "columnMoments")
      }
    case .float64:
      withWorkspace(ck_dense_column_moments_workspace_f64(rows, width)) {
        check(ck_dense_column_moments_f64(context, mean.f64, variance.f64, x.f64, rows, width), "columnMoments")
      }
    default: wrongType("columnMoments", x.dtype)
    }
    return (mean, variance)
  }

  static func batchNorm(_ x: Tensor, _ mean: Tensor, _ rstd: Tensor, _ weight: Tensor?, _ bias: Tensor?) -> Tensor {
    let n = x.shape[-1], (rows, width) = (Int64(n == 0 ? 0 : x.count / n), Int64(n))
    let y = Tensor(uninitialized: x.shape, x.dtype)
    switch x.dtype {
    case .float32:
      check(
        ck_dense_batch_norm_f32(context, y.f32, x.f32, mean.f32, rstd.f32, weight?.f32, bias?.f32, rows, width),
        "batchNorm")
    case .float64:
      check(
        ck_dense_batch_norm_f64(context, y.f64, x.f64, mean.f64, rstd.f64, weight?.f64, bias?.f64, rows, width),
        "batchNorm")
    default: wrongType("batchNorm", x.dtype)
    }
    return y
  }

  static func batchNormGradient(
    _ dy: Tensor, _ x: Tensor, _ mean: Tensor, _ rstd: Tensor, _ weight: Tensor?
  ) -> (dx: Tensor, dweight: Tensor, dbias: Tensor) {
    let n = x.shape[-1], (rows, width) = (Int64(n == 0 ? 0 : x.count / n), Int64(n))
    let dx = Tensor(uninitialized: x.shape, x.dtype)
    let dweight = Tensor(uninitialized: [n], x.dtype), dbias = Tensor(uninitialized: [n], x.dtype)
    switch x.dtype {
    case .float32:
      withWorkspace(ck_dense_batch_norm_bwd_workspace_f32(rows, width)) {
        check(
          ck_dense_batch_norm_bwd_f32(
            context, dx.f32, dweight.f32, dbias.f32, dy.f32, x.f32, mean.f32, rstd.f32, weight?.f32, rows, width),
          "batchNorm gradient")
      }
    case .float64:
      withWorkspace(ck_dense_batch_norm_bwd_workspace_f64(rows, width)) {
        check(
          ck_dense_batch_norm_bwd_f64(
            context, dx.f64, dweight.f64, dbias.f64, dy.f64, x.f64, mean.f64, rstd.f64, weight?.f64, rows, width),
          "batchNorm gradient")
      }
    default: wrongType("batchNorm gradient", x.dtype)
    }
    return (dx, dweight, dbias)
  }

  // MARK: Random

  /// Writes x with elements dropped into `y`, which may be x.
  static func dropout(_ x: Tensor, into y: Tensor, _ rate: Double, key: UInt64, stream: UInt64) {
    switch x.dtype {
    case .float32: check(ck_dense_dropout_f32(context, y.f32, x.f32, x.elements, rate, key, stream), "dropout")
    case .float64: check(ck_dense_dropout_f64(context, y.f64, x.f64, x.elements, rate, key, stream), "dropout")
    default: wrongType("dropout", x.dtype)
    }
  }

  static func uniform(_ shape: Shape, _ dtype: DType, _ range: Range<Double>, key: UInt64, stream: UInt64) -> Tensor {
    let y = Tensor(uninitialized: shape, dtype)
    switch dtype {
    case .float32:
      check(
        ck_random_uniform_f32(
          context, y.f32, y.elements, Float(range.lowerBound), Float(range.upperBound), key, stream), "uniform")
    case .float64:
      check(
        ck_random_uniform_f64(context, y.f64, y.elements, range.lowerBound, range.upperBound, key, stream), "uniform")
    default: wrongType("uniform", dtype)
    }
    return y
  }

  static func normal(
    _ shape: Shape, _ dtype: DType, mean: Double, deviation: Double, key: UInt64, stream: UInt64
  ) -> Tensor {
    let y = Tensor(uninitialized: shape, dtype)
    switch dtype {
    case .float32:
      check(ck_random_normal_f32(context, y.f32, y.elements, Float(mean), Float(deviation), key, stream), "normal")
    case .float64:
      check(ck_random_normal_f64(context, y.f64, y.elements, mean, deviation, key, stream), "normal")
    default: wrongType("normal", dtype)
    }
    return y
  }

  static func bernoulli(_ shape: Shape, _ dtype: DType, _ probability: Double, key: UInt64, stream: UInt64) -> Tensor {
    let y = Tensor(uninitialized: shape, dtype)
    switch dtype {
    case .float32: check(ck_random_bernoulli_f32(context, y.f32, y.elements, probability, key, stream), "bernoulli")
    case .float64: check(ck_random_bernoulli_f64(context, y.f64, y.elements, probability, key, stream), "bernoulli")
    default: wrongType("bernoulli", dtype)
    }
    return y
  }
}
