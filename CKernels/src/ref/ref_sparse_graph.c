#include "ck_ref.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double leaky(double x, double slope) { return x > 0 || x == -INFINITY ? x : slope * x; }

/// softmax weights alpha[e * heads + h] and dropout factors mask[e * heads + h].
static void attention_weights(double *alpha, double *mask, const ck_csr *a, const double *source, const double *target,
                              const ck_attention_options *o) {
  const int64_t heads = o->heads, count = a->row_start[a->rows] * heads;
  for (int64_t r = 0; r < a->rows; r++)
    for (int64_t e = a->row_start[r]; e < a->row_start[r + 1]; e++)
      for (int64_t h = 0; h < heads; h++)
        alpha[e * heads + h] = leaky(source[a->column[e] * heads + h] + target[r * heads + h], o->slope);
  ck_ref_segment_softmax(alpha, a->row_start, a->rows, alpha, heads);
  for (int64_t i = 0; i < count; i++) mask[i] = 1;
  if (o->drop > 0) ck_ref_dropout(mask, mask, count, o->drop, o->key, o->stream);
}

void ck_ref_graph_attention(double *z, double *positive, double *state, const ck_csr *a, const double *u,
                            const double *source, const double *target, const ck_attention_options *o) {
  const int64_t heads = o->heads, width = o->width, row = heads * width;
  const size_t count = (size_t)(a->row_start[a->rows] * heads + 1);
  double *alpha = malloc(count * sizeof *alpha), *mask = malloc(count * sizeof *mask);
  attention_weights(alpha, mask, a, source, target, o);
  for (int64_t r = 0; r < a->rows; r++)
    for (int64_t h = 0; h < heads; h++) {
      double *s = state + r * heads * 4 + h, largest = -INFINITY, sum = 0, above = 0;
      for (int64_t e = a->row_start[r]; e < a->row_start[r + 1]; e++)
        largest = fmax(largest, leaky(source[a->column[e] * heads + h] + target[r * heads + h], o->slope));
      memset(z + r * row + h * width, 0, (size_t)width * sizeof *z);
      memset(positive + r * row + h * width, 0, (size_t)width * sizeof *z);
      for (int64_t e = a->row_start[r]; e < a->row_start[r + 1]; e++) {
        const int64_t c = a->column[e];
        const double x = source[c * heads + h] + target[r * heads + h], w = alpha[e * heads + h];
        sum += exp(leaky(x, o->slope) - largest);
        if (x > 0) above += w;
        for (int64_t k = 0; k < width; k++) {
          const double part = w * mask[e * heads + h] * u[c * row + h * width + k];
          z[r * row + h * width + k] += part;
          if (x > 0) positive[r * row + h * width + k] += part;
        }
      }
      s[0] = target[r * heads + h], s[heads] = largest == -INFINITY ? 0 : largest;
      s[2 * heads] = sum > 0 ? 1 / sum : 0, s[3 * heads] = above;
    }
  free(alpha);
  free(mask);
}

void ck_ref_graph_attention_bwd(double *du, double *dsource, double *dtarget, const double *dz, const ck_csr *a,
                                const double *u, const double *source, const double *target,
                                const ck_attention_options *o) {
  const int64_t heads = o->heads, width = o->width, row = heads * width;
  const size_t count = (size_t)(a->row_start[a->rows] * heads + 1);
  double *alpha = malloc(count * sizeof *alpha), *mask = malloc(count * sizeof *mask);
  double *dalpha = malloc(count * sizeof *dalpha);
  attention_weights(alpha, mask, a, source, target, o);
  memset(du, 0, (size_t)(a->columns * row) * sizeof *du);
  memset(dsource, 0, (size_t)(a->columns * heads) * sizeof *dsource);
  memset(dtarget, 0, (size_t)(a->rows * heads) * sizeof *dtarget);
  for (int64_t r = 0; r < a->rows; r++)
    for (int64_t h = 0; h < heads; h++) {
      double centre = 0;
      for (int64_t e = a->row_start[r]; e < a->row_start[r + 1]; e++) {
        const int64_t c = a->column[e], i = e * heads + h;
        dalpha[i] = 0;
        for (int64_t k = h * width; k < (h + 1) * width; k++) {
          dalpha[i] += mask[i] * dz[r * row + k] * u[c * row + k];
          du[c * row + k] += alpha[i] * mask[i] * dz[r * row + k];
        }
        centre += alpha[i] * dalpha[i];
      }
      for (int64_t e = a->row_start[r]; e < a->row_start[r + 1]; e++) {
        const int64_t c = a->column[e], i = e * heads + h;
        const bool above = source[c * heads + h] + target[r * heads + h] > 0;
        const double d = alpha[i] * (dalpha[i] - centre) * (above ? 1 : o->slope);
        dsource[c * heads + h] += d;
        dtarget[r * heads + h] += d;
      }
    }
  free(alpha);
  free(mask);
  free(dalpha);
}

