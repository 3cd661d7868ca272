/* SPDX-License-Identifier: MIT */
/* Rectangles of tiled planes against the formula of the kernel's description, byte by byte. */
#include "pixels/tiles.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#define GUARD 3u /* bytes of a line beyond the rectangle */

/* "Each tile follows the previous one linearly in memory (from left to right, top to bottom)." */
static size_t place(const struct tiled_plane *plane, uint32_t x, uint32_t y)
{
    const uint32_t tiles_a_row = plane->pitch / plane->tile_width;
    const uint32_t tile = y / plane->tile_height * tiles_a_row + x / plane->tile_width;

    return (size_t)tile * plane->tile_width * plane->tile_height +
           (size_t)(y % plane->tile_height) * plane->tile_width + x % plane->tile_width;
}

/* A plane of so many tiles with memory that ends where they end, and the same in lines. */
struct picture {
    struct tiled_plane plane;
    uint32_t lines;
    uint8_t *linear;
};

static struct picture picture_new(uint32_t tile_width, uint32_t tile_height, uint32_t columns,
                                  uint32_t rows, uint64_t *seed)
{
    struct picture p = {.plane = {.pitch = tile_width * columns,
                                  .tile_width = tile_width,
                                  .tile_height = tile_height},
                        .lines = tile_height * rows};
    const size_t size = (size_t)p.plane.pitch * p.lines;

    p.plane.data = malloc(size);
    p.linear = malloc(size);
    assert_non_null(p.plane.data);
    assert_non_null(p.linear);
    for (size_t i = 0; i < size; i++)
        p.plane.data[i] = (uint8_t)unit_random(seed);
    for (uint32_t y = 0; y < p.lines; y++)
        for (uint32_t x = 0; x < p.plane.pitch; x++)
            p.linear[(size_t)y * p.plane.pitch + x] = p.plane.data[place(&p.plane, x, y)];
    return p;
}

static void picture_free(struct picture *p)
{
    free(p->plane.data);
    free(p->linear);
}

/* The result's last byte is the last of its memory. */
static void read_one(const struct picture *p, uint32_t x, uint32_t y, uint32_t bytes,
                     uint32_t lines)
{
    static const uint8_t guard[GUARD] = {0x5a, 0x5a, 0x5a};
    const size_t pitch = bytes + GUARD, size = (lines - 1) * pitch + bytes;
    uint8_t *result = malloc(size + !size);

    assert_non_null(result);
    memset(result, 0x5a, size);
    tiles_read(&p->plane, x, y, bytes, lines, result, pitch);
    for (uint32_t i = 0; i < lines; i++) {
        const uint8_t *wanted = p->linear + (size_t)(y + i) * p->plane.pitch + x;

        assert_memory_equal(result + i * pitch, wanted, bytes);
        if (i + 1 < lines)
            assert_memory_equal(result + i * pitch + bytes, guard, GUARD);
    }
    free(result);
}

static void write_one(struct picture *p, uint32_t x, uint32_t y, uint32_t bytes, uint32_t lines,
                      uint64_t *seed)
{
    const size_t size = (size_t)bytes * lines;
    uint8_t *from = malloc(size + !size);

    assert_non_null(from);
    for (size_t i = 0; i < size; i++)
        from[i] = (uint8_t)unit_random(seed);
    for (uint32_t i = 0; i < lines; i++)
        memcpy(p->linear + (size_t)(y + i) * p->plane.pitch + x, from + (size_t)i * bytes, bytes);
    tiles_write(&p->plane, x, y, bytes, lines, from, bytes);
    /* All of the plane: nothing else was touched. */
    for (uint32_t line = 0; line < p->lines; line++) {
        for (uint32_t i = 0; i < p->plane.pitch; i++)
            assert_int_equal(p->plane.data[place(&p->plane, i, line)],
                             p->linear[(size_t)line * p->plane.pitch + i]);
    }
    free(from);
}

