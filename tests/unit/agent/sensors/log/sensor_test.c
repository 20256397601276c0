/* SPDX-License-Identifier: Apache-2.0 */
/* What every sensor owes its callers. What single messages mean is in tests/corpus. */
#include "agent/base/buf.h"
#include "agent/sensors/log/lines.h"
#include "agent/sensors/log/sensor.h"
#include "agent/sensors/log/stream.h"
#include "agent/sensors/log/syslog.h"
#include "agent/sensors/log/table.h"

#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define FAILED "Failed password for root from 203.0.113.5 port 50001 ssh2"

static void every_program_of_a_row_leads_to_it(void **state)
{
	(void)state;
	for (const struct sensor *row = sensor_table; row->name; row++)
		for (const char *const *name = row->programs; name && *name; name++) {
			struct sensor_line line = {.program = str_from(*name), .message = STR("anything")};

			assert_ptr_equal(table_find(&line), row);
		}
}

static void programs_that_nobody_knows_lead_nowhere(void **state)
{
	(void)state;
	static const char *const names[] = {"",
					    "x",
					    "ss",
					    "sshx",
					    "sshd2",
					    "loginx",
					    "CRON",
					    "systemd",
					    "telnetx",
					    "dropbeaR",
					    "sshd-axxx",
					    "pure-ftpx",
					    "in.telnetx",
					    "sshd-sessiox",
					    "audisp-syslox",
					    "sshd-session-with-more"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct sensor_line line = {.program = str_from(names[i]), .message = STR("anything")};

		assert_null(table_find(&line));
	}
	struct sensor_line line = {.program = STR("sshd\0"), .message = STR("anything")};

	assert_null(table_find(&line));
}

/* Behind the level stands text of the application's client, who may write a tag there. */
static void a_level_is_no_host(void **state)
{
	static const char *const levels[] = {"emerg", "alert",	 "crit",   "err",  "error", "warn",
					     "WARN",  "Warning", "notice", "info", "debug"};
	struct event e;
	char line[128];

	(void)state;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		snprintf(line, sizeof(line), "Nov 22 11:58:01 %s sshd[7]: " FAILED, levels[i]);
		assert_false(sensor_decode(str_from(line), &e));
		snprintf(line, sizeof(line), "Nov 22 11:58:01 %sx sshd[7]: " FAILED, levels[i]);
		assert_true(sensor_decode(str_from(line), &e));
	}
}

static void every_row_can_be_reached(void **state)
{
	(void)state;
	for (const struct sensor *row = sensor_table; row->name; row++) {
		assert_non_null(row->decode);
		assert_true(row->flags & (SENSOR_SYSLOG | SENSOR_BARE));
	}
}

static void pam_lines_go_to_pam_whatever_the_program(void **state)
{
	(void)state;
	struct sensor_line line = {.program = STR("anything"), .message = STR("pam_unix(anything:auth): x")};

	if (!IS_ENABLED(CONFIG_SENSOR_PAM))
		skip();
	assert_string_equal(table_find(&line)->name, "pam");
}

static void an_event_is_filled_from_frame_and_message(void **state)
{
	(void)state;
	struct str line = STR("2026-11-22T11:58:01.000250+00:00 gate sshd[801]: " FAILED);
	struct event e;

	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	memset(&e, 0xa5, sizeof(e));
	assert_true(sensor_decode(line, &e));
	assert_int_equal(e.kind, EVENT_AUTH);
	assert_int_equal(e.stamp_us, INT64_C(1795348681000250));
	assert_ptr_equal(e.line.data, line.data);
	assert_int_equal(e.line.len, line.len);
	assert_int_equal(e.auth.service, SERVICE_SSHD);
	assert_int_equal(e.auth.outcome, AUTH_FAILURE);
	assert_int_equal(e.auth.trace, TRACE_DAEMON);
	assert_int_equal(e.auth.method, METHOD_PASSWORD);
	assert_int_equal(e.auth.reason, REASON_BAD_CREDENTIAL);
	assert_int_equal(e.auth.src_port, 50001);
	assert_int_equal(e.auth.pid, 801);
	assert_int_equal(e.count, 1);
	assert_int_equal(e.auth.src.family, 4);
	assert_int_equal(e.auth.src_host.len, 0);
	assert_true(str_equal(e.auth.user, STR("root")));
	assert_null(e.auth.target.data);
	assert_null(e.auth.service_name.data);
}

