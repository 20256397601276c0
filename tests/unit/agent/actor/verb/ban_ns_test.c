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
	static const char *const addresses[] = {"198.51.100.7", "198.51.101.0/24", "2001:db8::1", "2001:db8:1:2::/64"};
	uint64_t left_ms;

	(void)state;
	if (!possible)
		skip();
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct addr a = addr_of(addresses[i]);

		assert_int_equal(nft_find(&ours, &a, &left_ms), ERR_NOT_FOUND);
		assert_int_equal(nft_add(&ours, &a, 600000), ERR_OK);
		assert_int_equal(nft_find(&ours, &a, &left_ms), ERR_OK);
		assert_in_range(left_ms, 590000, 600000);
		assert_int_equal(nft_add(&ours, &a, 900000), ERR_OK);
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
	assert_int_equal(nft_add(&ours, &a, 30), ERR_OK);
	usleep(80000);
	assert_int_equal(nft_find(&ours, &a, &left_ms), ERR_NOT_FOUND);
	assert_int_equal(nft_add(&ours, &a, 1000), ERR_OK);
	assert_int_equal(nft_remove(&ours, &a), ERR_OK);
}

static void nft_setup_keeps_elements(void **state)
{
	struct addr a = addr_of("198.51.100.10");
	uint64_t left_ms;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(nft_add(&ours, &a, 600000), ERR_OK);
	assert_int_equal(nft_setup(&ours), ERR_OK);
	assert_int_equal(nft_find(&ours, &a, &left_ms), ERR_OK);
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
	struct nft_news news;

	(void)state;
	if (!possible)
		skip();
	nft_watch(&ours, &news);
	assert_int_equal(nft_add(&ours, &a, 600000), ERR_OK);
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
	assert_int_equal(nft_bulk(&ours, NFT_BAN6, next, &feed), ERR_OK);
	assert_int_equal(nft_dump(&ours, count_element, &count), ERR_OK);
	assert_int_equal(count, 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nft_element_of_each_set_is_read_back),
		cmocka_unit_test(nft_element_ends_by_itself),
		cmocka_unit_test(nft_setup_keeps_elements),
		cmocka_unit_test(nft_watch_tells_others_from_ourselves),
		cmocka_unit_test(nft_bulk_adds_thousands_and_dump_finds_them),
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
