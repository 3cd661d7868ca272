/* SPDX-License-Identifier: MIT */
/* Finds the video nodes of a media device's decoders. */
#ifndef TOPOLOGY_H
#define TOPOLOGY_H

#include <stdbool.h>
#include <sys/types.h>

#define MAX_MEDIA_DECODERS 8
#define MAX_NODE_PATH      256 /* a path that the user sets may be long */

/* The device numbers of a media device's video nodes that belong to an entity of function
 * MEDIA_ENT_F_PROC_VIDEO_DECODER, from its topology; encoders are left out. Returns how many. */
unsigned topology_decoders(int media_fd, dev_t numbers[MAX_MEDIA_DECODERS]);

/* Finds the path of a video node: the name in sysfs, or another one in /dev. False: there is none
 * in /dev. */
bool topology_path(dev_t number, char path[MAX_NODE_PATH]);

/* Whether the path leads to the node of that number; links are followed. */
bool topology_leads_to(const char *path, dev_t number);

/* Opens the node at that path if it is the one of that number. Returns the descriptor or a negative
 * errno; -ENODEV: it is another node, or none. */
int topology_open(const char *path, dev_t number);

#endif
