/* SPDX-License-Identifier: MIT */
/* The VAStatus that a client gets for an errno. Nothing else translates one into the other. */
#ifndef STATUS_H
#define STATUS_H

#include <errno.h>
#include <va/va.h>

/* The status for 0 or a negative errno. */
static inline VAStatus status_of_errno(int error)
{
    switch (error) {
    case 0:
        return VA_STATUS_SUCCESS;
    case -ENOMEM:
    case -EMFILE:
    case -ENFILE:
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    case -ENOBUFS:
        return VA_STATUS_ERROR_HW_BUSY;
    case -EINVAL:
    case -ERANGE:
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    case -EOVERFLOW:
        return VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
    case -ETIMEDOUT:
        return VA_STATUS_ERROR_TIMEDOUT;
    default:
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
}

#endif
