/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads packs of rules for the core: at start the installed one and then the one that the service sent, whose bytes
 * caltropd has verified, and that one again whenever another took its place. Never looks at what is in one.
 */
#pragma once

#include "agent/source/feed.h"

#include <sys/stat.h>

struct pack_file {
	struct feed *feed;
	uint8_t *bytes;	  /* memory for CONFIG_RULES_BYTES_MAX of them, and one more */
	struct stat seen; /* of the service's pack that was read last */
	bool has_seen;
};

/* Read what there is. Call it once, after the core got its saved state. */
void pack_file_start(struct pack_file *p, struct feed *feed);

/* caltropd has put an object in place: if it is another pack, read it. */
void pack_file_look(struct pack_file *p);
