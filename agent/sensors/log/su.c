/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes su's and doas' lines about changes of the user and about failed tries. Never sets src. */
#include "agent/sensors/log/su.h"

#include "agent/sensors/log/service.h"

/* Split s at its last separator. The tried name, which may be any text, is to its left; who asked is to its right. */
static bool split(struct str s, struct str separator, struct str *left, struct str *right)
{
	size_t at = str_find_back(s, separator);

	if (at == SIZE_MAX || at == 0)
		return false;
	*left = str_sub(s, 0, at);
	*right = str_sub(s, at + separator.len, SIZE_MAX);
	return right->len > 0;
}

/* "(to TARGET) USER on TTY" */
static bool util_linux(struct str s, struct auth_event *a)
{
	struct str terminal;

	if (!str_take(&s, STR("(to ")) || !split(s, STR(" on "), &s, &terminal))
		return false;
	return split(s, STR(") "), &a->target, &a->user);
}

/* "TTY USER:TARGET" of shadow and BusyBox; USER has no colon. */
static bool plus_minus(struct str s, struct auth_event *a)
{
	str_cut(&s, ' ');
	a->user = str_cut(&s, ':');
	a->target = s;
	return a->user.len && s.len;
}

/* "USER to TARGET on TTY" */
static bool bsd(struct str s, struct auth_event *a)
{
	struct str terminal;

	if (!split(s, STR(" on "), &s, &terminal) && !split(s, STR(" on"), &s, &terminal))
		return false;
	size_t at = str_find(s, STR(" to "));

	if (at == SIZE_MAX || at == 0)
		return false;
	a->user = str_sub(s, 0, at);
	a->target = str_sub(s, at + 4, SIZE_MAX);
	return true;
}

/* The account that asked stands first; what it wants to run may be any text, and hide as whom. */
static bool doas(struct str s, struct auth_event *a)
{
	a->outcome = AUTH_FAILURE;
	if (str_take(&s, STR("failed auth for "))) {
		a->reason = REASON_BAD_CREDENTIAL;
		a->user = s;
		return true;
	}
	if (str_take(&s, STR("failed command for ")) || str_take(&s, STR("command not permitted for "))) {
		a->reason = REASON_NOT_ALLOWED;
		a->user = str_cut(&s, ':');
		return true;
	}
	a->outcome = AUTH_SUCCESS;
	a->user = str_cut(&s, ' ');
	if (!str_take(&s, STR("ran command ")))
		return false;
	size_t as = str_find(s, STR(" as ")), from = str_find(s, STR(" from "));

	if (as != SIZE_MAX && as == str_find_back(s, STR(" as ")) && from > as && from != SIZE_MAX)
		a->target = str_sub(s, as + 4, from - as - 4);
	return true;
}

bool su_decode(const struct sensor_line *line, struct event *out)
{
	struct str s = line->message;
	struct auth_event *a = &out->auth;

	service_set(a, line->program);
	if (str_equal(line->program, STR("doas")))
		return doas(s, a);
	a->outcome = AUTH_FAILURE;
	a->reason = REASON_BAD_CREDENTIAL;
	if (str_take(&s, STR("FAILED SU ")) || str_take(&s, STR("FAILED RUNUSER ")))
		return util_linux(s, a) || bsd(s, a);
	if (str_take(&s, STR("FAILED su for ")))
		return split(s, STR(" by "), &a->target, &a->user);
	if (str_take(&s, STR("- ")))
		return plus_minus(s, a);
	if (str_take(&s, STR("BAD SU ")))
		return bsd(s, a);
	a->outcome = AUTH_SUCCESS;
	a->reason = REASON_NONE;
	if (str_take(&s, STR("+ ")))
		return plus_minus(s, a);
	if (str_take(&s, STR("Successful su for ")))
		return split(s, STR(" by "), &a->target, &a->user);
	return util_linux(s, a) || bsd(s, a);
}
