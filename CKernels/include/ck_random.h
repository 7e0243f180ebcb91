#include "ck_base.h"
