/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/common/lookout_sample.h"
#include "agent/event/fields.h"
#include "agent/sensors/sensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ADDR_SHORT 348
#define ADDR_LONG 360

static char seen[1024]; /* the event that came last, as people read it */
static unsigned events;
static void *state;

static void show(const struct event *e)
{
	struct buf b = buf_over(seen, sizeof(seen) - 1);

	fields_show(&b, e);
	assert_int_equal(buf_check(&b), ERR_OK);
	seen[b.len] = '\0';
}

static void emit(void *context, const struct event *e)
{
	(void)context;
	show(e);
	events++;
}

/* Whether an event came of it. */
static bool feed(uint8_t kind, bool known, struct str bytes)
{
	const struct lookout_session head = {LOOKOUT_SAMPLE_VERSION, LOOKOUT_SESSION, kind, known};
	const struct sensors_sink sink = {emit, NULL};
	size_t len = sizeof(head) + bytes.len;
	char *own = malloc(len); /* a block of its own, so that a read past its end is seen */
	unsigned before = events;

	memcpy(own, &head, sizeof(head));
	if (bytes.len)
		memcpy(own + sizeof(head), bytes.data, bytes.len);
	seen[0] = '\0';
	session_sensor_row.decode(state, (struct str){own, len}, (struct now){0, 0}, &sink);
	free(own);
	return events > before;
}

struct record {
	int16_t type;
	const char *line, *user, *host;
	const char *addr; /* 16 bytes, or NULL */
};

static bool feed_record(uint8_t kind, bool known, size_t size, struct record r)
{
	char bytes[400] = {0};
	int32_t pid = 812;

	memcpy(bytes, &r.type, sizeof(r.type));
	memcpy(bytes + 4, &pid, sizeof(pid));
	memcpy(bytes + 8, r.line, strlen(r.line));
	memcpy(bytes + 44, r.user, strlen(r.user));
	memcpy(bytes + 76, r.host, strlen(r.host));
	if (r.addr)
		memcpy(bytes + (size == 384 ? ADDR_SHORT : ADDR_LONG), r.addr, 16);
	return feed(kind, known, (struct str){bytes, size});
}

static int begin(void **unused)
{
	(void)unused;
	free(state);
	state = calloc(1, session_sensor_row.size);
	events = 0;
	return 0;
}

static bool has_row(const char *text)
{
	struct event e;

	for (uint32_t i = 0; session_sensor_row.tables[0].row(state, i, &e); i++) {
		show(&e);
		if (strstr(seen, text))
			return true;
	}
	return false;
}

/* Both layouts of the C library; an address counts more than the host's name, which may be cut. */
static void a_session_of_wtmp_begins_and_ends(void **unused)
{
	static const char v4[16] = {(char)198, 51, 100, 7};
	static const size_t sizes[] = {384, 400};

	(void)unused;
	for (unsigned i = 0; i < 2; i++) {
		assert_true(feed_record(LOOKOUT_SESSION_RECORD, false, sizes[i],
					(struct record){7, "pts/0", "alice", "host.example", v4}));
		assert_non_null(
			strstr(seen, "action=begin user=alice src=198.51.100.7 src_host=host.example tty=pts/0"));
		assert_true(has_row("user=alice"));
		assert_true(feed_record(LOOKOUT_SESSION_RECORD, false, sizes[i],
					(struct record){8, "pts/0", "", "", NULL}));
		assert_non_null(strstr(seen, "action=end user=alice src=198.51.100.7"));
		assert_false(has_row("user=alice"));
	}
	/* A host that is an address. */
	assert_true(feed_record(LOOKOUT_SESSION_RECORD, false, 384,
				(struct record){7, "pts/1", "bob", "2001:db8::5", NULL}));
	assert_non_null(strstr(seen, "src=2001:db8::5 tty=pts/1"));
}

static void what_is_no_session_is_no_event(void **unused)
{
	(void)unused;
	assert_false(feed_record(LOOKOUT_SESSION_RECORD, false, 384, (struct record){6, "tty1", "LOGIN", "", NULL}));
	assert_false(feed_record(LOOKOUT_SESSION_RECORD, false, 384, (struct record){8, "tty1", "", "", NULL}));
	assert_false(feed_record(LOOKOUT_SESSION_RECORD, false, 384, (struct record){2, "~", "reboot", "", NULL}));
	/* One that was there when the guard began. */
	assert_false(feed_record(LOOKOUT_SESSION_RECORD, true, 384, (struct record){7, "tty1", "root", "", NULL}));
	assert_true(has_row("user=root"));
	assert_true(feed_record(LOOKOUT_SESSION_RECORD, false, 384, (struct record){8, "tty1", "", "", NULL}));
}

static void a_refused_log_in_may_name_anything(void **unused)
{
	(void)unused;
	assert_true(feed_record(LOOKOUT_SESSION_REFUSED, false, 384,
				(struct record){6, "ssh:notty", "root\ntty=pts/9", "203.0.113.5", NULL}));
	assert_non_null(strstr(seen, "action=refused user=root?tty=pts/9 src=203.0.113.5"));
	assert_false(has_row("root"));
}

#define LOGIND(name, user, more)                                \
	STR(name "\0# This is private data.\nUID=0\nUSER=" user \
		 "\nTTY=pts/3\nSERVICE=sshd\nREMOTE_HOST=198.51.100.9\n" more)

