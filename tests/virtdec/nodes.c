/* SPDX-License-Identifier: MIT */
/* The device nodes and the few sysfs entries that clients look at to find them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interpose.h"
#include "virtdec.h"

#define DECODER(number)                                                \
    {                                                                  \
        {"/dev/media" #number, VD_FILE_MEDIA, 508, number, number},    \
            {"/dev/video" #number, VD_FILE_VIDEO, 81, number, number}, \
    }

/* Of each decoder its media node and its video node. */
static const struct vd_node nodes[VD_MAX_MEDIA][2] = {
    DECODER(0),  DECODER(1),  DECODER(2),  DECODER(3), DECODER(4),  DECODER(5),
    DECODER(6),  DECODER(7),  DECODER(8),  DECODER(9), DECODER(10), DECODER(11),
    DECODER(12), DECODER(13), DECODER(14), DECODER(15)};

static const struct vd_node render_node = {"/dev/dri/renderD128", VD_FILE_RENDER, 226, 128, 0};

/* The item of that number in a list with commas; false where the list is shorter. */
bool vd_listed(const char *list, unsigned number, char *item, size_t size)
{
    while (list && number--) {
        list = strchr(list, ',');
        list = list ? list + 1 : NULL;
    }
    if (!list)
        return false;
    snprintf(item, size, "%.*s", (int)strcspn(list, ","), list);
    return true;
}

/* The number of decoders, each with a media device of its own, VD_MAX_MEDIA at most: as many as
 * VIRTDEC_MEDIA_DEVICES says, else as there are personalities. With 0 only the render node is
 * there.
 */
unsigned vd_media_devices(void)
{
    const char *text = getenv("VIRTDEC_MEDIA_DEVICES");
    unsigned long count = text ? strtoul(text, NULL, 10) : 1;
    char name[32];
    while (!text && vd_listed(getenv("VIRTDEC_PERSONALITY"), (unsigned)count, name, sizeof(name)))
        count++;
    return count > VD_MAX_MEDIA ? VD_MAX_MEDIA : (unsigned)count;
}

/* The name in /dev of a decoder's video node. */
void vd_video_name(unsigned device, char *name, size_t size)
{
    if (!vd_listed(getenv("VIRTDEC_VIDEO_NAMES"), device, name, size))
        snprintf(name, size, "video%u", device);
}

/* The node of a path, or NULL. */
const struct vd_node *vd_node_by_path(const char *path)
{
    char name[32];
    if (!path || strncmp(path, "/dev/", 5) != 0)
        return NULL;
    if (strcmp(path, render_node.path) == 0)
        return &render_node;
    for (unsigned i = 0; i < vd_media_devices(); i++) {
        vd_video_name(i, name, sizeof(name));
        if (strcmp(path, nodes[i][0].path) == 0)
            return &nodes[i][0];
        if (strcmp(path + 5, name) == 0)
            return &nodes[i][1];
    }
    return NULL;
}

/* A node of a decoder, or the render node. */
const struct vd_node *vd_node_of(unsigned device, enum vd_file_kind kind)
{
    return kind == VD_FILE_RENDER ? &render_node : &nodes[device][kind == VD_FILE_VIDEO];
}

/* The decoder whose node's number stands in a path of /sys/dev/char, with what follows the number,
 * or -1. */
static int device_in(const char *path, const char **rest, bool *is_video)
{
    unsigned major, minor;
    int length = 0;
    if (!path || sscanf(path, "/sys/dev/char/%u:%u%n", &major, &minor, &length) != 2 ||
        (major != 81 && major != 508) || minor >= vd_media_devices())
        return -1;
    *rest = path + length;
    *is_video = major == 81;
    return (int)minor;
}

/* The text of a virtual sysfs file, or NULL; until the thread's next call. */
const char *vd_text_file(const char *path)
{
    static _Thread_local char text[64];
    const char *rest;
    bool is_video;
    int device;
    if (!path || strncmp(path, "/sys/", 5) != 0)
        return NULL;
    if (strcmp(path, "/sys/dev/char/226:128/uevent") == 0)
        return "MAJOR=226\nMINOR=128\nDEVNAME=dri/renderD128\nDEVTYPE=drm_minor\n";
    device = device_in(path, &rest, &is_video);
    if (device < 0)
        return NULL;
    if (strcmp(rest, "/uevent") == 0)
        snprintf(text, sizeof(text), "MAJOR=%u\nMINOR=%d\nDEVNAME=%s%d\n", is_video ? 81 : 508,
                 device, is_video ? "video" : "media", device);
    else if (strcmp(rest, "/dev") == 0)
        snprintf(text, sizeof(text), "%u:%d\n", is_video ? 81 : 508, device);
    else
        return NULL;
    return text;
}

/* The target of a virtual symbolic link, or NULL; until the thread's next call. */
const char *vd_link_target(const char *path)
{
    static _Thread_local char target[80];
    const char *rest;
    bool is_video;
    int device;
    if (!path || strncmp(path, "/sys/", 5) != 0)
        return NULL;
    if (strcmp(path, "/sys/dev/char/226:128") == 0)
        return "../../devices/platform/virtdec/drm/renderD128";
    device = device_in(path, &rest, &is_video);
    if (device < 0 || *rest)
        return NULL;
    snprintf(target, sizeof(target), "../../devices/platform/virtdec/%s%d",
             is_video ? "video4linux/video" : "media", device);
    return target;
}

/* The decoder below whose video node in sysfs a path is the device's directory, or -1. */
int vd_device_directory(const char *path)
{
    const char *rest;
    bool is_video;
    int device = device_in(path, &rest, &is_video);
    return device >= 0 && is_video && strcmp(rest, "/device") == 0 ? device : -1;
}

static const char *const directories[] = {
    "/dev/dri",
    "/sys/dev/char/226:128/device/drm",
    "/sys/dev/char/226:128/device",
};

/* Whether a path is a directory that must appear to exist. */
bool vd_is_virtual_dir(const char *path)
{
    if (!path || (strncmp(path, "/sys/", 5) != 0 && strncmp(path, "/dev/", 5) != 0))
        return false;
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
        if (strcmp(path, directories[i]) == 0)
            return true;
    return vd_device_directory(path) >= 0;
}

/* The /proc path that reopens a descriptor of this process. */
void vd_fd_path(char *path, size_t size, int fd)
{
    snprintf(path, size, "/proc/self/fd/%d", fd);
}

/* Whether no process can have memory at a pointer; others are trusted, as nothing here copies from
 * user memory with care as a kernel does. */
bool vd_bad_pointer(const void *pointer)
{
    uintptr_t at = (uintptr_t)pointer;
    return at < 4096 || at > UINTPTR_MAX - 4096;
}

/* Opens a node; returns a descriptor or a negative errno. */
int vd_node_open(const struct vd_node *node, int flags)
{
    int error = vd_fault(VD_SITE_OPEN, (unsigned long)node->major << 8 | node->minor);
    if (error)
        return -error;
    pthread_mutex_lock(&vd_lock);
    struct vd_ctx *ctx = NULL;
    int fd = -ENOMEM;
    if (node->kind != VD_FILE_VIDEO || (ctx = vd_ctx_new(node->device)) != NULL)
        fd = vd_file_new(node->kind, flags, ctx, node);
    if (fd < 0 && ctx)
        vd_ctx_free(ctx);
    pthread_mutex_unlock(&vd_lock);
    return fd;
}