static void any_cut_of_a_line_is_read_within_its_bounds(void **state)
{
	(void)state;
	static const char line[] = "<38>1 2026-11-22T11:58:01.5Z gate sshd 801 - [a b=\"c\"] Failed publickey for "
				   "invalid user x from 2001:db8::5 port 50001 ssh2: RSA SHA256:abcdefgh";
	struct event e;

	for (size_t len = 0; len < sizeof(line); len++) {
		char *copy = malloc(len ? len : 1);

		memcpy(copy, line, len);
		sensor_decode((struct str){copy, len}, &e);
		free(copy);
	}
}

static void long_lines_and_odd_bytes_do_no_harm(void **state)
{
	(void)state;
	static char line[65536];
	static const char head[] = "Nov 22 11:58:01 gate sshd[801]: Failed password for invalid user ";
	static const char tail[] = " from 203.0.113.5 port 50001 ssh2";
	struct event e;

	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	for (size_t i = 0; i < sizeof(line); i++)
		line[i] = (char)(i * 7);
	memcpy(line, head, sizeof(head) - 1);
	memcpy(line + sizeof(line) - (sizeof(tail) - 1), tail, sizeof(tail) - 1);
	assert_true(sensor_decode((struct str){line, sizeof(line)}, &e));
	assert_int_equal(e.auth.src.family, 0); /* its end may be missing: who knows whose address this is */
	assert_int_equal(e.auth.src_port, 0);
	assert_int_equal(e.auth.user.len, sizeof(line) - (sizeof(head) - 1) - (sizeof(tail) - 1));
	memset(line, ' ', sizeof(line));
	assert_false(sensor_decode((struct str){line, sizeof(line)}, &e));
	memset(line, 0, sizeof(line));
	assert_false(sensor_decode((struct str){line, sizeof(line)}, &e));
	assert_false(sensor_decode(STR_NONE, &e));
}

static void a_repeated_message_counts_as_often(void **state)
{
	(void)state;
	struct event e;

	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	assert_true(sensor_decode(STR("Nov 22 11:58:01 gate sshd[801]: message repeated 3 times: [ " FAILED "]"), &e));
	assert_int_equal(e.count, 3);
	assert_int_equal(e.auth.src_port, 50001);
	assert_false(sensor_decode(STR("Nov 22 11:58:01 gate sshd[801]: message repeated x times: [ " FAILED "]"), &e));
}

static void last_message_repeated_means_the_line_before(void **state)
{
	(void)state;
	static struct stream r;
	struct event e;

	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	assert_false(stream_decode(&r, STR("Nov 22 11:58:01 gate last message repeated 2 times"), &e));
	assert_true(stream_decode(&r, STR("Nov 22 11:58:01 gate sshd[801]: " FAILED), &e));
	assert_true(stream_decode(&r, STR("Nov 22 11:58:09 gate last message repeated 2 times"), &e));
	assert_int_equal(e.count, 2);
	assert_int_equal(e.auth.src_port, 50001);
	assert_true(stream_decode(&r, STR("Nov 22 11:58:19 last message repeated 5 times"), &e));
	assert_int_equal(e.count, 5);
	assert_false(stream_decode(&r, STR("Nov 22 11:58:01 gate other[1]: something"), &e));
	assert_false(stream_decode(&r, STR("Nov 22 11:58:09 gate last message repeated 2 times"), &e));
}

static void other_daemons_say_repeated_in_other_words(void **state)
{
	static const char *const lines[] = {
		"Nov 22 11:58:09 gate last message buffered 3 times",
		"Nov 22 11:58:09 gate last message repeated 3 time(s)",
		"Nov 22 11:58:09 --- last message repeated 3 times ---",
		"Nov 22 11:58:09 Last output repeated 3 times",
		"Nov 22 11:58:09 gate above message repeats 3 times",
	};

	(void)state;
	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct stream s = {.repeat = {.len = 0}};
		struct event e;

		assert_true(stream_decode(&s, STR("Nov 22 11:58:01 gate sshd[801]: " FAILED), &e));
		assert_true(stream_decode(&s, str_from(lines[i]), &e));
		assert_int_equal(e.count, 3);
	}
}

static void a_name_in_a_repeated_message_is_not_the_count(void **state)
{
	struct event e;

	(void)state;
	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	assert_true(sensor_decode(STR("Nov 22 11:58:01 gate sshd[801]: Last message 'Failed password for invalid user "
				      "x' repeated 9 times, suppressed by syslog-ng on y from 203.0.113.5 port 50001 "
				      "ssh2' repeated 3 times, suppressed by syslog-ng on gate"),
				  &e));
	assert_int_equal(e.count, 3);
	assert_int_equal(e.auth.src_port, 50001);
}

