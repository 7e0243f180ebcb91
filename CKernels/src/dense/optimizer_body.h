// Optimizer steps over n elements of one tensor, in place.

/// m = lerp(m, g, 1 - beta1), v = beta2 v + (1 - beta2) g^2, w -= rate m / (sqrt(v) / root + epsilon).
/// `decay` joins the gradient; `shrink` multiplies the weight first (one of them is neutral).
static void NAME(adam)(T *w, T *m, T *v, const T *gradient, int64_t n, T decay, T shrink, T weight1, T beta2, T weight2,
                       T rate, T root, T epsilon) {
  for (int64_t i = 0; i < n; i += VL) {
    const int64_t left = n - i;
    V wi = NAME(load_left)(w + i, left), mi = NAME(load_left)(m + i, left);
    V vi = NAME(load_left)(v + i, left);
    const V g = decay * wi + NAME(load_left)(gradient + i, left);
    wi *= shrink;
    mi = weight1 * (g - mi) + mi;
    vi = weight2 * g * g + beta2 * vi;
    wi -= rate * (mi / (NAME(sqrt)(vi) / root + epsilon));
    NAME(store_left)(w + i, wi, left), NAME(store_left)(m + i, mi, left), NAME(store_left)(v + i, vi, left);
  }
}

/// g += decay w; with a buffer b = keep b + take g; w -= rate (use_buffer b + use_gradient g). `first` starts b with g.
static void NAME(sgd)(T *w, T *buffer, const T *gradient, int64_t n, T decay, T keep, T take, bool first, T use_buffer,
                      T use_gradient, T rate) {
  for (int64_t i = 0; i < n; i += VL) {
    const int64_t left = n - i;
    const V wi = NAME(load_left)(w + i, left);
    const V g = decay * wi + NAME(load_left)(gradient + i, left);
    V direction = g;
    if (buffer) {
      V b = g;
      if (!first) b = keep * NAME(load_left)(buffer + i, left) + take * g;
      NAME(store_left)(buffer + i, b, left);
      direction = use_buffer * b + use_gradient * g;
    }
    NAME(store_left)(w + i, wi - rate * direction, left);
  }
}
