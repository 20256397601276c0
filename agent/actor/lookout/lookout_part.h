/* SPDX-License-Identifier: Apache-2.0 */
/* What the lookout looks after: each is a row of lookout.c, and knows no other. All are called by the thread but open.
 */
#pragma once

#include "agent/common/settings.h"

#include <stdbool.h>
#include <stdint.h>

#define LOOKOUT_FDS_MAX 2u /* of each */

struct lookout_part {
	/* Whether the settings ask for it. The members below are called if they do. */
	bool (*wanted)(const struct settings *settings);

	/* Open what needs privileges; the settings outlive it. What fails is said in a sample. */
	void (*open)(const struct settings *settings);

	/* Look for the first time. */
	void (*begin)(void);

	/* The descriptors that wake it; -1: none. */
	void (*fds)(int fds[LOOKOUT_FDS_MAX]);

	/* When it has something to do, CLOCK_BOOTTIME; INT64_MAX: no need. */
	int64_t (*next_us)(void);

	/* Read what can be read, and do what is due. */
	void (*turn)(int64_t now_us);

	/* There is another core, which knows nothing. */
	void (*again)(void);
};

extern const struct lookout_part lookout_watch_part;
extern const struct lookout_part lookout_sessions_part;
