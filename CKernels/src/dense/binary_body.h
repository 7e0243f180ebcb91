// y = op(a, b) for the elements [from, to) of a broadcast, row by row of its innermost axis.

CK_INLINE V NAME(binary_op)(ck_binary op, V a, V b) {
  const V one = 1, zero = 0;
  switch (op) {
    case ck_binary_add: return a + b;
    case ck_binary_subtract: return a - b;
    case ck_binary_multiply: return a * b;
    case ck_binary_divide: return a / b;
    case ck_binary_maximum: return ((a > b) | (a != a)) ? a : b;
    case ck_binary_minimum: return ((a < b) | (a != a)) ? a : b;
    case ck_binary_less: return a < b ? one : zero;
    case ck_binary_less_equal: return a <= b ? one : zero;
    case ck_binary_equal: return a == b ? one : zero;
  }
}

/// An operand of a row: its elements, or one element for all lanes.
CK_INLINE V NAME(operand)(const T *p, int64_t i, bool single) { return single ? NAME(splat)(*p) : NAME(load)(p + i); }
CK_INLINE V NAME(operand_n)(const T *p, int64_t i, int64_t n, bool single) {
  return single ? NAME(splat)(*p) : NAME(load_n)(p + i, n);
}
CK_INLINE void NAME(binary_row)(ck_binary op, T *y, const T *a, bool a_single, const T *b, bool b_single, int64_t n) {
  int64_t i = 0;
  for (; i + VL <= n; i += VL)
    NAME(store)(y + i, NAME(binary_op)(op, NAME(operand)(a, i, a_single), NAME(operand)(b, i, b_single)));
  if (i < n)
    NAME(store_n)(y + i, NAME(binary_op)(op, NAME(operand_n)(a, i, n - i, a_single),
                                         NAME(operand_n)(b, i, n - i, b_single)), n - i);
}
/// Any strides: lanes are collected one by one.
CK_INLINE void NAME(binary_strided_row)(ck_binary op, T *y, const T *a, int64_t sa, const T *b, int64_t sb, int64_t n) {
  for (int64_t i = 0; i < n; i += VL) {
    const int64_t m = n - i < VL ? n - i : VL;
    T la[VL] = {0}, lb[VL] = {0};
    for (int64_t j = 0; j < m; j++) la[j] = a[(i + j) * sa], lb[j] = b[(i + j) * sb];
    NAME(store_n)(y + i, NAME(binary_op)(op, NAME(load)(la), NAME(load)(lb)), m);
  }
}

CK_INLINE void NAME(binary_rows)(ck_binary op, T *y, const T *a, const T *b, const ck_broadcast *plan, int64_t from,
                                 int64_t to) {
  const int64_t sa = plan->a_inner, sb = plan->b_inner;
  int64_t place[CK_MAX_RANK], row = from / plan->n, column = from % plan->n;
  for (int32_t axis = plan->outer - 1; axis >= 0; axis--) {
    place[axis] = row % plan->size[axis];
    row /= plan->size[axis];
    a += place[axis] * plan->a[axis], b += place[axis] * plan->b[axis];
  }
  while (from < to) {
    const int64_t n = plan->n - column < to - from ? plan->n - column : to - from;
    const T *pa = a + column * sa, *pb = b + column * sb;
    if (sa == 1 && sb == 1) NAME(binary_row)(op, y + from, pa, false, pb, false, n);
    else if (sa == 1 && sb == 0) NAME(binary_row)(op, y + from, pa, false, pb, true, n);
    else if (sa == 0 && sb == 1) NAME(binary_row)(op, y + from, pa, true, pb, false, n);
    else NAME(binary_strided_row)(op, y + from, pa, sa, pb, sb, n);
    from += n;
    column = 0;
    for (int32_t axis = plan->outer - 1; axis >= 0; axis--) {
      a += plan->a[axis], b += plan->b[axis];
      if (++place[axis] < plan->size[axis]) break;
      a -= plan->size[axis] * plan->a[axis], b -= plan->size[axis] * plan->b[axis];
      place[axis] = 0;
    }
  }
}

static void NAME(binary)(ck_binary op, T *y, const T *a, const T *b, const ck_broadcast *plan, int64_t from,
                         int64_t to) {
#define CK_BINARY_CASE(op) \
  case op: NAME(binary_rows)(op, y, a, b, plan, from, to); return;
  switch (op) {
    CK_BINARY_CASE(ck_binary_add)
    CK_BINARY_CASE(ck_binary_subtract)
    CK_BINARY_CASE(ck_binary_multiply)
    CK_BINARY_CASE(ck_binary_divide)
    CK_BINARY_CASE(ck_binary_maximum)
    CK_BINARY_CASE(ck_binary_minimum)
    CK_BINARY_CASE(ck_binary_less)
    CK_BINARY_CASE(ck_binary_less_equal)
    CK_BINARY_CASE(ck_binary_equal)
  }
#undef CK_BINARY_CASE
}
