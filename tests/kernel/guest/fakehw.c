// SPDX-License-Identifier: GPL-2.0
/*
 * Built into the test guest: register files that stand in for decoder hardware. The kernel's own
 * driver probes on one, programs it and is told "done"; at each start, what the hardware would see
 * is written into the trace buffer: every register, what was written to each port (a register that
 * takes a sequence of values), and the memory behind every address; and each bitstream, when it is
 * queued. crosscheck/hardware.py reads it.
 *
 * A device is one line of models[] and one node of fakehw.dts, at BASE + index * BLOCK.
 */
#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/irq.h>
#include <linux/irq_sim.h>
#include <linux/irqdomain.h>
#include <linux/kernel.h>
#include <linux/logic_iomem.h>
#include <linux/of.h>
#include <linux/reset-controller.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <media/videobuf2-dma-contig.h>
#include <media/videobuf2-v4l2.h>
#include <trace/events/dma.h>
#include <trace/events/vb2.h>

#define BASE        0x38300000
#define BLOCK       0x10000
#define STARTS      3
#define PORTS       7
#define PORT_VALUES 8192
#define REGIONS     4096
#define TABLES      256
#define CHUNK       1024

/* A write of `offset` with (value & mask) == match starts; `status` then reads as `done`. */
struct start {
    u32 offset, mask, match, status, done, error, bus;
};

struct model {
    u32 first, last; /* registers printed: byte offsets, last excluded */
    struct start start[STARTS];
    u32 port[PORTS];   /* registers that take a sequence of values */
    u32 clear[STARTS]; /* registers whose bits are cleared by writing ones */
    /* A bit reader of the bitstream: its trigger, the bitstream's address, what was read. */
    u32 trigger, stream, bits;
    /* Ports that say where values of another one, port[data], go: recorded with the number of those
     * so far.
     */
    struct {
        u32 port, data;
    } index[2];
    u32 shifted[2]; /* registers with addresses in units of 256 bytes */
};

#define DEC_E BIT(0)
#define HANTRO                                                                       \
    {                                                                                \
        0x4, DEC_E, DEC_E, 0x4, BIT(12) | BIT(8), BIT(16) | BIT(8), BIT(13) | BIT(8) \
    }
#define VPU2                                                                           \
    {                                                                                  \
        0x4e4, DEC_E, DEC_E, 0x4dc, BIT(4) | BIT(0), BIT(12) | BIT(0), BIT(5) | BIT(0) \
    }
#define RKVDEC                                                                       \
    {                                                                                \
        0x4, DEC_E, DEC_E, 0x4, BIT(12) | BIT(8), BIT(14) | BIT(8), BIT(13) | BIT(8) \
    }

static const struct model models[] = {
    {0x4, 0x200, {HANTRO}}, /* 0: i.MX8MQ G1 */
    {0x4, 0x640, {HANTRO}}, /* 1: i.MX8MQ G2 */
    {0x4c8, 0x680, {VPU2}}, /* 2: RK3399 VPU2 */
    {0x4c8, 0x680, {VPU2}}, /* 3: RK3568 VPU2 */
    {0x4, 0x800, {HANTRO}}, /* 4: RK3588 AV1 */
    {0x4, 0x460, {RKVDEC}}, /* 5: RK3399 rkvdec */
    {0x0,
     0x600, /* 6: H3 cedrus: MPEG-2; H.264 and VP8; HEVC */
     {{0x118, 0xf, 0xf, 0x11c, BIT(0), BIT(1), BIT(1)},
      {0x224, 0xd, 0x8, 0x228, BIT(0), BIT(1), BIT(1)},
      {0x534, 0xf, 0x8, 0x538, BIT(0), BIT(1), BIT(1)}},
     {0x180, 0x2e4, 0x5e4, 0x534, 0x5e0, 0x224, 0x2e0},
     {0x11c, 0x228, 0x538},
     0x534,
     0x540,
     0x5dc,
     {{0x5e0, 2}, {0x2e0, 1}},
     {0x560, 0x564}},
    {0}, /* 7: its system control */
};

#define BLOCKS ARRAY_SIZE(models)

struct block {
    const struct model *model;
    u32 reg[BLOCK / sizeof(u32)];
    u32 port[PORTS][PORT_VALUES];
    u32 written[PORTS];
    u32 jobs;
    u64 position; /* of the bit reader, in bits */
};

