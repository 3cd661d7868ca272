/* SPDX-License-Identifier: MIT */
/* Interposed directory functions: the nodes appear in listings of /dev and /dev/dri. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interpose.h"
#include "virtdec.h"

/* An open directory to which entries are added once the real ones are read. */
struct listing {
    struct listing *next;
    DIR *dir;
    char extra[2 * VD_MAX_MEDIA][32];
    unsigned at, end;
    bool only_extra; /* the directory does not exist here */
    struct dirent entry;
};

static struct listing *listings;
static pthread_mutex_t listing_lock = PTHREAD_MUTEX_INITIALIZER;

static void add_media(struct listing *listing, unsigned device)
{
    snprintf(listing->extra[listing->end++], sizeof(listing->extra[0]), "media%u", device);
}

/* Fills in what seems to be in a directory; false: it is a real one and nothing else. */
static bool add_entries(struct listing *listing, const char *path)
{
    char plain[64];
    size_t length = path ? strnlen(path, sizeof(plain)) : 0;
    if (!length || length >= sizeof(plain))
        return false;
    memcpy(plain, path, length + 1);
    while (length > 1 && plain[length - 1] == '/')
        plain[--length] = 0;
    int device = vd_device_directory(plain);
    if (strcmp(plain, "/dev") == 0) {
        for (unsigned i = 0; i < vd_media_devices(); i++) {
            vd_video_name(i, listing->extra[listing->end++], sizeof(listing->extra[0]));
            add_media(listing, i);
        }
    } else if (strcmp(plain, "/dev/dri") == 0) {
        snprintf(listing->extra[listing->end++], sizeof(listing->extra[0]), "renderD128");
    } else if (device >= 0) {
        add_media(listing, (unsigned)device);
    } else {
        return vd_is_virtual_dir(plain) || vd_link_target(plain);
    }
    return true;
}

VD_EXPORT DIR *opendir(const char *path)
{
    DIR *dir = VD_REAL(opendir)(path);
    struct listing *listing = calloc(1, sizeof(*listing));
    if (!listing || !add_entries(listing, path)) {
        free(listing);
        return dir;
    }
    listing->only_extra = dir == NULL;
    listing->dir = dir ? dir : VD_REAL(opendir)("/");
    pthread_mutex_lock(&listing_lock);
    listing->next = listings;
    listings = listing;
    pthread_mutex_unlock(&listing_lock);
    return listing->dir;
}

static struct listing *find(DIR *dir)
{
    struct listing *listing = listings;
    while (listing && listing->dir != dir)
        listing = listing->next;
    return listing;
}

static bool is_extra(const struct listing *listing, const char *name)
{
    for (unsigned i = 0; i < listing->end; i++)
        if (vd_same(listing->extra[i], name))
            return true;
    return false;
}

static struct dirent *next_extra(struct listing *listing)
{
    if (listing->at == listing->end)
        return NULL;
    const char *name = listing->extra[listing->at];
    memset(&listing->entry, 0, sizeof(listing->entry));
    listing->entry.d_ino = 0x7664 + listing->at++;
    listing->entry.d_type = DT_CHR;
    listing->entry.d_reclen = sizeof(listing->entry);
    strncpy(listing->entry.d_name, name, sizeof(listing->entry.d_name) - 1);
    return &listing->entry;
}

/* The real entries first, less those that ours shadow. */
#define DEFINE_READDIR(name, type)                                                           \
    VD_EXPORT type *name(DIR *dir)                                                           \
    {                                                                                        \
        pthread_mutex_lock(&listing_lock);                                                   \
        struct listing *listing = find(dir);                                                 \
        pthread_mutex_unlock(&listing_lock);                                                 \
        type *entry = NULL;                                                                  \
        if (!listing)                                                                        \
            return VD_REAL(name)(dir);                                                       \
        if (!listing->only_extra)                                                            \
            while ((entry = VD_REAL(name)(dir)) != NULL && is_extra(listing, entry->d_name)) \
                ;                                                                            \
        return entry ? entry : (type *)next_extra(listing);                                  \
    }
DEFINE_READDIR(readdir, struct dirent)
DEFINE_READDIR(readdir64, struct dirent64)

VD_EXPORT void rewinddir(DIR *dir)
{
    pthread_mutex_lock(&listing_lock);
    struct listing *listing = find(dir);
    if (listing)
        listing->at = 0;
    pthread_mutex_unlock(&listing_lock);
    VD_REAL(rewinddir)(dir);
}

VD_EXPORT int closedir(DIR *dir)
{
    pthread_mutex_lock(&listing_lock);
    for (struct listing **at = &listings; *at; at = &(*at)->next) {
        if ((*at)->dir == dir) {
            struct listing *gone = *at;
            *at = gone->next;
            free(gone);
            break;
        }
    }
    pthread_mutex_unlock(&listing_lock);
    return VD_REAL(closedir)(dir);
}
