/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source is where bytes come from that the core looks at: log files, a socket, a netlink group, a ring buffer of the
 * kernel. Each is a row of sources_table.c; the loop knows the rows only. What caltropd opens for a source is a row of
 * agent/actor/sys/opened.c, and its number is in common/core_fds.h.
 *
 * A source reads when its own handle of the loop wakes it, and feeds the core with feed_input(). It has memory for its
 * state, which the loop reserves at start and never moves.
 */
#pragma once

#include "agent/base/now.h"
#include "agent/common/settings.h"
#include "agent/core/core.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct feed;
struct actor_owner_answer;
struct actor_source;

/* What a source gets when it is opened. */
struct source_given {
	struct feed *feed;
	int fd;	       /* what caltropd opened; the source owns it. -1: it could not be opened, or not here */
	unsigned slot; /* the source's own slot of source/health.h */
};

struct source_row {
	const char *name; /* as in health: "audit" */
	int fd;		  /* enum core_fd */
	size_t size;	  /* bytes of its state, which is zero before open() */

	/* Whether the settings ask for it. One that they do not ask for is not opened. */
	bool (*wanted)(const struct settings *settings);

	/* Begin to read. Without a descriptor it says in health what the device is blind to. */
	void (*open)(void *state, const struct source_given *given);

	/* The members below may be NULL. */

	/* The saved state is restored, and the actor can be asked for files. */
	void (*start)(void *state);

	/* The actor's answer to ACTOR_SOURCE, and its descriptor (-1: none), which the source owns. */
	void (*opened)(void *state, const struct actor_source *answer, int fd);

	/* The actor's answer to ACTOR_OWNER. */
	void (*owned)(void *state, const struct actor_owner_answer *answer);

	/* Read on, a bounded number of bytes. True: there is more that can be read now. */
	bool (*turn)(void *state);

	/* Read what is there by now, since what another source is about to tell of may have begun with it. */
	void (*catch_up)(void *state);

	/* Whether something was left unread because requests waited for the actor, and can be read now. */
	bool (*resumes)(const void *state);

	/* What it does by time, and when: CLOCK_BOOTTIME in microseconds; INT64_MAX: no need. */
	void (*tick)(void *state, struct now now);
	int64_t (*deadline)(const void *state);

	/* Add its counters (health_count). */
	void (*counters)(const void *state, struct core_shell_health *out);
};
