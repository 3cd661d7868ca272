/* SPDX-License-Identifier: MIT */
/* Finds the video nodes of a media device's decoders. */
#ifndef TOPOLOGY_H
#define TOPOLOGY_H

#include <stdbool.h>
#include <sys/types.h>

#define MAX_MEDIA_DECODERS 8
#define MAX_NODE_PATH      256 /* a link by the user's choice may be long */

/* Device numbers of the video nodes behind which the media device of `media_fd` has an entity of
 * function MEDIA_ENT_F_PROC_VIDEO_DECODER, from its topology (an encoder beside it is left out).
 * Returns how many. */
unsigned topology_decoders(int media_fd, dev_t numbers[MAX_MEDIA_DECODERS]);

/* The path of a video node: sysfs' name for it, or another one that it has in /dev. False: it has
 * none there. */
bool topology_path(dev_t number, char path[MAX_NODE_PATH]);

/* Whether the path, links followed, is the node of that number. */
bool topology_leads_to(const char *path, dev_t number);

/* Opens the node of that path, which has to be the one of that number: another one is not opened.
 * Returns the descriptor or a negative errno; -ENODEV: it is another one, or none. */
int topology_open(const char *path, dev_t number);

#endif
