/* SPDX-License-Identifier: Apache-2.0 */
/* Access logs in the common and combined formats: which requests were refused. */
#include "agent/sensors/http.h"

#include "agent/base/now.h"
#include "agent/sensors/peer.h"
#include "agent/sensors/stamp.h"

/* Past the closing quote of a text whose opening one is taken; a backslash protects the byte after it. */
static bool skip_quoted(struct str *s)
{
	for (size_t i = 0; i < s->len; i++) {
		if (s->data[i] == '\\') {
			i++;
		} else if (s->data[i] == '"') {
			*s = str_sub(*s, i + 1, SIZE_MAX);
			return true;
		}
	}
	return false;
}

static bool number(struct str s, size_t at, size_t len, int64_t *out)
{
	uint64_t value = 0;

	if (str_number(str_sub(s, at, len), 9999, &value) != ERR_OK)
		return false;
	*out = (int64_t)value;
	return true;
}

/* "22/Nov/2026:11:58:01 +0000" */
static int64_t clf_us(struct str s)
{
	int64_t day, year, hour, minute, second, zone;

	if (s.len != 26 || s.data[2] != '/' || s.data[20] != ' ' || !stamp_month(s.data + 3))
		return 0;
	if (!number(s, 0, 2, &day) || !number(s, 7, 4, &year) || !number(s, 12, 2, &hour) ||
	    !number(s, 15, 2, &minute) || !number(s, 18, 2, &second) || !number(s, 22, 4, &zone))
		return 0;
	if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
		return 0;
	zone = (zone / 100) * 3600 + (zone % 100) * 60;
	if (s.data[21] == '-')
		zone = -zone;
	return (stamp_days(year, stamp_month(s.data + 3), (unsigned)day) * 86400 + hour * 3600 + minute * 60 + second -
		zone) * SECOND_US;
}

bool http_access(struct str line, struct event *out, struct str *id)
{
	struct auth_event *a = &out->auth;
	size_t quote = str_find_byte(line, '"');

	if (quote == SIZE_MAX || quote < 32 || quote + 8 > line.len)
		return false;
	struct str head = str_sub(line, 0, quote), rest = str_sub(line, quote + 1, SIZE_MAX);

	if (!str_take_back(&head, STR("] ")) || !skip_quoted(&rest) || !str_take(&rest, STR(" ")))
		return false;
	struct str status = str_cut(&rest, ' ');
	bool denied = str_equal(status, STR("401"));

	if (!denied && !str_equal(status, STR("403")))
		return false;
	size_t open = str_find_back(head, STR(" ["));

	if (open == SIZE_MAX)
		return false;
	out->stamp_us = clf_us(str_sub(head, open + 2, SIZE_MAX));
	head.len = open;
	struct str host = str_cut(&head, ' ');

	*id = str_cut(&head, ' ');
	if (host.len == 0 || id->len == 0 || head.len == 0 || !peer_set(a, host))
		return false;
	if (!str_equal(head, STR("-")))
		a->user = head;
	a->outcome = denied && a->user.len ? AUTH_FAILURE : AUTH_PROBE;
	a->reason = denied ? REASON_BAD_CREDENTIAL : REASON_NOT_ALLOWED;
	a->method = denied ? METHOD_BASIC : METHOD_NONE;
	return true;
}
