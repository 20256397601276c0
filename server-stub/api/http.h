/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's half of HTTP/1.1 (RFC 9112), as much as the API needs: decrypted bytes in, whole requests out. Pure. It
 * is strict: lines end in CR LF; folded lines and Transfer-Encoding are refused (411 asks for a length, RFC 9112
 * section 6.3), and so is a second header of a kind that decides where the request ends or whom it is for; there is one
 * Host; the request line is visible ASCII. So a proxy in front cannot read the end of a request in another way.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX 16384 /* request line and headers: more is 431 */
#define HTTP_BODY_MAX 65536 /* more is 413 */
#define HTTP_URL_MAX 2048   /* more is 414 */
#define HTTP_HEADERS_MAX 64

enum http_word { METHOD_OTHER = 0, METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_DELETE };

enum http_state {
	HTTP_MORE = 1, /* needs more bytes */
	HTTP_EXPECTS,  /* the client waits for "100 Continue": send it and go on; at most once for each request */
	HTTP_READY,    /* a whole request; http_next before the next feed */
	HTTP_BAD,      /* answer with `status` and `why`, then close */
};

struct http_header {
	struct str name, value; /* value without spaces around it */
};

struct http {
	enum http_word method;
	struct str path, query; /* as sent, still percent-encoded; query without its '?' */
	struct str body;
	bool keep_alive;
	uint16_t status; /* BAD: 400, 411, 413, 414, 417, 431, 501 or 505 */
	const char *why; /* BAD: a sentence */

	/* private */
	enum http_state state;
	bool in_body, expects;
	size_t head_len, body_len, content_len;
	unsigned header_count;
	struct http_header headers[HTTP_HEADERS_MAX];
	char head[HTTP_HEAD_MAX];
	char body_bytes[HTTP_BODY_MAX];
};

/* Prepare for a request: the first one, and each next after HTTP_READY. What the last request lent is not valid any
 * more. */
void http_next(struct http *h);

/* Take bytes from *input until a state needs the caller. Bytes behind a whole request stay in *input. */
enum http_state http_feed(struct http *h, struct str *input);

/* A header's value, its name compared without case; empty when it is absent. */
struct str http_header(const struct http *h, const char *name);
