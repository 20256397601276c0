/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over one object and keeps what has a wanted path. It does not judge what it finds. */
#include "agent/sensors/log/access_json.h"

#include "agent/base/json_take.h"
#include "agent/sensors/log/scan.h"

#define PATH_BYTES 128
#define DEPTH_MAX 4
#define MEMBERS_MAX 16384 /* a client may send many headers; the longest line has room for fewer */
#define VALUE_BYTES 1024  /* of a value; of a longer URL or name the rest is left out */

/* Members with names that are known. */
static const struct known {
	const char *path;
	uint8_t field;
} known[] = {
	{"request.remote_ip", ACCESS_SRC},
	{"request.remote_addr", ACCESS_SRC}, /* before 2.5, with the port */
	{"request.method", ACCESS_METHOD},
	{"request.uri", ACCESS_URL},
	{"request.headers.X-Forwarded-For", ACCESS_FORWARDED},
	{"request.headers.Authorization", ACCESS_CREDENTIALS},
	{"resp_headers.Www-Authenticate", ACCESS_CHALLENGE},
	{"user_id", ACCESS_USER},
	{"ts", ACCESS_TIME},
	{"status", ACCESS_STATUS}, /* nginx's, too */
	{"ClientHost", ACCESS_SRC},
	{"ClientUsername", ACCESS_USER},
	{"DownstreamStatus", ACCESS_STATUS},
	{"RequestMethod", ACCESS_METHOD},
	{"RequestPath", ACCESS_URL},
	{"StartUTC", ACCESS_TIME},
	{"request_X-Forwarded-For", ACCESS_FORWARDED},
	{"remote_addr", ACCESS_SRC},
	{"remote_user", ACCESS_USER},
	{"request", ACCESS_REQUEST},
	{"request_method", ACCESS_METHOD},
	{"request_uri", ACCESS_URL},
	{"time_local", ACCESS_TIME},
	{"time_iso8601", ACCESS_TIME},
	{"http_x_forwarded_for", ACCESS_FORWARDED},
};

/* Which server it is, the name of the address says. */
static const struct server {
	const char *start;
	uint8_t service;
	const char *name;
} servers[] = {
	{"request.", SERVICE_OTHER, "caddy"},
	{"ClientHost", SERVICE_OTHER, "traefik"},
	{"remote_addr", SERVICE_NGINX, NULL},
};

#define SERVERS (sizeof(servers) / sizeof(servers[0]))
#define KNOWN (sizeof(known) / sizeof(known[0]))

static char memory[ACCESS_FIELDS][VALUE_BYTES];

struct walk {
	const struct access_format *format; /* NULL: the known names */
	struct access_values *out;
	uint32_t seen; /* bits of known[], or of the format's names */
	unsigned members;
	char path[PATH_BYTES];
};

_Static_assert(KNOWN <= 32 && ACCESS_FIELDS <= 32, "they are bits of `seen`");

static void name_server(struct str address, struct access_values *out)
{
	for (unsigned i = 0; i < SERVERS; i++)
		if (str_starts(address, str_from(servers[i].start))) {
			out->service = servers[i].service;
			out->name = str_from(servers[i].name);
		}
}

/* The field of a path; ACCESS_OTHER: nobody wants it. *bit is its own. */
static uint8_t wanted(struct walk *w, struct str path, uint32_t *bit)
{
	for (uint8_t i = 0; w->format && i < ACCESS_FIELDS; i++)
		if (w->format->names[i].len && str_equal(path, w->format->names[i])) {
			*bit = UINT32_C(1) << i;
			return i;
		}
	for (uint8_t i = 0; !w->format && i < KNOWN; i++)
		if (str_equal(path, str_from(known[i].path))) {
			*bit = UINT32_C(1) << i;
			if (known[i].field == ACCESS_SRC)
				name_server(path, w->out);
			return known[i].field;
		}
	return ACCESS_OTHER;
}

/* A number, as it stands in the line. The words null, true and false say nothing. */
static struct str take_bare(struct str *s)
{
	size_t len = 0;

	while (len < s->len && str_find_byte(STR(",}] \t"), s->data[len]) == SIZE_MAX)
		len++;
	struct str value = str_sub(*s, 0, len);