static void every_rectangle(uint32_t tile_width, uint32_t tile_height, uint32_t columns,
                            uint32_t rows)
{
    uint64_t seed = tile_width + tile_height;
    struct picture p = picture_new(tile_width, tile_height, columns, rows, &seed);

    for (uint32_t y = 0; y < p.lines; y++)
        for (uint32_t lines = 1; y + lines <= p.lines; lines++)
            for (uint32_t x = 0; x < p.plane.pitch; x++)
                for (uint32_t bytes = 1; x + bytes <= p.plane.pitch; bytes++)
                    read_one(&p, x, y, bytes, lines);
    picture_free(&p);
}

/* The layouts of the devices, of two by two tiles, and one of more tiles that are smaller. */
static void every_rectangle_read(void **state)
{
    (void)state;
    every_rectangle(16, 16, 2, 2);
    every_rectangle(16, 32, 2, 1);
    every_rectangle(16, 32, 1, 2);
    every_rectangle(32, 32, 2, 1);
    every_rectangle(32, 32, 1, 2);
    every_rectangle(4, 2, 5, 6);
}

/* A column's memory goes on below the plane: to LINES it is luma's, below chroma's and then
 * padding, as Raspberry Pi's decoder has it. */
static void columns(void **state)
{
    enum { LINES = 24, COLUMN = 41, COLUMNS = 3 };
    uint64_t seed = 11;
    uint8_t *memory = malloc((size_t)128 * COLUMN * COLUMNS);
    struct tiled_plane luma = {memory, 128 * COLUMNS, 128, COLUMN};
    struct tiled_plane chroma = {memory + (size_t)128 * LINES, 128 * COLUMNS, 128, COLUMN};

    (void)state;
    assert_non_null(memory);
    for (size_t i = 0; i < (size_t)128 * COLUMN * COLUMNS; i++)
        memory[i] = (uint8_t)unit_random(&seed);
    for (unsigned n = 0; n < 2000; n++) {
        const unsigned second = n % 2;
        const uint32_t all = second ? LINES / 2 : LINES;
        const uint32_t x = unit_random(&seed) % (128 * COLUMNS), y = unit_random(&seed) % all;
        const uint32_t bytes = 1 + unit_random(&seed) % (128 * COLUMNS - x);
        const uint32_t lines = 1 + unit_random(&seed) % (all - y);
        uint8_t *result = malloc((size_t)bytes * lines);

        assert_non_null(result);
        tiles_read(second ? &chroma : &luma, x, y, bytes, lines, result, bytes);
        for (uint32_t i = 0; i < lines; i++)
            for (uint32_t j = 0; j < bytes; j++) {
                const size_t c = (x + j) / 128, line = (second ? LINES : 0) + y + i;

                assert_int_equal(result[(size_t)i * bytes + j],
                                 memory[c * 128 * COLUMN + 128 * line + (x + j) % 128]);
            }
        free(result);
    }
    free(memory);
}

static void random_rectangles(void **state)
{
    static const uint8_t sizes[][2] = {{16, 32}, {16, 16}, {32, 32}};
    uint64_t seed = 7;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct picture p = picture_new(sizes[i][0], sizes[i][1], 9, 5, &seed);

        for (unsigned n = 0; n < 600; n++) {
            const uint32_t x = unit_random(&seed) % p.plane.pitch;
            const uint32_t y = unit_random(&seed) % p.lines;
            const uint32_t bytes = 1 + unit_random(&seed) % (p.plane.pitch - x);
            const uint32_t lines = 1 + unit_random(&seed) % (p.lines - y);

            read_one(&p, x, y, bytes, lines);
            write_one(&p, x, y, bytes, lines, &seed);
        }
        read_one(&p, 0, 0, p.plane.pitch, p.lines);
        write_one(&p, 0, 0, p.plane.pitch, p.lines, &seed);
        picture_free(&p);
    }
}

static void nothing_to_copy(void **state)
{
    uint64_t seed = 9;
    struct picture p = picture_new(16, 32, 2, 2, &seed);
    uint8_t one = 1;

    (void)state;
    tiles_read(&p.plane, 5, 5, 0, 7, &one, 1);
    tiles_read(&p.plane, 5, 5, 7, 0, &one, 1);
    tiles_write(&p.plane, 5, 5, 0, 7, &one, 1);
    assert_int_equal(one, 1);
    picture_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rectangle_read),
        cmocka_unit_test(columns),
        cmocka_unit_test(random_rectangles),
        cmocka_unit_test(nothing_to_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
