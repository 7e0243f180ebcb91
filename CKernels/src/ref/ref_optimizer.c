// The steps as torch.optim writes them, one line of its source after the other.
#include "ck_ref.h"

#include <math.h>

void ck_ref_adam(double *w, double *m, double *v, const double *gradient, int64_t n, double weight_decay,
                 const ck_adam_options *options) {
  const double correction1 = 1 - pow(options->beta1, (double)options->step);
  const double correction2 = 1 - pow(options->beta2, (double)options->step);
  for (int64_t i = 0; i < n; i++) {
    double g = gradient[i];
    if (options->decoupled) w[i] *= 1 - options->learning_rate * weight_decay;
    else g += weight_decay * w[i];
    m[i] += (g - m[i]) * (1 - options->beta1);
    v[i] = v[i] * options->beta2 + (1 - options->beta2) * g * g;
    w[i] -= options->learning_rate / correction1 * m[i] / (sqrt(v[i]) / sqrt(correction2) + options->epsilon);
  }
}

void ck_ref_sgd(double *w, double *buffer, const double *gradient, int64_t n, double weight_decay,
                const ck_sgd_options *options) {
  for (int64_t i = 0; i < n; i++) {
    double g = gradient[i] + weight_decay * w[i];
    if (options->momentum != 0) {
      if (options->step == 1) buffer[i] = g;
      else buffer[i] = buffer[i] * options->momentum + (1 - options->dampening) * g;
      g = options->nesterov ? g + options->momentum * buffer[i] : buffer[i];
    }
    w[i] -= options->learning_rate * g;
  }
}
