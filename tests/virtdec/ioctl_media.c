/* SPDX-License-Identifier: MIT */
/* MEDIA_IOC_*: the graph that a memory-to-memory decoder registers, and requests. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <linux/media.h>

#include "virtdec.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Object numbers carry their kind in the top byte, as the media core gives them out. */
enum {
    SOURCE = 1,
    SOURCE_PAD = 0x01000002,
    PROC = 3,
    PROC_SINK_PAD = 0x01000004,
    PROC_SOURCE_PAD = 0x01000005,
    SINK = 6,
    SINK_PAD = 0x01000007,
    LINK_TO_PROC = 0x02000008,
    LINK_TO_SINK = 0x0200000a,
    INTERFACE = 0x0300000c,
    LINK_INTF_SOURCE = 0x0200000d,
    LINK_INTF_SINK = 0x0200000e,
};

static const struct media_v2_pad pads[] = {
    {.id = SOURCE_PAD, .entity_id = SOURCE, .flags = MEDIA_PAD_FL_SOURCE, .index = 0},
    {.id = PROC_SINK_PAD, .entity_id = PROC, .flags = MEDIA_PAD_FL_SINK, .index = 0},
    {.id = PROC_SOURCE_PAD, .entity_id = PROC, .flags = MEDIA_PAD_FL_SOURCE, .index = 1},
    {.id = SINK_PAD, .entity_id = SINK, .flags = MEDIA_PAD_FL_SINK, .index = 0},
};

#define FIXED (MEDIA_LNK_FL_ENABLED | MEDIA_LNK_FL_IMMUTABLE)

static const struct media_v2_link links[] = {
    {LINK_TO_PROC, SOURCE_PAD, PROC_SINK_PAD, FIXED | MEDIA_LNK_FL_DATA_LINK, {0}},
    {LINK_TO_SINK, PROC_SOURCE_PAD, SINK_PAD, FIXED | MEDIA_LNK_FL_DATA_LINK, {0}},
    {LINK_INTF_SOURCE, INTERFACE, SOURCE, FIXED | MEDIA_LNK_FL_INTERFACE_LINK, {0}},
    {LINK_INTF_SINK, INTERFACE, SINK, FIXED | MEDIA_LNK_FL_INTERFACE_LINK, {0}},
};

static const struct {
    uint32_t id, function;
    const char *suffix;
    uint16_t pads, links;
    bool io;
} entities[] = {
    {SOURCE, MEDIA_ENT_F_IO_V4L, "source", 1, 1, true},
    {PROC, MEDIA_ENT_F_PROC_VIDEO_DECODER, "proc", 2, 1, false},
    {SINK, MEDIA_ENT_F_IO_V4L, "sink", 1, 0, true},
};

static void name_entity(unsigned device, char *name, size_t size, size_t index)
{
    snprintf(name, size, "%s-dec-%s", vd_personality(device)->driver, entities[index].suffix);
}

static int device_info(unsigned device, struct media_device_info *info)
{
    const struct vd_personality *p = vd_personality(device);
    memset(info, 0, sizeof(*info));
    snprintf(info->driver, sizeof(info->driver), "%s", p->driver);
    snprintf(info->model, sizeof(info->model), "%s", p->card);
    vd_bus_info(p, info->bus_info, sizeof(info->bus_info));
    info->media_version = 6 << 16 | 12 << 8;
    info->driver_version = info->media_version;
    return 0;
}

/* Whether the client's array, if it gave one, has room for all items. */
static bool fits(uint64_t pointer, uint32_t room, size_t count)
{
    return !pointer || room >= count;
}

static int copy_out(uint64_t pointer, const void *items, size_t size)
{
    void *to = (void *)(uintptr_t)pointer;
    if (!pointer)
        return 0;
    if (vd_bad_pointer(to))
        return -EFAULT;
    memcpy(to, items, size);
    return 0;
}

/* The numbers are always told, the arrays only if there is room for each. */
static int topology(unsigned device, struct media_v2_topology *t)
{
    const struct vd_node *node = vd_node_of(device, VD_FILE_VIDEO);
    struct media_v2_entity entity[COUNT(entities)] = {0};
    for (size_t i = 0; i < COUNT(entities); i++) {
        entity[i].id = entities[i].id;
        entity[i].function = entities[i].function;
        name_entity(device, entity[i].name, sizeof(entity[i].name), i);
    }
    struct media_v2_interface interface = {.id = INTERFACE, .intf_type = MEDIA_INTF_T_V4L_VIDEO};
    interface.devnode.major = node->major;
    interface.devnode.minor = node->minor;
    bool room = fits(t->ptr_entities, t->num_entities, COUNT(entity)) &&
                fits(t->ptr_interfaces, t->num_interfaces, 1) &&
                fits(t->ptr_pads, t->num_pads, COUNT(pads)) &&
                fits(t->ptr_links, t->num_links, COUNT(links));
    t->topology_version = 14;
    t->reserved1 = t->reserved2 = t->reserved3 = t->reserved4 = 0;
    t->num_entities = COUNT(entity);
    t->num_interfaces = 1;
    t->num_pads = COUNT(pads);
    t->num_links = COUNT(links);
    if (!room)
        return -ENOSPC;
    int error = copy_out(t->ptr_entities, entity, sizeof(entity));
    if (!error)
        error = copy_out(t->ptr_interfaces, &interface, sizeof(interface));
    if (!error)
        error = copy_out(t->ptr_pads, pads, sizeof(pads));
    if (!error)
        error = copy_out(t->ptr_links, links, sizeof(links));
    return error;
}

