/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/filter_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char why[FILTER_WHY_MAX];

static struct filter full(void)
{
	struct filter f;

	memset(&f, 0, sizeof(f));
	f.drops[FILTER_IN] = f.drops[FILTER_FORWARD] = true;
	f.log_rate = 10;
	f.decoy_count = 2;
	f.decoys[0] = 23;
	f.decoys[1] = 5900;
	f.net_lists = f.port_lists = 2;
	f.nets_of[0] = (struct filter_list){0, 2};
	f.nets[0] = (struct addr){4, 8, {10}};
	f.nets[1] = (struct addr){6, 8, {0xfd}};
	f.nets_of[1] = (struct filter_list){2, 1};
	f.nets[2] = (struct addr){4, 32, {192, 0, 2, 7}};
	f.ports_of[0] = (struct filter_list){0, 2};
	f.ranges[0] = (struct filter_range){22, 22};
	f.ranges[1] = (struct filter_range){8000, 8010};
	f.ports_of[1] = (struct filter_list){2, 1};
	f.ranges[2] = (struct filter_range){443, 443};
	f.grant_count = 3;
	f.grants[0] = (struct filter_grant){FILTER_IN, FILTER_TCP, 1, 1, 0};
	f.grants[1] = (struct filter_grant){FILTER_IN, FILTER_PING, 0, 1, 0};
	f.grants[2] = (struct filter_grant){FILTER_FORWARD, FILTER_TCP, 2, 1, 2};
	return f;
}

static struct str bytes_of(const struct filter *f)
{
	static uint8_t bytes[FILTER_BYTES_MAX];
	struct buf b = buf_over(bytes, sizeof(bytes));

	filter_encode(&b, f);
	assert_int_equal(buf_check(&b), ERR_OK);
	return buf_str(&b);
}

static enum err back(const struct filter *f)
{
	struct filter read;

	return filter_decode(bytes_of(f), &read, why);
}

static void what_is_written_is_read_as_it_was(void **state)
{
	struct filter f = full(), read;

	(void)state;
	assert_int_equal(filter_decode(bytes_of(&f), &read, why), ERR_OK);
	assert_memory_equal(&read, &f, sizeof(f));
}

static void every_cut_and_every_addition_is_refused(void **state)
{
	static const struct filter none;
	struct filter f = full(), read;
	struct str bytes = bytes_of(&f);
	char longer[FILTER_BYTES_MAX];

	(void)state;
	for (size_t len = 0; len < bytes.len; len++) {
		assert_int_not_equal(filter_decode((struct str){bytes.data, len}, &read, why), ERR_OK);
		assert_memory_equal(&read, &none, sizeof(none));
		assert_true(why[0]);
	}
	memcpy(longer, bytes.data, bytes.len);
	longer[bytes.len] = 0;
	assert_int_equal(filter_decode((struct str){longer, bytes.len + 1}, &read, why), ERR_TOO_LONG);
	longer[3] = '2';
	assert_int_equal(filter_decode((struct str){longer, bytes.len}, &read, why), ERR_UNSUPPORTED);
}

static void what_has_two_spellings_or_no_sense_is_refused(void **state)
{
	struct filter f;

	(void)state;
	f = full();
	f.nets[1] = (struct addr){4, 16, {10, 1}};
	assert_int_equal(back(&f), ERR_INVALID); /* one network lies in another */
	f = full();
	f.nets[0].bytes[3] = 1;
	assert_int_equal(back(&f), ERR_INVALID); /* bits beyond the prefix */
	f = full();
	f.nets[0] = (struct addr){4, 0, {0}};
	assert_int_equal(back(&f), ERR_INVALID);
	f = full();
	f.ranges[1] = (struct filter_range){23, 30};
	assert_int_equal(back(&f), ERR_INVALID); /* touches 22 */
	f = full();
	f.grants[0].to = 1;
	assert_int_equal(back(&f), ERR_INVALID); /* what comes in goes nowhere else */
	f = full();
	f.grants[0].from = 3;
	assert_int_equal(back(&f), ERR_INVALID); /* no such list */
	f = full();
	f.grants[1].ports = 1;
	assert_int_equal(back(&f), ERR_INVALID); /* an echo request has no port */
	f = full();
	f.drops[FILTER_IN] = false;
	assert_int_equal(back(&f), ERR_INVALID); /* grants what passes anyway */
	f = full();
	f.grant_count = 2;
	assert_int_equal(back(&f), ERR_INVALID); /* lists are left over */
	f = full();
	f.grants[1] = f.grants[0];
	assert_int_equal(back(&f), ERR_INVALID);
	f = full();
	f.decoys[1] = 23;
	assert_int_equal(back(&f), ERR_INVALID);
	f = full();
	f.log_rate = FILTER_LOG_MAX + 1;
	assert_int_equal(back(&f), ERR_INVALID);
}

/* As many lists, networks, ports and grants as there can be. */
static struct filter largest(void)
{
	struct filter f;

