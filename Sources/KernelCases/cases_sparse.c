#include "harness.h"
const kc_family_cases kc_sparse_cases = {"sparse", 0, 0};
