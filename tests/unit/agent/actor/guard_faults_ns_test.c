/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole actor while every system call of it fails once: it starts confined or says why it does not, answers every
 * request by one receipt, and what a receipt calls proven is so. Skipped where that is not permitted.
 */
#include "agent/actor/request.h"
#include "agent/actor/sys/nft.h"
#include "agent/actor/sys/shadow.h"
#include "agent/actor/verb/act.h"
#include "agent/base/clock.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard.h"
#include "tests/unit/faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PASSWD "root:x:0:0::/root:/bin/sh\nbob:x:54321:54321::%s/home:/bin/sh\n"
#define SHADOW "root:$6$a$b:1::::::\nbob:$6$c$d:2::::::\n"

enum { SAYS_WHY = 1, OPEN = 2, CONFINED = 4 };
enum { ASK_BAN, ASK_UNBAN, ASK_RESET, ASK_LOGOUT, ASK_KILL, ASKS };

/* What the child saw, for the test to look at. */
struct told {
	unsigned receipts[ASKS];
	uint8_t result[ASKS], verified[ASKS];
	unsigned strange; /* receipts of nothing that was asked for */
};

static struct guard guard;
static struct nft nft;
static struct told *told;
static bool possible;
static int victim; /* a process to be killed, 0: none */

static struct addr banned(void)
{
	struct addr a;

	require(addr_parse(STR("198.51.100.7"), &a) == ERR_OK);
	return a;
}

static int set_up(void **state)
{
	(void)state;
	possible = guard_prepare(&guard) && faults_possible() && nft_open(&nft) == ERR_OK;
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return told == MAP_FAILED;
}

static int tear_down(void **state)
{
	(void)state;
	if (possible) {
		nft_close(&nft);
		guard_remove(&guard);
	}
	munmap(told, sizeof(*told));
	return 0;
}

/* The device as it was before. */
static void fresh(void *context)
{
	static const char *const gone[] = {"state/actor/journal", "state/actor/journal.next", "shadow.caltrop-new",
					   "state/actor/chain"};
	struct addr a = banned();
	char text[512], path[256];

	(void)context;
	memset(told, 0, sizeof(*told));
	for (unsigned i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", guard.dir, gone[i]);
		(void)unlink(path);
	}
	snprintf(text, sizeof(text), PASSWD, guard.dir);
	guard_put(&guard, "passwd", text);
	guard_put(&guard, "shadow", SHADOW);
	snprintf(path, sizeof(path), "%s/home", guard.dir);
	(void)mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/home/.ssh", guard.dir);
	(void)mkdir(path, 0755);
	guard_put(&guard, "home/.ssh/authorized_keys", "ssh-ed25519 AAAA bob\n");
	(void)!nft_remove(&nft, &a);
}

static int open_only(void *context)
{
	static struct actor a;
	char why[LOOP_WHY_MAX] = "";
	bool is_open = guard_open(&guard, &a, why) == ERR_OK;

	(void)context;
	errno = 0;
	return (why[0] ? SAYS_WHY : 0) | (is_open ? OPEN : 0) |
	       (syscall(SYS_syncfs, -1) < 0 && errno == ENOSYS ? CONFINED : 0);
}

static void is_confined_or_says_why(void *context, const struct faults_run *run)
{
	(void)context;
	if (run->result & OPEN)
		assert_true(run->result & CONFINED);
	else
		assert_true(run->result & SAYS_WHY);
	if (run->call < 0)
		assert_int_equal(run->result, OPEN | CONFINED);
}

static void guard_is_confined_or_says_why_it_does_not_start(void **state)
{
	const struct faults f = {EIO, fresh, open_only, is_confined_or_says_why, NULL};

	(void)state;
	if (!possible)
		skip();
	assert_true(faults_some(&f) > 50);
}

static struct actor_act act_of(unsigned ask)
{
	static const uint16_t verbs[ASKS] = {VERB_BAN, VERB_UNBAN, VERB_RESET, VERB_LOGOUT, VERB_KILL};
	struct actor_act act;

	memset(&act, 0, sizeof(act));
	act.header = (struct actor_header){MESSAGE_VERSION, ACTOR_ACT, sizeof(act), ask + 1};
	act.args.verb = verbs[ask];
	act.origin = ORIGIN_RULE;
	if (ask == ASK_BAN || ask == ASK_UNBAN)
		act.args.addr = banned();
	if (ask == ASK_RESET || ask == ASK_LOGOUT)
		memcpy(act.args.account, "bob", 4);
	snprintf(act.rule, sizeof(act.rule), "%s", ask == ASK_BAN ? "brute_force" : "breach");
	act.args.duration_s = ask == ASK_BAN ? 600 : 0;
	return act;
}

