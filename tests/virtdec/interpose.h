/* SPDX-License-Identifier: MIT */
/* What the interposed functions share: the functions that they stand in front of. */
#ifndef VIRTDEC_INTERPOSE_H
#define VIRTDEC_INTERPOSE_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

/* Marks a function that replaces the C library's; the rest of the library stays hidden. */
#define VD_EXPORT __attribute__((visibility("default")))

/* The next definition of a function behind ours, looked up once a call site. */
#define VD_REAL(name)                                                \
    __extension__({                                                  \
        static void *real_;                                          \
        void *function_ = __atomic_load_n(&real_, __ATOMIC_RELAXED); \
        if (!function_) {                                            \
            function_ = dlsym(RTLD_NEXT, #name);                     \
            __atomic_store_n(&real_, function_, __ATOMIC_RELAXED);   \
        }                                                            \
        (__typeof__(&name))function_;                                \
    })

/* As strcmp() == 0, which fuzzers watch: they would try every name that is compared so. */
static inline bool vd_same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

bool vd_file_maybe(int fd);
void vd_fd_path(char *path, size_t size, int fd);
void vd_wake_pollers(void);

#endif
