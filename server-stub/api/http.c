/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects a head, looks at every byte of it, has llhttp take it apart, and counts the body's bytes. llhttp sees heads
 * that passed the screen only, so what it would forgive never reaches it. Pure; never allocates.
 */
#include "server-stub/api/http.h"

#include <llhttp.h>

#include <string.h>

static enum http_state bad(struct http *h, uint16_t status, const char *why)
{
	h->status = status;
	h->why = why;
	h->state = HTTP_BAD;
	return HTTP_BAD;
}

void http_next(struct http *h)
{
	h->method = METHOD_OTHER;
	h->path = h->query = h->body = STR_NONE;
	h->keep_alive = h->in_body = h->expects = false;
	h->status = 0;
	h->why = NULL;
	h->state = HTTP_MORE;
	h->head_len = h->body_len = h->content_len = 0;
	h->header_count = 0;
}

/* The request line: three words of visible ASCII, one space between them. */
static enum http_state screen_request_line(struct http *h, struct str line)
{
	unsigned spaces = 0;

	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.data[i];

		if (c == ' ')
			spaces++;
		else if (c < 0x21 || c > 0x7e)
			return bad(h, 400, "The request line holds a byte that has no place there.");
	}
	str_cut(&line, ' ');
	struct str url = str_cut(&line, ' ');

	if (spaces != 2 || str_empty(url) || url.data[0] != '/')
		return bad(h, 400, "The request line is not METHOD /path HTTP/1.1.");
	if (url.len > HTTP_URL_MAX)
		return bad(h, 414, "The path and query are longer than 2048 bytes.");
	if (str_find_byte(url, '#') != SIZE_MAX)
		return bad(h, 400, "The path holds a '#'.");
	if (!str_equal(line, STR("HTTP/1.1")))
		return bad(h, 505, "Only HTTP/1.1 is spoken here.");
	h->path = str_cut(&url, '?');
	h->query = url;
	return HTTP_MORE;
}

static bool is_token(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static enum http_state screen_header(struct http *h, struct str line)
{
	struct str name = line;
	size_t colon = str_find_byte(line, ':');

	if (colon == SIZE_MAX || colon == 0)
		return bad(h, 400, "A header line has no name and colon.");
	name.len = colon;
	for (size_t i = 0; i < name.len; i++)
		if (!is_token((unsigned char)name.data[i]))
			return bad(h, 400, "A header's name holds a byte that has no place there.");
	for (size_t i = colon; i < line.len; i++) {
		unsigned char c = (unsigned char)line.data[i];

		if (c == 0x7f || (c < 0x20 && c != '\t'))
			return bad(h, 400, "A header's value holds a control byte.");
	}
	if (h->header_count == HTTP_HEADERS_MAX)
		return bad(h, 431, "More than 64 header lines.");
	h->headers[h->header_count++] = (struct http_header){name, str_trim(str_sub(line, colon + 1, SIZE_MAX))};
	return HTTP_MORE;
}

/* Every line of the head, which ends in CR LF CR LF. A CR or LF anywhere else is a control byte of its line. */
static enum http_state screen(struct http *h)
{
	struct str rest = {h->head, h->head_len - 2};
	bool first = true;

	while (rest.len) {
		size_t end = str_find(rest, STR("\r\n"));
		struct str line = str_sub(rest, 0, end);

		rest = str_sub(rest, end + 2, SIZE_MAX);
		if ((first ? screen_request_line(h, line) : screen_header(h, line)) == HTTP_BAD)
			return HTTP_BAD;
		first = false;
	}
	return HTTP_MORE;
}

/* Headers that decide something come once at most. */
static bool has_twice(const struct http *h)
{
	static const char *const single[] = {
		"host",		"content-length",  "transfer-encoding", "connection", "expect",		"authorization",
		"content-type", "idempotency-key", "last-event-id",	"cookie",     "sec-fetch-site", "x-caltrop",
	};

	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		unsigned count = 0;

		for (unsigned k = 0; k < h->header_count; k++)
			count += str_equal_fold(h->headers[k].name, str_from(single[i]));
		if (count > 1)
			return true;
	}
	return false;
}

static bool has(const struct http *h, const char *name)
{
	for (unsigned i = 0; i < h->header_count; i++)
		if (str_equal_fold(h->headers[i].name, str_from(name)))
			return true;
	return false;
}

struct str http_header(const struct http *h, const char *name)
{
	for (unsigned i = 0; i < h->header_count; i++)
		if (str_equal_fold(h->headers[i].name, str_from(name)))
			return h->headers[i].value;
	return STR_NONE;
}

