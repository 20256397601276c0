/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of the operator API over one connection that is kept. Errors of the server and of the way there are said on
 * standard error, in one line, here; callers only pass the exit status on.
 */
#pragma once

#include "server-stub/cli/context.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

#define REST_ANSWER_MAX (16u << 20)
#define REST_TIMEOUT_MS 30000

struct rest;

/* Load the context and connect. NULL after saying why, with *status the exit status. */
struct rest *rest_open(int *status);
/* The same for a context at hand (login). */
struct rest *rest_open_context(const struct context *c, struct context *learn, int *status);
void rest_close(struct rest *r);

const struct context *rest_context(const struct rest *r);

struct rest_call {
	const char *method;
	const char *path;	     /* with query, encoded */
	json_t *body;		     /* NULL: none; not taken over */
	const char *idempotency_key; /* NULL: none */
	bool quiet;		     /* do not say errors of the server; *answer has them */
};

/* One call. The answer's JSON in *answer (NULL: none), also for errors; json_decref it. Returns an exit status or
 * OPTS_GO_ON. */
int rest_call(struct rest *r, const struct rest_call *call, json_t **answer);

/* One event of a stream. Return false to end it. */
typedef bool (*rest_event)(void *context, const char *event, const char *id, const char *data);

/*
 * Follow a stream until its end, until `each` ends it (both OPTS_GO_ON), or until timeout_ms from now (0: none) is over
 * (COMMAND_UNREACHABLE, nothing said). The connection is of no use for more afterwards.
 */
struct rest_follow {
	const char *path, *last_id; /* last_id NULL: from now on */
	int64_t timeout_ms;
	rest_event each;
	void *context;
	bool cut; /* out: the connection broke: follow again from the last id */
};
int rest_follow(struct rest *r, struct rest_follow *f);

/* Percent-encode text for a path or query onto the end of out. false: it does not fit. */
bool rest_encode(char *out, size_t cap, const char *text);
