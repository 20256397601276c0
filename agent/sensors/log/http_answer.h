/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an answer of a web server says about a log-in (RFC 9110, 15.5.2 and 15.5.4), whatever the format of the log is.
 *
 *	401, and the client named a user		failure
 *	401 to a form: POST to a URL that names a log-in	failure
 *	401 else					info: the server asks who it is, as each log-in begins
 *	403						probe
 *	2xx, 3xx					info, granted: a page was shown
 *
 * rules/attempt.h says how answers to one request go together.
 */
#pragma once

#include "agent/event/event.h"

#include <stdbool.h>

struct http_answer {
	struct str status;  /* "401" */
	struct str request; /* "GET /x HTTP/1.1" */
	bool named;	    /* the client gave a name or other credentials */
};

/* Set outcome, reason, method, granted and request. False: the answer says nothing about a log-in. */
bool http_answer_judge(const struct http_answer *answer, struct auth_event *a);