	memset(&f, 0, sizeof(f));
	f.drops[FILTER_FORWARD] = f.drops[FILTER_IN] = f.drops[FILTER_OUT] = true;
	f.log_rate = FILTER_LOG_MAX;
	f.net_lists = f.port_lists = FILTER_LISTS_MAX;
	f.decoy_count = FILTER_DECOYS_MAX;
	for (unsigned i = 0; i < FILTER_DECOYS_MAX; i++)
		f.decoys[i] = (uint16_t)(i + 1);
	for (unsigned i = 0; i < FILTER_LISTS_MAX; i++) {
		f.nets_of[i] = f.ports_of[i] = (struct filter_list){(uint8_t)(i * 8), 8};
		for (unsigned k = 0; k < 8; k++) {
			f.nets[i * 8 + k] = (struct addr){k ? 6 : 4, k ? 128 : 32, {(uint8_t)(k + 1)}};
			f.ranges[i * 8 + k] = (struct filter_range){(uint16_t)(3 * k + 1), (uint16_t)(3 * k + 2)};
		}
	}
	for (unsigned i = 0; i < FILTER_GRANTS_MAX; i++)
		f.grants[i] =
			(struct filter_grant){FILTER_FORWARD, i < 16 ? FILTER_TCP : FILTER_UDP, (uint8_t)(i % 16 + 1),
					      (uint8_t)(i % 16 + 1), (uint8_t)(i % 16 + 1)};
	f.grant_count = FILTER_GRANTS_MAX;
	return f;
}

static void the_largest_policy_fits_and_becomes_rules(void **state)
{
	static struct filter_rules rules;
	const struct filter_facts facts = {8443, true};
	struct filter f = largest();

	(void)state;
	assert_int_equal(back(&f), ERR_OK);
	filter_rules_make(&f, &facts, &rules);
	assert_true(rules.count > 2 * FILTER_GRANTS_MAX && rules.count <= FILTER_RULES_MAX);
}

static unsigned count(const struct filter_rules *r, unsigned chain, unsigned verdict)
{
	unsigned found = 0;

	for (unsigned i = 0; i < r->count; i++)
		found += r->list[i].chain == chain && r->list[i].verdict == verdict;
	return found;
}

static void only_chains_that_drop_have_rules_and_end_with_the_drop(void **state)
{
	static struct filter_rules rules;
	const struct filter_facts facts = {0, false};
	struct filter f = full();

	(void)state;
	filter_rules_make(&f, &facts, &rules);
	assert_int_equal(count(&rules, FILTER_OUT, FILTER_PASS), 0);
	assert_int_equal(count(&rules, FILTER_IN, FILTER_DROP), 1);
	assert_int_equal(count(&rules, FILTER_IN, FILTER_LOG), 2);
	assert_int_equal(count(&rules, FILTER_FORWARD, FILTER_DROP), 1);
	for (unsigned i = 0; i + 1 < rules.count; i++)
		assert_true(rules.list[i].verdict != FILTER_DROP || rules.list[i + 1].chain != rules.list[i].chain);
}

/* The networks to which 10.0.0.0/8 and fd00::/8 may be forwarded are of IPv4 alone. */
static void a_grant_has_a_rule_for_each_family_that_both_ends_have(void **state)
{
	static struct filter_rules rules;
	const struct filter_facts facts = {0, false};
	struct filter f = full();
	unsigned four = 0, six = 0;

	(void)state;
	filter_rules_make(&f, &facts, &rules);
	for (unsigned i = 0; i < rules.count; i++) {
		four += rules.list[i].from && rules.list[i].to && rules.list[i].family == 4;
		six += rules.list[i].from && rules.list[i].to && rules.list[i].family == 6;
	}
	assert_int_equal(four, 1);
	assert_int_equal(six, 0);
}

static void the_guards_own_link_passes_whatever_the_policy_says(void **state)
{
	static struct filter_rules rules;
	const struct filter_facts facts = {8443, true};
	struct filter f = full();
	unsigned service = 0, resolvers = 0;

	(void)state;
	f.drops[FILTER_OUT] = true;
	filter_rules_make(&f, &facts, &rules);
	for (unsigned i = 0; i < rules.count; i++) {
		service += rules.list[i].to == FILTER_SERVICE && rules.list[i].dst_port == 8443;
		resolvers += rules.list[i].to == FILTER_RESOLVERS && rules.list[i].of_guard;
	}
	assert_int_equal(service, 2);
	assert_int_equal(resolvers, 4);
}

static void the_description_says_each_port_and_whom(void **state)
{
	char text[1024];
	struct buf b = buf_over(text, sizeof(text) - 1);
	struct filter f = full();

	(void)state;
	filter_describe(&b, &f);
	text[b.len] = '\0';
	assert_string_equal(text, "inbound: drop\noutbound: accept\nforward: drop\nlog: 10\ndecoy tcp/23\n"
				  "decoy tcp/5900\nallow in tcp/22 from 10.0.0.0/8, fd00::/8\n"
				  "allow in tcp/8000-8010 from 10.0.0.0/8, fd00::/8\n"
				  "allow in ping from 10.0.0.0/8, fd00::/8\n"
				  "allow forward tcp/443 from 10.0.0.0/8, fd00::/8 to 192.0.2.7\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_as_it_was),
		cmocka_unit_test(every_cut_and_every_addition_is_refused),
		cmocka_unit_test(what_has_two_spellings_or_no_sense_is_refused),
		cmocka_unit_test(the_largest_policy_fits_and_becomes_rules),
		cmocka_unit_test(only_chains_that_drop_have_rules_and_end_with_the_drop),
		cmocka_unit_test(a_grant_has_a_rule_for_each_family_that_both_ends_have),
		cmocka_unit_test(the_guards_own_link_passes_whatever_the_policy_says),
		cmocka_unit_test(the_description_says_each_port_and_whom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
