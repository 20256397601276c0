/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/filter/draft.h"
#include "server-stub/filter/render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct filter filter;
static struct draft_mistakes mistakes;

static void assert_good(const char *yaml)
{
	uint8_t bytes[FILTER_BYTES_MAX];
	struct buf b = buf_over(bytes, sizeof(bytes));
	struct filter read;
	char why[FILTER_WHY_MAX];

	if (!draft_read(str_from(yaml), &filter, &mistakes))
		fail_msg("%u:%u: %s", mistakes.list[0].line, mistakes.list[0].column, mistakes.list[0].why);
	filter_encode(&b, &filter);
	assert_int_equal(filter_decode(buf_str(&b), &read, why), ERR_OK);
	assert_memory_equal(&read, &filter, sizeof(filter));
}

static const char *described(void)
{
	static char text[8192];
	struct buf b = buf_over(text, sizeof(text) - 1);

	filter_describe(&b, &filter);
	text[b.len] = '\0';
	return text;
}

static void the_classic_lets_ssh_in_from_local_networks_only(void **state)
{
	(void)state;
	assert_good("inbound: drop\n"
		    "networks:\n"
		    "  local: [10.0.0.0/8, 192.168.0.0/16, fd00::/8]\n"
		    "allow:\n"
		    "  - in: ssh\n"
		    "    from: local\n");
	assert_string_equal(described(), "inbound: drop\noutbound: accept\nforward: accept\n"
					 "allow in tcp/22 from 10.0.0.0/8, 192.168.0.0/16, fd00::/8\n");
}

static void outbound_is_a_list_of_who_may_be_talked_to(void **state)
{
	(void)state;
	assert_good("outbound: drop\n"
		    "allow:\n"
		    "  - out: [ntp, dns]\n"
		    "  - out: tcp/8883\n"
		    "    to: 203.0.113.7\n");
	assert_string_equal(described(), "inbound: accept\noutbound: drop\nforward: accept\n"
					 "allow out tcp/53\nallow out tcp/8883 to 203.0.113.7\nallow out udp/53\n"
					 "allow out udp/123\n");
}

/* Ranges that touch and networks that lie within each other become one; the order of entries decides nothing. */
static void entries_for_the_same_networks_are_one_grant(void **state)
{
	struct filter first;

	(void)state;
	assert_good("inbound: drop\nallow:\n"
		    "  - {in: [tcp/80, tcp/82], from: [10.0.0.0/8, 10.1.0.0/16]}\n"
		    "  - {in: tcp/81, from: 10.0.0.0/8}\n");
	assert_int_equal(filter.grant_count, 1);
	assert_int_equal(filter.port_lists, 1);
	assert_int_equal(filter.ranges[0].first, 80);
	assert_int_equal(filter.ranges[0].last, 82);
	first = filter;
	assert_good("inbound: drop\nallow:\n"
		    "  - {in: tcp/80-81, from: [10.0.0.0/8, 10.0.0.0/9]}\n"
		    "  - {in: tcp/81-82, from: 10.0.0.0/8}\n");
	assert_memory_equal(&first, &filter, sizeof(filter));
}

static void all_ports_of_a_protocol_swallow_single_ones(void **state)
{
	(void)state;
	assert_good("inbound: drop\nallow:\n  - in: [tcp/80, tcp]\n    from: 10.0.0.0/8\n");
	assert_int_equal(filter.port_lists, 0);
	assert_int_equal(filter.grants[0].ports, 0);
}

/* -- mistakes -- */

struct mistake {
	const char *yaml;
	unsigned line, column;
	const char *says; /* is in the reason */
};

