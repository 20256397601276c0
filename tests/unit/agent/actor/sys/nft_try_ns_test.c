/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel is only asked, in a network namespace of its own; skipped where that is not permitted. */
#include "agent/actor/sys/nft_try.h"

#include "agent/actor/sys/nft_chain.h"
#include "agent/actor/sys/nft_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>

static struct nft watcher;
static bool possible;

static int enter_namespace(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return 0;
	possible = nft_open(&watcher) == ERR_OK && nft_setup(&watcher) == ERR_OK;
	return 0;
}

static void what_is_tried_is_never_made(void **state)
{
	static const struct nft_chain chain = {.table = "caltrop_try", .name = "rule", .plain = true};
	struct nft_chain_state there;
	struct netfilter_news news;

	(void)state;
	if (!possible)
		skip();
	nft_watch(&watcher, &news);
	/* These are in the kernel that took the guard's table, as parts of it or of the same option. */
	assert_int_equal(nft_try(NFT_TRY_TABLE), ERR_OK);
	assert_int_equal(nft_try(NFT_TRY_COUNTER), ERR_OK);
	nft_watch(&watcher, &news);
	assert_false(news.changed);
	assert_int_equal(nft_chain_read(&watcher, &chain, 1, &there), ERR_OK);
	assert_false(there.table);
}

static void what_the_kernel_does_not_have_is_refused(void **state)
{
	(void)state;
	if (!possible)
		skip();
	/* A chain of a table that is not there stands for all that it would not take. */
	nft_wire_begin(&watcher);
	nft_chain_put_table(&watcher, "caltrop_try", 0);
	nft_chain_put(&watcher, &(struct nft_chain){.table = "no_such_table", .name = "rule", .plain = true});
	assert_int_equal(nft_wire_try(&watcher), ERR_NOT_FOUND);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_tried_is_never_made),
		cmocka_unit_test(what_the_kernel_does_not_have_is_refused),
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