static int enum_entities(unsigned device, struct media_entity_desc *desc)
{
    uint32_t wanted = desc->id & ~MEDIA_ENT_ID_FLAG_NEXT;
    for (size_t i = 0; i < COUNT(entities); i++) {
        bool found =
            desc->id & MEDIA_ENT_ID_FLAG_NEXT ? entities[i].id > wanted : entities[i].id == wanted;
        if (!found)
            continue;
        memset(desc, 0, sizeof(*desc));
        desc->id = entities[i].id;
        name_entity(device, desc->name, sizeof(desc->name), i);
        /* Functions that the old interface has no type for are shown as unknown. */
        desc->type = entities[i].io ? MEDIA_ENT_T_DEVNODE_V4L : MEDIA_ENT_T_DEVNODE_UNKNOWN;
        desc->pads = entities[i].pads;
        desc->links = entities[i].links;
        if (entities[i].io) {
            const struct vd_node *node = vd_node_of(device, VD_FILE_VIDEO);
            desc->dev.major = node->major;
            desc->dev.minor = node->minor;
        }
        return 0;
    }
    return -EINVAL;
}

static struct media_pad_desc old_pad(uint32_t id)
{
    struct media_pad_desc desc = {0};
    for (size_t i = 0; i < COUNT(pads); i++) {
        if (pads[i].id == id) {
            desc.entity = pads[i].entity_id;
            desc.index = (uint16_t)pads[i].index;
            desc.flags = pads[i].flags;
        }
    }
    return desc;
}

static int enum_links(struct media_links_enum *e)
{
    size_t index = 0;
    while (index < COUNT(entities) && entities[index].id != e->entity)
        index++;
    if (index == COUNT(entities))
        return -EINVAL;
    memset(e->reserved, 0, sizeof(e->reserved));
    if ((e->pads && vd_bad_pointer(e->pads)) || (e->links && vd_bad_pointer(e->links)))
        return -EFAULT;
    struct media_pad_desc *pad = e->pads;
    for (size_t i = 0; i < COUNT(pads) && pad; i++)
        if (pads[i].entity_id == e->entity)
            *pad++ = old_pad(pads[i].id);
    struct media_link_desc *link = e->links;
    for (size_t i = 0; i < COUNT(links) && link; i++) {
        if ((links[i].flags & MEDIA_LNK_FL_LINK_TYPE) != MEDIA_LNK_FL_DATA_LINK)
            continue;
        struct media_pad_desc source = old_pad(links[i].source_id);
        if (source.entity != e->entity)
            continue;
        memset(link, 0, sizeof(*link));
        link->source = source;
        link->sink = old_pad(links[i].sink_id);
        link->flags = links[i].flags;
        link++;
    }
    return 0;
}

/* All links are immutable: setting one to what it is succeeds. */
static int setup_link(struct media_link_desc *link)
{
    memset(link->reserved, 0, sizeof(link->reserved));
    for (size_t i = 0; i < COUNT(links); i++) {
        if ((links[i].flags & MEDIA_LNK_FL_LINK_TYPE) != MEDIA_LNK_FL_DATA_LINK)
            continue;
        struct media_pad_desc source = old_pad(links[i].source_id);
        struct media_pad_desc sink = old_pad(links[i].sink_id);
        if (source.entity == link->source.entity && source.index == link->source.index &&
            sink.entity == link->sink.entity && sink.index == link->sink.index)
            return link->flags == links[i].flags ? 0 : -EINVAL;
    }
    return -EINVAL;
}

static int request_alloc(int *fd)
{
    struct vd_request *req = vd_request_new();
    if (!req)
        return -ENOMEM;
    int result = vd_file_new(VD_FILE_REQUEST, O_CLOEXEC, req, NULL);
    if (result < 0) {
        vd_request_put(req);
        return result;
    }
    *fd = result;
    return 0;
}

/* Whether the media node has an ioctl at all. */
bool vd_media_ioctl_known(unsigned long request)
{
    return request == MEDIA_IOC_DEVICE_INFO || request == MEDIA_IOC_G_TOPOLOGY ||
           request == MEDIA_IOC_ENUM_ENTITIES || request == MEDIA_IOC_ENUM_LINKS ||
           request == MEDIA_IOC_SETUP_LINK || request == MEDIA_IOC_REQUEST_ALLOC;
}

/* An ioctl on a decoder's media node; returns 0 or a negative errno. vd_lock held. */
int vd_media_ioctl(unsigned device, unsigned long request, void *arg)
{
    switch (request) {
    case MEDIA_IOC_DEVICE_INFO:
        return device_info(device, arg);
    case MEDIA_IOC_G_TOPOLOGY:
        return topology(device, arg);
    case MEDIA_IOC_ENUM_ENTITIES:
        return enum_entities(device, arg);
    case MEDIA_IOC_ENUM_LINKS:
        return enum_links(arg);
    case MEDIA_IOC_SETUP_LINK:
        return setup_link(arg);
    case MEDIA_IOC_REQUEST_ALLOC:
        return request_alloc(arg);
    default:
        return -ENOTTY;
    }
}
