/* SPDX-License-Identifier: MIT */
/* Interposed directory functions: the nodes appear in listings of /dev and /dev/dri. */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "interpose.h"
#include "virtdec.h"

/* An open directory to which entries are added once the real ones are read. */
struct listing {
    struct listing *next;
    DIR *dir;
    const char *const *extra;
    unsigned at, end;
    bool only_extra; /* the directory does not exist here */
    struct dirent entry;
};

static struct listing *listings;
static pthread_mutex_t listing_lock = PTHREAD_MUTEX_INITIALIZER;

static const char *const dev_entries[VD_MAX_MEDIA + 2] = {
    "video0", "media0", "media1",  "media2",  "media3",  "media4",  "media5",  "media6", "media7",
    "media8", "media9", "media10", "media11", "media12", "media13", "media14", "media15"};
static const char *const device_entries[] = {"media0", NULL};
static const char *const dri_entries[] = {"renderD128", NULL};
static const char *const no_entries[] = {NULL};

static const char *const *entries_of(const char *path)
{
    char plain[64];
    size_t length = path ? strnlen(path, sizeof(plain)) : 0;
    if (!length || length >= sizeof(plain))
        return NULL;
    memcpy(plain, path, length + 1);
    while (length > 1 && plain[length - 1] == '/')
        plain[--length] = 0;
    if (strcmp(plain, "/dev") == 0)
        return dev_entries;
    if (strcmp(plain, "/dev/dri") == 0)
        return dri_entries;
    if (strcmp(plain, "/sys/dev/char/81:0/device") == 0)
        return device_entries;
    return vd_is_virtual_dir(plain) || vd_link_target(plain) ? no_entries : NULL;
}

VD_EXPORT DIR *opendir(const char *path)
{
    const char *const *extra = entries_of(path);
    DIR *dir = VD_REAL(opendir)(path);
    if (!extra)
        return dir;
    bool missing = dir == NULL;
    if (missing)
        dir = VD_REAL(opendir)("/");
    struct listing *listing = dir ? calloc(1, sizeof(*listing)) : NULL;
    if (listing) {
        listing->dir = dir;
        listing->extra = extra;
        listing->only_extra = missing;
        listing->end = extra == dev_entries ? 1 + vd_media_devices() : UINT_MAX;
        pthread_mutex_lock(&listing_lock);
        listing->next = listings;
        listings = listing;
        pthread_mutex_unlock(&listing_lock);
    }
    return dir;
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
    for (const char *const *extra = listing->extra; *extra; extra++)
        if (strcmp(*extra, name) == 0)
            return true;
    return false;
}

static struct dirent *next_extra(struct listing *listing)
{
    const char *name = listing->at < listing->end ? listing->extra[listing->at] : NULL;
    if (!name)
        return NULL;
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
