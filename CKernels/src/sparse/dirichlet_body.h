// Dirichlet energy of the rows from ..< to, which are whole blocks.
typedef double NAME(wide) __attribute__((ext_vector_type(VL)));

CK_INLINE double NAME(wide_sum)(NAME(wide) v) {
  double total = 0;
  for (int i = 0; i < VL; i++) total += v[i];
  return total;
}

/// Terms of a strip of nv vectors of z, the last one cut to `left` elements, over the edges (row[k], column[k]).
CK_INLINE NAME(wide) NAME(edge_strip)(const dirichlet_job *job, const int32_t *row, const int32_t *column,
                                      int64_t edges, int64_t offset, const int nv, int64_t left) {
  const T *z = (const T *)job->z + offset, *scale = job->scale;
  const int64_t n = job->n, ahead = gathered_ahead(nv * VL * (int64_t)sizeof(T));
  NAME(wide) total = 0;
  for (int64_t first = 0; first < edges; first += DIRICHLET_RUN) {
    const int64_t end = edges - first < DIRICHLET_RUN ? edges : first + DIRICHLET_RUN;
    V sum[4] = {0};
#pragma clang loop unroll(disable)
    for (int64_t k = first; k < end; k++) {
      const T *from = z + row[k] * n, *to = z + column[k] * n;
      if (job->far) {
        const T *next = z + column[k + ahead < edges ? k + ahead : edges - 1] * n;
#pragma clang loop unroll(full)
        for (int byte = 0; byte < nv * VL * (int)sizeof(T); byte += 64)
          __builtin_prefetch((const char *)next + byte, 0, 3);
      }
      const T from_scale = scale[row[k]], to_scale = scale[column[k]];
#pragma clang loop unroll(full)
      for (int i = 0; i < nv; i++) {
        const V u = nv == 1 ? NAME(load_left)(from, left) : NAME(load)(from + i * VL);
        const V v = nv == 1 ? NAME(load_left)(to, left) : NAME(load)(to + i * VL);
        const V step = u * from_scale - v * to_scale;
        sum[i] += step * step;
      }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < nv; i++) total += __builtin_convertvector(sum[i], NAME(wide));
  }
  return total;
}

static __attribute__((noinline)) double NAME(edge_energy)(const dirichlet_job *job, const int32_t *row,
                                                          const int32_t *column, int64_t edges) {
  NAME(wide) total = 0;
  int64_t c = 0;
#if CK_IS_F32
  for (; c + 4 * VL <= job->n; c += 4 * VL) total += NAME(edge_strip)(job, row, column, edges, c, 4, VL);
#endif
  for (; c < job->n; c += VL) total += NAME(edge_strip)(job, row, column, edges, c, 1, job->n - c);
  return NAME(wide_sum)(total);
}

/// |z[r, :]|^2.
static double NAME(node_energy)(const dirichlet_job *job, int64_t r) {
  const T *z = (const T *)job->z + r * job->n;
  NAME(wide) total = 0;
  for (int64_t c = 0; c < job->n; c += VL) {
    const NAME(wide) at = __builtin_convertvector(NAME(load_left)(z + c, job->n - c), NAME(wide));
    total += at * at;
  }
  return NAME(wide_sum)(total);
}

static void NAME(dirichlet)(const dirichlet_job *job, int64_t from, int64_t to) {
  const ck_csr *a = job->a;
  int32_t row[DIRICHLET_EDGES], column[DIRICHLET_EDGES];
  for (int64_t block = from; block < to; block += DIRICHLET_ROWS) {
    double energy = 0;
    int64_t edges = 0;
    for (int64_t r = block; r < to && r < block + DIRICHLET_ROWS; r++) {
      const int64_t begin = a->row_start[r], end = a->row_start[r + 1];
      if (begin == end) energy += NAME(node_energy)(job, r);
      for (int64_t e = begin; e < end && a->column[e] < r; e++) {
        row[edges] = (int32_t)r, column[edges++] = a->column[e];
        if (edges < DIRICHLET_EDGES) continue;
        energy += NAME(edge_energy)(job, row, column, edges);
        edges = 0;
      }
    }
    job->energy[block / DIRICHLET_ROWS] = energy + NAME(edge_energy)(job, row, column, edges);
  }
}
