/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's half of HTTP/1.1 (RFC 9112) as the API needs it: decrypted bytes in, whole requests out. Pure. Strict:
 * lines end in CR LF, no folded lines, no Transfer-Encoding (411 asks for a length, RFC 9112 section 6.3), no header
 * twice that decides anything, one Host, nothing but visible ASCII in the request line. So there is one reading of
 * where a request ends, and none for a proxy in front to disagree with.
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
	HTTP_EXPECTS,  /* the client waits for "100 Continue": send it, then feed on; said once a request */
	HTTP_READY,    /* a whole request; http_next before the next feed */
	HTTP_BAD,      /* answer with `status` and `why`, then close: what follows cannot be trusted */
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

/* Ready for the first request; the same for each one after a READY. What the last one borrowed is gone. */
void http_next(struct http *h);

/* Take bytes off *input until something is to be done. Bytes behind a READY request stay in *input. */
enum http_state http_feed(struct http *h, struct str *input);

/* A header's value, its name compared without case; empty when it is absent. */
struct str http_header(const struct http *h, const char *name);
