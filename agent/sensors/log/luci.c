/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes LuCI's log-ins. Takes the source from the end of the message only, where no client can write. */
#include "agent/sensors/log/luci.h"

#include "agent/sensors/log/peer.h"
#include "agent/sensors/log/service.h"

bool luci_decode(const struct sensor_line *line, struct event *out)
{
	struct str s = line->message;
	struct auth_event *a = &out->auth;

	service_set(a, line->program);
	a->shared = true;	       /* uhttpd serves everybody */
	if (str_starts(s, STR("["))) { /* "[info] ", in LuCI's ucode */
		str_cut(&s, ' ');
	}
	str_take(&s, STR("luci: "));
	a->method = METHOD_PASSWORD;
	if (str_take(&s, STR("failed login on /"))) {
		a->outcome = AUTH_FAILURE;
		a->reason = REASON_BAD_CREDENTIAL;
	} else if (str_take(&s, STR("accepted login on /"))) {
		a->outcome = AUTH_SUCCESS;
	} else {
		return false;
	}
	if (line->may_be_cut)
		return a->outcome == AUTH_FAILURE;
	size_t from = str_find_back(s, STR(" from "));

	if (from == SIZE_MAX || !peer_set(a, str_sub(s, from + 6, SIZE_MAX)))
		return false;
	s.len = from;
	size_t first = str_find(s, STR(" for "));

	/* A path with " for " in it hides where the name begins. */
	if (first != SIZE_MAX && first == str_find_back(s, STR(" for ")))
		a->user = str_sub(s, first + 5, SIZE_MAX);
	return true;
}