/* The first known message says who writes to this source, and no later line can choose another reader. */
static void messages_without_a_name_have_one_writer(void **state)
{
	struct stream s = {.repeat = {.len = 0}};
	struct event e;

	(void)state;
	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	assert_false(stream_decode(&s, STR("2026-11-22_10:00:03.17720 Server listening on 0.0.0.0 port 22."), &e));
	assert_true(stream_decode(&s, STR("2026-11-22_10:00:03.17720 " FAILED), &e));
	assert_int_equal(e.auth.service, SERVICE_SSHD);
	assert_false(stream_decode(&s, STR("2026-11-22_10:00:03.17720 Bad password attempt for 'x' from 203.0.113.5:1"),
				   &e));
}

/* Behind a strange message a client may have chosen all of the next one. How containers begin is not strange. */
static void a_strange_message_closes_a_source_for_those_without_a_name(void **state)
{
	struct stream s = {.repeat = {.len = 0}};
	struct event e;

	(void)state;
	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	assert_false(stream_decode(&s, STR("{\"log\":\"/docker-entrypoint.sh: launching\\n\"}"), &e));
	assert_int_equal(s.trouble, STREAM_READABLE);
	assert_false(stream_decode(&s, STR("{\"log\":\"hello from a shop\\n\",\"stream\":\"stdout\"}"), &e));
	assert_false(stream_decode(&s, STR("{\"log\":\"" FAILED "\\n\",\"stream\":\"stdout\"}"), &e));
	assert_int_equal(s.trouble, STREAM_NAMELESS);
}

/* The rest of a cut message, where the guard began to read, says nothing of the lines behind it. */
static void a_strange_message_before_lines_with_names_leaves_the_source_readable(void **state)
{
	struct stream s = {.repeat = {.len = 0}};
	struct event e;

	(void)state;
	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	assert_false(stream_decode(&s, STR("or root from 203.0.113.5 port 50001 ssh2"), &e));
	assert_int_equal(s.trouble, STREAM_NAMELESS);
	assert_true(stream_decode(&s, STR("Nov 22 11:58:01 gate sshd[801]: " FAILED), &e));
	assert_int_equal(s.trouble, STREAM_READABLE);
	assert_false(stream_decode(&s, STR("Nov 22 11:58:01 " FAILED), &e));
}

static void a_source_with_names_takes_no_message_without(void **state)
{
	struct stream s = {.repeat = {.len = 0}};
	struct event e;

	(void)state;
	assert_false(stream_decode(&s, STR("Nov 22 11:58:01 gate cron[1]: (root) CMD (true)"), &e));
	assert_false(stream_decode(&s, STR("Nov 22 11:58:01 " FAILED), &e));
}

static void a_member_that_comes_twice_makes_no_line(void **state)
{
	struct stream s = {.repeat = {.len = 0}};
	struct event e;

	(void)state;
	assert_false(stream_decode(&s, STR("{\"log\":\"x\",\"log\":\"" FAILED "\"}"), &e));
	assert_false(stream_decode(&s, STR("{\"MESSAGE\":\"" FAILED "\",\"log\":\"" FAILED "\"}"), &e));
	assert_false(stream_decode(&s, STR("{\"log\":\"" FAILED), &e));
	assert_false(stream_decode(&s, STR("{\"log\":\"" FAILED "\"} x"), &e));
}

/* Whatever a line looks like: only the declared form is read, and the source says when it is another one. */
static void a_declared_source_is_read_in_its_form_only(void **state)
{
	static const char *const lines[] = {
		[STREAM_SYSLOG] = "Nov 22 11:58:01 gate sshd[801]: " FAILED,
		[STREAM_JSON] = "{\"MESSAGE\":\"" FAILED "\",\"SYSLOG_IDENTIFIER\":\"sshd\"}",
		[STREAM_CRI] = "2026-11-22T10:00:00.123456789Z stderr F " FAILED,
		[STREAM_OF_SSHD] = "2026-11-22_10:00:03.17720 " FAILED,
	};

	(void)state;
	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	for (uint8_t format = STREAM_SYSLOG; format <= STREAM_OF_SSHD; format++) {
		if (!lines[format])
			continue;
		struct stream s = {.format = format};
		struct event e;

		for (uint8_t form = STREAM_SYSLOG; form <= STREAM_OF_SSHD; form++)
			if (lines[form])
				assert_int_equal(stream_decode(&s, str_from(lines[form]), &e), form == format);
		for (unsigned i = 0; i < STREAM_CONTRADICTIONS_MAX; i++)
			stream_decode(&s, STR("what is this? no log line"), &e);
		assert_int_equal(s.contradicted, format == STREAM_OF_SSHD ? 0 : STREAM_CONTRADICTIONS_MAX);
		assert_true(stream_decode(&s, str_from(lines[format]), &e));
		assert_int_equal(s.contradicted, 0);
	}
}

