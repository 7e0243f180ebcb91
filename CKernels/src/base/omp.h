// The few OpenMP entry points in use: the Swift toolchain's clang ships no omp.h.
#ifndef CK_OMP_H
#define CK_OMP_H
int omp_get_thread_num(void);
int omp_in_parallel(void);
#endif
