/* SPDX-License-Identifier: Apache-2.0 */
/* Judges the answers of web servers, for all decoders of access logs. It never looks at a format. */
#include "agent/sensors/log/http_answer.h"

/* Whether s has `word`, which is in small letters. */
static bool has_word(struct str s, struct str word)
{
	for (size_t at = 0; at + word.len <= s.len; at++)
		if (str_equal_fold(str_sub(s, at, word.len), word))
			return true;
	return false;
}

/*
 * Whether credentials came in the body, where no log has them. Only URLs that say so: others are refused, too, when a
 * session has ended, and clients ask for them again and again.
 */
static bool is_form(struct str request)
{
	static const struct str words[] = {
		STR("login"),  STR("log-in"),  STR("log_in"),  STR("logon"),
		STR("signin"), STR("sign-in"), STR("sign_in"), STR("authenticate"),
	};

	if (!str_take(&request, STR("POST ")))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (has_word(request, words[i]))
			return true;
	return false;
}

/* "GET /x" of "GET /x HTTP/1.1": a client may change its version. */
static struct str without_version(struct str request)
{
	size_t at = str_find_back(request, STR(" HTTP/"));

	return at == SIZE_MAX ? request : str_sub(request, 0, at);
}

static void refused(const struct http_answer *answer, struct auth_event *a)
{
	bool form = !answer->named && is_form(a->request);

	a->outcome = answer->named || form ? AUTH_FAILURE : AUTH_INFO;
	a->reason = a->outcome == AUTH_FAILURE ? REASON_BAD_CREDENTIAL : REASON_NONE;
	a->method = form ? METHOD_PASSWORD : METHOD_BASIC;
}

bool http_answer_judge(const struct http_answer *answer, struct auth_event *a)
{
	struct str status = answer->status;

	if (status.len != 3)
		return false;
	a->request = without_version(answer->request);
	a->method = METHOD_NONE;
	a->reason = REASON_NONE;
	if (str_equal(status, STR("401"))) {
		refused(answer, a);
	} else if (str_equal(status, STR("403"))) {
		a->outcome = AUTH_PROBE;
		a->reason = REASON_NOT_ALLOWED;
	} else if (status.data[0] == '2' || status.data[0] == '3') {
		a->outcome = AUTH_INFO;
		a->granted = true;
	} else {
		return false;
	}
	return true;
}
