/* SPDX-License-Identifier: MIT */
/* DRM ioctls of the render node, as far as clients need them to reach a VA driver. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/types.h>

#include "virtdec.h"

/* The layout and number of DRM_IOCTL_VERSION and DRM_IOCTL_GET_CAP are stated here so that the
 * library builds without libdrm's headers. */
struct drm_version {
    int major, minor, patch;
    size_t name_len;
    char *name;
    size_t date_len;
    char *date;
    size_t desc_len;
    char *desc;
};

struct drm_get_cap {
    __u64 capability, value;
};

#define IOCTL_VERSION _IOWR('d', 0x00, struct drm_version)
#define IOCTL_GET_CAP _IOWR('d', 0x0c, struct drm_get_cap)
#define CAP_PRIME     5

/* The kernel copies at most the given length, and tells the whole length. */
static void copy_text(char *to, size_t *length, const char *text)
{
    size_t size = strlen(text);
    if (to)
        memcpy(to, text, size < *length ? size : *length);
    *length = size;
}

/* An ioctl on the render node; returns 0 or a negative errno. */
int vd_render_ioctl(unsigned long request, void *arg)
{
    if (request == IOCTL_VERSION) {
        const char *name = getenv("VIRTDEC_DRM_DRIVER");
        struct drm_version *v = arg;
        v->major = 1;
        v->minor = v->patch = 0;
        copy_text(v->name, &v->name_len, name ? name : "virtdec");
        copy_text(v->date, &v->date_len, "20240101");
        copy_text(v->desc, &v->desc_len, "virtual render node");
        return 0;
    }
    if (request == IOCTL_GET_CAP) {
        struct drm_get_cap *cap = arg;
        cap->value = cap->capability == CAP_PRIME ? 3 : 0;
        return 0;
    }
    return -EINVAL;
}