static unsigned events_of(uint8_t format, const char *const *lines, struct event *e)
{
	static struct stream s;
	unsigned events = 0;

	s = (struct stream){.format = format};
	for (; *lines; lines++)
		events += stream_decode(&s, str_from(*lines), e);
	return events;
}

static void entries_on_several_lines_are_read(void **state)
{
	static const char *const verbose[] = {"Sun 2026-11-22 11:58:01.123456 UTC [s=1a;i=2b;b=3c;m=4d;t=5e;x=6f]",
					      "    _PID=9",
					      "    SYSLOG_PID=801",
					      "    SYSLOG_IDENTIFIER=sshd",
					      "    _COMM=other",
					      "    MESSAGE=" FAILED,
					      "            SYSLOG_IDENTIFIER=forged",
					      "Sun 2026-11-22 11:58:02.123456 UTC [s=1a;i=2c;b=3c;m=4d;t=5e;x=6f]",
					      "    MESSAGE=" FAILED,
					      "    MESSAGE=" FAILED,
					      "    SYSLOG_IDENTIFIER=sshd", /* twice */
					      "Sun 2026-11-22 11:58:03.123456 UTC [s=1a;i=2d;b=3c;m=4d;t=5e;x=6f]",
					      "    MESSAGE=" FAILED, /* of nobody */
					      "Sun 2026-11-22 11:58:04.123456 UTC [s=1a;i=2e;b=3c;m=4d;t=5e;x=6f]",
					      NULL};
	static const char *const pretty[] = {"{",
					     "\t\"__REALTIME_TIMESTAMP\" : \"1795348681123456\",",
					     "\t\"SYSLOG_IDENTIFIER\" : \"sshd\",",
					     "\t\"_PID\" : \"801\",",
					     "\t\"MESSAGE\" : \"" FAILED "\"",
					     "}",
					     "{",
					     "\t\"SYSLOG_IDENTIFIER\" : \"sshd\",",
					     "\t\"MESSAGE\" : [",
					     "\t\t70,",
					     "\t\t\"" FAILED "\"",
					     "\t],",
					     "}",
					     "{",
					     "\t\"MESSAGE\" : \"" FAILED "\"",
					     "}",
					     NULL};
	struct event e;

	(void)state;
	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	assert_int_equal(events_of(STREAM_VERBOSE, verbose, &e), 1);
	assert_int_equal(e.auth.service, SERVICE_SSHD);
	assert_int_equal(e.auth.pid, 801);
	assert_int_equal(e.stamp_us, INT64_C(1795348681123456));
	assert_int_equal(events_of(STREAM_PRETTY, pretty, &e), 1);
	assert_int_equal(e.auth.pid, 801);
	assert_int_equal(e.stamp_us, INT64_C(1795348681123456));
	/* The first line shows the form, once for the source. */
	assert_int_equal(events_of(STREAM_AUTO, verbose, &e), 1);
	assert_int_equal(events_of(STREAM_AUTO, pretty, &e), 1);
	assert_int_equal(events_of(STREAM_JSON, verbose, &e), 0);
}

/* An application's log has such stamps, too, and its client's text behind them. */
static void other_stamps_are_read_where_the_first_line_or_a_declaration_shows_syslog(void **state)
{
	static const char slashed[] = "2026/11/22 11:58:01 gate sshd[801]: " FAILED;
	static const char dotted[] = "2026.11.22 11:58:01 gate sshd[801]: " FAILED;
	struct stream s = {.repeat = {.len = 0}}, application = s, declared = {.format = STREAM_SYSLOG};
	struct event e;

	(void)state;
	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	assert_false(stream_decode(&s, STR("2026/11/22 11:58:00 gate cron[1]: (root) CMD (true)"), &e));
	assert_true(stream_decode(&s, str_from(slashed), &e));
	assert_int_equal(e.auth.pid, 801);
	assert_string_equal(e.line.data, slashed);
	assert_false(stream_decode(&s, str_from(dotted), &e));
	assert_int_equal(s.trouble, STREAM_READABLE);

	assert_false(stream_decode(&application, STR("2026/11/22 11:58:00 order: 7 for mia"), &e));
	assert_int_equal(application.trouble, STREAM_NAMELESS);
	assert_false(stream_decode(&application, str_from(slashed), &e));

	assert_true(stream_decode(&declared, str_from(dotted), &e));
	assert_false(stream_decode(&declared, str_from(slashed), &e));
	assert_int_equal(declared.contradicted, 1);
}

