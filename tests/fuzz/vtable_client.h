/* SPDX-License-Identifier: MIT */
/*
 * The functions of libva that tests/faults/player.c calls, straight into the driver's table: a
 * fuzzed driver is part of the program, where libva does not find it. VADisplay is a
 * VADriverContextP here.
 */
#ifndef VTABLE_CLIENT_H
#define VTABLE_CLIENT_H

#include <va/va.h>
#include <va/va_backend.h>
#include <va/va_backend_prot.h>
#include <va/va_backend_vpp.h>

#define JOIN(prefix, major, minor)      prefix##major##_##minor
#define INIT_NAME(prefix, major, minor) JOIN(prefix, major, minor)
#define DRIVER_INIT                     INIT_NAME(__vaDriverInit_, VA_MAJOR_VERSION, VA_MINOR_VERSION)

VAStatus DRIVER_INIT(VADriverContextP va);
/* The virtual decoder's: which of the calls to come fail; "": none. */
void virtdec_fault(const char *spec);

struct vtable_client {
    struct VADriverContext va;
    struct VADriverVTable table;
    struct VADriverVTableVPP vpp;
    struct VADriverVTableProt prot;
};

/* Ends the program when the driver does not start. */
void vtable_client_open(struct vtable_client *client);
void vtable_client_close(struct vtable_client *client);

#endif
