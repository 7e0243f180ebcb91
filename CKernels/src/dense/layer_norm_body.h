// Layer norm over rows [0, rows) of contiguous matrices (rows x n).  `weight` and `bias` may be NULL.

CK_INLINE V NAME(norm_load)(const T *p, int64_t left) { return left >= VL ? NAME(load)(p) : NAME(load_n)(p, left); }
CK_INLINE void NAME(norm_store)(T *p, V v, int64_t left) {
  if (left >= VL) NAME(store)(p, v);
  else NAME(store_n)(p, v, left);
}

static void NAME(layer_norm)(T *y, T *mean, T *rstd, const T *x, const T *weight, const T *bias, int64_t rows, int64_t n,
                             T epsilon) {
  for (int64_t r = 0; r < rows; r++, x += n, y += n) {
    // pass 1: mean
    V part[4] = {0, 0, 0, 0};
    int64_t j = 0;
    for (; j + 4 * VL <= n; j += 4 * VL)
      for (int u = 0; u < 4; u++) part[u] += NAME(load)(x + j + u * VL);
    for (; j < n; j += VL) part[0] += NAME(norm_load)(x + j, n - j);
    const T center = NAME(sum)((part[0] + part[1]) + (part[2] + part[3])) / (T)n;
    // pass 2: variance of the centred row
    for (int u = 0; u < 4; u++) part[u] = 0;
    for (j = 0; j + 4 * VL <= n; j += 4 * VL)
      for (int u = 0; u < 4; u++) {
        const V d = NAME(load)(x + j + u * VL) - center;
        part[u] += d * d;
      }
    for (; j + VL <= n; j += VL) {
      const V d = NAME(load)(x + j) - center;
      part[0] += d * d;
    }
    T squares = NAME(sum)((part[0] + part[1]) + (part[2] + part[3]));
    for (; j < n; j++) squares += (x[j] - center) * (x[j] - center);
    const T scale = 1 / (T)__builtin_sqrt((double)(squares / (T)n + epsilon));
    mean[r] = center;
    rstd[r] = scale;
    // pass 3: result
    for (j = 0; j < n; j += VL) {
      const int64_t left = n - j;
      V v = (NAME(norm_load)(x + j, left) - center) * scale;
      if (weight) v *= NAME(norm_load)(weight + j, left);
      if (bias) v += NAME(norm_load)(bias + j, left);
      NAME(norm_store)(y + j, v, left);
    }
  }
}

/// One block of rows: dx, and the block's column sums dweight and dbias where they are not NULL (both or none).
static void NAME(layer_norm_bwd)(T *dx, T *dweight, T *dbias, const T *dy, const T *x, const T *mean, const T *rstd,
                                 const T *weight, int64_t rows, int64_t n) {
  if (dweight)
    for (int64_t j = 0; j < n; j++) dweight[j] = dbias[j] = 0;
  for (int64_t r = 0; r < rows; r++, x += n, dy += n, dx += n) {
    const T center = mean[r], scale = rstd[r];
    // pass 1: means of g and g xhat, g = dy weight; the column sums on the way
    V sum_g = 0, sum_gx = 0;
    for (int64_t j = 0; j < n; j += VL) {
      const int64_t left = n - j;
      const V upstream = NAME(norm_load)(dy + j, left);
      const V xhat = (NAME(norm_load)(x + j, left) - center) * scale;
      const V g = weight ? upstream * NAME(norm_load)(weight + j, left) : upstream;
      sum_g += g;
      sum_gx += g * xhat;  // lanes past the end hold g = 0
      if (dweight) {
        NAME(norm_store)(dweight + j, NAME(norm_load)(dweight + j, left) + upstream * xhat, left);
        NAME(norm_store)(dbias + j, NAME(norm_load)(dbias + j, left) + upstream, left);
      }
    }
    const T mean_g = NAME(sum)(sum_g) / (T)n, mean_gx = NAME(sum)(sum_gx) / (T)n;
    // pass 2: dx = rstd (g - mean g - xhat mean(g xhat))
    for (int64_t j = 0; j < n; j += VL) {
      const int64_t left = n - j;
      const V xhat = (NAME(norm_load)(x + j, left) - center) * scale;
      V g = NAME(norm_load)(dy + j, left);
      if (weight) g *= NAME(norm_load)(weight + j, left);
      NAME(norm_store)(dx + j, scale * (g - mean_g - xhat * mean_gx), left);
    }
  }
}
