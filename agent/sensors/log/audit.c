/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes audit records. The kernel writes them before the daemon sends its line to syslog, so they are the first trace
 * of an attempt. Never reads a name as anything but one field.
 */
#include "agent/sensors/log/audit.h"

#include "agent/base/hex.h"
#include "agent/base/now.h"
#include "agent/sensors/log/peer.h"
#include "agent/sensors/log/service.h"
#include "agent/sensors/log/stamp.h"

#define NAME_MAX_BYTES 256 /* of a decoded name; a longer one is cut */

struct record {
	struct str op, acct, exe, hostname, addr, res;
	bool acct_quoted;
};

static const struct type {
	struct str name, number;
	uint8_t verdict, trace;
} types[] = {
	{STR("USER_AUTH"), STR("1100"), true, TRACE_AUDIT},	  {STR("USER_LOGIN"), STR("1112"), true, TRACE_ERROR},
	{STR("USER_ACCT"), STR("1101"), false, TRACE_AUDIT},	  {STR("USER_ERR"), STR("1109"), false, TRACE_AUDIT},
	{STR("USER_CHAUTHTOK"), STR("1108"), false, TRACE_AUDIT},
};

static const struct type *find_type(struct str name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_equal(name, types[i].name) || str_equal(name, types[i].number))
			return &types[i];
	return NULL;
}

/* The name that hexadecimal digits stand for. The text itself, if it has other characters. */
static struct str unhex(struct str s)
{
	static char name[NAME_MAX_BYTES];
	size_t len = 0;

	if (s.len == 0 || s.len % 2)
		return s;
	for (size_t i = 0; i < s.len; i += 2) {
		int high = hex_digit(s.data[i]), low = hex_digit(s.data[i + 1]);

		if (high < 0 || low < 0)
			return s;
		if (len < sizeof(name))
			name[len++] = (char)(high << 4 | low);
	}
	return (struct str){name, len};
}

/* Read the known fields of "op=X acct="Y" ...". Values have no blanks. */
static void read_fields(struct str s, struct record *r)
{
	while (s.len) {
		struct str value = str_cut(&s, ' ');
		struct str key = str_cut(&value, '=');
		bool quoted = str_take(&value, STR("\""));

		if (quoted)
			str_take_back(&value, STR("\""));
		if (str_equal(key, STR("op"))) {
			r->op = value;
		} else if (str_equal(key, STR("acct"))) {
			r->acct = value;
			r->acct_quoted = quoted;
		} else if (str_equal(key, STR("exe"))) {
			r->exe = value;
		} else if (str_equal(key, STR("hostname"))) {
			r->hostname = value;
		} else if (str_equal(key, STR("addr"))) {
			r->addr = value;
		} else if (str_equal(key, STR("res")) || str_equal(key, STR("result"))) {
			r->res = value;
		}
	}
}

static void set_user(const struct record *r, struct auth_event *a)
{
	struct str user = r->acct_quoted ? r->acct : unhex(r->acct);

	if (str_equal(user, STR("(unknown)")) || str_equal(user, STR("(unknown user)")) ||
	    str_equal(user, STR("(invalid user)"))) {
		a->reason = REASON_UNKNOWN_USER;
		return;
	}
	if (str_equal(user, STR("?")))
		return;
	if (a->service == SERVICE_SU)
		a->target = user;
	else
		a->user = user;
}

static void set_src(const struct record *r, struct auth_event *a)
{
	if (r->addr.len && !str_equal(r->addr, STR("?")) && peer_set(a, r->addr))
		return;
	if (r->hostname.len && !str_equal(r->hostname, STR("?")))
		peer_set(a, r->hostname);
}

/* "audit(1700000000.123:45):" */
static int64_t take_stamp(struct str *s)
{
	struct str rest = *s, inside, fraction;
	uint64_t seconds = 0, millis = 0;

	if (!str_take(&rest, STR("audit(")))
		return 0;
	inside = str_cut(&rest, ')');
	*s = rest;
	fraction = str_cut(&inside, ':');
	if (str_number(str_cut(&fraction, '.'), INT64_C(1) << 40, &seconds) != ERR_OK)
		return 0;
	if (fraction.len != 3 || str_number(fraction, 999, &millis) != ERR_OK)
		millis = 0;
	return (int64_t)seconds * SECOND_US + (int64_t)millis * MS_US;
}

static uint32_t pid_of(struct str s)
{
	size_t at = str_find(s, STR(" pid="));
	struct str rest = str_sub(s, at == SIZE_MAX ? s.len : at + 5, SIZE_MAX);
	uint64_t pid = 0;

	return str_number(str_cut(&rest, ' '), UINT32_MAX, &pid) == ERR_OK ? (uint32_t)pid : 0;
}

/* Take "[audit: ][node=H ]type=T [msg=]", or "T ", which is what journald leaves of it. */
static const struct type *take_type(struct str *s, bool journald)
{
	struct str rest = *s;

	if (journald) {
		const struct type *type = find_type(str_cut(&rest, ' '));

		/* The blank stays in s, because each field begins with one. */
		*s = type ? (struct str){rest.data - 1, rest.len + 1} : *s;
		return type;
	}
	str_take(&rest, STR("audit: "));
	if (str_starts(rest, STR("node=")))
		str_cut(&rest, ' ');
	if (!str_take(&rest, STR("type=")))
		return NULL;
	const struct type *type = find_type(str_cut(&rest, ' '));

	str_take(&rest, STR("msg="));
	*s = rest;
	return type;
}

/* " pid=7 uid=0 ... msg='op=... res=failed'" */
static bool take_record(struct str s, struct record *r, uint32_t *pid)
{
	size_t open = str_find(s, STR(" msg='"));

	if (open == SIZE_MAX)
		return false;
	struct str text = str_sub(s, open + 6, SIZE_MAX);
	size_t close = str_find_byte(text, '\'');

	if (close == SIZE_MAX)
		return false;
	text.len = close;
	*pid = pid_of(str_sub(s, 0, open));
	read_fields(text, r);
	return r->res.len && r->exe.len;
}

bool audit_decode(const struct sensor_line *line, struct event *out)
{
	struct str s = line->message;
	struct auth_event *a = &out->auth;
	struct record r = {0};
	bool journald = str_equal(line->program, STR("audit"));

	if (s.data[0] == '[') { /* the kernel's own stamp, "[   12.345678] audit: type=..." */
		s = str_sub(s, stamp_length(s), SIZE_MAX);
		str_take(&s, STR(" "));
	}
	const struct type *type = take_type(&s, journald);

	if (!type)
		return false;
	if (!journald) {
		out->stamp_us = take_stamp(&s);
		if (out->stamp_us == 0)
			return false;
	}
	uint32_t pid = 0;

	if (!take_record(s, &r, &pid))
		return false;
	bool success = str_equal(r.res, STR("success")) || str_equal(r.res, STR("1"));

	if (pid)
		a->pid = pid;
	a->trace = type->trace;
	a->outcome = !type->verdict ? AUTH_INFO : success ? AUTH_SUCCESS : AUTH_FAILURE;
	if (a->outcome == AUTH_FAILURE)
		a->reason = REASON_BAD_CREDENTIAL;
	if (str_starts(r.op, STR("pubkey")) || str_starts(r.op, STR("key")))
		a->method = METHOD_PUBLICKEY;
	service_set(a, r.exe);
	set_user(&r, a);
	set_src(&r, a);
	return true;
}
