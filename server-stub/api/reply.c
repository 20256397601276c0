/* SPDX-License-Identifier: Apache-2.0 */
/* Writes answers into the API's page; nothing is sent here. */
#include "server-stub/api/reply.h"

#include "agent/base/clock.h"
#include "agent/base/say.h"

#include <mbedtls/base64.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char json_type[] = "application/json";

static const char *reason(unsigned status)
{
	static const struct {
		unsigned status;
		const char *text;
	} reasons[] = {
		{200, "OK"},
		{201, "Created"},
		{204, "No Content"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{409, "Conflict"},
		{410, "Gone"},
		{411, "Length Required"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{415, "Unsupported Media Type"},
		{417, "Expectation Failed"},
		{422, "Unprocessable Content"},
		{429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{503, "Service Unavailable"},
		{505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Unknown";
}

static void start(struct call *call, unsigned status, const char *type)
{
	call->status = (uint16_t)status;
	call->type = type;
	call->body = buf_over(call->api->page, CALL_PAGE_BYTES);
	call->json = json_over(&call->body);
}

struct json *reply_json(struct call *call, unsigned status)
{
	start(call, status, json_type);
	return &call->json;
}

void reply_text(struct call *call, unsigned status, const char *type, struct str text)
{
	start(call, status, type);
	buf_put(&call->body, text);
}

void reply_nothing(struct call *call)
{
	start(call, 204, NULL);
}

static const struct {
	uint16_t status;
	const char *code;
} faults[] = {
#define X(name, status, code) {status, code},
	FAULT_MAP(X)
#undef X
};

struct json *reply_fault(struct call *call, enum fault fault, const char *message)
{
	struct json *j = reply_json(call, faults[fault].status);

	json_begin_object(j);
	json_key(j, "error");
	json_begin_object(j);
	json_key(j, "code");
	json_text(j, faults[fault].code);
	json_key(j, "message");
	json_text(j, message);
	return j;
}

void reply_error(struct call *call, enum fault fault, const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	struct json *j = reply_fault(call, fault, message);

	json_end_object(j);
	json_end_object(j);
}

static void answer_several(struct call *call, const char *thing, const char *name)
{
	static struct registry_device two[2]; /* one thread answers all calls */
	char ids[2][STORE_ID * 2 + 1];

	if (strcmp(thing, "device") != 0 || !registry_device_rivals(call->api->env.store, name, two)) {
		reply_error(call, FAULT_AMBIGUOUS,
			    "More than one %s is called %s, or its id begins so; use the whole id, which the list of "
			    "them shows.",
			    thing, name);
		return;
	}
	for (unsigned i = 0; i < 2; i++) {
		struct buf b = buf_over(ids[i], STORE_ID * 2);

		buf_hex(&b, two[i].id, STORE_ID);
		ids[i][STORE_ID * 2] = '\0';
	}
	reply_error(call, FAULT_AMBIGUOUS,
		    "More than one device is called %s, or its id begins so, such as %s (%s) and %s (%s); use the "
		    "whole id.",
		    name, ids[0], two[0].name, ids[1], two[1].name);
}

void reply_store(struct call *call, enum err err, const char *thing, const char *name)
{
	switch (err) {
	case ERR_NOT_FOUND: reply_error(call, FAULT_NOT_FOUND, "There is no %s %s.", thing, name); break;
	case ERR_EXISTS: answer_several(call, thing, name); break;
	case ERR_INVALID:
	case ERR_TOO_LONG:
		reply_error(call, FAULT_INVALID,
			    strcmp(thing, "device") == 0 || strcmp(thing, "user") == 0
				    ? "%s is not the name or id of %s %s."
				    : "%s is not the id of %s %s: ids are hex digits, of which the first 4 will do.",
			    name, strchr("aeiou", thing[0]) ? "an" : "a", thing);
		break;
	case ERR_BUSY: reply_error(call, FAULT_BUSY, "The store is busy; try again."); break;
	case ERR_NO_SPACE:
		reply_error(call, FAULT_NO_SPACE, "The service's disk is full; make room and try again.");
		break;
	default:
		reply_error(call, FAULT_STORE, "The store failed (%s); the service's log says more.", err_text(err));
		say(SAY_ERR, "store: %s (%s %s)", err_text(err), thing, name);
		break;
	}
}

void reply_search(struct call *call, enum err err, const char *thing, const struct ids_search *search)
{
	char shown[64];

	if (err == ERR_EXISTS) {
		reply_error(call, FAULT_AMBIGUOUS, "The ids of several %ss begin so: %s%s. Give more digits.", thing,
			    search->fits, search->count >= IDS_FITS_MAX ? " and perhaps more" : "");
		return;
	}
	str_show(call->arg, shown, sizeof(shown));
	reply_store(call, err, thing, shown);
}

void reply_header(struct call *call, const char *name, const char *value)
{
	size_t used = strlen(call->headers);

	snprintf(call->headers + used, sizeof(call->headers) - used, "%s: %s\r\n", name, value);
}

static void put_date(struct buf *b)
{
	time_t now = clock_wall_s();
	struct tm tm;
	char text[64];

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	buf_printf(b, "Date: %s\r\n", text);
}

void reply_head(const struct call *call, struct buf *b, size_t body_len)
{
	buf_printf(b, "HTTP/1.1 %u %s\r\n", call->status, reason(call->status));
	put_date(b);
	if (call->type)
		buf_printf(b, "Content-Type: %s\r\n", call->type);
	if (body_len == SIZE_MAX)
		buf_text(b, "Transfer-Encoding: chunked\r\n");
	else if (call->status != 204)
		buf_printf(b, "Content-Length: %zu\r\n", body_len);
	buf_printf(b, "Cache-Control: %s\r\n", call->cache ? call->cache : "no-store");
	buf_text(b, "X-Content-Type-Options: nosniff\r\n"
		    "Strict-Transport-Security: max-age=31536000\r\n");
	if (call->rules)
		buf_text(b, call->rules);
	buf_text(b, call->headers);
	if (!call->http->keep_alive)
		buf_text(b, "Connection: close\r\n");
	buf_text(b, "\r\n");
}

void reply_time(struct json *j, const char *key, int64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / 1000000);
	long micro = (long)(wall_us % 1000000);
	struct tm tm;
	char text[64];

	json_key(j, key);
	if (micro < 0) {
		micro += 1000000;
		seconds--;
	}
	if (wall_us == 0 || !gmtime_r(&seconds, &tm)) {
		json_none(j);
		return;
	}
	size_t len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);

	snprintf(text + len, sizeof(text) - len, ".%06ldZ", micro);
	json_text(j, text);
}

void reply_count(struct json *j, const char *key, uint64_t count)
{
	json_key(j, key);
	json_u64(j, count > INT64_MAX ? INT64_MAX : count);
}

void reply_id(struct json *j, const char *key, const uint8_t id[STORE_ID])
{
	static const uint8_t none[STORE_ID];

	json_key(j, key);
	if (memcmp(id, none, STORE_ID) == 0)
		json_none(j);
	else
		json_hex(j, id, STORE_ID);
}

void reply_base64(struct json *j, const char *key, const uint8_t *bytes, size_t len)
{
	char text[4096];
	size_t text_len = 0;

	if (key)
		json_key(j, key);
	if (mbedtls_base64_encode((unsigned char *)text, sizeof(text), &text_len, bytes, len))
		json_none(j);
	else
		json_str(j, (struct str){text, text_len});
}
