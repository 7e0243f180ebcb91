// Random edges: edge i is a function of (key, i) alone.
//
// Each edge draws from a SplitMix64 stream of its own (Steele, Lea and Flood, OOPSLA 2014), which starts at a mix of
// the key and i.  The recursive matrix (Chakrabarti, Zhan and Faloutsos, SDM 2004) chooses a quarter at each level;
// four levels at once are one of 256 cells, drawn by the alias method (Walker 1977) from 32 bits: eight choose a column
// of the table, 24 decide between it and its alias.  An edge of 2^24 nodes is three words.  Ids are scrambled by an
// affine map modulo the number of nodes: walking a bijection of the next power of two back below it is mispredicted.
// Cost: 8 bytes written an edge, and 2 (uniform) to 4 or more words of some 1.5 ns.
#include "../base/kernel_table.h"
#include "../base/parallel.h"
#include "ck_random.h"

enum { CELLS = 256, CELL_BITS = 24 };
/// Nanoseconds of an edge, for the thread policy.
static const double uniform_ns = 4, rmat_ns = 25;

static inline uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
static const uint64_t step = 0x9e3779b97f4a7c15u;
static inline uint64_t stream_of(uint64_t key, int64_t edge) { return mix(key + step * (uint64_t)(edge + 1)); }
static inline uint64_t next_word(uint64_t *state) { return mix(*state += step); }

ck_status ck_random_uniform_edges(const ck_ctx *ctx, int32_t *source, int32_t *target, int64_t edges, int64_t nodes,
                                  uint64_t key) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (edges < 0 || nodes < 1 || nodes > INT32_MAX) return ck_status_bad_shape;
  CK_COST(0, (double)edges * 8);
  CK_PARALLEL_RANGE(ctx, edges, (double)edges * uniform_ns, from, to, {
    for (int64_t i = from; i < to; i++) {
      uint64_t state = stream_of(key, i);
      // The bias of the upper word of a product is below nodes / 2^64.
      source[i] = (int32_t)((unsigned __int128)next_word(&state) * (uint64_t)nodes >> 64);
      target[i] = (int32_t)((unsigned __int128)next_word(&state) * (uint64_t)nodes >> 64);
    }
  });
  return ck_status_ok;
}

/// The chance of a cell's own number in the upper 24 bits, its alias in the lower 8. A number is four bits of the row
/// and four of the column.
static void fill_cells(uint32_t cell[CELLS]) {
  static const int64_t quarter[4] = {57, 19, 19, 5};  // of 100: the shares of Graph500
  const int64_t whole = 100000000;                     // the sum of all cells' shares
  int64_t share[CELLS];                                // times 256: of the mean
  uint8_t small[CELLS], large[CELLS];
  int32_t smalls = 0, larges = 0;
  for (int32_t k = 0; k < CELLS; k++) {
    share[k] = CELLS;
    for (int32_t level = 0; level < 4; level++) share[k] *= quarter[(k >> (4 + level) & 1) << 1 | (k >> level & 1)];
    if (share[k] < whole) small[smalls++] = (uint8_t)k; else large[larges++] = (uint8_t)k;
  }
  while (smalls > 0 && larges > 0) {
    const uint8_t k = small[--smalls], alias = large[larges - 1];
    cell[k] = (uint32_t)((share[k] << CELL_BITS) / whole) << 8 | alias;
    share[alias] -= whole - share[k];
    if (share[alias] < whole) {
      larges--;
      small[smalls++] = alias;
    }
  }
  // What is left has the mean share: its alias is itself.
  while (smalls > 0) smalls--, cell[small[smalls]] = small[smalls];
  while (larges > 0) larges--, cell[large[larges]] = large[larges];
}

/// A bijection of 0 ..< nodes: id factor + shift modulo nodes.
typedef struct scramble {
  uint64_t nodes, factor, shift;
  uint64_t inverse;  // 2^64 / nodes, rounded down
} scramble;

static uint64_t common_divisor(uint64_t a, uint64_t b) {
  while (b > 0) {
    const uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static scramble scramble_for(uint64_t nodes, uint64_t key) {
  scramble s = {.nodes = nodes, .shift = mix(key + step) % nodes, .inverse = UINT64_MAX / nodes};
  // Between a quarter and a half, so that neighbours part.
  s.factor = nodes / 4 + mix(key + 2 * step) % (nodes / 4 + 1);
  while (common_divisor(s.factor, nodes) != 1) s.factor++;
  return s;
}

static inline uint64_t scrambled(const scramble *s, uint64_t id) {
  const uint64_t sum = id * s->factor + s->shift;  // below 2^62
  const uint64_t rest = sum - (uint64_t)((unsigned __int128)sum * s->inverse >> 64) * s->nodes;
  return rest < s->nodes ? rest : rest - s->nodes;
}

static void draw_rmat(int32_t *source, int32_t *target, int64_t from, int64_t to, int32_t levels, const uint32_t *cell,
                      uint64_t key, const scramble *s) {
  const int32_t groups = (levels + 3) / 4, surplus = 4 * groups - levels;
  for (int64_t i = from; i < to; i++) {
    uint64_t state = stream_of(key, i), row, column;
    do {
      row = column = 0;
      uint64_t word = 0;
      for (int32_t group = 0; group < groups; group++) {
        word = group & 1 ? word >> 32 : next_word(&state);
        const uint32_t k = (uint32_t)word >> CELL_BITS, entry = cell[k];
        const uint32_t chosen = ((uint32_t)word & ((1u << CELL_BITS) - 1)) < entry >> 8 ? k : entry & 255;
        row = row << 4 | chosen >> 4;
        column = column << 4 | (chosen & 15);
      }
      row >>= surplus;
      column >>= surplus;
    } while (row >= s->nodes || column >= s->nodes);
    source[i] = (int32_t)scrambled(s, row);
    target[i] = (int32_t)scrambled(s, column);
  }
}

ck_status ck_random_rmat_edges(const ck_ctx *ctx, int32_t *source, int32_t *target, int64_t edges, int64_t nodes,
                               uint64_t key) {
  if (!ck_ctx_ok(ctx)) return ck_status_unsupported;
  if (edges < 0 || nodes < 2 || nodes > INT32_MAX) return ck_status_bad_shape;
  uint32_t cell[CELLS];
  fill_cells(cell);
  const int32_t levels = 64 - __builtin_clzll((uint64_t)(nodes - 1));
  const scramble s = scramble_for((uint64_t)nodes, key);
  CK_COST(0, (double)edges * 8);
  CK_PARALLEL_RANGE(ctx, edges, (double)edges * rmat_ns, from, to,
                    { draw_rmat(source, target, from, to, levels, cell, key, &s); });
  return ck_status_ok;
}
