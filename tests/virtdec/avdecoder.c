/* SPDX-License-Identifier: MIT */
/* Where pictures are decoded, see avdecoder.h. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "avdecoder.h"
#include "virtdec.h"

struct vd_av {
    const struct vd_av_calls *calls;
    void *decoder;
};

static const struct vd_av_calls *calls; /* NULL: not loaded */

/* libvirtdec_avcodec.so lies beside this library. */
static const struct vd_av_calls *load_module(void)
{
    char path[4096];
    Dl_info self;
    void *module = NULL;
    if (dladdr(&calls, &self) && strrchr(self.dli_fname, '/')) {
        int directory = (int)(strrchr(self.dli_fname, '/') - self.dli_fname);
        snprintf(path, sizeof(path), "%.*s/libvirtdec_avcodec.so", directory, self.dli_fname);
        module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    }
    return module ? dlsym(module, "vd_avcodec_calls") : NULL;
}

void vd_av_load(void)
{
    static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&loading);
    /* What failed for want of memory or descriptors is tried again. */
    if (!calls) {
        const struct vd_av_calls *found =
            getenv("VIRTDEC_DECODER") ? &vd_served_calls : load_module();
        __atomic_store_n(&calls, found, __ATOMIC_RELEASE);
        if (!found)
            vd_report("no decoder: %s", dlerror());
    }
    pthread_mutex_unlock(&loading);
}

struct vd_av *vd_av_open(const char *codec)
{
    const struct vd_av_calls *place = __atomic_load_n(&calls, __ATOMIC_ACQUIRE);
    struct vd_av *av = place ? calloc(1, sizeof(*av)) : NULL;
    if (!av)
        return NULL;
    av->calls = place;
    av->decoder = place->open(codec);
    if (!av->decoder) {
        free(av);
        return NULL;
    }
    return av;
}

const struct vd_frame *vd_av_decode(struct vd_av *av, const uint8_t *data, size_t size)
{
    return av->calls->decode(av->decoder, data, size);
}

const struct vd_frame *vd_av_last(const struct vd_av *av)
{
    return av->calls->last(av->decoder);
}

void vd_av_flush(struct vd_av *av)
{
    av->calls->flush(av->decoder);
}

void vd_av_close(struct vd_av *av)
{
    if (!av)
        return;
    av->calls->close(av->decoder);
    free(av);
}
