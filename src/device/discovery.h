/* SPDX-License-Identifier: MIT */
/* Finds the machine's stateless decoders and probes their capabilities. For vaInitialize and
 * vaTerminate, when no other thread uses the display. */
#ifndef DISCOVERY_H
#define DISCOVERY_H

#include "base/driver.h"
#include "device/device.h"

/* Scans the media devices of the machine (or the one that LIBVA_V4L2_REQUEST_MEDIA_PATH and
 * LIBVA_V4L2_REQUEST_VIDEO_PATH name) and fills driver->devices, sorted by identity, because node
 * numbers change from boot to boot. False: there are none. */
bool devices_open(struct driver *driver);
void devices_close(struct driver *driver);

#endif
