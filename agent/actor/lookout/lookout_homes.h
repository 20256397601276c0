/* SPDX-License-Identifier: Apache-2.0 */
/* The homes of the accounts that somebody can log in to. */
#pragma once

#include "agent/common/settings.h"

#define LOOKOUT_HOMES_MAX 32u /* those of later accounts are not watched */

struct lookout_homes {
	unsigned count;
	bool full; /* there are more */
	char paths[LOOKOUT_HOMES_MAX][SETTINGS_PATH_MAX];
};

/* Read a file of the form of passwd(5): at most 64 KiB of it. */
void lookout_homes_read(struct lookout_homes *h, const char *passwd);
