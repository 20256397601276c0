/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/now.h"
#include "agent/common/packet_sample.h"
#include "agent/event/connection.h"
#include "agent/event/fields.h"
#include "agent/sensors/packet/packet_sources.h"
#include "agent/sensors/sensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char seen[1024]; /* the event that came last, as people read it */
static unsigned told[PACKET_ACTIONS], weight[PACKET_ACTIONS];
static struct settings settings;
static void *state;
static int64_t mono_us;

static void emit(void *context, const struct event *e)
{
	struct buf b = buf_over(seen, sizeof(seen) - 1);

	(void)context;
	fields_show(&b, e);
	seen[b.len] = '\0';
	told[e->packet.action]++;
	weight[e->packet.action] += e->count;
}

static int begin(void **unused)
{
	(void)unused;
	free(state);
	settings_default(&settings);
	settings.decoys[0] = 23;
	settings.decoy_count = 1;
	state = malloc(packet_sensor_row.size);
	memset(state, 0xa5, packet_sensor_row.size);
	packet_sensor_row.init(state, &settings);
	memset(told, 0, sizeof(told));
	memset(weight, 0, sizeof(weight));
	mono_us = HOUR_US;
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	free(state);
	state = NULL;
	return 0;
}

struct from {
	const char *src;
	uint16_t port;
	uint8_t kind, protocol;
};

static void feed(struct from from)
{
	const struct sensors_sink sink = {emit, NULL};
	struct packet_sample h = {.version = PACKET_SAMPLE_VERSION, .remote_port = 40000, .local_port = from.port};
	struct addr src, dst;

	assert_int_equal(addr_parse(str_from(from.src), &src), ERR_OK);
	assert_int_equal(addr_parse(src.family == 4 ? STR("192.0.2.10") : STR("2001:db8:d::10"), &dst), ERR_OK);
	h.kind = from.kind ? from.kind : PACKET_SAMPLE_LOGGED;
	h.protocol = from.protocol ? from.protocol : CONNECTION_TCP;
	h.family = src.family;
	memcpy(h.remote, src.bytes, 16);
	memcpy(h.local, dst.bytes, 16);
	seen[0] = '\0';
	packet_sensor_row.decode(state, (struct str){(const char *)&h, sizeof(h)}, (struct now){mono_us, mono_us},
				 &sink);
}

static void scan(const char *src, uint16_t first, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		feed((struct from){src, (uint16_t)(first + i), 0, 0});
}

static uint64_t counter(const char *name)
{
	struct sensors_counter out[SENSORS_COUNTERS_MAX];
	unsigned count = packet_sensor_row.counters(state, out);

	for (unsigned i = 0; i < count; i++)
		if (strcmp(out[i].name, name) == 0)
			return out[i].value;
	fail_msg("no counter %s", name);
	return 0;
}

static void a_packet_is_a_hit(void **unused)
{
	(void)unused;
	feed((struct from){"198.51.100.11", 8080, 0, 0});
	assert_string_equal(seen, "action=hit protocol=tcp src=198.51.100.11 dst=192.0.2.10 dst_port=8080");
	feed((struct from){"2001:db8:bad::13", 161, 0, CONNECTION_UDP});
	assert_string_equal(seen, "action=hit protocol=udp src=2001:db8:bad::13 dst=2001:db8:d::10 dst_port=161");
}

static void fifteen_ports_are_one_scan_however_long(void **unused)
{
	(void)unused;
	scan("198.51.100.11", 1, 14);
	assert_int_equal(told[PACKET_SCAN], 0);
	scan("198.51.100.11", 15, 1);
	assert_string_equal(seen,
			    "action=scan protocol=tcp src=198.51.100.11 dst=192.0.2.10 ports=15 packets=15 window=600");
	scan("198.51.100.11", 16, 65000);
	/* 15, 30, 60 ... packets. */
	assert_int_equal(told[PACKET_SCAN], 13);
	assert_int_equal(told[PACKET_HIT], 4);
	assert_true(weight[PACKET_SCAN] > 65015 / 2);
	assert_int_equal(counter("packets"), 65015);
}

