/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders while every system call of the actor fails once, from the order's arrival to its receipt: what a receipt calls
 * proven is so, what is refused was not done, and nothing is in force that the ledger does not know of. Skipped where
 * that is not permitted.
 */
#include "agent/actor/request.h"
#include "agent/actor/sys/isolate.h"
#include "agent/actor/sys/procs.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/effect.h"
#include "agent/base/clock.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard.h"
#include "tests/unit/faults.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEYS "home/.ssh/authorized_keys"
#define TRIES 400
#define TRY_US 5000

/* What the child saw, for the test to look at. */
struct told {
	unsigned receipts; /* that say what became of the order */
	uint8_t result, verified;
	bool known; /* the ledger has the effect */
};

/* A pair of verbs, and how it is seen whether the first one is in force. */
struct pair {
	struct verb_args begin, end;
	bool (*in_force)(void);
};

struct ask {
	const struct pair *pair;
	bool ends; /* the order that takes back is the one in which calls fail */
};

static struct guard guard;
static struct nft nft;
static struct key_der order_key;
static struct told *told;
static struct actor_order begin, end; /* signed before each run: they are valid for a minute */
static bool possible;
static pid_t victim;

static int set_up(void **state)
{
	(void)state;
	possible = guard_prepare(&guard) && faults_possible() && nft_open(&nft) == ERR_OK;
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!possible)
		return told == MAP_FAILED;
	guard_trust(&guard, &order_key);
	victim = guard_victim();
	return told == MAP_FAILED;
}

static int tear_down(void **state)
{
	(void)state;
	if (possible) {
		nft_close(&nft);
		guard_remove(&guard);
		(void)kill(victim, SIGKILL);
		(void)waitpid(victim, NULL, 0);
	}
	munmap(told, sizeof(*told));
	return 0;
}

static void path_of(const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", guard.dir, name);
}

static void make_dir(const char *name)
{
	char path[128];

	path_of(name, path);
	(void)mkdir(path, 0755);
}

/* The device as it was before. */
static void fresh(void *context)
{
	static const char *const gone[] = {"state/actor/journal", "state/actor/journal.next", "state/actor/chain",
					   "shadow.caltrop-new", KEYS ".caltrop-locked"};
	const struct ask *ask = context;
	struct order o;
	char text[512], path[128];

	memset(told, 0, sizeof(*told));
	for (unsigned i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		path_of(gone[i], path);
		(void)unlink(path);
	}
	snprintf(text, sizeof(text),
		 "root:x:0:0::%s/root:/bin/sh\nbob:x:54331:54331::%s/home:/bin/sh\nann:x:54332:54332::/none:/bin/sh\n",
		 guard.dir, guard.dir);
	guard_put(&guard, "passwd", text);
	guard_put(&guard, "shadow", "root:$6$a$b:1::::::\nbob:$6$c$d:2::::::\nann:$6$e$f:2::::::\n");
	make_dir("home");
	make_dir("home/.ssh");
	guard_put(&guard, KEYS, "ssh-ed25519 AAAA bob\n");
	(void)kill(victim, SIGCONT);
	(void)!isolate_clear(&nft);
	o = guard_order_of(&ask->pair->begin);
	guard_order_sign(&begin, &o, &order_key);
	o = guard_order_of(&ask->pair->end);
	guard_order_sign(&end, &o, &order_key);
}

static void carry_out(struct actor *a, const struct actor_order *order)
{
	require(request_handle(a, order, sizeof(*order)) == ERR_OK);
	run_continue(a);
	for (unsigned i = 0; i < TRIES && act_next_us(a) != INT64_MAX; i++) {
		usleep(TRY_US);
		act_continue(a, clock_mono_us());
		run_continue(a);
	}
	for (unsigned i = 0; i < 3; i++)
		(void)!actor_flush(a);
}

static void read_receipts(int socket)
{
	union guard_message m;
	unsigned failures = 0;

	told->receipts = 0;
	/* One of these calls may be the one that fails. */
	while (failures < 2) {
		ssize_t got = recv(socket, &m, sizeof(m), MSG_DONTWAIT);

		failures += got <= 0;
		if (got <= 0 || m.header.type != ACTOR_RECEIPT || !m.receipt.outcome)
			continue;
		told->receipts++;
		told->result = m.receipt.result;
		told->verified = m.receipt.verified;
		require(m.receipt.text[0]);
	}
}

static bool is_known(struct actor *a, const struct pair *pair)
{
	struct verb_args args = pair->begin;

	return ledger_find(&a->ledger, &args) != NULL;
}

