// Column statistics and batch norm over blocks of rows of contiguous matrices (rows x n).

CK_INLINE V NAME(column_load)(const T *p, int64_t left) { return left >= VL ? NAME(load)(p) : NAME(load_n)(p, left); }
CK_INLINE void NAME(column_store)(T *p, V v, int64_t left) {
  if (left >= VL) NAME(store)(p, v);
  else NAME(store_n)(p, v, left);
}

/// sum[j] of x[r, j], or of (x[r, j] - mean[j])^2 when mean is not NULL. Four chains
/// of rows at a time hide the latency of the additions.
static void NAME(column_moments)(T *sum, const T *x, const T *mean, int64_t rows, int64_t n) {
  for (int64_t j = 0; j < n; j += VL) {
    const int64_t left = n - j;
    const V center = mean ? NAME(column_load)(mean + j, left) : (V)0;
    V part[4] = {0, 0, 0, 0};
    int64_t r = 0;
    if (mean) {
      for (; r + 4 <= rows; r += 4)
        for (int u = 0; u < 4; u++) {
          const V d = NAME(column_load)(x + (r + u) * n + j, left) - center;
          part[u] += d * d;
        }
      for (; r < rows; r++) {
        const V d = NAME(column_load)(x + r * n + j, left) - center;
        part[0] += d * d;
      }
    } else {
      for (; r + 4 <= rows; r += 4)
        for (int u = 0; u < 4; u++) part[u] += NAME(column_load)(x + (r + u) * n + j, left);
      for (; r < rows; r++) part[0] += NAME(column_load)(x + r * n + j, left);
    }
    NAME(column_store)(sum + j, (part[0] + part[1]) + (part[2] + part[3]), left);
  }
}

/// y = (x - mean) rstd weight + bias, column by column.
static void NAME(batch_norm)(T *y, const T *x, const T *mean, const T *rstd, const T *weight, const T *bias, int64_t rows,
                             int64_t n) {
  for (int64_t j = 0; j < n; j += VL) {
    const int64_t left = n - j;
    const V center = NAME(column_load)(mean + j, left), shift = bias ? NAME(column_load)(bias + j, left) : (V)0;
    V scale = NAME(column_load)(rstd + j, left);
    if (weight) scale *= NAME(column_load)(weight + j, left);
    for (int64_t r = 0; r < rows; r++)
      NAME(column_store)(y + r * n + j, (NAME(column_load)(x + r * n + j, left) - center) * scale + shift, left);
  }
}

/// Sums over the block's rows: sum_dy[j] of dy, sum_dyx[j] of dy xhat.
static void NAME(batch_norm_sums)(T *sum_dyx, T *sum_dy, const T *dy, const T *x, const T *mean, const T *rstd,
                                  int64_t rows, int64_t n) {
  for (int64_t j = 0; j < n; j += VL) {
    const int64_t left = n - j;
    const V center = NAME(column_load)(mean + j, left), scale = NAME(column_load)(rstd + j, left);
    V plain[2] = {0, 0}, product[2] = {0, 0};
    for (int64_t r = 0; r < rows; r++) {
      const V g = NAME(column_load)(dy + r * n + j, left);
      plain[r & 1] += g;
      product[r & 1] += g * (NAME(column_load)(x + r * n + j, left) - center);
    }
    NAME(column_store)(sum_dy + j, plain[0] + plain[1], left);
    NAME(column_store)(sum_dyx + j, scale * (product[0] + product[1]), left);
  }
}

/// dx = rstd weight (dy - mean(dy) - xhat mean(dy xhat)) over `rows` of the `total` rows that the sums cover.
static void NAME(batch_norm_bwd)(T *dx, const T *sum_dyx, const T *sum_dy, const T *dy, const T *x, const T *mean,
                                 const T *rstd, const T *weight, int64_t rows, int64_t total, int64_t n) {
  const T share = 1 / (T)total;
  for (int64_t j = 0; j < n; j += VL) {
    const int64_t left = n - j;
    const V center = NAME(column_load)(mean + j, left), deviation = NAME(column_load)(rstd + j, left);
    const V scale = weight ? deviation * NAME(column_load)(weight + j, left) : deviation;
    const V mean_dy = share * NAME(column_load)(sum_dy + j, left);
    const V slope = deviation * (share * NAME(column_load)(sum_dyx + j, left));
    for (int64_t r = 0; r < rows; r++) {
      const V g = NAME(column_load)(dy + r * n + j, left), d = NAME(column_load)(x + r * n + j, left) - center;
      NAME(column_store)(dx + r * n + j, scale * (g - mean_dy - d * slope), left);
    }
  }
}
