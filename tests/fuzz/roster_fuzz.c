/* SPDX-License-Identifier: Apache-2.0 */
/* Rosters: whatever is written, each line is a device with plain words or a mistake with its reason. */
#include "agent/base/require.h"
#include "server-stub/fleet/label.h"
#include "server-stub/fleet/roster.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct str text = {(const char *)data, size};
	char why[ROSTER_WHY_MAX] = "";
	struct roster_row row;
	struct roster r;
	unsigned last = 0;
	enum err err = roster_open(&r, text, why);

	if (err != ERR_OK) {
		require(why[0]);
		return 0;
	}
	do {
		why[0] = '\0';
		err = roster_next(&r, &row, why);
		require(err == ERR_NOT_FOUND || row.line > last);
		require((err == ERR_INVALID || err == ERR_FULL) == (why[0] != '\0'));
		last = row.line;
		if (err != ERR_OK)
			continue;
		require(!str_empty(row.values[ROSTER_NAME]) && label_is_plain(row.values[ROSTER_NAME]));
		require(roster_namesake(text, row.values[ROSTER_NAME], row.line) < row.line);
	} while (err == ERR_OK || err == ERR_INVALID);
	require(r.rows <= ROSTER_ROWS_MAX);
	return 0;
}
