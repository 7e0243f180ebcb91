import CKernels.Dense

// Names of operations that share a kernel, as error messages and profiles show them.

extension ck_unary {
  var name: StaticString {
    switch self {
    case .negate: "negate"
    case .absolute: "absolute"
    case .square: "square"
    case .square_root: "squareRoot"
    case .reciprocal: "reciprocal"
    case .exp: "exp"
    case .log: "log"
    case .tanh: "tanh"
    case .sigmoid: "sigmoid"
    case .erf: "erf"
    case .sin: "sin"
    case .cos: "cos"
    case .relu: "relu"
    case .gelu: "gelu"
    case .silu: "silu"
    case .softplus: "softplus"
    case .sign: "sign"
    case .step: "step"
    }
  }
}

extension ck_binary {
  var name: StaticString {
    switch self {
    case .add: "add"
    case .subtract: "subtract"
    case .multiply: "multiply"
    case .divide: "divide"
    case .maximum: "maximum"
    case .minimum: "minimum"
    case .less: "less"
    case .less_equal: "lessEqual"
    case .equal: "equal"
    }
  }
}

extension ck_reduction {
  var name: StaticString {
    switch self {
    case .sum: "sum"
    case .mean: "mean"
    case .maximum: "maximum over an axis"
    case .minimum: "minimum over an axis"
    }
  }
}