static void a_session_of_logind_begins_and_ends_once(void **unused)
{
	(void)unused;
	assert_true(feed(LOOKOUT_SESSION_LOGIND, false, LOGIND("3", "alice", "CLASS=user\nLEADER=77\nSTATE=active\n")));
	assert_non_null(strstr(seen, "action=begin user=alice src=198.51.100.9 tty=pts/3 service=sshd"));
	assert_false(feed(LOOKOUT_SESSION_LOGIND, false, LOGIND("3", "alice", "CLASS=user\nSTATE=online\n")));
	assert_true(feed(LOOKOUT_SESSION_LOGIND, false, LOGIND("3", "alice", "CLASS=user\nSTATE=closing\n")));
	assert_non_null(strstr(seen, "action=end user=alice"));
	assert_false(feed(LOOKOUT_SESSION_GONE, false, STR("3")));
	/* Those of services. */
	assert_false(feed(LOOKOUT_SESSION_LOGIND, false, LOGIND("4", "root", "CLASS=background\n")));
	assert_false(feed(LOOKOUT_SESSION_LOGIND, false, LOGIND("5", "root", "CLASS=manager\n")));
	assert_false(feed(LOOKOUT_SESSION_LOGIND, false, STR("6")));
	assert_true(feed(LOOKOUT_SESSION_LOGIND, false, LOGIND("c7", "bob", "CLASS=user\n")));
	assert_true(feed(LOOKOUT_SESSION_GONE, false, STR("c7")));
	assert_non_null(strstr(seen, "action=end user=bob"));
}

/* As with sshd, whose terminal logind learns from utmp. */
static void a_terminal_may_come_after_the_session(void **unused)
{
	(void)unused;
	assert_true(feed(LOOKOUT_SESSION_LOGIND, false, STR("8\0USER=alice\nCLASS=user\nSTATE=active\n")));
	assert_null(strstr(seen, "tty="));
	assert_false(feed(LOOKOUT_SESSION_LOGIND, false, STR("8\0USER=alice\nCLASS=user\nSTATE=active\nTTY=pts/4\n")));
	assert_true(has_row("user=alice tty=pts/4"));
	assert_false(feed(LOOKOUT_SESSION_LOGIND, false, STR("8\0USER=alice\nCLASS=user\nSTATE=active\n")));
	assert_true(feed(LOOKOUT_SESSION_GONE, false, STR("8")));
	assert_non_null(strstr(seen, "action=end user=alice tty=pts/4"));
}

static uint64_t counter(const char *name)
{
	struct sensors_counter counters[SENSORS_COUNTERS_MAX];
	unsigned count = session_sensor_row.counters(state, counters);

	for (unsigned i = 0; i < count; i++)
		if (strcmp(counters[i].name, name) == 0)
			return counters[i].value;
	fail();
	return 0;
}

static void more_sessions_than_there_is_room_for_are_counted(void **unused)
{
	char line[16];

	(void)unused;
	for (unsigned i = 0; i < 70; i++) {
		snprintf(line, sizeof(line), "pts/%u", i);
		assert_true(feed_record(LOOKOUT_SESSION_RECORD, false, 384, (struct record){7, line, "u", "", NULL}));
	}
	assert_int_equal(counter("session_unseen"), 6);
	assert_false(feed_record(LOOKOUT_SESSION_RECORD, false, 384, (struct record){8, "pts/69", "", "", NULL}));
}

static void health_says_when_nothing_tells_of_sessions(void **unused)
{
	struct lookout_session_state s = {.version = LOOKOUT_SAMPLE_VERSION, .by = SESSION_SOURCE_NONE, .lost = 4};

	(void)unused;
	assert_null(session_sensor_row.problem(state));
	assert_false(feed(LOOKOUT_SESSION_STATE, false, (struct str){(const char *)&s, sizeof(s)}));
	assert_non_null(strstr(session_sensor_row.problem(state), "sessions are not seen"));
	assert_int_equal(counter("session_lost"), 4);
	s.by = SESSION_SOURCE_WTMP;
	assert_false(feed(LOOKOUT_SESSION_STATE, false, (struct str){(const char *)&s, sizeof(s)}));
	assert_null(session_sensor_row.problem(state));
	s.database = 1;
	assert_false(feed(LOOKOUT_SESSION_STATE, false, (struct str){(const char *)&s, sizeof(s)}));
	assert_non_null(strstr(session_sensor_row.problem(state), "wtmpdb"));
	s.by = SESSION_SOURCE_LOGIND;
	assert_false(feed(LOOKOUT_SESSION_STATE, false, (struct str){(const char *)&s, sizeof(s)}));
	assert_null(session_sensor_row.problem(state));
}

static void damaged_samples_are_counted(void **unused)
{
	(void)unused;
	assert_false(feed(LOOKOUT_SESSION_RECORD, false, STR("short")));
	assert_false(feed(LOOKOUT_SESSION_STATE, false, STR("short")));
	assert_false(feed(LOOKOUT_SESSION_GONE, false, STR_NONE));
	assert_false(feed(99, false, STR("x")));
	assert_int_equal(counter("session_damaged"), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_session_of_wtmp_begins_and_ends, begin),
		cmocka_unit_test_setup(what_is_no_session_is_no_event, begin),
		cmocka_unit_test_setup(a_refused_log_in_may_name_anything, begin),
		cmocka_unit_test_setup(a_session_of_logind_begins_and_ends_once, begin),
		cmocka_unit_test_setup(a_terminal_may_come_after_the_session, begin),
		cmocka_unit_test_setup(more_sessions_than_there_is_room_for_are_counted, begin),
		cmocka_unit_test_setup(health_says_when_nothing_tells_of_sessions, begin),
		cmocka_unit_test_setup(damaged_samples_are_counted, begin),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(state);
	return failed;
}
