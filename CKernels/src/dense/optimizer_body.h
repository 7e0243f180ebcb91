// Optimizer steps over n elements of one tensor, in place.

/// m = lerp(m, g, 1 - beta1), v = beta2 v + (1 - beta2) g^2, w -= rate m / (sqrt(v) / root + epsilon).
/// `decay` joins the gradient; `shrink` multiplies the weight first (one of them is neutral).
static void NAME(adam)(T *w, T *m, T *v, const T *gradient, int64_t n, T decay, T shrink, T weight1, T beta2, T weight2,
                       T rate, T root, T epsilon) {
  for (int64_t i = 0; i < n; i += VL) {
    const int64_t left = n - i;
    const bool full = left >= VL;
    V wi = full ? NAME(load)(w + i) : NAME(load_n)(w + i, left), mi = full ? NAME(load)(m + i) : NAME(load_n)(m + i, left);
    V vi = full ? NAME(load)(v + i) : NAME(load_n)(v + i, left);
    const V g = decay * wi + (full ? NAME(load)(gradient + i) : NAME(load_n)(gradient + i, left));
    wi *= shrink;
    mi = weight1 * (g - mi) + mi;
    vi = weight2 * g * g + beta2 * vi;
    wi -= rate * (mi / (NAME(sqrt)(vi) / root + epsilon));
    if (full) NAME(store)(w + i, wi), NAME(store)(m + i, mi), NAME(store)(v + i, vi);
    else NAME(store_n)(w + i, wi, left), NAME(store_n)(m + i, mi, left), NAME(store_n)(v + i, vi, left);
  }
}

/// g += decay w; with a buffer b = keep b + take g; w -= rate (use_buffer b + use_gradient g). `first` starts b with g.
static void NAME(sgd)(T *w, T *buffer, const T *gradient, int64_t n, T decay, T keep, T take, bool first, T use_buffer,
                      T use_gradient, T rate) {
  for (int64_t i = 0; i < n; i += VL) {
    const int64_t left = n - i;
    const bool full = left >= VL;
    const V wi = full ? NAME(load)(w + i) : NAME(load_n)(w + i, left);
    const V g = decay * wi + (full ? NAME(load)(gradient + i) : NAME(load_n)(gradient + i, left));
    V direction = g;
    if (buffer) {
      V b = g;
      if (!first) b = keep * (full ? NAME(load)(buffer + i) : NAME(load_n)(buffer + i, left)) + take * g;
      if (full) NAME(store)(buffer + i, b);
      else NAME(store_n)(buffer + i, b, left);
      direction = use_buffer * b + use_gradient * g;
    }
    if (full) NAME(store)(w + i, wi - rate * direction);
    else NAME(store_n)(w + i, wi - rate * direction, left);
  }
}
