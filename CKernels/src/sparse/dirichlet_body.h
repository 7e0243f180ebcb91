/// The sum of z (z - y) over `rows` rows of n elements, in double.
static double NAME(dirichlet)(const T *z, int64_t ldz, const T *y, int64_t ldy, int64_t rows, int64_t n) {
  typedef double wide __attribute__((ext_vector_type(VL)));
  wide sum = 0;
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < n; c += VL) {
      const wide at = __builtin_convertvector(NAME(load_left)(z + r * ldz + c, n - c), wide);
      sum += at * (at - __builtin_convertvector(NAME(load_left)(y + r * ldy + c, n - c), wide));
    }
  double total = 0;
  for (int i = 0; i < VL; i++) total += sum[i];
  return total;
}