static void a_monitor_and_a_slow_client_are_no_scan(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < 10000; i++, mono_us += SECOND_US)
		feed((struct from){"192.0.2.99", (uint16_t)(80 + i % 5), 0, 0});
	/* A port every minute, and then each of them again. */
	for (unsigned i = 0; i < 200; i++, mono_us += MINUTE_US)
		feed((struct from){"192.0.2.98", (uint16_t)(1000 + i % 100), 0, 0});
	assert_int_equal(told[PACKET_SCAN], 0);
}

static void a_slow_scan_within_the_window_is_seen(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < 15; i++, mono_us += 40 * SECOND_US)
		scan("198.51.100.11", (uint16_t)(1 + i), 1);
	assert_int_equal(told[PACKET_SCAN], 1);
	/* Quiet for a window: it is another scan. */
	mono_us += HOUR_US;
	scan("198.51.100.11", 100, 15);
	assert_int_equal(told[PACKET_SCAN], 2);
	assert_non_null(strstr(seen, "packets=15 "));
}

static void ipv6_is_counted_by_network(void **unused)
{
	char text[64];

	(void)unused;
	for (unsigned i = 1; i <= 15; i++) {
		snprintf(text, sizeof(text), "2001:db8:bad::%x", i);
		scan(text, (uint16_t)i, 1);
	}
	assert_int_equal(told[PACKET_SCAN], 1);
	assert_int_equal(counter("packet_sources"), 1);
}

static void only_a_connection_to_a_decoy_is_proof(void **unused)
{
	(void)unused;
	feed((struct from){"198.51.100.11", 23, 0, 0});
	assert_string_equal(seen, "action=touch protocol=tcp src=198.51.100.11 dst=192.0.2.10 dst_port=23");
	feed((struct from){"198.51.100.11", 23, PACKET_SAMPLE_CONNECTED, 0});
	assert_string_equal(seen, "action=handshake protocol=tcp src=198.51.100.11 dst=192.0.2.10 dst_port=23");
	feed((struct from){"::ffff:198.51.100.12", 23, PACKET_SAMPLE_CONNECTED, 0});
	assert_non_null(strstr(seen, "src=198.51.100.12 "));
	feed((struct from){"198.51.100.11", 23, 0, CONNECTION_UDP});
	assert_non_null(strstr(seen, "action=hit"));
}

static void touches_are_counted_as_the_rule_says(void **unused)
{
	(void)unused;
	settings.rules[RULE_DECOY_TOUCH].count = 3;
	for (unsigned i = 0; i < 2; i++) {
		feed((struct from){"198.51.100.11", 23, PACKET_SAMPLE_CONNECTED, 0});
		feed((struct from){"198.51.100.12", 23, PACKET_SAMPLE_CONNECTED, 0});
	}
	assert_int_equal(told[PACKET_HANDSHAKE], 0);
	feed((struct from){"198.51.100.11", 23, PACKET_SAMPLE_CONNECTED, 0});
	assert_int_equal(told[PACKET_HANDSHAKE], 1);
	/* The third one comes too late. */
	mono_us += 9 * MINUTE_US;
	feed((struct from){"198.51.100.11", 80, 0, 0});
	mono_us += 2 * MINUTE_US;
	feed((struct from){"198.51.100.11", 23, PACKET_SAMPLE_CONNECTED, 0});
	assert_int_equal(told[PACKET_HANDSHAKE], 1);
}

static void the_device_itself_is_nobody(void **unused)
{
	(void)unused;
	scan("127.0.0.1", 1, 100);
	scan("192.0.2.10", 1, 100);
	feed((struct from){"::1", 23, PACKET_SAMPLE_CONNECTED, 0});
	assert_int_equal(told[PACKET_HIT] + told[PACKET_SCAN] + told[PACKET_HANDSHAKE] + told[PACKET_TOUCH], 0);
}

