// Rows from ..< to of a filtered pattern; the element type plays no part.
#if CK_IS_F32
#include "../random/philox_body.h"

/// keep[k] = whether the draw of entry first + k, of row r or a later one, reaches the threshold, for up to
/// FILTER_CHUNK entries before `end`; returns where they end. Rows do not matter, so that short ones fill vectors.
static int64_t NAME(filter_draws)(uint8_t *keep, const filter_job *job, int64_t r, int64_t first, int64_t end,
                                  uint64_t threshold) {
  typedef NAME(philox_lanes) W;
  const int lanes = CK_VECTOR_BYTES / 8;
  const uint64_t low = 0xffffffff;
  const ck_csr *a = job->a;
  const int64_t n = end - first < FILTER_CHUNK ? end - first : FILTER_CHUNK;
  uint64_t counter[FILTER_CHUNK];
  for (int64_t k = 0; k < n; k++) {
    while (first + k >= a->row_start[r + 1]) r++;
    const int64_t c = a->column[first + k];
    const bool turn = job->filter->pairs && r > c;
    counter[k] = turn ? (uint64_t)r | (uint64_t)c << 32 : (uint64_t)c | (uint64_t)r << 32;
  }
  for (int64_t k = n; k % lanes; k++) counter[k] = 0;
  for (int64_t k = 0; k < n; k += lanes) {
    W draw = *(const NAME(philox_unaligned) *)(counter + k), second;
    NAME(philox)(&draw, &second, job->filter->key, job->filter->stream);
    const W reached = (W)((draw & low) >= (W)threshold);
    for (int i = 0; i < lanes; i++) keep[k + i] = (uint8_t)(reached[i] & 1);
  }
  return first + n;
}

/// Counts (without columns to write) or moves those of n entries from `first` on of one row that stay, from place `at`
/// of it on; returns the place behind them. No branch hangs on a draw.
CK_INLINE int64_t NAME(filter_move)(const filter_job *job, const uint8_t *keep, int64_t first, int64_t n, int64_t at,
                                    int64_t row_end) {
  if (!job->column) {
    int64_t kept = 0;
    for (int64_t k = 0; k < n; k++) kept += keep[k];
    return at + kept;
  }
  for (int64_t k = 0; k < n && at < row_end; k++) {  // a place is written until the entry that stays comes
    job->column[at] = job->a->column[first + k];
    if (job->order) job->order[at] = (int32_t)(first + k);
    at += keep[k];
  }
  return at;
}

static void NAME(csr_filter)(const filter_job *job, int64_t from, int64_t to) {
  const ck_csr *a = job->a;
  const ck_csr_filter *filter = job->filter;
  const uint8_t *keep_column = filter->keep_column;
  const bool draws = filter->drop > 0, takes_loops = filter->self_loops != ck_self_loops_keep;
  const bool adds = filter->self_loops == ck_self_loops_add;
  const uint64_t threshold = (uint64_t)(filter->drop * 0x1p32);
  uint8_t keep[FILTER_CHUNK];
  int64_t drawn_from = 0, drawn_to = a->row_start[from];
  for (int64_t r = from; r < to; r++) {
    const int64_t first = job->row_start ? job->row_start[r] : 0, end = a->row_start[r + 1];
    int64_t at = first, e = a->row_start[r];
    if (filter->keep_row && !filter->keep_row[r]) e = end;
    while (draws && !keep_column && !takes_loops && e < end) {
      if (e >= drawn_to) {
        drawn_from = e;
        drawn_to = NAME(filter_draws)(keep, job, r, e, a->row_start[to], threshold);
      }
      const int64_t n = (end < drawn_to ? end : drawn_to) - e;
      at = NAME(filter_move)(job, keep + (e - drawn_from), e, n, at, job->column ? job->row_start[r + 1] : 0);
      e += n;
    }
    bool loop_due = adds;  // the row's self-loop comes before the first column beyond it
    for (; e < end; e++) {
      const int32_t c = a->column[e];
      if (draws) {
        if (e >= drawn_to) {
          drawn_from = e;
          drawn_to = NAME(filter_draws)(keep, job, r, e, a->row_start[to], threshold);
        }
        if (!keep[e - drawn_from]) continue;
      }
      if (keep_column && !keep_column[c]) continue;
      if (takes_loops && c >= r) {
        if (c == r && !loop_due) continue;
        if (c > r && loop_due) {
          if (job->column) job->column[at] = (int32_t)r;
          if (job->order) job->order[at] = -1;
          at++;
        }
        loop_due = false;
      }
      if (job->column) job->column[at] = c;
      if (job->order) job->order[at] = (int32_t)e;
      at++;
    }
    if (loop_due) {
      if (job->column) job->column[at] = (int32_t)r;
      if (job->order) job->order[at] = -1;
      at++;
    }
    if (job->count) job->count[r] = at - first;
  }
}
#endif
