/* SPDX-License-Identifier: MIT */
/*
 * Opens the video node of a device that was found at vaInitialize. Contexts and picture memory open
 * it at any later time. By then the path may lead to another device, because node names and numbers
 * are reassigned when a device is removed and comes back.
 */
#ifndef NODE_H
#define NODE_H

#include "base/driver.h"
#include "device/device.h"

/* Opens the node for reading and writing, non-blocking, by whatever name it now has in /dev.
 * Returns the descriptor or a negative errno; -ENODEV (logged): the device that was probed is gone.
 */
int node_open(const struct driver *driver, const struct device *device);

/* What VIDIOC_QUERYCAP reported, as strings. */
struct device_identity node_identity(const struct v4l2_capability *capability);
/* Less than, equal to or greater than 0: by driver, then bus, then card. */
int node_identities_compare(const struct device_identity *a, const struct device_identity *b);

#endif