/* Memory that a device's driver has got for it. */
struct region {
    int block;
    bool buffer; /* of a queue */
    bool opaque; /* the kernel cannot write there: what it holds is left over */
    u32 serial;
    dma_addr_t address;
    size_t size; /* 0: free */
};

enum kind { JOB, PORT, TABLE, BUFFER, DONE, REGION, DATA, LOST };

struct record {
    char magic[8]; /* "fakehw1" */
    u32 kind, block, size, number;
    u64 address, length; /* of the region or buffer */
    u64 offset;          /* of the data in it; timestamp of a buffer */
    u32 type, index, bytesused;
    u32 data[CHUNK];
};

static struct block blocks[BLOCKS];
static struct region regions[REGIONS];
static DEFINE_SPINLOCK(lock); /* regions and the record */
static struct record record;
static struct irq_domain *domain;
static bool lost; /* something was more than its array holds: the jobs are not whole */

/* The job counted from now that ends with `fault`: 1 decode error, 2 bus error, 3 no interrupt. */
static u32 fail_in, fault = 1;

static void emit(enum kind kind, int block, size_t size)
{
    memcpy(record.magic, "fakehw1", 8);
    record.kind = kind;
    record.block = block;
    record.size = size;
    __trace_puts(_THIS_IP_, (const char *)&record, offsetof(struct record, data) + size);
}

/* Returns the index of a device's block, or -1 if it is none of ours. */
static int block_of(struct device *dev)
{
    u32 base;

    if (!dev || !dev->of_node || of_property_read_u32(dev->of_node, "reg", &base))
        return -1;
    return base >= BASE && base < BASE + BLOCKS * BLOCK ? (base - BASE) / BLOCK : -1;
}

static struct region *region_at(int block, u64 address)
{
    int i;

    for (i = 0; i < REGIONS; i++)
        if (regions[i].size && regions[i].block == block && address >= regions[i].address &&
            address < regions[i].address + regions[i].size)
            return &regions[i];
    return NULL;
}

static void dma_alloc_seen(void *data, struct device *dev, void *virt, dma_addr_t address,
                           size_t size, enum dma_data_direction dir, gfp_t gfp, unsigned long attrs)
{
    int i, block = block_of(dev);
    unsigned long flags;
    static u32 serial;

    if (block < 0 || !virt)
        return;
    spin_lock_irqsave(&lock, flags);
    for (i = 0; i < REGIONS; i++)
        if (!regions[i].size) {
            regions[i] = (struct region){block,    false,   attrs & DMA_ATTR_NO_KERNEL_MAPPING,
                                         serial++, address, size};
            break;
        }
    if (i == REGIONS)
        lost = true;
    spin_unlock_irqrestore(&lock, flags);
}

static void dma_free_seen(void *data, struct device *dev, void *virt, dma_addr_t address,
                          size_t size, enum dma_data_direction dir, unsigned long attrs)
{
    struct region *region;
    unsigned long flags;
    int block = block_of(dev);

    if (block < 0)
        return;
    spin_lock_irqsave(&lock, flags);
    region = region_at(block, address);
    if (region)
        region->size = 0;
    spin_unlock_irqrestore(&lock, flags);
}

/* Writes memory's chunks that hold anything but zeros. */
static void emit_memory(enum kind kind, int block, const u8 *memory, size_t length)
{
    size_t at;

    for (at = 0; at < length; at += CHUNK) {
        size_t size = min_t(size_t, CHUNK, length - at);

        if (!memchr_inv(memory + at, 0, size))
            continue;
        record.offset = at;
        memcpy(record.data, memory + at, size);
        emit(kind, block, size);
    }
}

static void buffer_event(enum kind kind, struct vb2_queue *queue, struct vb2_buffer *buffer)
{
    int block = block_of(queue->dev);
    struct region *region;
    unsigned long flags;

    if (block < 0 || queue->mem_ops != &vb2_dma_contig_memops)
        return;
    spin_lock_irqsave(&lock, flags);
    record.address = vb2_dma_contig_plane_dma_addr(buffer, 0);
    record.length = vb2_plane_size(buffer, 0);
    record.offset = buffer->timestamp;
    record.type = queue->type;
    record.index = buffer->index;
    record.bytesused = vb2_get_plane_payload(buffer, 0);
    region = region_at(block, record.address);
    if (region)
        region->buffer = true;
    emit(kind, block, 0);
    if (kind == BUFFER && V4L2_TYPE_IS_OUTPUT(queue->type))
        emit_memory(DATA, block, phys_to_virt(record.address), record.bytesused);
    spin_unlock_irqrestore(&lock, flags);
}

