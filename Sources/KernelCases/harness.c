#define _GNU_SOURCE
#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KC_ADDRESS(group) &group,
static const kc_family_cases *const families[] = {KC_GROUPS(KC_ADDRESS)};
enum { FAMILIES = sizeof families / sizeof families[0], GUARD = 256 };
static const uint8_t guard_byte = 0xA5;

static const kc_case *find(int32_t index, const char **family) {
  for (int f = 0; f < FAMILIES; f++) {
    if (index < families[f]->count) {
      if (family) *family = families[f]->family;
      return &families[f]->cases[index];
    }
    index -= families[f]->count;
  }
  return NULL;
}

int32_t kc_count(void) {
  int32_t count = 0;
  for (int f = 0; f < FAMILIES; f++) count += families[f]->count;
  return count;
}
const char *kc_family(int32_t index) {
  const char *family = "";
  find(index, &family);
  return family;
}
const char *kc_kernel(int32_t index) { return find(index, NULL)->kernel; }
const char *kc_variant(int32_t index) { return find(index, NULL)->variant; }
const kc_case *kc_case_of(const kc_run *run) { return find(run->index, NULL); }

static int32_t count_shapes(const int64_t (*shapes)[KC_DIMS]) {
  int32_t count = 0;
  while (shapes[count][0] >= 0) count++;
  return count;
}
int32_t kc_test_shapes(int32_t index) { return count_shapes(find(index, NULL)->test); }
int32_t kc_bench_shapes(int32_t index) { return count_shapes(find(index, NULL)->bench); }

/// One size in words, see kc_case.dims; empty where it is not shown.
static void size_text(const char *name, int length, int64_t value, char *text, size_t capacity) {
  const char *words = memchr(name, '=', (size_t)length), *end = name + length;
  text[0] = 0;
  if (words) {
    words++;
    for (; value > 0 && words < end; words++) value -= *words == '|';
    snprintf(text, capacity, "%.*s", (int)strcspn(words, "| "), words);
  } else if (end[-1] != '?') {
    snprintf(text, capacity, "%.*s %lld", length, name, (long long)value);
  } else if (value != 0) {
    snprintf(text, capacity, "%.*s %lld", length - 1, name, (long long)value);
  }
}

void kc_shape_text(int32_t index, bool bench, int32_t shape, char *text, int32_t capacity) {
  const kc_case *c = find(index, NULL);
  const int64_t *dims = (bench ? c->bench : c->test)[shape];
  const char *name = c->dims;
  int32_t used = 0;
  text[0] = 0;
  for (int i = 0; *name && i < KC_DIMS; i++) {
    const int length = (int)strcspn(name, " ");
    char size[96];
    size_text(name, length, dims[i], size, sizeof size);
    if (size[0]) {
      const int wrote = snprintf(text + used, (size_t)(capacity - used), "%s%s", used ? ", " : "", size);
      if (wrote < 0 || wrote >= capacity - used) return;
      used += wrote;
    }
    name += length;
    while (*name == ' ') name++;
  }
}

// ---------------------------------------------------------------------------------------------------- random inputs

static uint64_t next(kc_run *run) {  // splitmix64
  uint64_t z = (run->state += 0x9E3779B97F4A7C15ull);
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ z >> 27) * 0x94D049BB133111EBull;
  return z ^ z >> 31;
}
double kc_random(kc_run *run) { return (double)(next(run) >> 11) * 0x1p-53; }
double kc_random_normal(kc_run *run) {
  double radius = sqrt(-2 * log(1 - kc_random(run)));
  return radius * cos(6.283185307179586 * kc_random(run));
}
int64_t kc_random_below(kc_run *run, int64_t limit) { return limit <= 0 ? 0 : (int64_t)(next(run) % (uint64_t)limit); }

// ---------------------------------------------------------------------------------------------------- buffers

