/* SPDX-License-Identifier: MIT */
#include "device/node.h"

#include "base/driver.h"
#include "base/log.h"
#include "device/v4l2.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct device_identity node_identity(const struct v4l2_capability *capability)
{
    struct device_identity identity;

    snprintf(identity.driver, sizeof(identity.driver), "%.16s", (const char *)capability->driver);
    snprintf(identity.card, sizeof(identity.card), "%.32s", (const char *)capability->card);
    snprintf(identity.bus_info, sizeof(identity.bus_info), "%.32s",
             (const char *)capability->bus_info);
    return identity;
}

int node_identities_compare(const struct device_identity *a, const struct device_identity *b)
{
    int order = strcmp(a->driver, b->driver);

    if (!order)
        order = strcmp(a->bus_info, b->bus_info);
    return order ? order : strcmp(a->card, b->card);
}

/* Returns 0 if the descriptor belongs to the device that was probed. */
static int check_identity(int fd, const struct device *device)
{
    struct v4l2_capability capability = {0};
    struct device_identity identity;
    int error = v4l2_ioctl(fd, VIDIOC_QUERYCAP, &capability);

    if (error)
        return error;
    identity = node_identity(&capability);
    return node_identities_compare(&identity, &device->identity) ? -ENODEV : 0;
}

int node_open(const struct driver *driver, const struct device *device)
{
    char elsewhere[MAX_NODE_PATH];
    const char *path = device->video_path;
    int fd, error;

    if (!topology_leads_to(path, device->number) && topology_path(device->number, elsewhere))
        path = elsewhere;
    fd = topology_open(path, device->number);
    error = fd < 0 ? fd : check_identity(fd, device);
    if (!error)
        return fd;
    if (fd >= 0)
        close(fd);
    if (error == -ENODEV)
        log_error(driver, "%s is no longer %s at %s, and no other node is", path,
                  device->identity.driver, device->identity.bus_info);
    return error;
}