	*s = str_sub(*s, len, SIZE_MAX);
	return value.len && (scan_is_digit(value.data[0]) || value.data[0] == '-') ? value : str_sub(value, 0, 0);
}

/* A part of an address or of a number would be another one. */
static bool is_exact(uint8_t field)
{
	return field == ACCESS_SRC || field == ACCESS_STATUS || field == ACCESS_FORWARDED;
}

static bool take_text(struct str *s, uint8_t field, struct str *value)
{
	struct buf b = buf_over(memory[field], VALUE_BYTES);

	if (!json_take_string(s, &b))
		return false;
	*value = buf_str(&b);
	return !b.overflow || !is_exact(field);
}

/* The texts of an array, as one list: headers that came more than once are its elements (RFC 9110 5.3). */
static bool take_list(struct str *s, uint8_t field, struct str *value)
{
	struct buf b = buf_over(memory[field], VALUE_BYTES);

	if (!json_take_byte(s, '['))
		return false;
	while (!json_take_byte(s, ']')) {
		if (b.len)
			buf_char(&b, ',');
		if (!json_take_string(s, &b))
			return false;
		json_take_byte(s, ',');
	}
	*value = buf_str(&b);
	return !b.overflow || !is_exact(field);
}

static bool take_wanted(struct walk *w, struct str *s, uint8_t field, uint32_t bit)
{
	struct str value = STR_NONE, *kept = &w->out->field[field];
	bool taken = true;

	if (w->seen & bit || (kept->data && (field == ACCESS_SRC || field == ACCESS_STATUS)))
		return false;
	w->seen |= bit;
	if (kept->data) /* the same by another name: the first one is kept */
		return json_take_value(s);
	if (str_starts(*s, STR("\"")))
		taken = take_text(s, field, &value);
	else if (str_starts(*s, STR("[")))
		taken = take_list(s, field, &value);
	else if (str_starts(*s, STR("{")))
		return json_take_value(s);
	else
		value = take_bare(s);
	*kept = value;
	return taken;
}

/* Take the name of a member and append it to the path. *len becomes the path's length, 0: it is too long. */
static bool take_name(struct walk *w, struct str *s, size_t prefix, size_t *len)
{
	struct buf b = buf_over(w->path, sizeof(w->path));

	b.len = prefix;
	if (prefix)
		buf_char(&b, '.');
	if (!json_take_string(s, &b) || !json_take_byte(s, ':'))
		return false;
	*len = b.overflow ? 0 : b.len;
	json_take_blanks(s);
	return true;
}

/* Take all members of the objects that lie in each other; `ends` are the lengths of their paths. */
static bool take_members(struct walk *w, struct str *s)
{
	size_t ends[DEPTH_MAX] = {0}, len;
	unsigned depth = 0;

	while (w->members++ < MEMBERS_MAX) {
		uint32_t bit = 0;

		if (!take_name(w, s, ends[depth], &len))
			return false;
		uint8_t field = len ? wanted(w, (struct str){w->path, len}, &bit) : ACCESS_OTHER;

		if (len && str_starts(*s, STR("{")) && depth + 1 < DEPTH_MAX) {
			json_take_byte(s, '{');
			ends[++depth] = len;
			if (!json_take_byte(s, '}'))
				continue;
			depth--;
		} else if (field == ACCESS_OTHER ? !json_take_value(s) : !take_wanted(w, s, field, bit)) {
			return false;
		}
		while (json_take_byte(s, '}'))
			if (depth-- == 0)
				return true;
		if (!json_take_byte(s, ','))
			return false;
	}
	return false;
}

bool access_json_read(const struct access_format *format, struct str line, struct access_values *out)
{
	struct walk w = {.format = format && format->names[ACCESS_SRC].len ? format : NULL, .out = out};

	*out = (struct access_values){.service = SERVICE_OTHER, .name = STR("web")};
	return json_take_byte(&line, '{') && take_members(&w, &line) && str_trim(line).len == 0 &&
	       out->field[ACCESS_SRC].len && out->field[ACCESS_STATUS].len;
}