static int64_t rounded_up(int64_t bytes, int64_t step) { return (bytes + step - 1) / step * step; }
/// Bytes before the last page of a payload that is aligned to `alignment`.
static int64_t mapped(int64_t bytes, int64_t alignment) {
  return rounded_up(GUARD + rounded_up(bytes, alignment), sysconf(_SC_PAGESIZE));
}
/// Zeroed memory that ends, but for its alignment, at a page that faults: a read past the end is seen, which guard
/// bytes and sanitizers inside of one block miss.  Guard bytes fill the rest before and behind.
static void *guarded(int64_t bytes, int64_t alignment) {
  const int64_t size = mapped(bytes, alignment), page = sysconf(_SC_PAGESIZE);
  uint8_t *base = mmap(NULL, (size_t)(size + page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED || mprotect(base + size, (size_t)page, PROT_NONE) != 0) abort();
  uint8_t *payload = base + size - rounded_up(bytes, alignment);
  memset(payload - GUARD, guard_byte, GUARD);
  memset(payload + bytes, guard_byte, (size_t)(base + size - payload - bytes));
  return payload;
}
static void release(void *payload, int64_t bytes, int64_t alignment) {
  if (!payload) return;
  const int64_t size = mapped(bytes, alignment);
  munmap((uint8_t *)payload + rounded_up(bytes, alignment) - size, (size_t)(size + sysconf(_SC_PAGESIZE)));
}
static bool intact(const void *payload, int64_t bytes, int64_t alignment) {
  if (!payload) return true;
  const uint8_t *bytes_of = payload;
  for (int64_t i = -GUARD; i < 0; i++)
    if (bytes_of[i] != guard_byte) return false;
  for (int64_t i = bytes; i < rounded_up(bytes, alignment); i++)
    if (bytes_of[i] != guard_byte) return false;
  return true;
}

/// Kernels promise to work from any element on, which tests try; benchmarks time aligned data, as tensors are.
static int64_t alignment_of(const kc_run *run) { return run->bench ? 64 : 1; }
enum { WORKSPACE_ALIGNMENT = 64 };
static int64_t element(const kc_run *run) { return run->type == kc_type_f32 ? 4 : 8; }

static void set(const kc_run *run, kc_buffer *buffer, int64_t i, double value) {
  if (run->type == kc_type_f32) ((float *)buffer->t)[i] = (float)value, buffer->d[i] = (double)(float)value;
  else ((double *)buffer->t)[i] = value, buffer->d[i] = value;
}

static kc_buffer *make(kc_run *run, int slot, int64_t count) {
  kc_buffer *buffer = &run->slot[slot];
  buffer->t = guarded(count * element(run), alignment_of(run));
  buffer->d = calloc((size_t)(count ? count : 1), sizeof(double));
  buffer->count = count;
  buffer->scale = 1e-2;
  return buffer;
}

static double drawn(kc_run *run, kc_fill fill) {
  switch (fill) {
    case kc_normal: return kc_random_normal(run);
    case kc_uniform: return 2 * kc_random(run) - 1;
    case kc_positive: return 0.1 + 2 * kc_random(run);
    case kc_zero: return 0;
  }
  return 0;
}

void kc_input(kc_run *run, int slot, int64_t count, kc_fill fill) {
  kc_buffer *buffer = make(run, slot, count);
  for (int64_t i = 0; i < count; i++) set(run, buffer, i, drawn(run, fill));
}
void kc_input_values(kc_run *run, int slot, int64_t count, const double *values) {
  kc_buffer *buffer = make(run, slot, count);
  for (int64_t i = 0; i < count; i++) set(run, buffer, i, values[i]);
}
static void poison(const kc_run *run, kc_buffer *buffer) {
  for (int64_t i = 0; i < buffer->count; i++)
    if (run->type == kc_type_f32) ((float *)buffer->t)[i] = NAN;
    else ((double *)buffer->t)[i] = NAN;
}
void kc_output(kc_run *run, int slot, int64_t count) {
  kc_buffer *buffer = make(run, slot, count);
  buffer->output = true;
  poison(run, buffer);
}
static void *make_block(kc_run *run, int slot, int64_t bytes) {
  run->block_bytes[slot] = bytes;
  return run->block[slot] = guarded(bytes, alignment_of(run));
}
void kc_update(kc_run *run, int slot, int64_t count, kc_fill fill) {
  kc_input(run, slot, count, fill);
  kc_buffer *buffer = &run->slot[slot];
  buffer->output = buffer->in_place = true;
  memcpy(make_block(run, slot, count * element(run)), buffer->t, (size_t)(count * element(run)));
}
void *kc_memory(kc_run *run, int64_t bytes) {
  for (int i = KC_SLOTS - 1; i >= 0; i--)
    if (!run->block[i] && !run->slot[i].t) return make_block(run, i, bytes);
  abort();
}
void kc_workspace(kc_run *run, int64_t bytes) {
  run->workspace = guarded(bytes, WORKSPACE_ALIGNMENT);
  run->workspace_bytes = bytes;
}

// ---------------------------------------------------------------------------------------------------- runs

kc_run *kc_prepare(int32_t index, bool bench, int32_t shape, kc_type type, uint64_t seed) {
  const kc_case *c = find(index, NULL);
  kc_run *run = calloc(1, sizeof *run);
  run->index = index;
  run->type = type;
  run->bench = bench;
  run->state = seed;
  run->tolerance = 16;
  memcpy(run->dim, (bench ? c->bench : c->test)[shape], sizeof run->dim);
  c->make[type](run);
  return run;
}
int32_t kc_call(kc_run *run, int32_t isa, int32_t threads) {
  ck_ctx ctx = {threads, isa, run->workspace, run->workspace_bytes};
  run->finished = false;
  return (int32_t)kc_case_of(run)->call[run->type](run, &ctx);
}
void kc_reset(kc_run *run) {
  for (int i = 0; i < KC_SLOTS; i++) {
    kc_buffer *buffer = &run->slot[i];
    if (!buffer->output) continue;
    if (buffer->in_place) memcpy(buffer->t, run->block[i], (size_t)(buffer->count * element(run)));
    else poison(run, buffer);
  }
}
void kc_oracle(kc_run *run) {
  kc_case_of(run)->oracle(run);
  run->oracle_done = true;
}

static void finish(kc_run *run) {
  const kc_case *c = kc_case_of(run);
  if (c->finish[run->type] && !run->finished) c->finish[run->type](run);
  run->finished = true;
}

double kc_error(kc_run *run) {
  finish(run);
  if (!run->oracle_done) kc_oracle(run);
  const bool is_f32 = run->type == kc_type_f32;
  const double epsilon = is_f32 ? 0x1p-23 : 0x1p-52, least = is_f32 ? 0x1p-126 : 0x1p-1022;  // denormals round coarsely
  double worst = 0;
  for (int s = 0; s < KC_SLOTS; s++) {
    const kc_buffer *buffer = &run->slot[s];
    if (!buffer->output) continue;
    double largest = 0;
    for (int64_t i = 0; i < buffer->count; i++)
      if (isfinite(buffer->d[i]) && fabs(buffer->d[i]) > largest) largest = fabs(buffer->d[i]);
    for (int64_t i = 0; i < buffer->count; i++) {
      double got = is_f32 ? ((float *)buffer->t)[i] : ((double *)buffer->t)[i], want = buffer->d[i];
      if (got == want || (isnan(got) && isnan(want))) continue;
      double scale = fmax(fmax(fabs(want), buffer->scale * largest), fmax(buffer->floor, least));
      double error = fabs(got - want) / (scale * epsilon * run->tolerance);
      if (!(error <= worst)) worst = error;  // NaN is kept
      if (isnan(worst)) return worst;
    }
  }
  return worst;
}

uint64_t kc_hash(kc_run *run) {
  finish(run);
  uint64_t hash = 0xCBF29CE484222325ull;
  for (int s = 0; s < KC_SLOTS; s++) {
    const kc_buffer *buffer = &run->slot[s];
    if (!buffer->output) continue;
    for (int64_t i = 0; i < buffer->count; i++) {
      uint64_t bits = 0;
      memcpy(&bits, (const char *)buffer->t + i * element(run), (size_t)element(run));
      const double value = run->type == kc_type_f32 ? ((float *)buffer->t)[i] : ((double *)buffer->t)[i];
      if (isnan(value)) bits = 1;  // sign and payload of a NaN mean nothing
      hash = (hash ^ bits) * 0x100000001B3ull;
      hash ^= hash >> 32;
    }
  }
  return hash;
}

bool kc_guards_intact(const kc_run *run) {
  for (int s = 0; s < KC_SLOTS; s++)
    if (!intact(run->slot[s].t, run->slot[s].count * element(run), alignment_of(run)) ||
        !intact(run->block[s], run->block_bytes[s], alignment_of(run)))
      return false;
  return intact(run->workspace, run->workspace_bytes, WORKSPACE_ALIGNMENT);
}

kc_cost kc_cost_of(const kc_run *run) { return run->cost; }
kc_written kc_written_of(const kc_run *run) {
  kc_written written = {0, 0};
  for (int s = 0; s < KC_SLOTS; s++) {
    const kc_buffer *buffer = &run->slot[s];
    if (buffer->output)
      *(buffer->in_place ? &written.in_place : &written.fresh) += (double)(buffer->count * element(run));
  }
  return written;
}

void kc_free(kc_run *run) {
  for (int s = 0; s < KC_SLOTS; s++) {
    release(run->slot[s].t, run->slot[s].count * element(run), alignment_of(run));
    free(run->slot[s].d);
    release(run->block[s], run->block_bytes[s], alignment_of(run));
  }
  release(run->workspace, run->workspace_bytes, WORKSPACE_ALIGNMENT);
  free(run);
}