static enum http_state frame(struct http *h)
{
	uint64_t length = 0;
	struct str expect = http_header(h, "expect");

	if (has_twice(h))
		return bad(h, 400, "A header that may stand once stands twice.");
	if (!has(h, "host"))
		return bad(h, 400, "The Host header is missing.");
	if (has(h, "transfer-encoding"))
		return has(h, "content-length")
			       ? bad(h, 400, "Transfer-Encoding and Content-Length do not go together.")
			       : bad(h, 411, "Send the body with a Content-Length, not with Transfer-Encoding.");
	if (has(h, "content-length")) {
		enum err err = str_number(http_header(h, "content-length"), HTTP_BODY_MAX, &length);

		if (err == ERR_TOO_LONG)
			return bad(h, 413, "The body is longer than 65536 bytes.");
		if (err)
			return bad(h, 400, "Content-Length is not a number.");
	}
	if (!str_empty(expect) && !str_equal_fold(expect, STR("100-continue")))
		return bad(h, 417, "This expectation is not known here.");
	h->expects = !str_empty(expect) && length > 0;
	h->content_len = (size_t)length;
	return HTTP_MORE;
}

static int on_headers_complete(llhttp_t *parser)
{
	(void)parser;
	return HPE_PAUSED;
}

static enum http_word method_of(uint8_t method)
{
	switch (method) {
	case HTTP_GET: return METHOD_GET;
	case HTTP_HEAD: return METHOD_HEAD;
	case HTTP_POST: return METHOD_POST;
	case HTTP_DELETE: return METHOD_DELETE;
	default: return METHOD_OTHER;
	}
}

/* The second opinion: llhttp reads the same head, and must come to its end and to the same length of the body. */
static enum http_state parse(struct http *h)
{
	llhttp_settings_t settings;
	llhttp_t parser;

	llhttp_settings_init(&settings);
	settings.on_headers_complete = on_headers_complete;
	llhttp_init(&parser, HTTP_REQUEST, &settings);
	if (llhttp_execute(&parser, h->head, h->head_len) != HPE_PAUSED)
		return bad(h, llhttp_get_errno(&parser) == HPE_INVALID_METHOD ? 501 : 400,
			   "The request cannot be parsed.");
	if (llhttp_get_error_pos(&parser) < h->head + h->head_len - 1 || parser.content_length != h->content_len)
		return bad(h, 400, "The request cannot be parsed.");
	if (parser.upgrade)
		return bad(h, 501, "No other protocol is spoken here.");
	h->method = method_of(llhttp_get_method(&parser));
	h->keep_alive = llhttp_should_keep_alive(&parser);
	return HTTP_MORE;
}

/* Move bytes into the head up to its empty line; false when it is not there yet. */
static bool take_head(struct http *h, struct str *input)
{
	while (input->len && h->head_len < HTTP_HEAD_MAX) {
		h->head[h->head_len++] = *input->data++;
		input->len--;
		if (h->head[h->head_len - 1] == '\n' && h->head_len >= 4 &&
		    memcmp(h->head + h->head_len - 4, "\r\n\r\n", 4) == 0)
			return true;
	}
	return false;
}

enum http_state http_feed(struct http *h, struct str *input)
{
	if (h->state == HTTP_BAD || h->state == HTTP_READY)
		return h->state;
	if (!h->in_body) {
		bool whole = take_head(h, input);

		/* What is no request is refused at its first byte, not after sixteen thousand. */
		if (h->head_len && (h->head[0] < 'A' || h->head[0] > 'Z'))
			return bad(h, 400, "This is not an HTTP request.");
		if (!whole && h->head_len == HTTP_HEAD_MAX)
			return bad(h, 431, "The request line and headers are longer than 16384 bytes.");
		if (!whole)
			return HTTP_MORE;
		if (screen(h) == HTTP_BAD || frame(h) == HTTP_BAD || parse(h) == HTTP_BAD)
			return HTTP_BAD;
		h->in_body = true;
		if (h->expects)
			return HTTP_EXPECTS;
	}
	size_t part = h->content_len - h->body_len < input->len ? h->content_len - h->body_len : input->len;

	if (part)
		memcpy(h->body_bytes + h->body_len, input->data, part);
	*input = str_sub(*input, part, SIZE_MAX);
	h->body_len += part;
	if (h->body_len < h->content_len)
		return HTTP_MORE;
	h->body = (struct str){h->body_bytes, h->body_len};
	h->state = HTTP_READY;
	return HTTP_READY;
}
