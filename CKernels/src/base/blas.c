#include "blas.h"

// OpenBLAS's own threads fight with ours (a 256^3 product between our regions: 1442 us with two of them, 391 us with
// one) and cut the work by their number, which changes bits. The setting is process-wide.
__attribute__((constructor)) static void pin_openblas(void) { openblas_set_num_threads(1); }
