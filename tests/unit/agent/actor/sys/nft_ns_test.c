/* SPDX-License-Identifier: Apache-2.0 */
/* nf_tables for real, in a network namespace of its own; skipped where that is not permitted. */
#include "agent/actor/sys/nft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

static struct nft ours, other;
static bool possible;

static int enter_namespace(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return 0;
	possible = nft_open(&ours) == ERR_OK && nft_open(&other) == ERR_OK && nft_setup(&ours) == ERR_OK;
	return 0;
}

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_prefix(str_from(text), &a), ERR_OK);
	return a;
}

static void nft_element_of_each_set_is_read_back(void **state)
{
	static const char *const addresses[] = {
		"198.51.100.7", "198.51.101.0/24",   "198.51.101.0/25", "10.128.0.0/9",	   "254.0.0.0/8",
		"2001:db8::1",	"2001:db8:1:2::/64", "2001:db8::/32",	"2001:db8::2/127", "fd00::8000:0/97",
	};
	uint64_t left_ms;

	(void)state;
	if (!possible)
		skip();
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct addr a = addr_of(addresses[i]);

		assert_int_equal(nft_find(&ours, &a, &left_ms), ERR_NOT_FOUND);
		assert_int_equal(nft_add(&ours, &a, 600000, i % 2 == 0), ERR_OK);
		assert_int_equal(nft_find(&ours, &a, &left_ms), ERR_OK);
		assert_in_range(left_ms, 590000, 600000);
		assert_int_equal(nft_add(&ours, &a, 900000, false), ERR_OK);
		assert_int_equal(nft_find(&ours, &a, &left_ms), ERR_OK);
		assert_in_range(left_ms, 890000, 900000);
		assert_int_equal(nft_remove(&ours, &a), ERR_OK);
		assert_int_equal(nft_remove(&ours, &a), ERR_NOT_FOUND);
	}
}

static void nft_element_ends_by_itself(void **state)
{
	struct addr a = addr_of("198.51.100.9");
	uint64_t left_ms;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(nft_add(&ours, &a, 30, false), ERR_OK);
	usleep(80000);
	assert_int_equal(nft_find(&ours, &a, &left_ms), ERR_NOT_FOUND);
	assert_int_equal(nft_add(&ours, &a, 1000, false), ERR_OK);
	assert_int_equal(nft_remove(&ours, &a), ERR_OK);
}

static void nft_has_no_set_for_the_widest_networks_and_the_last(void **state)
{
	static const char *const addresses[] = {"12.0.0.0/7", "2001:db8::/31", "255.0.0.0/8", "255.255.255.254/31"};
	uint64_t left_ms;
	enum ban_set set;

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct addr a = addr_of(addresses[i]);

		assert_false(ban_set_of(&a, &set));
		if (!possible)
			continue;
		assert_int_equal(nft_add(&ours, &a, 600000, false), ERR_UNSUPPORTED);
		assert_int_equal(nft_find(&ours, &a, &left_ms), ERR_NOT_FOUND);
		assert_int_equal(nft_remove(&ours, &a), ERR_NOT_FOUND);
	}
}

static bool is_there(const char *text)
{
	struct addr a = addr_of(text);
	uint64_t left_ms;

	return nft_find(&ours, &a, &left_ms) == ERR_OK;
}

static enum err add(const char *text, uint64_t timeout_ms)
{
	struct addr a = addr_of(text);

	return nft_add(&ours, &a, timeout_ms, false);
}

static enum err lift(const char *text)
{
	struct addr a = addr_of(text);

	return nft_remove(&ours, &a);
}

static void nft_networks_may_touch_and_not_overlap(void **state)
{
	(void)state;
	if (!possible)
		skip();
	assert_int_equal(add("10.64.0.0/10", 600000), ERR_OK);
	assert_int_equal(add("10.0.0.0/9", 600000), ERR_EXISTS);
	assert_int_equal(add("10.64.0.0/11", 600000), ERR_EXISTS);
	assert_int_equal(add("10.96.0.0/11", 600000), ERR_EXISTS);
	assert_int_equal(add("10.0.0.0/8", 600000), ERR_EXISTS);
	assert_int_equal(add("10.65.0.0/16", 600000), ERR_EXISTS);
	assert_int_equal(add("10.0.0.0/10", 600000), ERR_OK);
	assert_int_equal(add("10.128.0.0/9", 600000), ERR_OK);
	/* Two that touch are not one that covers both. */
	assert_false(is_there("10.0.0.0/9"));
	assert_int_equal(lift("10.0.0.0/9"), ERR_NOT_FOUND);
	assert_int_equal(lift("10.64.0.0/10"), ERR_OK);
	assert_true(is_there("10.0.0.0/10") && is_there("10.128.0.0/9"));
	assert_int_equal(lift("10.0.0.0/10"), ERR_OK);
	assert_int_equal(lift("10.128.0.0/9"), ERR_OK);
	assert_int_equal(add("10.0.0.0/8", 600000), ERR_OK);
	assert_int_equal(lift("10.0.0.0/8"), ERR_OK);
}

static void nft_network_whose_time_is_over_makes_way(void **state)
{
	(void)state;
	if (!possible)
		skip();
	assert_int_equal(add("10.0.0.0/9", 30), ERR_OK);
	usleep(80000);
	assert_false(is_there("10.0.0.0/9"));
	assert_int_equal(lift("10.0.0.0/9"), ERR_NOT_FOUND);
	assert_int_equal(add("10.64.0.0/10", 600000), ERR_OK);
	assert_true(is_there("10.64.0.0/10"));
	assert_int_equal(lift("10.64.0.0/10"), ERR_OK);
}

