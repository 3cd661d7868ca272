/* SPDX-License-Identifier: MIT */
/* Plays recordings: a VA client that goes on after errors, and knows what it should have seen. */
#ifndef PLAYER_H
#define PLAYER_H

#include "recording.h"

#include <va/va.h>

#define PLAYER_SURFACES 128

struct player_surface {
    uint32_t recorded; /* id in the recording */
    VASurfaceID id;
    uint32_t width, height;
    bool decoded; /* a picture was submitted */
};

struct player {
    VADisplay display;
    const struct recording *recording;
    VAConfigID config;
    VAContextID context;
    uint32_t profile, width, height; /* of the context */
    VAImage image;                   /* for vaGetImage */
    const uint8_t *truth;            /* of the next picture that is shown, or NULL */
    /* Changes what is passed to vaCreateBuffer; NULL: nothing. */
    void (*spoil)(uint32_t type, uint8_t *data, size_t size);
    struct player_surface surfaces[PLAYER_SURFACES];
    unsigned num_surfaces;

    /* What one player_play() found. */
    unsigned outputs;      /* pictures shown */
    unsigned right;        /* identical to software */
    unsigned wrong;        /* not so, but an error had been told of before */
    unsigned silent;       /* not so, and nobody had said anything */
    unsigned errors;       /* calls that returned an error */
    unsigned marked;       /* vaSyncSurface succeeded, and vaQuerySurfaceError tells an error */
    unsigned inconsistent; /* vaSyncSurface failed, and vaQuerySurfaceError tells none */
    double longest;        /* seconds that a single call took */
    char longest_call[32];
    char first_error[96];
};

void player_init(struct player *player, VADisplay display, const struct recording *recording);
/* Plays the recording through; contexts and surfaces of an earlier play are used again. */
void player_play(struct player *player);
/* Destroys what it made. False: a call failed. */
bool player_close(struct player *player);

/* CLOCK_MONOTONIC in seconds. */
double player_now(void);
/* Notes how long a call took that began then. */
void player_took(struct player *player, const char *call, double since);

#endif
