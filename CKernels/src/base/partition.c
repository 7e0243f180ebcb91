#include "ck_base.h"

int64_t ck_split_rows(const int64_t *row_start, int64_t rows, int64_t row_cost, int32_t parts, int32_t part) {
  if (part <= 0 || rows <= 0) return 0;
  if (part >= parts) return rows;
  int64_t total = row_start[rows] - row_start[0] + rows * row_cost;
  // Rounded down in 128 bits: total * part overflows 64 bits only for absurd graphs, but costs nothing to rule out.
  int64_t goal = (int64_t)((__int128)total * part / parts);
  int64_t low = 0, high = rows;  // the first row whose preceding work reaches the goal
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    int64_t before = row_start[middle] - row_start[0] + middle * row_cost;
    if (before < goal) low = middle + 1; else high = middle;
  }
  return low;
}