static void read_receipts(int socket)
{
	union guard_message m;
	unsigned failures = 0;

	while (failures < 2) {
		ssize_t got = recv(socket, &m, sizeof(m), MSG_DONTWAIT);
		uint64_t ask = got > 0 ? m.header.request_id - 1 : 0;

		/* One of these calls may be the one that fails. */
		if (got <= 0)
			failures++;
		else if (m.header.type == ACTOR_RECEIPT && m.receipt.result == RECEIPT_RESTORED)
			continue;
		else if (m.header.type == ACTOR_RECEIPT && ask >= ASKS)
			told->strange++;
		else if (m.header.type == ACTOR_RECEIPT) {
			told->receipts[ask]++;
			told->result[ask] = m.receipt.result;
			told->verified[ask] = m.receipt.verified;
			require(m.receipt.text[0]);
		}
	}
}

/* A core that gets ready and asks for one verb. */
static int ask_for(void *context)
{
	static struct actor a;
	const unsigned ask = *(const unsigned *)context;
	struct actor_act act = act_of(ask), first = act_of(ASK_BAN);
	struct actor_header ready = {MESSAGE_VERSION, ACTOR_READY, sizeof(ready), 100};
	char why[LOOP_WHY_MAX] = "";
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0 || guard_open(&guard, &a, why) != ERR_OK)
		return 1;
	a.child.socket = pair[0];
	require(request_handle(&a, &ready, sizeof(ready)) == ERR_OK);
	if (ask == ASK_UNBAN) {
		first.header.request_id = ASK_BAN + 1;
		require(request_handle(&a, &first, sizeof(first)) == ERR_OK);
	}
	if (ask == ASK_UNBAN || ask == ASK_KILL) {
		act.origin = ORIGIN_LOCAL;
		act.rule[0] = '\0';
		act.args.pid = ask == ASK_KILL ? victim : 0;
	}
	require(request_handle(&a, &act, sizeof(act)) == ERR_OK);
	for (unsigned i = 0; i < 400 && act_next_us(&a) != INT64_MAX; i++) {
		usleep(5000);
		act_continue(&a, clock_mono_us());
	}
	for (unsigned i = 0; i < 3; i++)
		(void)!actor_flush(&a);
	read_receipts(pair[1]);
	return 0;
}

static struct str hash_of_bob(struct shadow_file *f)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/shadow", guard.dir);
	assert_int_equal(shadow_read(f, path), ERR_OK);
	/* Whole, the old one or the new one. */
	assert_true(str_starts(f->text, STR("root:$6$a$b:1::::::\nbob:$")));
	assert_true(str_ends(f->text, STR(":2::::::\n")));
	return shadow_field(shadow_line(f->text, "bob"), 1);
}

static void one_receipt_and_it_is_true(void *context, const struct faults_run *run)
{
	const unsigned ask = *(const unsigned *)context;
	struct addr a = banned();
	struct shadow_file f;
	uint64_t left_ms;
	enum err in_kernel = nft_find(&nft, &a, &left_ms);
	bool is_new = !str_equal(hash_of_bob(&f), STR("$6$c$d"));
	bool proven = told->verified[ask];

	shadow_close(&f);
	assert_int_equal(told->strange, 0);
	if (run->result == 0)
		assert_int_equal(told->receipts[ask], 1);
	if (ask == ASK_BAN && proven)
		assert_int_equal(in_kernel, ERR_OK);
	if (ask == ASK_UNBAN && proven)
		assert_int_not_equal(in_kernel, ERR_OK);
	if (ask == ASK_RESET && proven)
		assert_true(is_new);
	if (ask == ASK_RESET && run->result == 0 && told->result[ask] == RECEIPT_REFUSED)
		assert_false(is_new);
	if (run->call < 0) {
		assert_int_equal(run->result, 0);
		assert_true(proven);
	}
}

static void ask_each(unsigned ask)
{
	const struct faults f = {EIO, fresh, ask_for, one_receipt_and_it_is_true, &ask};

	if (!possible)
		skip();
	assert_true(faults_some(&f) > 50);
}

static void guard_bans_truthfully_whatever_call_fails(void **state)
{
	(void)state;
	ask_each(ASK_BAN);
}

static void guard_unbans_truthfully_whatever_call_fails(void **state)
{
	(void)state;
	ask_each(ASK_UNBAN);
}

static void guard_resets_truthfully_whatever_call_fails(void **state)
{
	(void)state;
	ask_each(ASK_RESET);
}

static void guard_logs_out_truthfully_whatever_call_fails(void **state)
{
	(void)state;
	ask_each(ASK_LOGOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guard_is_confined_or_says_why_it_does_not_start),
		cmocka_unit_test(guard_bans_truthfully_whatever_call_fails),
		cmocka_unit_test(guard_unbans_truthfully_whatever_call_fails),
		cmocka_unit_test(guard_resets_truthfully_whatever_call_fails),
		cmocka_unit_test(guard_logs_out_truthfully_whatever_call_fails),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