#define CURSOR "__CURSOR=s=0123456789abcdef0123456789abcdef;i=1;b=3c"
#define FORGED "Failed password for root from 198.51.100.66 port 22 ssh2"

/* The events of a whole log, whose bytes may be any. */
static unsigned events_in(struct stream *s, struct str log, struct event *last)
{
	static char kept[256];
	struct lines lines = lines_over(kept, sizeof(kept));
	struct str line;
	unsigned events = 0;

	lines_feed(&lines, log);
	while (lines_next(&lines, &line))
		events += stream_decode(s, line, last);
	return events;
}

static void an_exported_value_cannot_look_like_a_member(void **state)
{
	static const char user[] = "a\n\n" CURSOR "\nSYSLOG_IDENTIFIER=sshd\nMESSAGE=" FORGED "\n\n";
	static const char before[] = CURSOR "\n__REALTIME_TIMESTAMP=1795348681123456\n_PID=801\nDATA\n"
					    "\x0a\0\0\0\0\0\0\0" /* a length whose byte is a line feed */
					    "\n\n1234567\n"
					    "\nSYSLOG_IDENTIFIER=sshd\nMESSAGE\n";
	static const char head[] = "Failed password for invalid user ", tail[] = " from 203.0.113.5 port 50001 ssh2";
	char text[1024];
	struct buf b = buf_over(text, sizeof(text));
	struct stream s = {.repeat = {.len = 0}};
	struct event e;

	(void)state;
	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	buf_put(&b, (struct str){before, sizeof(before) - 1});
	buf_char(&b, (char)(sizeof(head) + sizeof(user) + sizeof(tail) - 3));
	buf_put(&b, (struct str){"\0\0\0\0\0\0\0", 7});
	buf_text(&b, head);
	buf_text(&b, user);
	buf_text(&b, tail);
	buf_text(&b, "\n\n");
	assert_int_equal(events_in(&s, buf_str(&b), &e), 1);
	assert_int_equal(e.auth.src_port, 50001);
	assert_int_equal(e.auth.pid, 801);
	assert_int_equal(e.stamp_us, INT64_C(1795348681123456));
	assert_int_equal(s.contradicted, 0);
}

/* What was lost may have ended in the midst of a value, whose bytes a client chose. */
static void an_export_goes_on_at_its_own_journal_when_a_part_is_lost(void **state)
{
	static const char first[] = CURSOR "\nSYSLOG_IDENTIFIER=sshd\nMESSAGE=" FAILED "\n\n";
	static const char other[] = "__CURSOR=s=fedcba9876543210fedcba9876543210;i=1\nSYSLOG_IDENTIFIER=sshd\n"
				    "MESSAGE=" FORGED "\n\n";
	char lost[300];
	struct stream s = {.repeat = {.len = 0}};
	struct event e;

	(void)state;
	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	memset(lost, 'x', sizeof(lost));
	lost[sizeof(lost) - 1] = '\n';
	assert_int_equal(events_in(&s, str_from(first), &e), 1);
	assert_int_equal(events_in(&s, (struct str){lost, sizeof(lost)}, &e), 0);
	assert_int_equal(events_in(&s, str_from(other), &e), 0);
	assert_int_equal(s.contradicted, STREAM_CONTRADICTIONS_MAX);
	assert_int_equal(events_in(&s, str_from(first), &e), 1);
	assert_int_equal(s.contradicted, 0);
	/* Journals that were merged have ids of their own. */
	assert_int_equal(events_in(&s, str_from(other), &e), 1);
}

