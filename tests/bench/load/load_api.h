/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An operator's program: HTTPS to the service's API over one kept connection, one request after another,
 * blocking. Knows only what the bench needs of HTTP/1.1: answers with a Content-Length, and streams of events.
 */
#pragma once

#include "tests/bench/load/load_tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOAD_API_ANSWER_MAX (8u << 20)

struct load_api {
	struct load_tls_key key;
	struct load_tls tls;
	char token[64];
	char answer[LOAD_API_ANSWER_MAX]; /* head and body */
	size_t len;
	char *body; /* inside answer, NUL-terminated */
	int status;
};

/* Connect to an IPv4 address and shake hands. Exits with a sentence on failure. Allocate it: it is large. */
void load_api_open(struct load_api *api, const char *address, uint16_t port, const char *token);

/* One request; `json` NULL: no body. The status, and the answer in api->body. Exits when the connection breaks. */
int load_api_call(struct load_api *api, const char *method, const char *path, const char *json);

/* Ask for a stream of events; the connection is then good for nothing else. The status. */
int load_api_listen(struct load_api *api, const char *path);

/* Read on until `text` has come over the stream; what is before it is forgotten. False after limit_us. */
bool load_api_hears(struct load_api *api, const char *text, int64_t limit_us);

/* The text value of a member in api->body, found by its name alone, into out. False: not there. */
bool load_api_member(const struct load_api *api, const char *name, char *out, size_t cap);

void load_api_close(struct load_api *api);
