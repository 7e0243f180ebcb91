// How a product is cut into tasks: a pure function of the shape, never of the threads, so that bits do not depend on
// them.
#ifndef CK_GEMM_PLAN_H
#define CK_GEMM_PLAN_H

#include "ck_dense.h"

enum {
  gemm_row_block = 128,         // rows of a BLAS call: larger blocks gain 4 % at most, smaller ones repack B too often
  gemm_tile_row_block = 192,    // rows of a tile task: a multiple of both tile heights, cheap to balance
  gemm_column_block = 1024,     // columns of a task: A is packed again for each, 1/1024 of the work
  gemm_tasks_wanted = 16,       // K is split only while the output alone gives fewer tasks
  gemm_k_block_least = 512,     // a shorter block would spend its time in combining slabs
  gemm_small_output = 64 * 64,  // elements of an output, or of a transposed B, that the first cache holds
  gemm_k_block_small = 224,     // for those: OpenBLAS does up to 100^3 multiply-adds without packing its operands
};
/// Multiply-adds below which a second thread never pays, hence no split of K.
static const double gemm_split_least = 2e6;

typedef struct gemm_plan {
  bool small;                      // the tile kernel instead of BLAS
  int64_t row_block, column_block, k_block;
  int64_t rows, columns, slabs;    // number of blocks along m, n, k
} gemm_plan;

static inline int64_t gemm_blocks(int64_t size, int64_t block) { return (size + block - 1) / block; }

static inline gemm_plan gemm_plan_for(int64_t m, int64_t n, int64_t k, int64_t batch) {
  gemm_plan plan = {.small = ck_dense_gemm_is_small(m, n, k)};
  plan.row_block = plan.small ? gemm_tile_row_block : gemm_row_block;
  plan.column_block = gemm_column_block;
  plan.rows = gemm_blocks(m, plan.row_block);
  plan.columns = gemm_blocks(n, plan.column_block);
  plan.k_block = k;
  plan.slabs = 1;
  const int64_t tasks = batch * plan.rows * plan.columns;
  const int64_t least = m * n <= gemm_small_output ? gemm_k_block_small : gemm_k_block_least;
  if (tasks > 0 && tasks < gemm_tasks_wanted && k >= 2 * least &&
      (double)m * (double)n * (double)k * (double)batch >= gemm_split_least) {
    const int64_t wanted = gemm_tasks_wanted / tasks, most = k / least;
    const int64_t slabs = wanted < most ? wanted : most;
    plan.k_block = gemm_blocks(gemm_blocks(k, slabs), 8) * 8;
    plan.slabs = gemm_blocks(k, plan.k_block);
  }
  return plan;
}

#endif
