/* SPDX-License-Identifier: MIT */
#include "device/topology.h"

#include "device/v4l2.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/media.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Of each kind; more than any decoder's graph has, even one with a camera. */
#define MAX_GRAPH_OBJECTS 1024

struct topology {
    struct media_v2_topology v2;
    struct media_v2_entity *entities;
    struct media_v2_interface *interfaces;
    struct media_v2_pad *pads;
    struct media_v2_link *links;
};

static void release(struct topology *t)
{
    free(t->entities);
    free(t->interfaces);
    free(t->pads);
    free(t->links);
}

/* MEDIA_LNK_FL_LINK_TYPE shifts into the sign bit. */
static uint32_t link_type(const struct media_v2_link *link)
{
    return link->flags & 0xf0000000u;
}

static uint32_t entity_of_pad(const struct topology *t, uint32_t pad)
{
    for (uint32_t i = 0; i < t->v2.num_pads; i++)
        if (t->pads[i].id == pad)
            return t->pads[i].entity_id;
    return 0;
}

/* Makes data links refer to entities instead of pads. */
static void name_entities(struct topology *t)
{
    for (uint32_t i = 0; i < t->v2.num_links; i++) {
        struct media_v2_link *link = &t->links[i];

        if (link_type(link) != MEDIA_LNK_FL_DATA_LINK)
            continue;
        link->source_id = entity_of_pad(t, link->source_id);
        link->sink_id = entity_of_pad(t, link->sink_id);
    }
}

/* Whether no count of `a` exceeds that of `b`. */
static bool within(const struct media_v2_topology *a, const struct media_v2_topology *b)
{
    return a->num_entities <= b->num_entities && a->num_interfaces <= b->num_interfaces &&
           a->num_pads <= b->num_pads && a->num_links <= b->num_links;
}

/* Calls the ioctl twice: for the counts, then for the objects. */
static bool read_topology(int fd, struct topology *t)
{
    static const struct media_v2_topology most = {
        .num_entities = MAX_GRAPH_OBJECTS,
        .num_interfaces = MAX_GRAPH_OBJECTS,
        .num_pads = MAX_GRAPH_OBJECTS,
        .num_links = MAX_GRAPH_OBJECTS,
    };
    struct media_v2_topology room;

    memset(t, 0, sizeof(*t));
    if (v4l2_ioctl(fd, MEDIA_IOC_G_TOPOLOGY, &t->v2) || !within(&t->v2, &most))
        return false;
    room = t->v2;
    t->entities = calloc(room.num_entities + 1, sizeof(*t->entities));
    t->interfaces = calloc(room.num_interfaces + 1, sizeof(*t->interfaces));
    t->pads = calloc(room.num_pads + 1, sizeof(*t->pads));
    t->links = calloc(room.num_links + 1, sizeof(*t->links));
    if (t->entities && t->interfaces && t->pads && t->links) {
        t->v2.ptr_entities = (uintptr_t)t->entities;
        t->v2.ptr_interfaces = (uintptr_t)t->interfaces;
        t->v2.ptr_pads = (uintptr_t)t->pads;
        t->v2.ptr_links = (uintptr_t)t->links;
        if (v4l2_ioctl(fd, MEDIA_IOC_G_TOPOLOGY, &t->v2) == 0 && within(&t->v2, &room)) {
            name_entities(t);
            return true;
        }
    }
    release(t);
    return false;
}

static bool linked(const struct topology *t, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < t->v2.num_links; i++) {
        const struct media_v2_link *link = &t->links[i];

        if (link_type(link) == MEDIA_LNK_FL_DATA_LINK && link->source_id == a && link->sink_id == b)
            return true;
    }
    return false;
}

/* A memory-to-memory node is an interface of the two I/O entities around its processing entity. */
static const struct media_v2_interface *interface_of(const struct topology *t, uint32_t decoder)
{
    for (uint32_t i = 0; i < t->v2.num_links; i++) {
        const struct media_v2_link *link = &t->links[i];

        if (link_type(link) != MEDIA_LNK_FL_INTERFACE_LINK)
            continue;
        if (link->sink_id != decoder && !linked(t, link->sink_id, decoder) &&
            !linked(t, decoder, link->sink_id))
            continue;
        for (uint32_t j = 0; j < t->v2.num_interfaces; j++)
            if (t->interfaces[j].id == link->source_id &&
                t->interfaces[j].intf_type == MEDIA_INTF_T_V4L_VIDEO)
                return &t->interfaces[j];
    }
    return NULL;
}

static bool path_from_sysfs(dev_t number, char path[MAX_NODE_PATH])
{
    char name[64], text[256];
    const char *line;
    ssize_t length;
    int fd;

    snprintf(name, sizeof(name), "/sys/dev/char/%u:%u/uevent", major(number), minor(number));
    fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    length = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    line = strstr(text, "DEVNAME=");
    if (!line)
        return false;
    line += strlen("DEVNAME=");
    return snprintf(path, MAX_NODE_PATH, "/dev/%.*s", (int)strcspn(line, "\n"), line) <
           MAX_NODE_PATH;
}

bool topology_leads_to(const char *path, dev_t number)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == number;
}

/* Finds the node by its number in /dev: a container may use another name than the host. */
static bool path_from_listing(dev_t number, char path[MAX_NODE_PATH])
{
    DIR *directory = opendir("/dev");
    const struct dirent *entry;
    bool found = false;

    while (directory && !found && (entry = readdir(directory))) {
        if (entry->d_type != DT_CHR && entry->d_type != DT_UNKNOWN)
            continue;
        found = snprintf(path, MAX_NODE_PATH, "/dev/%s", entry->d_name) < MAX_NODE_PATH &&
                topology_leads_to(path, number);
    }
    if (directory)
        closedir(directory);
    return found;
}

bool topology_path(dev_t number, char path[MAX_NODE_PATH])
{
    return (path_from_sysfs(number, path) && topology_leads_to(path, number)) ||
           path_from_listing(number, path);
}

int topology_open(const char *path, dev_t number)
{
    struct stat status;
    int fd;

    if (!topology_leads_to(path, number))
        return -ENODEV;
    fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    /* The name may have been reassigned between stat() and open(). */
    if (fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == number)
        return fd;
    close(fd);
    return -ENODEV;
}

unsigned topology_decoders(int media_fd, dev_t numbers[MAX_MEDIA_DECODERS])
{
    struct topology t;
    unsigned count = 0, decoders = 0;

    if (!read_topology(media_fd, &t))
        return 0;
    for (uint32_t i = 0; i < t.v2.num_entities && decoders < MAX_MEDIA_DECODERS; i++) {
        const struct media_v2_interface *interface;

        if (t.entities[i].function != MEDIA_ENT_F_PROC_VIDEO_DECODER)
            continue;
        decoders++;
        interface = interface_of(&t, t.entities[i].id);
        if (interface)
            numbers[count++] = makedev(interface->devnode.major, interface->devnode.minor);
    }
    release(&t);
    return count;
}
