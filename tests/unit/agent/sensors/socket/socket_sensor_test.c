/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/now.h"
#include "agent/common/socket_sample.h"
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

static char seen[4096]; /* the event that came last, as people read it */
static unsigned events, severity, initiated;
static void *state;
static struct settings settings;
static int64_t mono_us;

static void show(const struct event *e)
{
	struct buf b = buf_over(seen, sizeof(seen) - 1);

	fields_show(&b, e);
	if (e->kind == EVENT_CONNECTION && e->connection.hits)
		buf_printf(&b, " hits=%u", e->connection.hits);
	assert_int_equal(buf_check(&b), ERR_OK);
	seen[b.len] = '\0';
}

static void emit(void *context, const struct event *e)
{
	(void)context;
	show(e);
	severity = e->severity;
	initiated = e->kind == EVENT_CONNECTION ? e->connection.initiated : 0;
	events++;
}

static void feed(struct socket_sample h, struct str exe)
{
	const struct sensors_sink sink = {emit, NULL};
	size_t len = sizeof(h) + exe.len;
	char *own = malloc(len); /* a block of its own, so that a read past its end is seen */

	h.version = SOCKET_SAMPLE_VERSION;
	h.family = h.family ? h.family : 4;
	h.exe_len = (uint16_t)exe.len;
	memcpy(own, &h, sizeof(h));
	if (exe.len)
		memcpy(own + sizeof(h), exe.data, exe.len);
	seen[0] = '\0';
	socket_sensor_row.decode(state, (struct str){own, len}, (struct now){mono_us, 0}, &sink);
	free(own);
}

static int begin(void **unused)
{
	(void)unused;
	free(state);
	state = calloc(1, socket_sensor_row.size);
	settings_default(&settings);
	socket_sensor_row.init(state, &settings);
	events = 0;
	mono_us = 0;
	return 0;
}

static uint64_t counter(const char *name)
{
	struct sensors_counter out[SENSORS_COUNTERS_MAX];
	unsigned count = socket_sensor_row.counters(state, out);

	for (unsigned i = 0; i < count; i++)
		if (strcmp(out[i].name, name) == 0)
			return out[i].value;
	fail_msg("no counter %s", name);
	return 0;
}

static bool row(unsigned table, uint32_t number)
{
	struct event e;
	bool there = socket_sensor_row.tables[table].row(state, number, &e);

	if (there)
		show(&e);
	return there;
}

enum { LISTENERS = 0, CONNECTIONS = 1 };

static struct socket_sample listens(uint8_t protocol, uint16_t port, uint32_t look)
{
	return (struct socket_sample){.kind = SOCKET_SAMPLE_LISTENS,
				      .source = CONNECTION_SOURCE_DIAG,
				      .protocol = protocol,
				      .flags = SOCKET_SAMPLE_UID,
				      .cookie = port,
				      .local_port = port,
				      .look = look};
}

static void look_ends(uint8_t protocol, uint32_t look)
{
	feed((struct socket_sample){.kind = SOCKET_SAMPLE_LOOKED, .protocol = protocol, .look = look}, STR_NONE);
}

static void a_listener_comes_and_goes(void **unused)
{
	(void)unused;
	feed(listens(CONNECTION_TCP, 22, 1), STR_NONE);
	assert_string_equal(seen, "action=listens protocol=tcp addr=0.0.0.0 port=22 service=ssh user=root");
	look_ends(CONNECTION_TCP, 1);
	feed(listens(CONNECTION_TCP, 22, 2), STR_NONE);
	feed(listens(CONNECTION_TCP, 8000, 2), STR_NONE);
	assert_string_equal(seen, "action=opened protocol=tcp addr=0.0.0.0 port=8000 user=root");
	look_ends(CONNECTION_TCP, 2);
	assert_int_equal(events, 2);
	assert_true(row(LISTENERS, 1));
	assert_false(row(LISTENERS, 2));
	feed(listens(CONNECTION_TCP, 22, 3), STR_NONE);
	look_ends(CONNECTION_TCP, 3);
	assert_string_equal(seen, "action=closed protocol=tcp addr=0.0.0.0 port=8000 user=root");
	feed((struct socket_sample){.kind = SOCKET_SAMPLE_CLOSED, .protocol = CONNECTION_TCP, .cookie = 22}, STR_NONE);
	assert_string_equal(seen, "action=closed protocol=tcp addr=0.0.0.0 port=22 service=ssh user=root");
	assert_false(row(LISTENERS, 0));
	assert_int_equal(events, 4);
}

