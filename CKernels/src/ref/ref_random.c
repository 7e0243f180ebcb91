#define _DEFAULT_SOURCE  // M_PI
#include "ck_ref.h"

#include <math.h>

void ck_ref_philox(uint32_t word[4], const uint32_t counter[4], const uint32_t key[2]) {
  uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]}, k[2] = {key[0], key[1]};
  for (int round = 0; round < 10; round++) {
    const uint64_t p0 = (uint64_t)0xD2511F53u * c[0], p1 = (uint64_t)0xCD9E8D57u * c[2];
    const uint32_t next[4] = {(uint32_t)(p1 >> 32) ^ c[1] ^ k[0], (uint32_t)p1, (uint32_t)(p0 >> 32) ^ c[3] ^ k[1],
                              (uint32_t)p0};
    for (int i = 0; i < 4; i++) c[i] = next[i];
    k[0] += 0x9E3779B9u, k[1] += 0xBB67AE85u;
  }
  for (int i = 0; i < 4; i++) word[i] = c[i];
}

uint32_t ck_ref_word(int64_t i, uint64_t key, uint64_t stream) {
  const uint64_t block = (uint64_t)i / 4;
  const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)stream, (uint32_t)(stream >> 32)};
  const uint32_t words[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
  uint32_t word[4];
  ck_ref_philox(word, counter, words);
  return word[i % 4];
}

static uint64_t pair(int64_t i, uint64_t key, uint64_t stream) {
  return ck_ref_word(2 * i, key, stream) | (uint64_t)ck_ref_word(2 * i + 1, key, stream) << 32;
}

void ck_ref_uniform(double *y, int64_t n, double low, double high, bool is_f32, uint64_t key, uint64_t stream) {
  for (int64_t i = 0; i < n; i++) {
    const double u = is_f32 ? (double)(ck_ref_word(i, key, stream) >> 8) * 0x1p-24
                            : (double)(pair(i, key, stream) >> 11) * 0x1p-53;
    y[i] = low + (high - low) * u;
  }
}

void ck_ref_normal(double *y, int64_t n, double mean, double deviation, bool is_f32, uint64_t key, uint64_t stream) {
  for (int64_t j = 0; 2 * j < n; j++) {
    double u, v;
    if (is_f32) {
      u = ((double)ck_ref_word(2 * j, key, stream) + 0.5) * 0x1p-32;
      v = (double)(ck_ref_word(2 * j + 1, key, stream) >> 8) * 0x1p-24;
    } else {
      u = (double)((pair(2 * j, key, stream) >> 11) + 1) * 0x1p-53;
      v = (double)(pair(2 * j + 1, key, stream) >> 11) * 0x1p-53;
    }
    const double radius = deviation * sqrt(-2 * log(u));
    y[2 * j] = mean + radius * cos(2 * M_PI * v);
    if (2 * j + 1 < n) y[2 * j + 1] = mean + radius * sin(2 * M_PI * v);
  }
}

static bool kept(int64_t i, double drop, uint64_t key, uint64_t stream) {
  const uint32_t draw = ck_ref_word(i / 2, key, stream) >> (i % 2 ? 16 : 0) & 0xffff;
  return draw >= floor(drop * 65536 + 0.5);
}
void ck_ref_bernoulli(double *y, int64_t n, double p, uint64_t key, uint64_t stream) {
  for (int64_t i = 0; i < n; i++) y[i] = kept(i, 1 - p, key, stream);
}
void ck_ref_dropout(double *y, const double *x, int64_t n, double p, uint64_t key, uint64_t stream) {
  const double scale = 1 / (1 - floor(p * 65536 + 0.5) / 65536);
  for (int64_t i = 0; i < n; i++) y[i] = kept(i, p, key, stream) ? x[i] * scale : 0;
}
