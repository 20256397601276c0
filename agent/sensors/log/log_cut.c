/* SPDX-License-Identifier: Apache-2.0 */
/* Judges by length and frame whether a daemon may have cut a line. It is asked for long lines only. Reads no message.
 */
#include "agent/sensors/log/log_cut.h"

#define SMALL 256 /* bytes of BusyBox' buffer, and of a larger one */
#define LARGE 512
#define HEAD 36 /* most bytes of priority and stamp */

_Static_assert(SMALL - HEAD == SENSOR_CUT_MIN, "shorter lines are not asked for");

static char own_host[65]; /* HOST_NAME_MAX */

void log_cut_own_host(struct str name)
{
	if (str_copy(name, own_host, sizeof(own_host)) != ERR_OK)
		own_host[0] = '\0';
}

/* Whether only this machine's name is between the stamp and the tag, and no facility, as BusyBox has it there. */
static bool is_own_line(const char *tag, const struct sensor_line *line)
{
	const char *from = line->stamp.data + line->stamp.len;
	struct str host = str_trim((struct str){from, (size_t)(tag - from)}), own = str_from(own_host);

	host = str_cut(&host, '.');
	own = str_cut(&own, '.');
	return own.len && str_equal_fold(host, own);
}

/* "Sun Nov 22 11:58:01 2026", as OpenWrt's logd writes it, which keeps a kilobyte. */
static bool is_of_logd(struct str stamp)
{
	return stamp.len == 24 && stamp.data[3] == ' ';
}

/* Whether `len` bytes from the tag on may be all that was kept when BusyBox' buffer of that size was full. */
static bool fills(size_t len, size_t buffer)
{
	return len < buffer && len + HEAD >= buffer;
}

bool log_cut_may_be(const struct sensor_line *line, const char *tag)
{
	size_t len = (size_t)(line->line.data + line->line.len - tag);

	if (!fills(len, SMALL) && !fills(len, LARGE))
		return false;
	return !line->stamp.data || (!is_of_logd(line->stamp) && !is_own_line(tag, line));
}
