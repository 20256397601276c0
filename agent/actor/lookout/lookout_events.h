/* SPDX-License-Identifier: Apache-2.0 */
/* What fanotify(7) and inotify(7) tell, in one form. Pure. */
#pragma once

#include "agent/base/str.h"
#include "agent/base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum lookout_what {
	LOOKOUT_MADE = 1, /* or moved to that name */
	LOOKOUT_MOVED_TO = 2,
	LOOKOUT_REMOVED = 4, /* or moved away from that name */
	LOOKOUT_MOVED_FROM = 8,
	LOOKOUT_WRITTEN = 16,
	LOOKOUT_CLOSED = 32, /* by one that could write */
	LOOKOUT_MODE = 64,   /* its attributes changed */
	LOOKOUT_IS_DIR = 128,
	LOOKOUT_SELF = 256,	/* the directory itself is gone or has another name */
	LOOKOUT_OVERFLOW = 512, /* the kernel has dropped what it would have told; no directory, no name */
};

struct lookout_event {
	uint32_t told; /* enum lookout_what */
	uint32_t pid;  /* fanotify: of who did it; 0: not known */
	int wd;	       /* inotify: of the directory; else -1 */
	struct str id; /* fanotify: fsid and handle of the directory, as lookout_dirs_id() has them */
	struct str name;
};

/*
 * Take the next event from what read(2) gave of a fanotify group with FAN_REPORT_DFID_NAME, or of an inotify instance.
 * Texts point into the bytes. False: there are no more, or the bytes are damaged.
 */
bool lookout_events_fanotify(struct view *bytes, struct lookout_event *out);
bool lookout_events_inotify(struct view *bytes, struct lookout_event *out);