static const struct mistake wrong[] = {
	{"inbound: drp\n", 1, 10, "inbound: drop"},
	{"inbond: drop\n", 1, 1, "no key of a policy"},
	{"inbound: drop\ninbound: drop\n", 2, 1, "twice"},
	{"inbound: [\n", 2, 1, "no YAML"},
	{"", 0, 0, "no policy"},
	{"- inbound\n", 0, 0, "no policy"},
	{"inbound: accept\n", 1, 1, "drops nothing"},
	{"inbound: drop\nlog: many\n", 2, 6, "packets a second"},
	{"inbound: drop\nlog: 1001\n", 2, 6, "1000"},
	{"outbound: drop\nlog: 5\n", 2, 1, "inbound: drop"},
	{"inbound: drop\ndecoys: [23, 0]\n", 2, 14, "1 to 65535"},
	{"inbound: drop\ndecoys: [23, 23]\n", 2, 14, "already"},
	{"inbound: drop\ndecoys: [22]\nallow:\n  - in: ssh\n", 4, 9, "22 is a decoy"},
	{"inbound: drop\nallow:\n  - in: 22\n", 3, 9, "tcp/22"},
	{"inbound: drop\nallow:\n  - in: sshh\n", 3, 9, "no service"},
	{"inbound: drop\nallow:\n  - in: tcp/70000\n", 3, 9, "no port"},
	{"inbound: drop\nallow:\n  - in: tcp/80-79\n", 3, 9, "no port"},
	{"inbound: drop\nallow:\n  - in: tcp/80-\n", 3, 9, "no port"},
	{"inbound: drop\nallow:\n  - in: ping/3\n", 3, 9, "only tcp and udp"},
	{"inbound: drop\nallow:\n  - in: any\n", 3, 9, "inbound: accept"},
	{"inbound: drop\nallow:\n  - in: []\n", 3, 9, "no service"},
	{"inbound: drop\nallow:\n  - in: ssh\n    to: 10.0.0.1\n", 4, 5, "from: NETWORK"},
	{"outbound: drop\nallow:\n  - out: ssh\n    from: 10.0.0.1\n", 4, 5, "to: NETWORK"},
	{"inbound: drop\nallow:\n  - in: ssh\n    form: 10.0.0.1\n", 4, 5, "no key of an entry"},
	{"inbound: drop\nallow:\n  - in: ssh\n    out: ssh\n", 4, 5, "second direction"},
	{"inbound: drop\nallow:\n  - from: 10.0.0.1\n", 3, 5, "no direction"},
	{"inbound: drop\nallow:\n  - out: ssh\n", 3, 5, "outbound: drop"},
	{"inbound: drop\nallow:\n  - ssh\n", 3, 5, "no entry"},
	{"inbound: drop\nallow: ssh\n", 2, 8, "no list of entries"},
	{"inbound: drop\nallow:\n  - in: ssh\n    from: 10.0.0.5/8\n", 4, 11, "10.0.0.0/8"},
	{"inbound: drop\nallow:\n  - in: ssh\n    from: 0.0.0.0/0\n", 4, 11, "everybody"},
	{"inbound: drop\nallow:\n  - in: ssh\n    from: lokal\n", 4, 11, "`networks`"},
	{"inbound: drop\nallow:\n  - in: ssh\n    from: []\n", 4, 11, "no network"},
	{"inbound: drop\nallow:\n  - in: ssh\n    from: fe80::1%eth0\n", 4, 11, "neither a network"},
	{"forward: drop\nallow:\n  - forward: ssh\n    from: 10.0.0.1\n    to: fd00::/8\n", 5, 5, "another version"},
	{"forward: drop\nallow:\n  - forward: ssh\n    from: [10.0.0.1, fd00::1]\n    to: [10.0.0.0/8]\n  - in: x\n", 6,
	 5, "inbound: drop"},
	{"inbound: drop\nnetworks: [10.0.0.0/8]\n", 2, 11, "names no networks"},
	{"inbound: drop\nnetworks:\n  a b: 10.0.0.0/8\n", 3, 3, "no name"},
	{"inbound: drop\nnetworks:\n  local: 10.0.0.0/8\n", 3, 3, "used by no entry"},
	{"inbound: &a drop\n", 1, 10, "anchor"},
};

static void every_mistake_is_told_with_its_place_and_a_remedy(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const struct draft_mistake *m = &mistakes.list[0];

		assert_false(draft_read(str_from(wrong[i].yaml), &filter, &mistakes));
		if (mistakes.count == 0 || m->line != wrong[i].line || m->column != wrong[i].column ||
		    !strstr(m->why, wrong[i].says))
			fail_msg("%s -> %u:%u: %s", wrong[i].yaml, m->line, m->column, m->why);
	}
}

