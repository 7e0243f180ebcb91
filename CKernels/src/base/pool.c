// Pooled memory: the slow paths.  The fast ones are inline in ck_base.h.
//
// Fresh pages cost up to 6x on large outputs, so blocks are reused; large ones ask for huge pages.  A pool belongs to one
// thread.  When the thread ends its pool goes on a list of idle pools, and the next new thread adopts it, so that owner
// pointers in block headers stay valid for the life of the process.
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

static const int64_t huge_page_bytes = 4 << 20;  // blocks from here on ask for huge pages
static int64_t cache_limit = (int64_t)1 << 30;  // of each thread: beyond it, released blocks go back to the system
static pthread_mutex_t idle_lock = PTHREAD_MUTEX_INITIALIZER;
static ck_pool *idle_pools = NULL;
static pthread_key_t thread_end_key;

static void retire_pool(void *pool) {
  ck_tls.pool = NULL;
  pthread_mutex_lock(&idle_lock);
  ((ck_pool *)pool)->next_idle = idle_pools;
  idle_pools = pool;
  pthread_mutex_unlock(&idle_lock);
}
__attribute__((constructor)) static void set_up(void) {
  pthread_key_create(&thread_end_key, retire_pool);
  const int64_t memory = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
  if (memory > 0) cache_limit = memory / 4;
}

static void out_of_memory(int64_t bytes) {
  fprintf(stderr, "gossamer: out of memory: the system refused %lld bytes\n", (long long)bytes);
  abort();
}

static ck_pool *own_pool(void) {
  if (ck_tls.pool) return ck_tls.pool;
  pthread_mutex_lock(&idle_lock);
  ck_pool *pool = idle_pools;
  if (pool) idle_pools = pool->next_idle;
  pthread_mutex_unlock(&idle_lock);
  if (!pool && !(pool = calloc(1, sizeof *pool))) out_of_memory(sizeof *pool);
  pthread_setspecific(thread_end_key, pool);
  return ck_tls.pool = pool;
}

static void push(ck_pool *pool, ck_block *block) {
  block->next = pool->free_list[block->size_class];
  pool->free_list[block->size_class] = block;
  pool->cached_bytes += block->capacity;
}

static void take_back(ck_pool *pool) {
  ck_block *block = atomic_exchange_explicit(&pool->returned, NULL, memory_order_acquire);
  while (block) {
    ck_block *next = block->next;
    push(pool, block);
    block = next;
  }
}

ck_block *ck_block_make_slow(int64_t bytes) {
  if ((uint64_t)bytes > CK_LARGEST_BLOCK) out_of_memory(bytes);
  ck_pool *pool = own_pool();
  if (atomic_load_explicit(&pool->returned, memory_order_relaxed)) take_back(pool);
  int32_t size_class = ck_size_class(bytes);
  ck_block *block = pool->free_list[size_class];
  if (block) {
    pool->free_list[size_class] = block->next;
    pool->cached_bytes -= block->capacity;
  } else {
    int64_t capacity = ck_class_bytes(size_class), whole = capacity + (int64_t)sizeof *block;
    void *memory = NULL;
    bool large = capacity >= huge_page_bytes;
    if (posix_memalign(&memory, large ? 2 << 20 : 64, (size_t)whole) != 0) out_of_memory(bytes);
    if (large) madvise(memory, (size_t)whole, MADV_HUGEPAGE);
    block = memory;
    memset(block, 0, sizeof *block);
    block->size_class = size_class;
    block->capacity = capacity;
    block->owner = pool;
  }
  atomic_store_explicit(&block->references, 1, memory_order_relaxed);
  return block;
}

void ck_block_free_slow(ck_block *block) {
  ck_pool *pool = block->owner;
  if (pool == ck_tls.pool) {
    if (pool->cached_bytes + block->capacity > cache_limit) free(block);
    else push(pool, block);
    return;
  }
  ck_block *head = atomic_load_explicit(&pool->returned, memory_order_relaxed);
  do block->next = head;
  while (!atomic_compare_exchange_weak_explicit(&pool->returned, &head, block, memory_order_release,
                                                memory_order_relaxed));
}

int64_t ck_pool_trim(void) {
  ck_pool *pool = own_pool();
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
int64_t ck_pool_cached_bytes(void) { return own_pool()->cached_bytes; }