/* The kernel made its list before the socket listened. */
static void a_look_ends_no_listener_that_it_could_not_show(void **unused)
{
	(void)unused;
	look_ends(CONNECTION_TCP, 1);
	feed(listens(CONNECTION_TCP, 99, 0), STR_NONE);
	look_ends(CONNECTION_TCP, 2);
	look_ends(CONNECTION_UDP, 3);
	assert_true(row(LISTENERS, 0));
	look_ends(CONNECTION_TCP, 3);
	assert_false(row(LISTENERS, 0));
}

static void what_is_plain_is_flagged_where_others_reach_it(void **unused)
{
	struct socket_sample h = listens(CONNECTION_TCP, 23, 1);

	(void)unused;
	feed(h, STR_NONE);
	assert_non_null(strstr(seen, "service=telnet plain=true user=root"));
	assert_int_equal(severity, SEV_MEDIUM);
	h.cookie = 1;
	h.local[0] = 127;
	feed(h, STR_NONE);
	assert_null(strstr(seen, "plain"));
	feed(listens(CONNECTION_UDP, 69, 1), STR_NONE);
	assert_non_null(strstr(seen, "service=tftp plain=true user=root"));
	h = listens(CONNECTION_TCP, 4000, 1);
	h.pid = 7;
	feed(h, STR("/usr/sbin/telnetd"));
	assert_non_null(strstr(seen, "service=telnet plain=true image=/usr/sbin/telnetd user=root pid=7"));
}

/* The half that binds makes the socket, the other one holds it. */
static void a_decoy_is_shown_and_no_news(void **unused)
{
	struct socket_sample h = listens(CONNECTION_TCP, 23, 1);

	(void)unused;
	settings.decoy_count = 1;
	settings.decoys[0] = 23;
	h.pid = 7;
	feed(h, STR("/usr/local/sbin/caltropd"));
	h.cookie = 1;
	feed(h, STR("/usr/local/libexec/caltrop-core"));
	assert_int_equal(events, 0);
	assert_true(row(LISTENERS, 1));
	assert_non_null(strstr(seen, "service=decoy image="));
	assert_null(strstr(seen, "plain"));
	look_ends(CONNECTION_TCP, 2);
	assert_false(row(LISTENERS, 0));
	assert_int_equal(events, 0);
	feed(h, STR("/usr/sbin/telnetd"));
	assert_non_null(strstr(seen, "service=telnet plain=true"));
	h.cookie = 2;
	h.local_port = 2323;
	feed(h, STR("/usr/local/sbin/caltropd"));
	assert_non_null(strstr(seen, "service=telnet plain=true"));
}

static void a_client_s_socket_is_no_listener(void **unused)
{
	struct socket_sample h = listens(CONNECTION_UDP, 40000, 1);

	(void)unused;
	h.flags |= SOCKET_SAMPLE_PENDING;
	feed(h, STR_NONE);
	look_ends(CONNECTION_UDP, 1);
	look_ends(CONNECTION_UDP, 2);
	assert_int_equal(events, 0);
	h.look = 3;
	feed(h, STR_NONE);
	assert_false(row(LISTENERS, 0));
	mono_us += 2 * SECOND_US;
	h.look = 4;
	feed(h, STR_NONE);
	assert_non_null(strstr(seen, "action=opened protocol=udp addr=0.0.0.0 port=40000"));
	assert_true(row(LISTENERS, 0));
}

static void an_owner_is_learnt_later_and_never_guessed(void **unused)
{
	struct socket_sample h = listens(CONNECTION_TCP, 80, 1);

	(void)unused;
	h.flags = 0;
	feed(h, STR_NONE);
	assert_string_equal(seen, "action=listens protocol=tcp addr=0.0.0.0 port=80 service=http");
	h.flags = SOCKET_SAMPLE_UID;
	h.uid = 33;
	h.pid = 500;
	memcpy(h.name, "nginx", 5);
	feed(h, STR("/usr/sbin/nginx"));
	assert_int_equal(events, 1);
	assert_true(row(LISTENERS, 0));
	assert_non_null(strstr(seen, "image=/usr/sbin/nginx user=33 pid=500"));
}

