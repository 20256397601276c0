/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What caltropd opens for the core's sources (agent/source) while it has the privilege to: one row each. The core
 * inherits the descriptors by their numbers of common/core_fds.h.
 */
#pragma once

#include "agent/common/settings.h"

#include <stdint.h>
#include <sys/types.h>

#define OPENED_GROUPS_MAX 4u /* as CHILD_GROUPS_MAX of child.h */

struct opened_row {
	const char *name;      /* "audit records", as it is logged */
	int fd;		       /* enum core_fd */
	uint64_t capabilities; /* bits that opening again at a restart of the core takes; the actor keeps them */

	/* Whether the settings ask for it. */
	bool (*wanted)(const struct settings *settings);

	/* A descriptor, or -1 with errno; 0: it is not needed, or the row has said why itself. */
	int (*open)(const struct settings *settings);

	/* The group that may read what the descriptor leads to, which the core joins. NULL, or 0: none. */
	gid_t (*group)(int fd);

	bool anew; /* what it tells is of its moment: each start of the core gets a new one */
};

/* Open what the settings ask for, and put the descriptors into fds[], by number. What fails is logged; the source says
 * in health what the device is blind to. */
void opened_all(const struct settings *settings, int fds[]);

/* Before the core is started once more: open the rows again that are of their moment. */
void opened_anew(const struct settings *settings, int fds[]);

/* caltropd ends: put back what was changed in the machine to open them. */
void opened_end(void);

/* The capabilities that the rows which the settings ask for need later. */
uint64_t opened_capabilities(const struct settings *settings);

/* The groups that the core joins for what was opened, at most OPENED_GROUPS_MAX. Returns how many. */
unsigned opened_groups(const int fds[], gid_t groups[OPENED_GROUPS_MAX]);
