/* SPDX-License-Identifier: MIT */
/* Opens a context's device and sets its two queues up. */
#ifndef QUEUES_H
#define QUEUES_H

#include "decode/context.h"

#include <stdint.h>

/* All functions want context->lock held. Those that return an int return 0 or a negative errno. */

/* Opens the device and sets up OUTPUT for the announced size. */
int queues_open(struct context *context, uint32_t width, uint32_t height) REQUIRES(context->lock);
/* Sets OUTPUT up for pictures of that size, and creates its buffers. */
int queues_open_output(struct context *context, uint32_t width, uint32_t height)
    REQUIRES(context->lock);
/* The same without new buffers, while the queues stream; they are no longer configured. */
int queues_resize_output(struct context *context, uint32_t width, uint32_t height)
    REQUIRES(context->lock);
/* Tells the device the controls that it has to know before CAPTURE's layout is final. */
int queues_set_sequence(struct context *context, const struct control_set *sequence)
    REQUIRES(context->lock);
/* Asks for CAPTURE's layout, after the device has been told the format and its controls. Sets
 * queues.layout and queues.format. -EOVERFLOW: pictures of that format do not fit. */
int queues_negotiate(struct context *context, const struct coded_format *format)
    REQUIRES(context->lock);

/* STREAMON of the queue, if it does not stream yet. */
int queues_start_output(struct context *context) REQUIRES(context->lock);
int queues_start_capture(struct context *context) REQUIRES(context->lock);
/* STREAMOFF of both queues, whether they stream or not: if the call that should have started one
 * failed, it may own buffers all the same. */
void queues_stop(struct context *context) REQUIRES(context->lock);
int queues_stop_capture(struct context *context) REQUIRES(context->lock);

/* Nobody knows who owns the buffers of a queue. */
void queues_mark_lost(struct context *context) REQUIRES(context->lock);
/* All buffers are given back: the queues are in order, whatever was the matter, and open. */
void queues_reset_to_open(struct context *context) REQUIRES(context->lock);
/* Closes the device, whose queues have no buffers. */
void queues_close_device(struct context *context) REQUIRES(context->lock);
/* With both locks held: the open device of `from` becomes the context's, whose own is closed. */
void queues_take(struct context *context, struct context *from) REQUIRES(context->lock);

#endif
