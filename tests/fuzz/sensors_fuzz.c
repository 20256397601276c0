/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log decoders against any bytes, twice. As a log: nothing is read outside the line, nothing is reported that the
 * line does not say. As a name, put where an attacker can put one in each format: the source is the true one or none.
 */
#include "agent/base/buf.h"
#include "agent/base/require.h"
#include "agent/sensors/log/lines.h"
#include "agent/sensors/log/sensor.h"
#include "agent/sensors/log/stream.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 100 /* where sshd, dropbear and others cut names */
#define TRUE_SOURCE "203.0.113.5"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	const char *before, *after;
} places[] = {
	{"sshd[8]: Failed password for invalid user ", " from 203.0.113.5 port 50001 ssh2"},
	{"sshd[8]: Failed none for invalid user ", " from 203.0.113.5 port 50001 ssh2"},
	{"sshd[8]: Failed publickey for invalid user ", " from 203.0.113.5 port 50001 ssh2: RSA SHA256:0WvKq3Xh"},
	{"sshd[8]: Failed publickey for root from 203.0.113.5 port 50001 ssh2: RSA-CERT SHA256:0WvKq3Xh ID ",
	 " (serial 0) CA RSA SHA256:Zx9Kq3Xh"},
	{"sshd[8]: Failed hostbased for root from 203.0.113.5 port 50001 ssh2: RSA SHA256:0WvKq3Xh, client user \"",
	 "\", client host \"h\""},
	{"sshd[8]: Postponed publickey for invalid user ", " from 203.0.113.5 port 50001 ssh2 [preauth]"},
	{"sshd[8]: Invalid user ", " from 203.0.113.5 port 50001"},
	{"sshd[8]: Invalid user ", " from 203.0.113.5"},
	{"sshd[8]: error: maximum authentication attempts exceeded for invalid user ",
	 " from 203.0.113.5 port 50001 ssh2 [preauth]"},
	{"sshd[8]: error: PAM: Authentication failure for illegal user ", " from 203.0.113.5"},
	{"sshd[8]: Connection closed by invalid user ", " 203.0.113.5 port 50001 [preauth]"},
	{"sshd[8]: Disconnected from authenticating user ", " 203.0.113.5 port 50001 [preauth]"},
	{"sshd[8]: Disconnecting invalid user ", " 203.0.113.5 port 50001: Too many authentication failures [preauth]"},
	{"sshd[8]: Disconnecting invalid user ",
	 " 203.0.113.5 port 50001: Change of username or service not allowed: (a,b) -> (c,d) [preauth]"},
	{"sshd[8]: Disconnecting invalid user x 203.0.113.5 port 50001: Change of username or service not allowed: "
	 "(x,b) -> (",
	 ",d) [preauth]"},
	{"sshd[8]: Received disconnect from 203.0.113.5 port 50001:11: ", " [preauth]"},
	{"sshd[8]: Received disconnect from 203.0.113.5: 11: ", ""},
	{"sshd[8]: Unable to negotiate with 203.0.113.5 port 50001: no matching cipher found. Their offer: ", ""},
	{"sshd[8]: Bad protocol version identification '", "' from 203.0.113.5 port 50001"},
	{"sshd[8]: error: kex_exchange_identification: client sent invalid protocol identifier \"", "\""},
	{"sshd[8]: pam_sss(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
	 "rhost=203.0.113.5 user=",
	 ""},
	{"vsftpd: pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=",
	 " rhost=203.0.113.5"},
	{"vsftpd: pam_sss(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=x "
	 "rhost=203.0.113.5 user=",
	 ""},
	{"dropbear[8]: Bad password attempt for '", "' from 203.0.113.5:50001"},
	{"dropbear[8]: Login attempt for nonexistent user ('", "') from 203.0.113.5:50001"},
	{"dropbear[8]: Exit before auth from <203.0.113.5:50001>: Incompatible remote version '", ""},
	{"dropbear[8]: Exit before auth: Incompatible remote version '", ""},
	{"login[8]: FAILED LOGIN 1 FROM 203.0.113.5 FOR ", ", Authentication failure"},
	{"login[8]: FAILED LOGIN (1) on '/dev/pts/0' from '203.0.113.5' FOR '", "', Authentication failure"},
	{"login[8]: FAILED LOGIN (1) on '/dev/tty1' FOR '", "', Authentication failure"},
	{"login[8]: invalid password for '", "' on 'pts/0' from '203.0.113.5'"},
	{"login[8]: invalid password for '", "' on 'ttyS0'"},
	{"vsftpd[8]: [", "] FAIL LOGIN: Client \"203.0.113.5\""},
	{"vsftpd[8]: FTP command: Client \"203.0.113.5\", \"", "\""},
	{"vsftpd[8]: [mia] OK LOGIN: Client \"203.0.113.5\", anon password \"", "\""},
	{"proftpd[8]: ap (h[203.0.113.5]) - USER ", ": no such user found from h [203.0.113.5] to 192.0.2.1:21"},
	{"proftpd[8]: ap (h[203.0.113.5]) - USER ", " (Login failed): Incorrect password"},
	{"pure-ftpd: (?@203.0.113.5) [WARNING] Authentication failed for user [", "]"},
	{"lighttpd[8]: (mod_auth.c.8) password doesn't match for /x username: ", " IP: 203.0.113.5"},
	{"lighttpd[8]: (mod_auth.c.8) digest: auth failed for ", ": wrong password, IP: 203.0.113.5"},
	{"nginx: 2026/11/22 11:58:01 [error] 22#22: *3 user \"",
	 "\": password mismatch, client: 203.0.113.5, server: ap, request: \"GET / HTTP/1.1\", host: \"ap\""},
	{"nginx: 2026/11/22 11:58:01 [error] 22#22: *3 user \"",
	 "\" was not found in \"/x\", client: 203.0.113.5, server: ap, request: \"GET / HTTP/1.1\", host: \"ap\""},
	{"nginx: 2026/11/22 11:58:01 [error] 22#22: *3 user \"x\": password mismatch, client: 203.0.113.5, server: ap, "
	 "request: \"GET / HTTP/1.1\", host: \"ap\", referrer: \"",
	 "\""},
	{"nginx: 203.0.113.5 - ", " [22/Nov/2026:11:58:01 +0000] \"GET / HTTP/1.1\" 401 179 \"-\" \"-\""},
	{"nginx: 203.0.113.5 - - [22/Nov/2026:11:58:01 +0000] \"", "\" 401 179 \"-\" \"-\""},
	{"uhttpd[8]: luci: failed login on /", " for root from 203.0.113.5"},
	{"uhttpd[8]: luci: failed login on / for ", " from 203.0.113.5"},
	{"ftpd[8]: FTP LOGIN FAILED FROM gate [203.0.113.5], ", ""},
	{"xrdp[8]: authentication failure; logname= uid=0 euid=0 tty=x ruser= rhost=203.0.113.5  user=", ""},
	{"su[8]: FAILED SU (to ", ") mia on pts/0"},
	{"sudo:   mia : TTY=pts/0 ; PWD=", " ; USER=root ; COMMAND=/usr/bin/id"},
	{"webmin[8]: Invalid login as ", " from 203.0.113.5"},
	{"doas: failed command for mia: ", ""},
	{"app[8]: ", ""},
	{"app: ", ""},
};

