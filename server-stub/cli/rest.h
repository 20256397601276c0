/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of the operator API over one connection. Errors of the server and of the connection are printed here on
 * standard error, in one line; callers only return the exit status.
 */
#pragma once

#include "server-stub/cli/context.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

#define REST_ANSWER_MAX (16u << 20)
#define REST_TIMEOUT_MS 30000

struct rest;

/* Load the context and connect. NULL after a message; *status is the exit status. */
struct rest *rest_open(int *status);

/* The same for a context that the caller has; `learn` as for https_open. */
struct rest *rest_open_context(const struct context *c, struct context *learn, int *status);
void rest_close(struct rest *r);

const struct context *rest_context(const struct rest *r);

struct rest_call {
	const char *method;
	const char *path;	     /* with query, encoded */
	json_t *body;		     /* NULL: none; stays the caller's */
	const char *idempotency_key; /* NULL: none */
	bool quiet;		     /* print no errors of the server; *answer has them */
	const char *but;	     /* an error's code about which nothing is printed either; NULL: none */
	int timeout_ms;		     /* for the whole answer; 0: REST_TIMEOUT_MS */
};

/* Make a call. *answer is the JSON of the answer, of an error too, or NULL; the caller gives it to json_decref. Returns
 * OPTS_GO_ON, or an exit status after a message. */
int rest_call(struct rest *r, const struct rest_call *call, json_t **answer);

/* Whether the answer is an error of this code. */
bool rest_is(json_t *answer, const char *code);

/* Called for each event of a stream. It returns false to end the stream. */
typedef bool (*rest_event)(void *context, const char *event, const char *id, const char *data);

/*
 * Follow a stream until it ends or `each` ends it (OPTS_GO_ON), or until timeout_ms have passed (0: no limit;
 * COMMAND_UNREACHABLE, without a message). No further call can be made over the connection afterwards.
 */
struct rest_follow {
	const char *path, *last_id; /* last_id: the event to go on behind; NULL: from now on */
	int64_t timeout_ms;
	rest_event each;
	void *context;
	bool cut; /* out: the connection broke, or the service stops; follow again behind the last id */
};
int rest_follow(struct rest *r, struct rest_follow *f);

/* Append text to `out`, percent-encoded for a path or query. False: it is empty or does not fit. */
bool rest_encode(char *out, size_t cap, const char *text);
