#include "harness.h"
const kc_family_cases kc_random_cases = {"random", 0, 0};
