/* SPDX-License-Identifier: MIT */
/* What the interposed functions share: the functions that they stand in front of. */
#ifndef VIRTDEC_INTERPOSE_H
#define VIRTDEC_INTERPOSE_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

/* Marks a function that replaces the C library's; the rest of the library stays hidden. */
#define VD_EXPORT __attribute__((visibility("default")))

/* The next definition of a function behind ours. All are looked up when the library is loaded: a
 * sanitizer may call us with the dynamic linker's locks held, where dlsym() would wait for ever. */
struct vd_real {
    const char *name;
    void *function; /* NULL: not looked up yet */
};
#define VD_REAL(name)                                                                          \
    __extension__({                                                                            \
        static struct vd_real real_ __attribute__((section("vd_real"), used)) = {#name, NULL}; \
        (__typeof__(&name))vd_real_function(&real_);                                           \
    })

static inline void *vd_real_function(struct vd_real *real)
{
    void *function = __atomic_load_n(&real->function, __ATOMIC_RELAXED);

    if (!function) {
        function = dlsym(RTLD_NEXT, real->name);
        __atomic_store_n(&real->function, function, __ATOMIC_RELAXED);
    }
    return function;
}

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
