/* SPDX-License-Identifier: MIT */
/*
 * Spoils one control field on its way to the virtual decoder; preloaded in front of it.
 * VIRTDEC_MUTATE=ID:OFFSET:SIZE:MASK:REQUEST flips MASK in the SIZE bytes at OFFSET of control ID,
 * in the REQUEST-th request (from 0) that sets the control.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kernel_controls.h"

struct mutation {
    unsigned long id, offset, size, mask, request;
};

static bool parse(struct mutation *m)
{
    const char *text = getenv("VIRTDEC_MUTATE");
    unsigned long *fields[] = {&m->id, &m->offset, &m->size, &m->mask, &m->request};
    for (size_t i = 0; text && i < sizeof(fields) / sizeof(fields[0]); i++) {
        char *end;
        *fields[i] = strtoul(text, &end, 0);
        if (end == text)
            return false;
        text = *end ? end + 1 : end;
    }
    return text != NULL;
}

static void mutate(struct v4l2_ext_controls *all)
{
    static unsigned long seen;
    struct mutation m = {0};
    if (all->which != V4L2_CTRL_WHICH_REQUEST_VAL || !parse(&m))
        return;
    for (uint32_t i = 0; i < all->count; i++) {
        struct v4l2_ext_control *c = &all->controls[i];
        if (c->id != m.id || m.size > sizeof(uint64_t) || m.offset + m.size > c->size)
            continue;
        if (__atomic_fetch_add(&seen, 1, __ATOMIC_RELAXED) != m.request)
            continue;
        uint64_t value = 0;
        memcpy(&value, (uint8_t *)c->ptr + m.offset, m.size);
        value ^= m.mask;
        memcpy((uint8_t *)c->ptr + m.offset, &value, m.size);
    }
}

__attribute__((visibility("default"))) int ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    va_start(args, request);
    void *arg = va_arg(args, void *);
    va_end(args);
    int (*next)(int, unsigned long, ...) = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "ioctl");
    if ((unsigned int)request == VIDIOC_S_EXT_CTRLS)
        mutate(arg);
    return next(fd, request, arg);
}