static void a_form_that_the_first_line_showed_is_the_only_one_read(void **state)
{
	static const char *const firsts[] = {CURSOR, "{", "Sun 2026-11-22 11:58:01.123456 UTC [s=1a;i=2b]"};

	(void)state;
	for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		struct stream s = {.repeat = {.len = 0}};
		struct event e;

		assert_false(stream_decode(&s, str_from(firsts[i]), &e));
		for (unsigned n = 0; n < STREAM_CONTRADICTIONS_MAX; n++)
			assert_false(stream_decode(&s, STR("Nov 22 11:58:01 gate sshd[801]: " FAILED), &e));
		assert_int_equal(s.contradicted, STREAM_CONTRADICTIONS_MAX);
		/* So it does behind the rest of an entry, in whose midst the guard began to read. */
		s = (struct stream){.repeat = {.len = 0}};
		assert_false(stream_decode(&s, STR("_SYSTEMD_UNIT=ssh.service"), &e));
		assert_false(stream_decode(&s, STR("    _SYSTEMD_UNIT=ssh.service"), &e));
		assert_false(stream_decode(&s, str_from(firsts[i]), &e));
		assert_int_not_equal(s.format, STREAM_AUTO);
		/* Behind another line none of them is the first. */
		s = (struct stream){.repeat = {.len = 0}};
		assert_false(stream_decode(&s, STR("Nov 22 11:58:01 gate cron[1]: (root) CMD (true)"), &e));
		assert_false(stream_decode(&s, str_from(firsts[i]), &e));
		assert_int_equal(s.format, STREAM_AUTO);
	}
}

/* A line of vsftpd's own log, or of a web server, would be recognised without a frame. */
static void a_line_without_frame_is_none_of_a_declared_syslog(void **state)
{
	struct stream s = {.format = STREAM_SYSLOG};
	struct event e;

	(void)state;
	assert_false(stream_decode(&s,
				   STR("203.0.113.5 - root [22/Nov/2026:11:58:01 +0000] \"GET / HTTP/1.1\" 401 179 "
				       "\"-\" \"-\""),
				   &e));
	assert_int_equal(s.contradicted, 1);
}

static void a_program_cannot_say_that_something_was_repeated(void **state)
{
	(void)state;
	assert_int_equal(syslog_last_repeated(STR("Nov 22 11:58:01 gate last message repeated 2 times")), 2);
	assert_int_equal(syslog_last_repeated(STR("Nov 22 11:58:01 gate x: last message repeated 2 times")), 0);
	assert_int_equal(syslog_last_repeated(STR("Nov 22 11:58:01 gate last message repeated 2 times x")), 0);
	assert_int_equal(syslog_last_repeated(STR("Nov 22 11:58:01 gate last message repeated 9999999 times")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_program_of_a_row_leads_to_it),
		cmocka_unit_test(programs_that_nobody_knows_lead_nowhere),
		cmocka_unit_test(a_level_is_no_host),
		cmocka_unit_test(every_row_can_be_reached),
		cmocka_unit_test(pam_lines_go_to_pam_whatever_the_program),
		cmocka_unit_test(an_event_is_filled_from_frame_and_message),
		cmocka_unit_test(any_cut_of_a_line_is_read_within_its_bounds),
		cmocka_unit_test(long_lines_and_odd_bytes_do_no_harm),
		cmocka_unit_test(a_repeated_message_counts_as_often),
		cmocka_unit_test(last_message_repeated_means_the_line_before),
		cmocka_unit_test(other_daemons_say_repeated_in_other_words),
		cmocka_unit_test(a_name_in_a_repeated_message_is_not_the_count),
		cmocka_unit_test(messages_without_a_name_have_one_writer),
		cmocka_unit_test(a_strange_message_closes_a_source_for_those_without_a_name),
		cmocka_unit_test(a_strange_message_before_lines_with_names_leaves_the_source_readable),
		cmocka_unit_test(a_source_with_names_takes_no_message_without),
		cmocka_unit_test(a_member_that_comes_twice_makes_no_line),
		cmocka_unit_test(a_declared_source_is_read_in_its_form_only),
		cmocka_unit_test(entries_on_several_lines_are_read),
		cmocka_unit_test(other_stamps_are_read_where_the_first_line_or_a_declaration_shows_syslog),
		cmocka_unit_test(an_exported_value_cannot_look_like_a_member),
		cmocka_unit_test(an_export_goes_on_at_its_own_journal_when_a_part_is_lost),
		cmocka_unit_test(a_form_that_the_first_line_showed_is_the_only_one_read),
		cmocka_unit_test(a_line_without_frame_is_none_of_a_declared_syslog),
		cmocka_unit_test(a_program_cannot_say_that_something_was_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