static void all_mistakes_are_told_at_once(void **state)
{
	(void)state;
	assert_false(draft_read(STR("inbound: drop\nlog: x\ndecoys: x\nallow:\n  - in: x\n  - in: y\n"), &filter,
				&mistakes));
	assert_int_equal(mistakes.count, 4);
	assert_false(mistakes.more);

	/* Of one entry, too. */
	assert_false(draft_read(STR("inbound: drop\nforward: drop\nallow:\n  - {in: [sshd, any], from: lan}\n"
				    "  - {forward: 22, from: lan, to: wan}\n"),
				&filter, &mistakes));
	assert_int_equal(mistakes.count, 5);
}

static void more_than_fits_is_said(void **state)
{
	static char yaml[65536];
	struct buf b = buf_over(yaml, sizeof(yaml));

	(void)state;
	buf_text(&b, "inbound: drop\nallow:\n");
	for (unsigned i = 0; i < DRAFT_MISTAKES_MAX + 1; i++)
		buf_text(&b, "  - in: x\n");
	assert_false(draft_read(buf_str(&b), &filter, &mistakes));
	assert_int_equal(mistakes.count, DRAFT_MISTAKES_MAX);
	assert_true(mistakes.more);
}

/* One more of each than a policy holds; `by` is between two of them. */
static void one_too_many(const char *head, const char *item, unsigned by, unsigned limit)
{
	static char yaml[65536];
	char line[64];

	for (unsigned count = limit; count <= limit + 1; count++) {
		struct buf b = buf_over(yaml, sizeof(yaml));

		buf_text(&b, head);
		for (unsigned i = 0; i < count; i++) {
			snprintf(line, sizeof(line), item, i / by, i % by, i / by, i % by);
			buf_text(&b, line);
		}
		assert_int_equal(draft_read(buf_str(&b), &filter, &mistakes), count == limit);
	}
}

static void limits_are_named_where_they_are_passed(void **state)
{
	(void)state;
	one_too_many("inbound: drop\nallow:\n", "  - {in: tcp/1%u%02u0}\n", 50, FILTER_PORTS_MAX);
	assert_non_null(strstr(mistakes.list[0].why, "128 ports"));
	one_too_many("inbound: drop\nallow:\n  - in: ssh\n    from:\n", "    - 10.%u.%u.1\n", 200, FILTER_NETS_MAX);
	assert_non_null(strstr(mistakes.list[0].why, "128"));
	one_too_many("inbound: drop\nallow:\n", "  - {in: ssh, from: 10.%u.%u.0/24}\n", 200, FILTER_LISTS_MAX);
	assert_non_null(strstr(mistakes.list[0].why, "16 different lists"));
}

static void two_hundred_entries_become_few_rules(void **state)
{
	static char yaml[65536], text[RENDER_BYTES_MAX];
	struct buf b = buf_over(yaml, sizeof(yaml) - 1), r = buf_over(text, sizeof(text) - 1);
	static struct filter_rules rules;
	const struct filter_facts none = {0};

	(void)state;
	buf_text(&b, "inbound: drop\nallow:\n");
	for (unsigned i = 0; i < 200; i++)
		buf_printf(&b, "  - {in: %s/%u, from: 10.%u.0.0/16}\n", i % 2 ? "tcp" : "udp", 1000 + 2 * (i / 4),
			   i / 2 % 2);
	yaml[b.len] = '\0';
	assert_good(yaml);
	filter_rules_make(&filter, &none, &rules);
	assert_true(rules.count < 24);
	render_table(&r, &filter);
	assert_int_equal(buf_check(&r), ERR_OK);
	text[r.len] = '\0';
	assert_non_null(strstr(text, "tcp th dport @ports1 counter accept"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_classic_lets_ssh_in_from_local_networks_only),
		cmocka_unit_test(outbound_is_a_list_of_who_may_be_talked_to),
		cmocka_unit_test(entries_for_the_same_networks_are_one_grant),
		cmocka_unit_test(all_ports_of_a_protocol_swallow_single_ones),
		cmocka_unit_test(every_mistake_is_told_with_its_place_and_a_remedy),
		cmocka_unit_test(all_mistakes_are_told_at_once),
		cmocka_unit_test(more_than_fits_is_said),
		cmocka_unit_test(limits_are_named_where_they_are_passed),
		cmocka_unit_test(two_hundred_entries_become_few_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
