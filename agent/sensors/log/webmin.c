/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes Webmin's log-ins. Takes the source from the end of the message only, where no client can write. */
#include "agent/sensors/log/webmin.h"

#include "agent/sensors/log/peer.h"
#include "agent/sensors/log/service.h"

bool webmin_decode(const struct sensor_line *line, struct event *out)
{
	struct str s = line->message;
	struct auth_event *a = &out->auth;

	service_set(a, line->program);
	a->shared = true; /* one process answers many clients */
	a->method = METHOD_PASSWORD;
	a->outcome = AUTH_FAILURE;
	if (str_take(&s, STR("Invalid login as ")))
		a->reason = REASON_BAD_CREDENTIAL;
	else if (str_take(&s, STR("Non-existent login as ")))
		a->reason = REASON_UNKNOWN_USER;
	else if (str_take(&s, STR("Successful login as ")))
		a->outcome = AUTH_SUCCESS;
	else
		return false;
	if (line->may_be_cut)
		return a->outcome == AUTH_FAILURE;
	size_t from = str_find_back(s, STR(" from "));

	if (from == SIZE_MAX || !peer_set(a, str_sub(s, from + 6, SIZE_MAX)))
		return false;
	a->user = str_sub(s, 0, from);
	return true;
}
