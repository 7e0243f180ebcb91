// Pooled memory: the slow paths.  The fast ones are inline in ck_base.h.
//
// Fresh pages cost up to 6x on large outputs, so blocks are reused; large ones ask for huge pages.  A pool belongs to
// one thread.  When the thread ends its pool goes on a list of idle pools, and the next new thread adopts it, so that
// owner pointers in block headers stay valid for the life of the process; its cached blocks go back to the system.
#define _GNU_SOURCE
#include "ck_base.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

_Static_assert(sizeof(ck_block) == 64, "the header is one cache line, so that data stays 64-byte aligned");

_Thread_local ck_thread_state ck_tls;
_Atomic int64_t ck_node_ids, ck_pass_ids;

enum { POOL_ALIGNMENT = 64 };
static const int64_t huge_page_bytes = 4 << 20;  // blocks from here on ask for huge pages
static int64_t cache_limit = (int64_t)1 << 30;  // of each thread: beyond it, released blocks go back to the system
static pthread_mutex_t idle_lock = PTHREAD_MUTEX_INITIALIZER;
static ck_pool *idle_pools = NULL;
static pthread_key_t thread_end_key;
static bool has_thread_end_key = false;  // without it the pools of ended threads are not used again

static int64_t give_back(ck_pool *pool);

static void retire_pool(void *pool) {
  ck_tls.pool = NULL;
  give_back(pool);
  pthread_mutex_lock(&idle_lock);
  ((ck_pool *)pool)->next_idle = idle_pools;
  idle_pools = pool;
  pthread_mutex_unlock(&idle_lock);
}

// A child of fork would wait for ever for a lock that another thread held at that moment.
static void before_fork(void) { pthread_mutex_lock(&idle_lock); }
static void after_fork(void) { pthread_mutex_unlock(&idle_lock); }

__attribute__((constructor)) static void set_up(void) {
  has_thread_end_key = pthread_key_create(&thread_end_key, retire_pool) == 0;
  pthread_atfork(before_fork, after_fork, after_fork);
  const int64_t memory = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
  if (memory > 0) cache_limit = memory / 4;
}

static _Noreturn void out_of_memory(int64_t bytes) {
  fprintf(stderr, "gossamer: out of memory: the system refused %lld bytes\n", (long long)bytes);
  abort();
}
static _Noreturn void impossible_size(int64_t bytes) {
  fprintf(stderr, "gossamer: a block of %lld bytes was asked for: a size overflowed\n", (long long)bytes);
  abort();
}

static ck_pool *own_pool(void) {
  if (ck_tls.pool) return ck_tls.pool;
  pthread_mutex_lock(&idle_lock);
  ck_pool *pool = idle_pools;
  if (pool) idle_pools = pool->next_idle;
  pthread_mutex_unlock(&idle_lock);
  if (!pool) {
    pool = aligned_alloc(POOL_ALIGNMENT, sizeof *pool);  // whole lines: `returned` is aligned to one
    if (!pool) out_of_memory(sizeof *pool);
    memset(pool, 0, sizeof *pool);
  }
  if (has_thread_end_key) pthread_setspecific(thread_end_key, pool);
  return ck_tls.pool = pool;
}

static void push(ck_pool *pool, ck_block *block) {
  block->next = pool->free_list[block->size_class];
  pool->free_list[block->size_class] = block;
  pool->cached_bytes += block->capacity;
}
static void keep_or_free(ck_pool *pool, ck_block *block) {
  if (pool->cached_bytes + block->capacity > cache_limit) free(block);
  else push(pool, block);
}

static void take_back(ck_pool *pool) {
  ck_block *block = atomic_exchange_explicit(&pool->returned, NULL, memory_order_acquire);
  while (block) {
    ck_block *next = block->next;
    keep_or_free(pool, block);
    block = next;
  }
}

/// Memory for a new block; what the cache holds is given back before the system's refusal is final.
static void *system_memory(ck_pool *pool, int64_t bytes, bool large) {
  const size_t alignment = large ? 2 << 20 : 64;
  void *memory = NULL;
  if (posix_memalign(&memory, alignment, (size_t)bytes) != 0) {
    give_back(pool);
    if (posix_memalign(&memory, alignment, (size_t)bytes) != 0) out_of_memory(bytes);
  }
  if (large) madvise(memory, (size_t)bytes, MADV_HUGEPAGE);
  return memory;
}

ck_block *ck_block_make_slow(int64_t bytes) {
  if ((uint64_t)bytes > CK_LARGEST_BLOCK) impossible_size(bytes);
  ck_pool *pool = own_pool();
  if (atomic_load_explicit(&pool->returned, memory_order_relaxed)) take_back(pool);
  int32_t size_class = ck_size_class(bytes);
  ck_block *block = pool->free_list[size_class];
  if (block) {
    pool->free_list[size_class] = block->next;
    pool->cached_bytes -= block->capacity;
  } else {
    const int64_t capacity = ck_class_bytes(size_class);
    block = system_memory(pool, capacity + (int64_t)sizeof *block, capacity >= huge_page_bytes);
    memset(block, 0, sizeof *block);
    block->size_class = size_class;
    block->capacity = capacity;
    block->owner = pool;
    pool->system_blocks++;
  }
  atomic_store_explicit(&block->references, 1, memory_order_relaxed);
  return block;
}

void ck_block_free_slow(ck_block *block) {
  ck_pool *pool = block->owner;
  if (pool == ck_tls.pool) {
    keep_or_free(pool, block);
    return;
  }
  ck_block *head = atomic_load_explicit(&pool->returned, memory_order_relaxed);
  do block->next = head;
  while (!atomic_compare_exchange_weak_explicit(&pool->returned, &head, block, memory_order_release,
                                                memory_order_relaxed));
}

static int64_t give_back(ck_pool *pool) {
  take_back(pool);
  int64_t before = pool->cached_bytes;
  for (int i = 0; i < CK_POOL_CLASSES; i++)
    while (pool->free_list[i]) {
      ck_block *block = pool->free_list[i];
      pool->free_list[i] = block->next;
      pool->cached_bytes -= block->capacity;
      free(block);
    }
  return before - pool->cached_bytes;
}
int64_t ck_pool_trim(void) { return give_back(own_pool()); }
int64_t ck_pool_cached_bytes(void) { return own_pool()->cached_bytes; }
int64_t ck_pool_system_blocks(void) { return own_pool()->system_blocks; }