static void buffer_queued(void *data, struct vb2_queue *queue, struct vb2_buffer *buffer)
{
    buffer_event(BUFFER, queue, buffer);
}

static void buffer_done(void *data, struct vb2_queue *queue, struct vb2_buffer *buffer)
{
    buffer_event(DONE, queue, buffer);
}

static void emit_table(int block, const struct region *region)
{
    record.address = region->address;
    record.length = region->size;
    record.index = region->serial;
    emit(REGION, block, 0);
    if (!region->opaque)
        emit_memory(TABLE, block, phys_to_virt(region->address), region->size);
}

/* Returns the memory that a register points into, NULL if there is none. */
static struct region *pointed(struct block *b, u32 offset)
{
    u64 value = b->reg[offset / sizeof(u32)];
    int i;

    for (i = 0; i < ARRAY_SIZE(b->model->shifted); i++)
        if (b->model->shifted[i] && offset == b->model->shifted[i])
            value <<= 8;
    return region_at(b - blocks, value);
}

/* Writes all that a job's hardware would see; JOB comes last. */
static void emit_job(struct block *b, int index)
{
    const struct model *model = b->model;
    static struct region *seen[TABLES];
    u32 i, j, count = 0, size = model->last - model->first;

    record.number = b->jobs++;
    for (i = 0; i < PORTS; i++)
        for (j = 0; j < b->written[i]; j += CHUNK / sizeof(u32)) {
            u32 n = min_t(u32, CHUNK / sizeof(u32), b->written[i] - j);

            record.address = model->port[i];
            record.offset = j;
            memcpy(record.data, b->port[i] + j, n * sizeof(u32));
            emit(PORT, index, n * sizeof(u32));
        }
    for (i = model->first; i < model->last; i += sizeof(u32)) {
        struct region *region = pointed(b, i);

        if (!region || region->buffer)
            continue;
        for (j = 0; j < count && seen[j] != region; j++)
            ;
        if (j < count)
            continue;
        if (count == TABLES) {
            lost = true;
            break;
        }
        seen[count++] = region;
        emit_table(index, region);
    }
    record.address = model->first;
    memcpy(record.data, b->reg + model->first / sizeof(u32), size);
    emit(JOB, index, size);
    memset(b->written, 0, sizeof(b->written));
    if (lost)
        emit(LOST, index, 0);
}

static void start(struct block *b, const struct start *s)
{
    int index = b - blocks;
    u32 failing = fail_in && !--fail_in ? fault : 0;
    unsigned long flags;

    spin_lock_irqsave(&lock, flags);
    emit_job(b, index);
    spin_unlock_irqrestore(&lock, flags);
    if (failing == 3)
        return;
    b->reg[s->status / sizeof(u32)] = failing == 1 ? s->error : failing == 2 ? s->bus : s->done;
    irq_set_irqchip_state(irq_find_mapping(domain, index), IRQCHIP_STATE_PENDING, true);
}

/*
 * The bit reader as cedrus_h265.c (cedrus_h265_skip_bits, cedrus_h265_show_bits) uses it. Bytes are
 * taken as they stand: the driver's offset is in bytes of the buffer.
 */
static void read_bits(struct block *b, u32 value)
{
    u64 base = (u64)(b->reg[b->model->stream / sizeof(u32)] & GENMASK(27, 0)) << 8;
    u32 i, result = 0, count = value >> 8 & 0x3f;
    unsigned long flags;

    switch (value & 0xf) {
    case 7: /* INIT_SWDEC */
        b->position = 0;
        break;
    case 3: /* FLUSH_BITS */
        b->position += count;
        break;
    case 1: /* SHOW_BITS */
        spin_lock_irqsave(&lock, flags);
        for (i = 0; i < count; i++) {
            u64 at = b->position + i, address = base + at / 8;
            u8 byte = region_at(b - blocks, address) ? *(u8 *)phys_to_virt(address) : 0;

            result = result << 1 | (byte >> (7 - at % 8) & 1);
        }
        spin_unlock_irqrestore(&lock, flags);
        b->reg[b->model->bits / sizeof(u32)] = result;
        break;
    }
}