static bool is_inside(struct str part, struct str line)
{
	return part.len == 0 || (part.data >= line.data && part.data + part.len <= line.data + line.len);
}

/* Also "root", where the line says ROOT, and names that audit had in hexadecimal. */
static bool is_said(struct str part, struct str line)
{
	return is_inside(part, line) || str_equal(part, STR("root")) || str_find(line, STR("acct=")) != SIZE_MAX;
}

static bool is_address_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ':' || c == '.' ||
	       c == '%' || c == '-' || c == '_';
}

/* Whether a word of the line is the address, with a port or colon after it or not. */
static bool line_has_address(struct str line, const struct addr *a)
{
	for (size_t at = 0; at < line.len; at++) {
		struct str word = str_sub(line, at, 0);
		struct addr found;

		if ((at > 0 && is_address_byte(line.data[at - 1])) || !is_address_byte(line.data[at]))
			continue;
		while (at + word.len < line.len && is_address_byte(line.data[at + word.len]))
			word.len++;
		for (struct str cut = word; cut.len; cut.len--)
			if (addr_parse(cut, &found) == ERR_OK && addr_equal(&found, a))
				return true;
	}
	return false;
}

static void check_event(const struct event *e, struct str line)
{
	const struct auth_event *a = &e->auth;

	require(e->kind == EVENT_AUTH);
	require(e->line.data == line.data && e->line.len == line.len);
	require(a->service > SERVICE_NONE && a->service < SERVICE_MAX);
	require(a->outcome <= AUTH_PROBE && a->trace < TRACE_MAX && a->method < METHOD_MAX && a->reason < REASON_MAX);
	require(is_said(a->user, line) && is_said(a->target, line));
	require(is_inside(a->src_host, line) && is_inside(a->service_name, line));
	require(a->src.family == 0 || a->src.family == 4 || a->src.family == 6);
	require(a->src.family == 0 || a->src_host.len == 0);
	require(a->src_port == 0 || a->src.family || a->src_host.len);
	require(a->src.family == 0 || line_has_address(line, &a->src));
}