static struct socket_sample connects(uint8_t kind, uint8_t protocol)
{
	return (struct socket_sample){.kind = kind,
				      .source = CONNECTION_SOURCE_BPF,
				      .protocol = protocol,
				      .local = {192, 0, 2, 1},
				      .remote = {198, 51, 100, 7},
				      .local_port = 40001,
				      .remote_port = 443};
}

static void equal_connections_are_counted(void **unused)
{
	struct socket_sample h = connects(SOCKET_SAMPLE_OPENED, CONNECTION_TCP);

	(void)unused;
	h.flags = SOCKET_SAMPLE_UID | SOCKET_SAMPLE_BACK;
	h.uid = 1000;
	h.pid = 77;
	feed(h, STR("curl\0bin\0usr\0"));
	assert_string_equal(seen, "action=opened direction=outgoing protocol=tcp src=192.0.2.1 dst=198.51.100.7 "
				  "dst_port=443 image=/usr/bin/curl user=1000 pid=77");
	h.pid = 78;
	h.local_port++;
	feed(h, STR("curl\0bin\0usr\0"));
	h.kind = SOCKET_SAMPLE_FAILED;
	feed(h, STR("curl\0bin\0usr\0"));
	assert_non_null(strstr(seen, "action=failed direction=outgoing"));
	assert_int_equal(events, 3);
	assert_true(row(CONNECTIONS, 0));
	assert_non_null(strstr(seen, "pid=78 hits=2"));
	assert_true(row(CONNECTIONS, 1));
	assert_non_null(strstr(seen, "hits=1"));
	assert_false(row(CONNECTIONS, 2));
}

static void who_listens_owns_what_is_accepted(void **unused)
{
	struct socket_sample h = listens(CONNECTION_TCP, 22, 1);
	struct socket_sample in = connects(SOCKET_SAMPLE_ACCEPTED, CONNECTION_TCP);

	(void)unused;
	in.local_port = 22;
	in.remote_port = 50000;
	feed(in, STR_NONE);
	assert_string_equal(seen, "action=accepted direction=incoming protocol=tcp src=198.51.100.7 dst=192.0.2.1 "
				  "dst_port=22");
	assert_int_equal(counter("connections_ownerless"), 1);
	h.family = 6; /* [::]:22 takes both */
	h.pid = 5;
	feed(h, STR("/usr/sbin/sshd"));
	feed(in, STR_NONE);
	assert_non_null(strstr(seen, "image=/usr/sbin/sshd user=root pid=5"));
	in = connects(SOCKET_SAMPLE_OPENED, CONNECTION_TCP);
	in.local_port = 22; /* not the listener's socket */
	feed(in, STR_NONE);
	assert_null(strstr(seen, "sshd"));
}

/* Where the socket was looked for, who is bound to the port is not taken for its owner. */
static void who_listens_is_not_taken_for_a_sender_that_was_looked_for(void **unused)
{
	struct socket_sample h = listens(CONNECTION_UDP, 5353, 1),
			     sent = connects(SOCKET_SAMPLE_OPENED, CONNECTION_UDP);

	(void)unused;
	h.pid = 5;
	feed(h, STR("/usr/sbin/avahi-daemon"));
	sent.local_port = 5353;
	feed(sent, STR_NONE);
	assert_non_null(strstr(seen, "avahi-daemon"));
	sent.flags = SOCKET_SAMPLE_SOUGHT;
	feed(sent, STR_NONE);
	assert_null(strstr(seen, "avahi-daemon"));
	sent.flags |= SOCKET_SAMPLE_UID;
	sent.uid = 1000;
	sent.pid = 6;
	feed(sent, STR("/usr/bin/other"));
	assert_non_null(strstr(seen, "image=/usr/bin/other user=1000 pid=6"));
}

