// Column statistics and batch norm over blocks of rows of contiguous matrices (rows x n).

/// sum[j] of x[r, j], or of (x[r, j] - mean[j])^2 when mean is not NULL. Four chains
/// of rows at a time hide the latency of the additions.
static void NAME(column_moments)(T *sum, const T *x, const T *mean, int64_t rows, int64_t n) {
  for (int64_t j = 0; j < n; j += VL) {
    const int64_t left = n - j;
    const V center = mean ? NAME(load_left)(mean + j, left) : (V)0;
    V part[4] = {0, 0, 0, 0};
    int64_t r = 0;
    if (mean) {
      for (; r + 4 <= rows; r += 4)
        for (int u = 0; u < 4; u++) {
          const V d = NAME(load_left)(x + (r + u) * n + j, left) - center;
          part[u] += d * d;
        }
      for (; r < rows; r++) {
        const V d = NAME(load_left)(x + r * n + j, left) - center;
        part[0] += d * d;
      }
    } else {
      for (; r + 4 <= rows; r += 4)
        for (int u = 0; u < 4; u++) part[u] += NAME(load_left)(x + (r + u) * n + j, left);
      for (; r < rows; r++) part[0] += NAME(load_left)(x + r * n + j, left);
    }
    NAME(store_left)(sum + j, (part[0] + part[1]) + (part[2] + part[3]), left);
  }
}

/// y = (x - mean) rstd weight + bias, column by column.
static void NAME(batch_norm)(T *y, const T *x, const T *mean, const T *rstd, const T *weight, const T *bias,
                             int64_t rows, int64_t n) {
  for (int64_t j = 0; j < n; j += VL) {
    const int64_t left = n - j;
    const V center = NAME(load_left)(mean + j, left), shift = bias ? NAME(load_left)(bias + j, left) : (V)0;
    V scale = NAME(load_left)(rstd + j, left);
    if (weight) scale *= NAME(load_left)(weight + j, left);
    for (int64_t r = 0; r < rows; r++)
      NAME(store_left)(y + r * n + j, (NAME(load_left)(x + r * n + j, left) - center) * scale + shift, left);
  }
}

/// Sums over the block's rows: sum_dy[j] of dy, sum_dyx[j] of dy xhat.
static void NAME(batch_norm_sums)(T *sum_dyx, T *sum_dy, const T *dy, const T *x, const T *mean, const T *rstd,
                                  int64_t rows, int64_t n) {
  for (int64_t j = 0; j < n; j += VL) {
    const int64_t left = n - j;
    const V center = NAME(load_left)(mean + j, left), scale = NAME(load_left)(rstd + j, left);
    V plain[2] = {0, 0}, product[2] = {0, 0};
    for (int64_t r = 0; r < rows; r++) {
      const V g = NAME(load_left)(dy + r * n + j, left);
      plain[r & 1] += g;
      product[r & 1] += g * (NAME(load_left)(x + r * n + j, left) - center);
    }
    NAME(store_left)(sum_dy + j, plain[0] + plain[1], left);
    NAME(store_left)(sum_dyx + j, scale * (product[0] + product[1]), left);
  }
}

/// dx = rstd weight (dy - mean(dy) - xhat mean(dy xhat)) over `rows` of the `total` rows that the sums cover.
static void NAME(batch_norm_bwd)(T *dx, const T *sum_dyx, const T *sum_dy, const T *dy, const T *x, const T *mean,
                                 const T *rstd, const T *weight, int64_t rows, int64_t total, int64_t n) {
  const T share = 1 / (T)total;
  for (int64_t j = 0; j < n; j += VL) {
    const int64_t left = n - j;
    const V center = NAME(load_left)(mean + j, left), deviation = NAME(load_left)(rstd + j, left);
    const V scale = weight ? deviation * NAME(load_left)(weight + j, left) : deviation;
    const V mean_dy = share * NAME(load_left)(sum_dy + j, left);
    const V slope = deviation * (share * NAME(load_left)(sum_dyx + j, left));
    for (int64_t r = 0; r < rows; r++) {
      const V g = NAME(load_left)(dy + r * n + j, left), d = NAME(load_left)(x + r * n + j, left) - center;
      NAME(store_left)(dx + r * n + j, scale * (g - mean_dy - d * slope), left);
    }
  }
}
