/* SPDX-License-Identifier: MIT */
/*
 * A device whose pictures of 8 bits come only in tiles of a kind that the driver does not know. The
 * argument says what is left of it: `none`, or `deep`, its pictures of 10 bits. Clients have to
 * learn that before the first picture: from then on most have no way back to software.
 */
#include "client.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <va/va_drm.h>

static bool offers(VADisplay display, VAProfile profile)
{
    VAConfigAttrib attribute = {.type = VAConfigAttribRTFormat};
    VAProfile *profiles = calloc((size_t)vaMaxNumProfiles(display), sizeof(*profiles));
    bool found = false;
    int count = 0;

    EXPECT(VA_STATUS_SUCCESS, vaQueryConfigProfiles(display, profiles, &count));
    for (int i = 0; i < count; i++)
        found |= profiles[i] == profile;
    free(profiles);
    if (!found)
        return false;
    EXPECT(VA_STATUS_SUCCESS,
           vaGetConfigAttributes(display, profile, VAEntrypointVLD, &attribute, 1));
    CHECK(attribute.value == VA_RT_FORMAT_YUV420_10);
    return true;
}

static void deep_alone(VADisplay display)
{
    VASurfaceID surface = VA_INVALID_SURFACE;

    CHECK(offers(display, VAProfileVP9Profile2));
    CHECK(offers(display, VAProfileHEVCMain10));
    CHECK(!offers(display, VAProfileVP9Profile0));
    CHECK(!offers(display, VAProfileHEVCMain));
    CHECK(!offers(display, VAProfileH264Main));
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
           vaCreateSurfaces(display, VA_RT_FORMAT_YUV420, 128, 96, &surface, 1, NULL, 0));
}

int main(int argc, char **argv)
{
    bool deep = argc > 1 && !strcmp(argv[1], "deep");
    int fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC), major, minor;
    VADisplay display = vaGetDisplayDRM(fd);
    VAStatus status = vaInitialize(display, &major, &minor);

    CHECK((status == VA_STATUS_SUCCESS) == deep);
    if (status == VA_STATUS_SUCCESS && deep)
        deep_alone(display);
    vaTerminate(display);
    close(fd);
    return client_result();
}
