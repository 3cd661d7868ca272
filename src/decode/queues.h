/* SPDX-License-Identifier: MIT */
/* Opens a context's device and sets up its two queues. */
#ifndef QUEUES_H
#define QUEUES_H

#include "decode/context.h"

#include <stdint.h>

/* All functions want context->lock held. Those that return an int return 0 or a negative errno. */

/* Opens the device and sets up OUTPUT for the announced size. */
int queues_open(struct context *context, uint32_t width, uint32_t height) REQUIRES(context->lock);
/* Sets up OUTPUT for pictures of that size, and creates its buffers. */
int queues_open_output(struct context *context, uint32_t width, uint32_t height)
    REQUIRES(context->lock);
/* Like queues_open_output(), but creates no buffers, and may be called while the queues stream. The
 * queues are no longer configured. */
int queues_resize_output(struct context *context, uint32_t width, uint32_t height)
    REQUIRES(context->lock);
/* Sets the controls that the device needs before the layout of CAPTURE is final. */
int queues_set_sequence(struct context *context, const struct control_set *sequence)
    REQUIRES(context->lock);
/* Asks for the layout of CAPTURE, once the format of OUTPUT and the controls are set. Sets
 * queues.layout and queues.format. -EOVERFLOW: pictures of that format do not fit. */
int queues_negotiate(struct context *context, const struct coded_format *format)
    REQUIRES(context->lock);

/* Starts the queue (STREAMON), unless it streams already. */
int queues_start_output(struct context *context) REQUIRES(context->lock);
int queues_start_capture(struct context *context) REQUIRES(context->lock);
/* Stops both queues (STREAMOFF), whether they stream or not: a queue that failed to start may still
 * own buffers. Marks the queues as lost if one does not stop. */
void queues_stop(struct context *context) REQUIRES(context->lock);
/* Stops CAPTURE. */
int queues_stop_capture(struct context *context) REQUIRES(context->lock);

/* Marks the queues as lost: the kernel may still own their buffers. */
void queues_mark_lost(struct context *context) REQUIRES(context->lock);
/* Marks the queues as open and not configured, whatever their state was: no buffer is in the
 * kernel. */
void queues_reset_to_open(struct context *context) REQUIRES(context->lock);
/* Closes the device. Its queues must have no buffers. */
void queues_close_device(struct context *context) REQUIRES(context->lock);
/* Wants the locks of both contexts held. Moves the open device of `from`, and its queues, to the
 * context, whose own device is closed. */
void queues_take(struct context *context, struct context *from) REQUIRES(context->lock);

#endif
