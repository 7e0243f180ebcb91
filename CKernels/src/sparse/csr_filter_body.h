// Rows from ..< to of a filtered pattern.
#include "../random/philox_body.h"

/// keep[k] = whether the draw of entry (r, column[k]) reaches the threshold, k < n. Writes up to a whole vector.
CK_INLINE void NAME(filter_draws)(uint8_t *keep, const ck_csr_filter *filter, int64_t r, const int32_t *column,
                                  int64_t n, uint64_t threshold) {
  typedef NAME(philox_lanes) W;
  const int lanes = CK_VECTOR_BYTES / 8;
  const uint64_t low = 0xffffffff;
  for (int64_t k = 0; k < n; k += lanes) {
    uint64_t counter[CK_VECTOR_BYTES / 8];
    for (int i = 0; i < lanes; i++) {
      const int64_t c = column[k + i < n ? k + i : n - 1];
      const bool turn = filter->pairs && r > c;
      counter[i] = turn ? (uint64_t)r | (uint64_t)c << 32 : (uint64_t)c | (uint64_t)r << 32;
    }
    W first = *(const NAME(philox_unaligned) *)counter, second;
    NAME(philox)(&first, &second, filter->key, filter->stream);
    const W reached = (W)((first & low) >= (W)threshold);
    for (int i = 0; i < lanes; i++) keep[k + i] = (uint8_t)(reached[i] & 1);
  }
}

static void NAME(csr_filter)(const filter_job *job, int64_t from, int64_t to) {
  const ck_csr *a = job->a;
  const ck_csr_filter *filter = job->filter;
  const uint8_t *keep_column = filter->keep_column;
  const bool draws = filter->drop > 0, takes_loops = filter->self_loops != ck_self_loops_keep;
  const bool adds = filter->self_loops == ck_self_loops_add;
  const uint64_t threshold = (uint64_t)(filter->drop * 0x1p32);
  uint8_t keep[FILTER_CHUNK];
  for (int64_t r = from; r < to; r++) {
    const int64_t first = job->row_start ? job->row_start[r] : 0, end = a->row_start[r + 1];
    const bool row_stays = !filter->keep_row || filter->keep_row[r];
    int64_t at = first;
    bool loop_due = adds;  // the row's self-loop comes before the first column beyond it
    for (int64_t begin = row_stays ? a->row_start[r] : end; begin < end; begin += FILTER_CHUNK) {
      const int64_t n = end - begin < FILTER_CHUNK ? end - begin : FILTER_CHUNK;
      if (draws) NAME(filter_draws)(keep, filter, r, a->column + begin, n, threshold);
      for (int64_t k = 0; k < n; k++) {
        const int32_t c = a->column[begin + k];
        if ((draws && !keep[k]) || (keep_column && !keep_column[c])) continue;
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
        if (job->order) job->order[at] = (int32_t)(begin + k);
        at++;
      }
    }
    if (loop_due) {
      if (job->column) job->column[at] = (int32_t)r;
      if (job->order) job->order[at] = -1;
      at++;
    }
    if (job->count) job->count[r] = at - first;
  }
}