static void nft_holds_a_limited_number_of_networks(void **state)
{
	struct addr a = {.family = 4, .prefix = 28, .bytes = {172, 16}};

	(void)state;
	if (!possible)
		skip();
	for (unsigned i = 0; i < NFT_NETS_MAX; i++) {
		a.bytes[2] = (uint8_t)i;
		assert_int_equal(nft_add(&ours, &a, 600000, false), ERR_OK);
	}
	a.bytes[1] = 17;
	assert_int_equal(nft_add(&ours, &a, 600000, false), ERR_FULL);
	a.bytes[1] = 16;
	assert_int_equal(nft_add(&ours, &a, 700000, false), ERR_OK);
	for (unsigned i = 0; i < NFT_NETS_MAX; i++) {
		a.bytes[2] = (uint8_t)i;
		assert_int_equal(nft_remove(&ours, &a), ERR_OK);
	}
}

static void nft_setup_keeps_elements(void **state)
{
	struct addr a = addr_of("198.51.100.10");
	uint64_t left_ms;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(nft_add(&ours, &a, 600000, false), ERR_OK);
	assert_int_equal(nft_setup(&ours), ERR_OK);
	assert_int_equal(nft_find(&ours, &a, &left_ms), ERR_OK);
	assert_int_equal(add("10.0.0.0/9", 600000), ERR_OK);
	assert_int_equal(nft_setup(&ours), ERR_OK);
	assert_true(is_there("10.0.0.0/9"));
	assert_int_equal(lift("10.0.0.0/9"), ERR_OK);
}

/* The kernel names processes as they are named there. Its inode is fixed: PROC_PID_INIT_INO, linux/proc_ns.h. */
static bool in_first_pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == 0xeffffffc;
}

static void nft_watch_tells_others_from_ourselves(void **state)
{
	struct addr a = addr_of("198.51.100.11");
	struct netfilter_news news;

	(void)state;
	if (!possible)
		skip();
	nft_watch(&ours, &news);
	assert_int_equal(nft_add(&ours, &a, 600000, false), ERR_OK);
	nft_watch(&ours, &news);
	assert_false(news.changed);
	assert_int_equal(nft_remove(&other, &a), ERR_OK);
	nft_watch(&ours, &news);
	assert_true(news.changed);
	if (in_first_pid_namespace())
		assert_int_equal(news.by_pid, getpid());
	assert_int_equal(nft_setup(&other), ERR_OK);
	nft_watch(&ours, &news);
	assert_true(news.changed);
}

struct feed {
	unsigned at, count;
};

static bool next(void *context, struct addr *a, uint64_t *timeout_ms)
{
	struct feed *f = context;

	if (f->at == f->count)
		return false;
	*a = (struct addr){6, 128, {0x20, 1, 0xd, 0xb8, [14] = (uint8_t)(f->at >> 8), [15] = (uint8_t)f->at}};
	*timeout_ms = 600000;
	f->at++;
	return true;
}

static void count_element(void *context, const struct addr *a, uint64_t left_ms)
{
	*(unsigned *)context += a->family == 6 && left_ms > 500000;
}

static void nft_bulk_adds_thousands_and_dump_finds_them(void **state)
{
	struct feed feed = {0, 3000};
	unsigned count = 0;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(nft_bulk(&ours, BAN_SET6, next, &feed), ERR_OK);
	assert_int_equal(nft_dump(&ours, count_element, &count), ERR_OK);
	assert_int_equal(count, 3000);
}

static bool next_net(void *context, struct addr *a, uint64_t *timeout_ms)
{
	static const char *const nets[] = {"2001:db8:1::/48", "2001:db8::/47", "2001:db8:8::/48"};
	struct feed *f = context;

	if (f->at == f->count)
		return false;
	*a = addr_of(nets[f->at++]);
	*timeout_ms = 600000;
	return true;
}

static void note_net(void *context, const struct addr *a, uint64_t left_ms)
{
	*(unsigned *)context += a->family == 6 && a->prefix == 48 && left_ms > 500000;
}

static void nft_bulk_passes_over_a_network_that_overlaps(void **state)
{
	struct feed feed = {0, 3};
	unsigned count = 0;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(nft_bulk(&ours, BAN_SET6_NET, next_net, &feed), ERR_OK);
	assert_int_equal(nft_dump(&ours, note_net, &count), ERR_OK);
	assert_int_equal(count, 2);
	assert_false(is_there("2001:db8::/47"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nft_element_of_each_set_is_read_back),
		cmocka_unit_test(nft_element_ends_by_itself),
		cmocka_unit_test(nft_has_no_set_for_the_widest_networks_and_the_last),
		cmocka_unit_test(nft_networks_may_touch_and_not_overlap),
		cmocka_unit_test(nft_network_whose_time_is_over_makes_way),
		cmocka_unit_test(nft_holds_a_limited_number_of_networks),
		cmocka_unit_test(nft_setup_keeps_elements),
		cmocka_unit_test(nft_watch_tells_others_from_ourselves),
		cmocka_unit_test(nft_bulk_adds_thousands_and_dump_finds_them),
		cmocka_unit_test(nft_bulk_passes_over_a_network_that_overlaps),
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
