/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request by HTTPS, by libcurl: the certificate is verified, no redirect is followed, no proxy used, and it ends
 * within FETCH_S.
 */
#pragma once

#include "agent/base/err.h"

#include <stddef.h>

#define FETCH_S 10
#define FETCH_CONNECT_S 5
#define FETCH_BYTES_MAX 65536
#define FETCH_WHY_MAX 200

struct fetch {
	const char *ca; /* file of the certificates that are trusted; "": the machine's */
	const char *url;
	const char *authorization; /* value of that header; "": none */
	const char *form;	   /* a body to POST as application/x-www-form-urlencoded; NULL: GET */

	/* Set by fetch_run(). */
	long status; /* of HTTP */
	size_t len;
	char bytes[FETCH_BYTES_MAX];
	char why[FETCH_WHY_MAX]; /* what went wrong, a sentence about the far end */
};

/* Ask, and wait for the whole answer. ERR_IO: there is none, or it is longer than FETCH_BYTES_MAX. */
ERR_CHECK enum err fetch_run(struct fetch *f);