void ck_ref_spmm_max(double *y, double *which, const ck_csr *a, const double *x, int64_t n) {
  for (int64_t r = 0; r < a->rows; r++)
    for (int64_t c = 0; c < n; c++) {
      double best = 0, winner = -1;
      for (int64_t e = a->row_start[r]; e < a->row_start[r + 1]; e++) {
        const double v = x[a->column[e] * n + c];
        if (winner < 0 || (!isnan(best) && !(v <= best))) best = v, winner = (double)e;
      }
      y[r * n + c] = best, which[r * n + c] = winner;
    }
}

void ck_ref_spmm_max_bwd(double *dx, const double *dy, const int32_t *which, const ck_csr *a, int64_t n) {
  memset(dx, 0, (size_t)(a->columns * n) * sizeof *dx);
  for (int64_t r = 0; r < a->rows; r++)
    for (int64_t c = 0; c < n; c++)
      if (which[r * n + c] >= 0) dx[a->column[which[r * n + c]] * n + c] += dy[r * n + c];
}

double ck_ref_dirichlet(const ck_csr *a, const double *scale, const double *z, int64_t n) {
  long double energy = 0;  // one sum of all elements
  for (int64_t r = 0; r < a->rows; r++)
    for (int64_t k = 0; k < n; k++) {
      if (a->row_start[r] == a->row_start[r + 1]) energy += z[r * n + k] * z[r * n + k];
      for (int64_t e = a->row_start[r]; e < a->row_start[r + 1]; e++) {
        const int64_t c = a->column[e];
        const double step = scale[r] * z[r * n + k] - scale[c] * z[c * n + k];
        if (c < r) energy += step * step;
      }
    }
  return (double)energy;
}

static bool stays(const ck_csr_filter *f, int64_t r, int64_t c) {
  if ((f->keep_row && !f->keep_row[r]) || (f->keep_column && !f->keep_column[c])) return false;
  const bool turn = f->pairs && r > c;
  const uint32_t counter[4] = {(uint32_t)(turn ? r : c), (uint32_t)(turn ? c : r), (uint32_t)f->stream,
                               (uint32_t)(f->stream >> 32)};
  const uint32_t key[2] = {(uint32_t)f->key, (uint32_t)(f->key >> 32)};
  uint32_t word[4];
  ck_ref_philox(word, counter, key);
  return f->drop == 0 || word[0] >= floor(f->drop * 0x1p32);
}

int64_t ck_ref_csr_filter(int64_t *row_start, int32_t *column, int32_t *order, const ck_csr *a,
                          const ck_csr_filter *f) {
  int64_t at = 0;
  for (int64_t r = 0; r < a->rows; r++) {
    row_start[r] = at;
    bool looped = false;
    for (int64_t e = a->row_start[r]; e < a->row_start[r + 1]; e++) {
      const int32_t c = a->column[e];
      if (!stays(f, r, c)) continue;
      if (c == r && (f->self_loops == ck_self_loops_remove || (f->self_loops == ck_self_loops_add && looped))) continue;
      looped |= c == r;
      column[at] = c, order[at++] = (int32_t)e;
    }
    if (f->self_loops != ck_self_loops_add || looped) continue;
    int64_t place = at++;
    for (; place > row_start[r] && column[place - 1] > r; place--)
      column[place] = column[place - 1], order[place] = order[place - 1];
    column[place] = (int32_t)r, order[place] = -1;
  }
  row_start[a->rows] = at;
  return at;
}
