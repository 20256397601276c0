/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses of this device that other networks know a way to, by the kernel's own lists: those of its networks for
 * IPv4 (/proc/net/fib_trie), and of its interfaces for IPv6 (/proc/net/if_inet6). Whether a packet filter stands before
 * them is not known here.
 */
#pragma once

#include "agent/actor/audit/audit.h"
#include "agent/base/addr.h"

/* The first of each family; family 0: there is none. */
struct audit_public {
	struct addr four, six;
};

/* Read the lists, in memory[AUDIT_FILE_MAX] of the caller. A list that is not there has no address. */
void audit_public_read(struct audit *a, char *memory, struct audit_public *out);

/* Whether it is no address of an inner network (RFC 1918, RFC 6598, RFC 3927), nor of the device itself, nor of many.
 */
bool audit_public_is(const struct addr *a);

/* An address of /proc/net, in hexadecimal words of the machine's own order. False: it is none. */
bool audit_public_parse(struct str hex, struct addr *out);
