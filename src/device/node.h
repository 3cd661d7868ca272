/* SPDX-License-Identifier: MIT */
/*
 * The video node of a device that was found at vaInitialize. Contexts and picture memory are files
 * of their own, opened at any time later, when the path may lead to another device: names and
 * numbers of nodes are given out anew when a device goes and comes back.
 */
#ifndef NODE_H
#define NODE_H

#include "base/driver.h"
#include "device/device.h"

/* Opens the node for reading and writing, without blocking, by whatever name it has in /dev by now.
 * Returns the descriptor or a negative errno; -ENODEV (logged): the device that was probed is not
 * there any more. */
int node_open(const struct driver *driver, const struct device *device);

struct device_identity node_identity(const struct v4l2_capability *capability);
/* Less than, equal to or greater than 0, in an order of driver, bus and card. */
int node_identities_compare(const struct device_identity *a, const struct device_identity *b);

#endif
