#include "kernel_cases.h"