/* A copy of its own size, so that the sanitizer sees the first byte read past it. */
static void decode_copy(struct str line)
{
	char *copy = malloc(line.len ? line.len : 1);
	struct event e;

	if (!copy)
		return;
	if (line.len)
		memcpy(copy, line.data, line.len);
	line.data = copy;
	if (sensor_decode(line, &e))
		check_event(&e, line);
	free(copy);
}

/* The lines of one source. What JSON escapes lies in the decoder's memory, not in the line. */
static void check_stream(struct str log)
{
	static struct stream stream;
	static char kept[4096];
	struct lines lines = lines_over(kept, sizeof(kept));
	struct str line;
	struct event e;

	memset(&stream, 0, sizeof(stream));
	lines_feed(&lines, log);
	while (lines_next(&lines, &line))
		if (stream_decode(&stream, line, &e) && e.line.data == line.data && line.data[0] != '{')
			check_event(&e, line);
}

static void check_log(struct str log)
{
	static char kept[512];
	struct lines whole = lines_over(kept, sizeof(kept));
	struct str line;

	lines_feed(&whole, log);
	while (lines_next(&whole, &line))
		decode_copy(line);
	if (lines_last(&whole, &line))
		decode_copy(line);
	decode_copy(log);
	check_stream(log);

	/* The same in small pieces gives the same lines. */
	static char kept_too[512];
	struct lines pieces = lines_over(kept_too, sizeof(kept_too));

	for (size_t at = 0, step = 1; at < log.len; at += step, step = step % 7 + 1) {
		lines_feed(&pieces, str_sub(log, at, step));
		while (lines_next(&pieces, &line))
			;
	}
	lines_last(&pieces, &line);
	require(pieces.count == whole.count && pieces.skipped == whole.skipped);
}

static void check_name(struct str name)
{
	char text[1024];
	struct addr truth;

	require(addr_parse(STR(TRUE_SOURCE), &truth) == ERR_OK);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct buf b = buf_over(text, sizeof(text));
		struct event e;

		buf_text(&b, "Nov 22 11:58:01 gate ");
		buf_text(&b, places[i].before);
		buf_put(&b, name);
		buf_text(&b, places[i].after);
		require(!b.overflow);
		if (!sensor_decode(buf_str(&b), &e))
			continue;
		check_event(&e, buf_str(&b));
		require(e.auth.src.family == 0 || addr_equal(&e.auth.src, &truth));
		require(e.auth.src_host.len == 0);
	}
}

static void put_field(struct buf *b, const char *name, struct str value)
{
	buf_text(b, name);
	buf_char(b, '\n');
	for (unsigned i = 0; i < 8; i++)
		buf_char(b, (char)((uint64_t)value.len >> 8 * i));
	buf_put(b, value);
	buf_char(b, '\n');
}

static void put_entry(struct buf *b, struct str name)
{
	char text[512];
	struct buf message = buf_over(text, sizeof(text));

	buf_text(&message, "Failed password for invalid user ");
	buf_put(&message, name);
	buf_text(&message, " from " TRUE_SOURCE " port 50001 ssh2");
	buf_text(b, "__CURSOR=s=0123456789abcdef0123456789abcdef;i=1\nSYSLOG_IDENTIFIER=sshd\n");
	put_field(b, "MESSAGE", buf_str(&message));
	put_field(b, "DATA", name);
	buf_char(b, '\n');
}

/* Any bytes in an export of the journal: each entry is read, and none that is not there. */
static void check_export(struct str name)
{
	static char text[4096], kept[512];
	static struct stream stream;
	struct buf log = buf_over(text, sizeof(text));
	struct lines lines = lines_over(kept, sizeof(kept));
	struct str line;
	struct event e;
	struct addr truth;
	unsigned count = 0;

	require(addr_parse(STR(TRUE_SOURCE), &truth) == ERR_OK);
	put_entry(&log, name);
	put_entry(&log, STR("mia"));
	require(!log.overflow);
	memset(&stream, 0, sizeof(stream));
	lines_feed(&lines, buf_str(&log));
	while (lines_next(&lines, &line)) {
		if (!stream_decode(&stream, line, &e))
			continue;
		require(addr_equal(&e.auth.src, &truth) || e.auth.src.family == 0);
		count++;
	}
	require(count == 2 || (count == 1 && str_find(name, STR("\n\0")) != SIZE_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str all = {(const char *)data, size};
	char name[NAME_MAX_BYTES];
	size_t len = 0;

	check_log(all);
	check_export(str_sub(all, 0, 3 * NAME_MAX_BYTES));
	for (size_t i = 0; i < size && len < sizeof(name); i++)
		if (data[i] != '\n' && data[i] != '"') /* servers escape both */
			name[len++] = (char)data[i];
	check_name((struct str){name, len});
	return 0;
}