/* Connection tracking sees the first packet only, and whoever scans ports sends one to each. */
static void what_may_have_failed_is_not_called_accepted(void **unused)
{
	struct socket_sample h = connects(SOCKET_SAMPLE_ACCEPTED, CONNECTION_TCP);

	(void)unused;
	h.flags = SOCKET_SAMPLE_TRIED;
	feed(h, STR_NONE);
	assert_non_null(strstr(seen, "action=tried direction=incoming protocol=tcp src=198.51.100.7 dst=192.0.2.1"));
	assert_int_equal(initiated, CONNECTION_INITIATED_NO);
	h.kind = SOCKET_SAMPLE_OPENED;
	feed(h, STR_NONE);
	assert_non_null(strstr(seen, "action=tried direction=outgoing"));
	assert_int_equal(initiated, CONNECTION_INITIATED_YES);
}

static void mapped_addresses_are_ipv4(void **unused)
{
	struct socket_sample h = connects(SOCKET_SAMPLE_ACCEPTED, CONNECTION_TCP);

	(void)unused;
	h.family = 6;
	memcpy(h.local, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1", 16);
	memcpy(h.remote, h.local, 16);
	feed(h, STR_NONE);
	assert_non_null(strstr(seen, "direction=local protocol=tcp src=127.0.0.1 dst=127.0.0.1"));
}

static void a_full_table_says_so(void **unused)
{
	(void)unused;
	for (unsigned i = 1; i <= CONFIG_LISTENERS_MAX + 3u; i++) {
		assert_null(socket_sensor_row.problem(state));
		feed(listens(CONNECTION_TCP, (uint16_t)i, 1), STR_NONE);
		if (i > CONFIG_LISTENERS_MAX)
			break;
	}
	assert_non_null(socket_sensor_row.problem(state));
	assert_int_equal(counter("listeners"), CONFIG_LISTENERS_MAX);
	assert_int_equal(counter("listeners_unseen"), 1);
	assert_int_equal(events, CONFIG_LISTENERS_MAX);
	for (unsigned i = 0; i < CONFIG_CONNECTIONS_MAX + 5u; i++) {
		struct socket_sample h = connects(SOCKET_SAMPLE_OPENED, CONNECTION_UDP);

		h.remote_port = (uint16_t)(i + 1);
		feed(h, STR_NONE);
	}
	assert_int_equal(counter("connections_forgotten"), 5);
}

static void damaged_samples_are_counted(void **unused)
{
	const struct sensors_sink sink = {emit, NULL};
	struct socket_sample h = connects(SOCKET_SAMPLE_OPENED, CONNECTION_TCP);

	(void)unused;
	h.family = 5;
	feed(h, STR_NONE);
	h.family = 4;
	h.protocol = CONNECTION_PROTOCOLS;
	feed(h, STR_NONE);
	h.protocol = CONNECTION_TCP;
	h.kind = SOCKET_SAMPLE_KINDS;
	feed(h, STR_NONE);
	socket_sensor_row.decode(state, STR("short"), (struct now){0, 0}, &sink);
	assert_int_equal(counter("socket_damaged"), 4);
	assert_int_equal(events, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_listener_comes_and_goes, begin),
		cmocka_unit_test_setup(a_look_ends_no_listener_that_it_could_not_show, begin),
		cmocka_unit_test_setup(what_is_plain_is_flagged_where_others_reach_it, begin),
		cmocka_unit_test_setup(a_decoy_is_shown_and_no_news, begin),
		cmocka_unit_test_setup(a_client_s_socket_is_no_listener, begin),
		cmocka_unit_test_setup(an_owner_is_learnt_later_and_never_guessed, begin),
		cmocka_unit_test_setup(equal_connections_are_counted, begin),
		cmocka_unit_test_setup(who_listens_owns_what_is_accepted, begin),
		cmocka_unit_test_setup(who_listens_is_not_taken_for_a_sender_that_was_looked_for, begin),
		cmocka_unit_test_setup(what_may_have_failed_is_not_called_accepted, begin),
		cmocka_unit_test_setup(mapped_addresses_are_ipv4, begin),
		cmocka_unit_test_setup(a_full_table_says_so, begin),
		cmocka_unit_test_setup(damaged_samples_are_counted, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