/* Its thread is there: what a sanitizer does at a thread's start must not fail. */
static void await_worker(struct actor *a)
{
	const struct worker_job job = {.kind = WORKER_SYNC, .fd = a->journal.fd};
	struct worker_result result = {.kind = 0};
	struct pollfd p = {a->worker.results, POLLIN, 0};

	require(worker_submit(&a->worker, &job));
	while (result.kind != WORKER_SYNC)
		require(poll(&p, 1, -1) == 1 && worker_take(&a->worker, &result));
}

/* A core that gets ready, and the order. */
static int order_it(void *context)
{
	static struct actor a;
	const struct ask *ask = context;
	struct actor_header ready = {MESSAGE_VERSION, ACTOR_READY, sizeof(ready), 100};
	char why[LOOP_WHY_MAX] = "";
	int pair[2];

	faults_hold();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0 || guard_open(&guard, &a, why) != ERR_OK)
		return 1;
	a.child.socket = pair[0];
	require(request_handle(&a, &ready, sizeof(ready)) == ERR_OK);
	if (ask->ends) {
		carry_out(&a, &begin);
		read_receipts(pair[1]);
		require(told->receipts == 1 && told->verified);
	}
	await_worker(&a);
	faults_begin();
	carry_out(&a, ask->ends ? &end : &begin);
	read_receipts(pair[1]);
	told->known = is_known(&a, ask->pair);
	return 0;
}

static void one_receipt_and_it_is_true(void *context, const struct faults_run *run)
{
	const struct ask *ask = context;
	bool in_force = ask->pair->in_force();

	assert_int_equal(run->result, 0);
	assert_int_equal(told->receipts, 1);
	if (told->verified)
		assert_int_equal(in_force, !ask->ends);
	if (told->result == RECEIPT_REFUSED)
		assert_int_equal(in_force, ask->ends);
	if (in_force && !told->known)
		fail_msg("call %d (number %u) fails: in force, and the ledger knows nothing of it", run->call,
			 run->nth);
	if (run->call < 0)
		assert_true(told->verified);
}

static bool is_isolated(void)
{
	return isolate_is_set(&nft);
}

static bool is_locked(void)
{
	char path[128];

	path_of(KEYS, path);
	assert_true(files_has(guard.dir, "shadow", ""));
	return files_has(guard.dir, "shadow", "bob:!") && access(path, F_OK) != 0;
}

static bool is_suspended(void)
{
	return procs_state(victim) == 'T';
}

static struct pair isolation(void)
{
	return (struct pair){
		{.verb = VERB_ISOLATE, .duration_s = 3600},
		{.verb = VERB_RELEASE},
		is_isolated,
	};
}

static struct pair lock_of_bob(void)
{
	return (struct pair){
		guard_account(VERB_LOCK, "bob", 3600),
		guard_account(VERB_UNLOCK, "bob", 0),
		is_locked,
	};
}

static struct pair suspension(void)
{
	return (struct pair){
		{.verb = VERB_SUSPEND, .pid = victim, .duration_s = 3600},
		{.verb = VERB_RESUME, .pid = victim},
		is_suspended,
	};
}

static void order_each(struct pair pair, bool ends)
{
	struct ask ask = {&pair, ends};
	const struct faults f = {EIO, fresh, order_it, one_receipt_and_it_is_true, &ask};

	if (!possible)
		skip();
	assert_true(faults_some(&f) > 10);
}

static void guard_isolates_truthfully_whatever_call_fails(void **state)
{
	(void)state;
	order_each(isolation(), false);
}

static void guard_releases_truthfully_whatever_call_fails(void **state)
{
	(void)state;
	order_each(isolation(), true);
}

static void guard_locks_truthfully_whatever_call_fails(void **state)
{
	(void)state;
	order_each(lock_of_bob(), false);
}

static void guard_unlocks_truthfully_whatever_call_fails(void **state)
{
	(void)state;
	order_each(lock_of_bob(), true);
}

static void guard_suspends_truthfully_whatever_call_fails(void **state)
{
	(void)state;
	order_each(suspension(), false);
}

static void guard_resumes_truthfully_whatever_call_fails(void **state)
{
	(void)state;
	order_each(suspension(), true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guard_isolates_truthfully_whatever_call_fails),
		cmocka_unit_test(guard_releases_truthfully_whatever_call_fails),
		cmocka_unit_test(guard_locks_truthfully_whatever_call_fails),
		cmocka_unit_test(guard_unlocks_truthfully_whatever_call_fails),
		cmocka_unit_test(guard_suspends_truthfully_whatever_call_fails),
		cmocka_unit_test(guard_resumes_truthfully_whatever_call_fails),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
