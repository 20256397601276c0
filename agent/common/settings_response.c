/* SPDX-License-Identifier: Apache-2.0 */
/* Few attackers say little about a whole network. */
#include "agent/common/settings_response.h"

#include <stdio.h>

enum err settings_response_check(const struct settings *s, struct ini_error *error)
{
	if (s->ban_neighbours == 0 || s->ban_neighbours >= SETTINGS_NEIGHBOURS_MIN)
		return ERR_OK;
	snprintf(error->text, sizeof(error->text),
		 "[response] ban_neighbours: %u is less than %d attackers, which say too little of a whole network; "
		 "or 0 for never",
		 (unsigned)s->ban_neighbours, SETTINGS_NEIGHBOURS_MIN);
	return ERR_INVALID;
}
