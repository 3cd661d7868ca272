/* SPDX-License-Identifier: MIT */
/* The device nodes and the few sysfs entries that clients look at to find them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interpose.h"
#include "virtdec.h"

static const struct vd_node nodes[] = {
    {"/dev/media0", VD_FILE_MEDIA, 508, 0},
    {"/dev/video0", VD_FILE_VIDEO, 81, 0},
    {"/dev/dri/renderD128", VD_FILE_RENDER, 226, 128},
};

static const struct {
    const char *path, *text;
} text_files[] = {
    {"/sys/dev/char/81:0/uevent", "MAJOR=81\nMINOR=0\nDEVNAME=video0\n"},
    {"/sys/dev/char/508:0/uevent", "MAJOR=508\nMINOR=0\nDEVNAME=media0\n"},
    {"/sys/dev/char/226:128/uevent",
     "MAJOR=226\nMINOR=128\nDEVNAME=dri/renderD128\nDEVTYPE=drm_minor\n"},
    {"/sys/dev/char/81:0/dev", "81:0\n"},
    {"/sys/dev/char/508:0/dev", "508:0\n"},
};

static const struct {
    const char *path, *target;
} links[] = {
    {"/sys/dev/char/81:0", "../../devices/platform/virtdec/video4linux/video0"},
    {"/sys/dev/char/508:0", "../../devices/platform/virtdec/media0"},
    {"/sys/dev/char/226:128", "../../devices/platform/virtdec/drm/renderD128"},
};

static const char *const directories[] = {
    "/dev/dri",
    "/sys/dev/char/226:128/device/drm",
    "/sys/dev/char/226:128/device",
    "/sys/dev/char/81:0/device",
};

/* The number of media devices, 1 to VD_MAX_MEDIA; each of them is the same decoder. */
unsigned vd_media_devices(void)
{
    const char *text = getenv("VIRTDEC_MEDIA_DEVICES");
    unsigned long count = text ? strtoul(text, NULL, 10) : 1;
    return count < 1 ? 1 : count > VD_MAX_MEDIA ? VD_MAX_MEDIA : (unsigned)count;
}

static bool is_further_media(const char *path)
{
    unsigned number;
    char rest;
    return sscanf(path, "/dev/media%u%c", &number, &rest) == 1 && number < vd_media_devices();
}

/* The node of a path, or NULL. */
const struct vd_node *vd_node_by_path(const char *path)
{
    if (!path || strncmp(path, "/dev/", 5) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
        if (strcmp(path, nodes[i].path) == 0)
            return &nodes[i];
    return is_further_media(path) ? vd_node_by_kind(VD_FILE_MEDIA) : NULL;
}

/* The node that an open file came from, or NULL for files without a node. */
const struct vd_node *vd_node_by_kind(enum vd_file_kind kind)
{
    for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
        if (nodes[i].kind == kind)
            return &nodes[i];
    return NULL;
}

/* The text of a virtual sysfs file, or NULL. */
const char *vd_text_file(const char *path)
{
    if (!path || strncmp(path, "/sys/", 5) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof(text_files) / sizeof(text_files[0]); i++)
        if (strcmp(path, text_files[i].path) == 0)
            return text_files[i].text;
    return NULL;
}

/* The target of a virtual symbolic link, or NULL. */
const char *vd_link_target(const char *path)
{
    if (!path || strncmp(path, "/sys/", 5) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
        if (strcmp(path, links[i].path) == 0)
            return links[i].target;
    return NULL;
}

/* Whether a path is a directory that must appear to exist. */
bool vd_is_virtual_dir(const char *path)
{
    if (!path || (strncmp(path, "/sys/", 5) != 0 && strncmp(path, "/dev/", 5) != 0))
        return false;
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
        if (strcmp(path, directories[i]) == 0)
            return true;
    return false;
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
    int error = vd_fault(VD_SITE_OPEN, node->minor);
    if (error)
        return -error;
    pthread_mutex_lock(&vd_lock);
    struct vd_ctx *ctx = NULL;
    int fd = -ENOMEM;
    if (node->kind != VD_FILE_VIDEO || (ctx = vd_ctx_new()) != NULL)
        fd = vd_file_new(node->kind, flags, ctx);
    if (fd < 0 && ctx)
        vd_ctx_free(ctx);
    pthread_mutex_unlock(&vd_lock);
    return fd;
}
