// Layer norm over rows [0, rows) of contiguous matrices (rows x n).  `weight` and `bias` may be NULL.

static void NAME(layer_norm)(T *y, T *mean, T *rstd, const T *x, const T *weight, const T *bias, int64_t rows,
                             int64_t n, T epsilon) {
  for (int64_t r = 0; r < rows; r++, x += n, y += n) {
    // pass 1: mean
    V part[4] = {0, 0, 0, 0};
    int64_t j = 0;
    for (; j + 4 * VL <= n; j += 4 * VL)
      for (int u = 0; u < 4; u++) part[u] += NAME(load)(x + j + u * VL);
    for (; j < n; j += VL) part[0] += NAME(load_left)(x + j, n - j);
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
      V v = (NAME(load_left)(x + j, left) - center) * scale;
      if (weight) v *= NAME(load_left)(weight + j, left);
      if (bias) v += NAME(load_left)(bias + j, left);
      NAME(store_left)(y + j, v, left);
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
      const V upstream = NAME(load_left)(dy + j, left);
      const V xhat = (NAME(load_left)(x + j, left) - center) * scale;
      const V g = weight ? upstream * NAME(load_left)(weight + j, left) : upstream;
      sum_g += g;
      sum_gx += g * xhat;  // lanes past the end hold g = 0
      if (dweight) {
        NAME(store_left)(dweight + j, NAME(load_left)(dweight + j, left) + upstream * xhat, left);
        NAME(store_left)(dbias + j, NAME(load_left)(dbias + j, left) + upstream, left);
      }
    }
    const T mean_g = NAME(sum)(sum_g) / (T)n, mean_gx = NAME(sum)(sum_gx) / (T)n;
    // pass 2: dx = rstd (g - mean g - xhat mean(g xhat))
    for (int64_t j = 0; j < n; j += VL) {
      const int64_t left = n - j;
      const V xhat = (NAME(load_left)(x + j, left) - center) * scale;
      V g = NAME(load_left)(dy + j, left);
      if (weight) g *= NAME(load_left)(weight + j, left);
      NAME(store_left)(dx + j, scale * (g - mean_g - xhat * mean_gx), left);
    }
  }
}