static unsigned long fakehw_read(void *priv, unsigned int offset, int size)
{
    struct block *b = priv;

    return b->reg[offset / sizeof(u32)];
}

static void port_write(struct block *b, int i, u32 value)
{
    const struct model *model = b->model;
    int j;

    if (b->written[i] + 2 > PORT_VALUES) {
        lost = true;
        return;
    }
    b->port[i][b->written[i]++] = value;
    for (j = 0; j < ARRAY_SIZE(model->index); j++)
        if (model->index[j].port == model->port[i])
            b->port[i][b->written[i]++] = b->written[model->index[j].data];
}

static void fakehw_write(void *priv, unsigned int offset, int size, unsigned long value)
{
    struct block *b = priv;
    const struct model *model = b->model;
    int i;

    for (i = 0; i < STARTS; i++)
        if (model->clear[i] && offset == model->clear[i]) {
            b->reg[offset / sizeof(u32)] &= ~value;
            return;
        }
    for (i = 0; i < PORTS; i++)
        if (model->port[i] && offset == model->port[i])
            port_write(b, i, value);
    b->reg[offset / sizeof(u32)] = value;
    if (model->trigger && offset == model->trigger)
        read_bits(b, value);
    for (i = 0; i < STARTS; i++)
        if (model->start[i].mask && offset == model->start[i].offset &&
            (value & model->start[i].mask) == model->start[i].match)
            start(b, &model->start[i]);
}

static const struct logic_iomem_ops block_ops = {
    .read = fakehw_read,
    .write = fakehw_write,
};

static long fakehw_map(unsigned long offset, size_t size, const struct logic_iomem_ops **ops,
                       void **priv)
{
    *ops = &block_ops;
    *priv = &blocks[offset / BLOCK];
    return offset % BLOCK;
}

static const struct logic_iomem_region_ops region_ops = {.map = fakehw_map};
static struct resource resource = {
    .name = "fakehw",
    .start = BASE,
    .end = BASE + BLOCKS * BLOCK - 1,
    .flags = IORESOURCE_MEM,
};

/* Any write is a power cycle: every register is 0 again. */
static ssize_t reset_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
    int i;

    lost = false;
    for (i = 0; i < BLOCKS; i++) {
        memset(blocks[i].reg, 0, sizeof(blocks[i].reg));
        memset(blocks[i].written, 0, sizeof(blocks[i].written));
        blocks[i].jobs = 0;
        blocks[i].position = 0;
    }
    return size;
}

static const struct file_operations reset_ops = {
    .open = simple_open,
    .write = reset_write,
};

/* Resets that do nothing, for the driver that asks for one. */
static int no_reset(struct reset_controller_dev *controller, unsigned long id)
{
    return 0;
}

static const struct reset_control_ops reset_control_ops = {
    .reset = no_reset,
    .assert = no_reset,
    .deassert = no_reset,
};

static struct reset_controller_dev resets = {.ops = &reset_control_ops, .nr_resets = 1};

static int __init fakehw_init(void)
{
    struct device_node *np = of_find_compatible_node(NULL, NULL, "fakehw,intc");
    struct dentry *dir;
    int i;

    if (!np)
        return 0;
    for (i = 0; i < BLOCKS; i++)
        blocks[i].model = &models[i];
    /* one more: the interrupt that never comes */
    domain = irq_domain_create_sim(of_fwnode_handle(np), BLOCKS + 1);
    dir = debugfs_create_dir("fakehw", NULL);
    debugfs_create_u32("fail_in", 0644, dir, &fail_in);
    debugfs_create_u32("fault", 0644, dir, &fault);
    debugfs_create_file("reset", 0200, dir, NULL, &reset_ops);
    resets.of_node = of_find_compatible_node(NULL, NULL, "fakehw,reset");
    reset_controller_register(&resets);
    register_trace_dma_alloc(dma_alloc_seen, NULL);
    register_trace_dma_free(dma_free_seen, NULL);
    register_trace_vb2_buf_queue(buffer_queued, NULL);
    register_trace_vb2_buf_done(buffer_done, NULL);
    return logic_iomem_add_region(&resource, &region_ops);
}
subsys_initcall(fakehw_init);
