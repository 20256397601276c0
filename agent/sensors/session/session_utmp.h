/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record of utmp(5), in both layouts of the GNU C library: 384 bytes where times have 32 bits in it (x86, 32-bit ARM,
 * MIPS, PowerPC), 400 where they have 64 (64-bit ARM, RISC-V). Numbers have the machine's own byte order. Pure.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define SESSION_UTMP_SHORT 384u
#define SESSION_UTMP_LONG 400u

enum session_utmp_type { SESSION_UTMP_USER = 7, SESSION_UTMP_DEAD = 8 }; /* USER_PROCESS, DEAD_PROCESS */

struct session_utmp {
	uint16_t type;
	uint32_t pid;
	struct str line, user, host; /* they lie in the record */
	struct addr src;	     /* family 0: none */
};

/* False: the record has another length. */
bool session_utmp_read(struct str record, struct session_utmp *out);
