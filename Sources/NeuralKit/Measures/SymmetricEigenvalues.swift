import Foundation

/// Eigenvalues of a symmetric matrix given row by row, in no order; only its lower triangle is read.
///
/// Householder's reduction to a tridiagonal matrix, then implicit QL steps (Bowdler, Martin, Reinsch and Wilkinson
/// 1968): about 4/3 n^3 flops. Traps when an eigenvalue needs more than 60 steps, which finite input does not.
func symmetricEigenvalues(_ matrix: [Double], order n: Int) -> [Double] {
  precondition(matrix.count == n * n, "symmetricEigenvalues: the matrix is not of the order that was given")
  var matrix = matrix
  var diagonal = [Double](repeating: 0, count: n), off = diagonal
  matrix.withUnsafeMutableBufferPointer { a in
    diagonal.withUnsafeMutableBufferPointer { d in
      off.withUnsafeMutableBufferPointer { e in
        tridiagonalize(a.baseAddress!, d.baseAddress!, e.baseAddress!, n)
        iterate(d.baseAddress!, e.baseAddress!, n)
      }
    }
  }
  return diagonal
}

/// Leaves the diagonal in `d` and the element left of it in row i in `e[i]`.
private func tridiagonalize(
  _ a: UnsafeMutablePointer<Double>, _ d: UnsafeMutablePointer<Double>, _ e: UnsafeMutablePointer<Double>, _ n: Int
) {
  for i in stride(from: n - 1, to: 0, by: -1) {
    let row = a + i * n
    var scale = 0.0
    for k in 0..<i { scale += abs(row[k]) }
    guard i > 1, scale > 0 else {
      e[i] = row[i - 1]
      continue
    }
    var h = 0.0
    for k in 0..<i {
      row[k] /= scale
      h += row[k] * row[k]
    }
    let f = row[i - 1], g = f >= 0 ? -h.squareRoot() : h.squareRoot()
    e[i] = scale * g
    h -= f * g
    row[i - 1] = f - g
    // e[..<i] becomes A u / h, then that less its part along u.
    for j in 0..<i { e[j] = 0 }
    for j in 0..<i {
      let other = a + j * n, u = row[j]
      var sum = other[j] * u
      for k in 0..<j {
        sum += other[k] * row[k]
        e[k] += other[k] * u
      }
      e[j] += sum
    }
    var along = 0.0
    for j in 0..<i {
      e[j] /= h
      along += e[j] * row[j]
    }
    let half = along / (h + h)
    for j in 0..<i {
      let u = row[j], other = a + j * n
      e[j] -= half * u
      let w = e[j]
      for k in 0...j { other[k] -= u * e[k] + w * row[k] }
    }
  }
  for i in 0..<n { d[i] = a[i * n + i] }
}

/// QL steps on a tridiagonal matrix until what is beside the diagonal has vanished.
private func iterate(_ d: UnsafeMutablePointer<Double>, _ e: UnsafeMutablePointer<Double>, _ n: Int) {
  guard n > 1 else { return }
  for i in 1..<n { e[i - 1] = e[i] }
  e[n - 1] = 0
  for l in 0..<n {
    for step in 0... {
      var m = l
      while m < n - 1, abs(e[m]) > Double.ulpOfOne * (abs(d[m]) + abs(d[m + 1])) { m += 1 }
      if m == l { break }
      precondition(step < 60, "symmetricEigenvalues: no convergence")
      let p = (d[l + 1] - d[l]) / (2 * e[l]), r = hypot(p, 1)
      var g = d[m] - d[l] + e[l] / (p + (p >= 0 ? r : -r))
      var sine = 1.0, cosine = 1.0, shift = 0.0
      var i = m - 1
      while i >= l {
        let f = sine * e[i], b = cosine * e[i], r = hypot(f, g)
        e[i + 1] = r
        if r == 0 {
          d[i + 1] -= shift
          e[m] = 0
          break
        }
        sine = f / r
        cosine = g / r
        g = d[i + 1] - shift
        let t = (d[i] - g) * sine + 2 * cosine * b
        shift = sine * t
        d[i + 1] = g + shift
        g = cosine * t - b
        i -= 1
      }
      if i >= l { continue }
      d[l] -= shift
      e[l] = g
      e[m] = 0
    }
  }
}
