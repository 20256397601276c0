/* SPDX-License-Identifier: Apache-2.0 */
/* Which files are wanted: the list of the settings, with the guard's own one in the place of "usual". Pure. */
#pragma once

#include "agent/base/str.h"
#include "agent/common/settings.h"
#include "agent/event/file.h"

#include <stdbool.h>
#include <stdint.h>

#define LOOKOUT_WANTS_MAX 128u

/* A file, or all files of a directory. */
struct lookout_want {
	char path[SETTINGS_PATH_MAX]; /* of the directory, without a slash behind it; in a home what is behind that */
	char name[SETTINGS_PATH_MAX]; /* of the file; empty: all */
	bool home;		      /* of each account */
	bool below;		      /* and of all directories in it */
	bool asked;		      /* the settings name it themselves */
	uint8_t group;		      /* enum file_group */
};

struct lookout_wants {
	unsigned count;
	struct lookout_want rows[LOOKOUT_WANTS_MAX];
};

/* Fill in the list. The guard's own programs are those at these paths, NULL or empty: not known. */
void lookout_wants_read(struct lookout_wants *w, const struct settings *s, const char *const own[2]);

/* Whether the row wants that file of its directory. */
bool lookout_wants_name(const struct lookout_want *row, struct str name);
