// Rows from ..< to of scales from degrees.
static void NAME(degree_scale)(T *scale, const int64_t *row_start, const T *value, T exponent, int64_t from,
                               int64_t to) {
  for (int64_t r = from; r < to; r++) {
    const int64_t begin = row_start[r], end = row_start[r + 1];
    T degree = (T)(end - begin);
    if (value) {
      V sum = 0;
      int64_t e = begin;
      for (; e + VL <= end; e += VL) sum += NAME(load)(value + e);
      if (e < end) sum += NAME(load_n)(value + e, end - e);
      degree = NAME(sum)(sum);
    }
    T power;
    if (degree == 0) power = 0;
    else if (exponent == (T)-0.5) power = 1 / (T)__builtin_sqrt(degree);
    else if (exponent == -1) power = 1 / degree;
    else power = (T)pow((double)degree, (double)exponent);
    scale[r] = power;
  }
}
