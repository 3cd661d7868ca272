/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into a client: how many of its surfaces need memory at once. A surface needs it from
 * the first call that decodes into it or looks at it, until it is destroyed. Each new maximum goes
 * to the file that VA_SURFACES names, a line each.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <va/va.h>

#define EXPORT       __attribute__((visibility("default")))
#define REAL(name)   ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))
#define MAX_SURFACES 1024

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static VASurfaceID needed[MAX_SURFACES];
static unsigned count, most;

static void tell(void)
{
    const char *path = getenv("VA_SURFACES");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;

    if (fd < 0)
        return;
    dprintf(fd, "surfaces %u\n", most);
    close(fd);
}

static unsigned find(VASurfaceID surface)
{
    unsigned i = 0;

    while (i < count && needed[i] != surface)
        i++;
    return i;
}

static void need(VASurfaceID surface)
{
    pthread_mutex_lock(&lock);
    if (find(surface) == count && count < MAX_SURFACES)
        needed[count++] = surface;
    if (count > most) {
        most = count;
        tell();
    }
    pthread_mutex_unlock(&lock);
}

EXPORT VAStatus vaBeginPicture(VADisplay display, VAContextID context, VASurfaceID surface)
{
    need(surface);
    return REAL(vaBeginPicture)(display, context, surface);
}

EXPORT VAStatus vaSyncSurface(VADisplay display, VASurfaceID surface)
{
    need(surface);
    return REAL(vaSyncSurface)(display, surface);
}

EXPORT VAStatus vaDeriveImage(VADisplay display, VASurfaceID surface, VAImage *image)
{
    need(surface);
    return REAL(vaDeriveImage)(display, surface, image);
}

EXPORT VAStatus vaGetImage(VADisplay display, VASurfaceID surface, int x, int y, unsigned width,
                           unsigned height, VAImageID image)
{
    need(surface);
    return REAL(vaGetImage)(display, surface, x, y, width, height, image);
}

EXPORT VAStatus vaExportSurfaceHandle(VADisplay display, VASurfaceID surface, uint32_t type,
                                      uint32_t flags, void *descriptor)
{
    need(surface);
    return REAL(vaExportSurfaceHandle)(display, surface, type, flags, descriptor);
}

EXPORT VAStatus vaDestroySurfaces(VADisplay display, VASurfaceID *surfaces, int number)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < number; i++) {
        unsigned n = find(surfaces[i]);

        if (n < count)
            needed[n] = needed[--count];
    }
    pthread_mutex_unlock(&lock);
    return REAL(vaDestroySurfaces)(display, surfaces, number);
}
