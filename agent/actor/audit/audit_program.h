/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that run, by the names that the kernel has of them (/proc/PID/comm, 15 bytes). Whose a socket is only who
 * may look into other processes can see, and the audit may not.
 */
#pragma once

#include "agent/actor/audit/audit.h"

#define AUDIT_PROGRAM_NAME 16
#define AUDIT_PROGRAM_LOOKS 4096 /* processes that are looked at */

struct audit_program {
	uint32_t pid;
	char name[AUDIT_PROGRAM_NAME];
};

/*
 * Find a process that has one of the names, a list that NULL ends, in memory[AUDIT_FILE_MAX] of the caller. False: none
 * of those that were looked at has.
 */
bool audit_program_find(struct audit *a, const char *const *names, char *memory, struct audit_program *out);
