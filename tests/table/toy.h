/* SPDX-License-Identifier: MIT */
/*
 * A codec that does not exist: buffers as VA-API would have them and controls as the kernel would,
 * with one of everything that the table can express.
 */
#ifndef TOY_H
#define TOY_H

#include <stdbool.h>
#include <stdint.h>
#include <va/va.h>

/* The VA side. */

typedef struct {
    VASurfaceID surface;
    int32_t order;
    uint32_t flags;
} ToyReference;

#define VA_TOY_REFERENCE_INVALID 1
#define VA_TOY_REFERENCE_LONG    2

typedef struct {
    uint16_t width_minus1;
    uint16_t height_minus1;
    union {
        struct {
            uint32_t interlaced : 1;
            uint32_t bottom : 1;
            uint32_t kind : 3;
            uint32_t depth : 4;
        } bits;
        uint32_t value;
    } fields;
    int32_t packed; /* four nibbles */
    int8_t offset;
    VASurfaceID forward;
    ToyReference references[4];
    uint32_t number;
    uint32_t va_reserved[2];
} ToyPictureParameters;

typedef struct {
    int32_t load;
    uint8_t zigzag[16];
    uint8_t lists[2][64];
} ToyMatrices;

typedef struct {
    uint32_t slice_data_size;
    uint32_t slice_data_offset;
    uint32_t slice_data_flag;
    uint8_t type;
    uint8_t count_minus1;
    VASurfaceID list[4];
    int16_t weight[4][2];
} ToySliceParameters;

/* The kernel's side. */

#define TOY_PIX_FMT          0x20594f54
#define TOY_CID_FRAME        0x00f00001
#define TOY_CID_SLICE        0x00f00002
#define TOY_CID_EXTRA        0x00f00003
#define TOY_CID_ENTRIES      0x00f00006
#define TOY_CID_POINTS       0x00f00007
#define TOY_CID_DECODE_MODE  0x00f00004
#define TOY_DECODE_BY_SLICE  0
#define TOY_DECODE_BY_FRAME  1
#define TOY_CID_START_CODE   0x00f00005
#define TOY_START_CODE_NONE  0
#define TOY_START_CODE_ANNEX 1

#define TOY_FRAME_FLAG_INTERLACED 0x1
#define TOY_FRAME_FLAG_INTRA      0x2
#define TOY_FRAME_FLAG_SCALED     0x4
#define TOY_FRAME_FLAG_GRAINY     0x8
#define TOY_FRAME_FLAG_SEEN       0x10

struct toy_reference {
    uint64_t timestamp;
    int32_t order;
    uint16_t number; /* the hook's */
    uint8_t flags;   /* the hook's */
    uint8_t reserved;
};

struct toy_ctrl_frame {
    struct toy_reference references[4];
    uint64_t forward_ts;
    uint32_t width;
    uint16_t height_in_units;
    uint8_t kind;
    uint8_t profile;
    uint8_t nibble[2][2];
    int8_t offset;
    uint8_t version;
    uint8_t level;
    uint8_t flags;
    uint32_t id;
    uint8_t raster[16];
    uint8_t lists[3][64];
    uint8_t kept[16];
    uint32_t reserved;
};

struct toy_ctrl_slice {
    uint32_t header_size;
    uint8_t type;
    uint8_t count;
    uint8_t index[4];
    int16_t weight[2][4];
};

/* One for each slice. */
struct toy_ctrl_entry {
    uint32_t offset;
    uint32_t size;
    uint32_t type;
};

/* As many for each slice as its header says. */
struct toy_ctrl_point {
    uint16_t value;
};

struct toy_ctrl_extra {
    uint16_t number;
    uint16_t order; /* of the map */
};

#endif