/* A thousand forged addresses make some events, and one that counts them. */
static void scans_of_many_sources_are_counted_together(void **unused)
{
	char text[32];

	(void)unused;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u", i / 200, i % 200 + 1);
		scan(text, 1, 15);
	}
	assert_int_equal(told[PACKET_SCAN], 16);
	assert_int_equal(told[PACKET_HIT], 60);
	/* 1, 2, 4 ... 512 of 984. */
	assert_int_equal(told[PACKET_SCANS], 10);
	assert_int_equal(weight[PACKET_SCANS], 512);
	assert_int_equal(counter("packet_sources"), CONFIG_PACKET_SOURCES_MAX);
	assert_int_equal(counter("packet_sources_forgotten"), 1000 - CONFIG_PACKET_SOURCES_MAX);
	/* It is over: the next one is told of by itself. */
	mono_us += 2 * MINUTE_US;
	scan("198.51.100.11", 1, 15);
	assert_int_equal(told[PACKET_SCAN], 17);
	assert_non_null(strstr(seen, "src=198.51.100.11"));
}

static void a_rate_that_does_not_suffice_is_said(void **unused)
{
	(void)unused;
	assert_null(packet_sensor_row.problem(state));
	scan("198.51.100.11", 1, settings.firewall_rate);
	assert_null(packet_sensor_row.problem(state));
	scan("198.51.100.11", 1000, 1);
	assert_non_null(packet_sensor_row.problem(state));
	mono_us = packet_sensor_row.deadline(state);
	packet_sensor_row.tick(state, (struct now){mono_us, 0}, NULL);
	assert_null(packet_sensor_row.problem(state));
	assert_true(packet_sensor_row.deadline(state) == INT64_MAX);
}

static void the_table_shows_who_tried_how_many(void **unused)
{
	struct event e = {0};

	(void)unused;
	scan("198.51.100.11", 1, 20);
	scan("198.51.100.12", 7, 1);
	assert_true(packet_sensor_row.tables[0].row(state, 0, &e));
	emit(NULL, &e);
	assert_string_equal(seen, "action=scan protocol=tcp src=198.51.100.11 dst_port=20 ports=20 packets=20");
	assert_true(packet_sensor_row.tables[0].row(state, 1, &e));
	assert_false(packet_sensor_row.tables[0].row(state, 2, &e));
}

static void damaged_samples_are_counted(void **unused)
{
	struct packet_sample h = {PACKET_SAMPLE_VERSION, PACKET_SAMPLE_LOGGED, CONNECTION_TCP, 5, {0}, {0}, 1, 1};
	const struct sensors_sink sink = {emit, NULL};

	(void)unused;
	packet_sensor_row.decode(state, (struct str){(const char *)&h, sizeof(h)}, (struct now){0, 0}, &sink);
	h.family = 4;
	packet_sensor_row.decode(state, (struct str){(const char *)&h, sizeof(h) - 1}, (struct now){0, 0}, &sink);
	h.kind = PACKET_SAMPLE_KINDS;
	packet_sensor_row.decode(state, (struct str){(const char *)&h, sizeof(h)}, (struct now){0, 0}, &sink);
	assert_int_equal(counter("packets_damaged"), 3);
	assert_int_equal(told[PACKET_HIT], 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_packet_is_a_hit),
		TEST(fifteen_ports_are_one_scan_however_long),
		TEST(a_monitor_and_a_slow_client_are_no_scan),
		TEST(a_slow_scan_within_the_window_is_seen),
		TEST(ipv6_is_counted_by_network),
		TEST(only_a_connection_to_a_decoy_is_proof),
		TEST(touches_are_counted_as_the_rule_says),
		TEST(the_device_itself_is_nobody),
		TEST(scans_of_many_sources_are_counted_together),
		TEST(a_rate_that_does_not_suffice_is_said),
		TEST(the_table_shows_who_tried_how_many),
		TEST(damaged_samples_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
