/* SPDX-License-Identifier: MIT */
/*
 * Real streams of every codec over the whole driver and the virtual decoder, with changes: the
 * first byte of the input picks a recording (tests/faults/recording.h) of the directory
 * $FUZZ_RECORDINGS; what follows are events. Each lets some buffers of VA-API pass as they were
 * recorded and changes the next one, or makes calls of the device fail from there on. Now and then
 * the true stream is played afterwards, in the same context, and has to decode as software does.
 */
#include "../faults/player.h"
#include "vtable_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PICTURES 7 /* shown, of each recording */
#define WIDTH    128
#define HEIGHT   96

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"h264", "mpeg2video", "hevc", "vp8", "vp9", "av1"};
#define NUM_RECORDINGS (sizeof(names) / sizeof(names[0]))

static struct recording *recordings[NUM_RECORDINGS];

/* What is left of the input; zeros afterwards. */
static const uint8_t *at, *end;
static unsigned passing; /* buffers until the next event */

static uint8_t byte(void)
{
    return at < end ? *at++ : 0;
}

static void load(void)
{
    const char *directory = getenv("FUZZ_RECORDINGS");
    char path[4096], truth[4096];

    if (!directory) {
        fprintf(stderr, "FUZZ_RECORDINGS names no directory\n");
        _exit(77); /* exit() is a crash to libFuzzer */
    }
    for (unsigned i = 0; i < NUM_RECORDINGS; i++) {
        struct recording *recording;
        unsigned shown = 0, n = 0;

        snprintf(path, sizeof(path), "%s/%s-hantro.rec", directory, names[i]);
        snprintf(truth, sizeof(truth), "%s/%s-hantro.yuv", directory, names[i]);
        recording = recordings[i] = recording_load(path, truth, WIDTH, HEIGHT);
        while (n < recording->num_records && shown < PICTURES)
            shown += recording->records[n++].kind == RECORD_OUTPUT;
        recording->num_records = n;
        recording->num_outputs = shown;
    }
}

static void fault(void)
{
    static const char *const calls[] = {
        "QBUF",          "DQBUF",    "S_EXT_CTRLS", "REQUEST_QUEUE", "S_FMT",   "REQUEST_REINIT",
        "REQUEST_ALLOC", "STREAMON", "EXPBUF",      "CREATE_BUFS",   "REQBUFS", "STREAMOFF",
        "mmap",          "open",     "decode",      "poll"};
    static const char *const errors[] = {"EIO", "ENOMEM", "EINVAL", "EBUSY"};
    char spec[64];

    snprintf(spec, sizeof(spec), "%s:%u:%s", calls[byte() % 16], byte() % 8 + 1,
             errors[byte() % 4]);
    virtdec_fault(spec);
}

static void change(uint32_t type, uint8_t *data, size_t size)
{
    size_t place = byte();

    place = (place << 8 | byte()) % size;
    switch (byte() % 4) {
    case 0:
        data[place] = byte();
        break;
    case 1:
        data[place] ^= (uint8_t)(1u << byte() % 8);
        break;
    case 2:
        /* Counts, sizes and offsets come in words. */
        for (unsigned i = 0; i < 4 && place + i < size; i++)
            data[place + i] = byte();
        break;
    default:
        memset(data + place, type == VASliceDataBufferType ? 0 : byte(), size - place);
        break;
    }
}

static void spoil(uint32_t type, uint8_t *data, size_t size)
{
    if (at == end || passing-- > 0)
        return;
    do {
        uint8_t what = byte();

        if (what >= 0xf0)
            fault();
        else if (size)
            change(type, data, size);
        passing = byte();
    } while (!passing && at < end);
}

static void must_be_right(struct player *player, const struct recording *recording)
{
    player->spoil = NULL;
    virtdec_fault("");
    player_play(player);
    if (player->right == recording->num_outputs && !player->errors)
        return;
    fprintf(stderr, "%u of %u pictures right afterwards, %u errors (%s)\n", player->right,
            recording->num_outputs, player->errors, player->first_error);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned runs;
    struct recording *recording;
    struct vtable_client client;
    struct player player;
    uint8_t *truth;

    if (!recordings[0])
        load();
    at = data;
    end = data + size;
    recording = recordings[byte() % NUM_RECORDINGS];
    truth = recording->truth;
    passing = byte();
    virtdec_fault("");
    vtable_client_open(&client);
    player_init(&player, &client.va, recording);
    recording->truth = NULL; /* anything may be shown */
    player.spoil = spoil;
    player_play(&player);
    recording->truth = truth;
    if (runs++ % 4 == 0)
        must_be_right(&player, recording);
    virtdec_fault("");
    player_close(&player);
    vtable_client_close(&client);
    return 0;
}
