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

int32_t ck_heavy_rows(const int64_t *row_start, int64_t rows, int64_t row_cost, int32_t parts, int64_t *heavy,
                      int32_t capacity) {
  if (parts <= 1 || rows <= 0) return 0;
  const int64_t total = row_start[rows] - row_start[0] + rows * row_cost;
  int32_t count = 0;
  int64_t last = -1;
  // A row of more than a share contains the goal of a cut, so it stands before one.
  for (int32_t part = 1; part <= parts && count < capacity; part++) {
    const int64_t row = ck_split_rows(row_start, rows, row_cost, parts, part) - 1;
    if (row <= last) continue;
    last = row;
    if (row_start[row + 1] - row_start[row] + row_cost > total / parts) heavy[count++] = row;
  }
  return count;
}

int64_t ck_split_rows_without(const int64_t *row_start, int64_t rows, int64_t row_cost, const int64_t *heavy,
                              int32_t count, int32_t parts, int32_t part) {
  if (count == 0) return ck_split_rows(row_start, rows, row_cost, parts, part);
  if (part <= 0 || rows <= 0) return 0;
  if (part >= parts) return rows;
  int64_t total = row_start[rows] - row_start[0] + rows * row_cost;
  for (int32_t i = 0; i < count; i++) total -= row_start[heavy[i] + 1] - row_start[heavy[i]] + row_cost;
  const int64_t goal = (int64_t)((__int128)total * part / parts);
  int64_t low = 0, high = rows;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    int64_t before = row_start[middle] - row_start[0] + middle * row_cost;
    for (int32_t i = 0; i < count && heavy[i] < middle; i++)
      before -= row_start[heavy[i] + 1] - row_start[heavy[i]] + row_cost;
    if (before < goal) low = middle + 1; else high = middle;
  }
  return low;
}
