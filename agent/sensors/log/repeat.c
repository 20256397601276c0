/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes "last message repeated N times", the only line that has a meaning only after another one. */
#include "agent/sensors/log/repeat.h"

#include "agent/sensors/log/syslog.h"

enum sensor_reading repeat_read(struct repeat *r, struct str line, struct event *out)
{
	enum sensor_reading reading = sensor_read(line, out);

	if (reading == SENSOR_EVENT) {
		r->len = line.len <= sizeof(r->line) ? line.len : 0;
		if (r->len)
			memcpy(r->line, line.data, r->len);
		return reading;
	}
	size_t kept = r->len;
	uint32_t count = kept ? syslog_last_repeated(line) : 0;

	r->len = 0;
	if (count == 0 || !sensor_decode((struct str){r->line, kept}, out))
		return reading;
	r->len = kept;
	out->count *= count;
	return SENSOR_EVENT;
}
