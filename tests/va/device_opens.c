/* SPDX-License-Identifier: MIT */
#include "device_opens.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The two are counted when something is planned for them. */
#define COUNT_OPENS "open0:1000000:EIO,open1:1000000:EIO"

static void *find(const char *name)
{
    void *function = dlsym(RTLD_DEFAULT, name);

    if (!function) {
        fprintf(stderr, "no virtual decoder is preloaded\n");
        exit(EXIT_FAILURE);
    }
    return function;
}

void device_faults(const char *plan)
{
    void (*virtdec_fault)(const char *) = (void (*)(const char *))find("virtdec_fault");
    char all[256];

    snprintf(all, sizeof(all), "%s%s%s", COUNT_OPENS, plan ? "," : "", plan ? plan : "");
    virtdec_fault(all);
}

static unsigned opens(unsigned device)
{
    unsigned (*calls)(char *, size_t) = (unsigned (*)(char *, size_t))find("virtdec_fault_calls");
    char text[4096], name[16];
    const char *line;
    unsigned count = 0;

    calls(text, sizeof(text));
    snprintf(name, sizeof(name), "open%u ", device);
    line = strstr(text, name);
    if (line)
        sscanf(line + strlen(name), "%u", &count);
    return count;
}

bool device_opened_alone(unsigned device)
{
    return opens(device) && !opens(1 - device);
}
