/* SPDX-License-Identifier: Apache-2.0 */
/* Every verb's refusals, as a confined actor words them; skipped where such an actor is not permitted. */
#include "agent/actor/sys/nft.h"
#include "agent/actor/sys/procs.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SOMEBODY 54331 /* a user id that nothing else has */

static struct guard guard;
static struct nft nft;
static struct key_der order_key;
static bool possible;

static void put_accounts_with(const char *home_of_bob)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "root:x:0:0::/root:/bin/sh\nbob:x:%d:54331::%s/%s:/bin/sh\nann:x:54332:54332::/nonexistent:/bin/sh\n"
		 "svc:x:54333:54333::/nonexistent:/usr/sbin/nologin\nodd:x:many:1::/:/bin/sh\n"
		 "keys:x:54334:54334::%s/keys:/bin/sh\n",
		 SOMEBODY, guard.dir, home_of_bob, guard.dir);
	guard_put(&guard, "passwd", text);
}

static void put_accounts(void)
{
	char path[128];

	put_accounts_with("home");
	guard_put(&guard, "shadow",
		  "root:$6$a$b:1::::::\nbob:$6$c$d:2::::::\nann:$6$c$d:2::::::\nsvc:!:3::::::\n"
		  "keys:!:3::::::\n");
	for (unsigned i = 0; i < 4; i++) {
		static const char *const dirs[] = {"home", "home/.ssh", "keys", "keys/.ssh"};

		snprintf(path, sizeof(path), "%s/%s", guard.dir, dirs[i]);
		(void)mkdir(path, 0755);
	}
	guard_put(&guard, "keys/.ssh/authorized_keys", "ssh-ed25519 AAAA keys\n");
}

static int prepare(void **state)
{
	(void)state;
	possible = guard_prepare(&guard);
	if (!possible)
		return 0;
	put_accounts();
	guard_trust(&guard, &order_key);
	return nft_open(&nft) != ERR_OK;
}

static int set_up(void **state)
{
	if (prepare(state) != 0)
		return -1;
	if (possible)
		guard_start(&guard);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return guard_tear_down(&guard, &nft);
}

static struct verb_args address_of(uint16_t verb, const char *text)
{
	struct verb_args args;

	memset(&args, 0, sizeof(args));
	args.verb = verb;
	require(addr_parse_prefix(str_from(text), &args.addr) == ERR_OK);
	return args;
}

static struct verb_args account_of(uint16_t verb, const char *name)
{
	struct verb_args args;

	memset(&args, 0, sizeof(args));
	args.verb = verb;
	memcpy(args.account, name, strlen(name));
	return args;
}

static bool journal_holds(const char *text)
{
	return files_has(guard.dir, "state/actor/journal", text);
}

static const struct actor_receipt *order_with(struct order *o)
{
	const struct actor_receipt *r;

	guard_order_bind(o);
	if (o->step_count == 0)
		o->step_count = 1;
	r = guard_order(&guard, o, &order_key);
	assert_non_null(r);
	return r;
}

static const struct actor_receipt *order_account(uint16_t verb, const char *name)
{
	struct order o = {.steps[0].args.verb = verb};

	memcpy(o.steps[0].args.account, name, strlen(name));
	return order_with(&o);
}

static const struct actor_receipt *order_kill(int32_t pid, uint64_t start_ticks)
{
	struct order o = {.steps[0].args = {.verb = VERB_KILL, .pid = pid, .start_ticks = start_ticks}};

	return order_with(&o);
}

static void says(const struct actor_receipt *r, uint8_t result, enum err err, const char *text)
{
	assert_non_null(r);
	assert_string_equal(r->text, text);
	assert_int_equal(r->result, result);
	assert_int_equal(r->err, err);
}

/* It is the user's when this returns. */
static pid_t sleeper(void)
{
	int ends[2];
	pid_t pid;
	char byte;

	require(pipe(ends) == 0);
	pid = fork();
	if (pid == 0) {
		if (setresuid(SOMEBODY, SOMEBODY, SOMEBODY) != 0 || write(ends[1], "x", 1) != 1)
			_exit(1);
		close(ends[0]);
		close(ends[1]);
		for (;;)
			pause();
	}
	close(ends[1]);
	require(pid > 0 && read(ends[0], &byte, 1) == 1);
	close(ends[0]);
	return pid;
}

static void kill_ends_one_process_and_proves_it(void **state)
{
	struct proc_stat stat;
	char text[96];
	int status;
	pid_t pid;

	(void)state;
	if (!possible)
		skip();
	pid = sleeper();
	assert_int_equal(procs_stat(pid, &stat), ERR_OK);
	says(order_kill(pid, stat.start_ticks + 1), RECEIPT_REFUSED, ERR_NOT_FOUND,
	     (snprintf(text, sizeof(text), "refused to kill process %d: there is no such process", (int)pid), text));
	snprintf(text, sizeof(text), "process %d killed; it is gone", (int)pid);
	says(order_kill(pid, stat.start_ticks), RECEIPT_DONE, ERR_OK, text);
	assert_int_equal(guard.message.receipt.verified, 1);
	assert_int_equal(guard.message.receipt.count, 1);
	/* Gone though nobody has waited for it yet: then it is no process to kill any more. */
	assert_int_equal(order_kill(pid, stat.start_ticks)->verified, 1);
	assert_int_equal(guard.message.receipt.result, RECEIPT_ALREADY);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Its number was another process's when somebody wrote it down; a start time says which one is meant. */
static void kill_leaves_what_began_behind_the_order(void **state)
{
	struct order o = {.created_s = time(NULL) - 3600, .steps[0].args = {.verb = VERB_KILL}};
	struct proc_stat stat;
	char text[128];
	pid_t pid;

	(void)state;
	if (!possible)
		skip();
	pid = sleeper();
	o.steps[0].args.pid = pid;
	snprintf(text, sizeof(text),
		 "refused to kill process %d: there is no such process now: this one began behind the order", (int)pid);
	says(order_with(&o), RECEIPT_REFUSED, ERR_NOT_FOUND, text);
	assert_int_equal(procs_stat(pid, &stat), ERR_OK);
	o.steps[0].args.start_ticks = stat.start_ticks;
	assert_int_equal(order_with(&o)->result, RECEIPT_DONE);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* The desk's clock is ahead, however far: nothing began behind that. */
static void an_order_of_the_future_kills_what_it_names(void **state)
{
	struct order o = {.created_s = INT64_MAX, .steps[0].args = {.verb = VERB_KILL}};

	(void)state;
	if (!possible)
		skip();
	o.steps[0].args.pid = sleeper();
	assert_int_equal(order_with(&o)->result, RECEIPT_DONE);
	assert_int_equal(waitpid(o.steps[0].args.pid, NULL, 0), o.steps[0].args.pid);
}

static void kill_is_refused_for_what_must_live(void **state)
{
	char text[96];

	(void)state;
	if (!possible)
		skip();
	snprintf(text, sizeof(text), "refused to kill process %d: it is the guard itself", (int)guard.pid);
	says(order_kill(guard.pid, 0), RECEIPT_REFUSED, ERR_PROTECTED, text);
	snprintf(text, sizeof(text), "refused to kill process %d: it is the guard itself", (int)guard.core);
	says(order_kill(guard.core, 0), RECEIPT_REFUSED, ERR_PROTECTED, text);
	says(order_kill(4194303, 0), RECEIPT_REFUSED, ERR_NOT_FOUND,
	     "refused to kill process 4194303: there is no such process");
	assert_int_equal(kill(guard.core, 0), 0);
}

static void what_only_orders_may_ask_for_is_refused_to_the_device_itself(void **state)
{
	struct verb_args args = {.verb = VERB_KILL, .pid = 4194303};

	(void)state;
	if (!possible)
		skip();
	says(guard_act(&guard, &args, ORIGIN_LOCAL), RECEIPT_REFUSED, ERR_DENIED,
	     "refused to kill process 4194303: only a signed order may ask for that");
	args = account_of(VERB_RESET, "bob");
	says(guard_act(&guard, &args, ORIGIN_LOCAL), RECEIPT_REFUSED, ERR_NOT_FOUND,
	     "refused to reset account bob: root has given none (caltrop local credential set)");
	args = address_of(VERB_BAN, "198.51.100.7");
	says(guard_act(&guard, &args, ORIGIN_LOCAL), RECEIPT_REFUSED, ERR_DENIED,
	     "refused to ban 198.51.100.7: only a signed order may ask for that");
}

static void a_request_that_makes_no_sense_is_refused(void **state)
{
	struct verb_args args = address_of(VERB_BAN, "198.51.100.7");

	(void)state;
	if (!possible)
		skip();
	args.pid = 17;
	says(guard_act(&guard, &args, ORIGIN_RULE), RECEIPT_REFUSED, ERR_INVALID,
	     "refused to ban 198.51.100.7: ban takes no pid.");
	args = account_of(VERB_MAX, "bob");
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->err, ERR_UNSUPPORTED);
	assert_non_null(strstr(guard.message.receipt.text, "refused: There is no verb "));
}

static void unban_of_what_is_not_banned_says_so(void **state)
{
	struct verb_args args = address_of(VERB_UNBAN, "198.51.100.7");
	struct order o = {.steps[0].args = {.verb = VERB_UNBAN, .addr = {4, 25, {198, 51, 100}}}};

	(void)state;
	if (!possible)
		skip();
	says(guard_act(&guard, &args, ORIGIN_LOCAL), RECEIPT_ALREADY, ERR_OK, "198.51.100.7 was not banned");
	says(order_with(&o), RECEIPT_ALREADY, ERR_OK, "198.51.100.0/25 was not banned");
}

static void ban_by_order_keeps_the_rails(void **state)
{
	struct order o = {.steps[0].args = {.verb = VERB_BAN, .addr = {4, 25, {192, 0, 2}}}};
	struct verb_args *args = &o.steps[0].args;

	(void)state;
	if (!possible)
		skip();
	args->duration_s = 60;
	says(order_with(&o), RECEIPT_REFUSED, ERR_PROTECTED,
	     "refused to ban 192.0.2.0/25: never_ban covers 192.0.2.0/24");
	assert_int_equal(guard.message.receipt.verified, 0);
	args->addr = (struct addr){4, 32, {192, 0, 2, 9}};
	says(order_with(&o), RECEIPT_REFUSED, ERR_PROTECTED, "refused to ban 192.0.2.9: never_ban covers 192.0.2.0/24");
}

static void order_bans_a_network_of_any_length(void **state)
{
	struct order o = {.steps[0].args = {.verb = VERB_BAN, .duration_s = 60, .addr = {4, 15, {198, 18}}}};

	(void)state;
	if (!possible)
		skip();
	says(order_with(&o), RECEIPT_DONE, ERR_OK, "banned 198.18.0.0/15 for 1 min; read back from set ban4_net");
	o.steps[0].args.addr = (struct addr){4, 16, {198, 19}};
	says(order_with(&o), RECEIPT_FAILED, ERR_EXISTS,
	     "could not ban 198.19.0.0/16: the kernel says: exists already");
	o.steps[0].args = (struct verb_args){.verb = VERB_UNBAN, .addr = {4, 15, {198, 18}}};
	says(order_with(&o), RECEIPT_DONE, ERR_OK, "unbanned 198.18.0.0/15");
}

static const struct actor_receipt *next_receipt(void)
{
	return guard_wait(&guard, ACTOR_RECEIPT) ? &guard.message.receipt : NULL;
}

/* Each step has its receipt; a condition is about the step taken before; the last receipt speaks for the order. */
static void order_of_steps_is_taken_step_by_step(void **state)
{
	struct order o = {
		.step_count = 4,
		.steps = {{ORDER_ALWAYS, {.verb = VERB_BAN, .duration_s = 60, .addr = {4, 32, {198, 51, 100, 31}}}},
			  {ORDER_IF_FAILED, {.verb = VERB_BAN, .duration_s = 60, .addr = {4, 32, {198, 51, 100, 32}}}},
			  {ORDER_IF_DONE, {.verb = VERB_BAN, .duration_s = 60, .addr = {4, 32, {192, 0, 2, 9}}}},
			  {ORDER_IF_FAILED, {.verb = VERB_UNBAN, .addr = {4, 32, {198, 51, 100, 31}}}}},
	};
	const struct actor_receipt *r;

	(void)state;
	if (!possible)
		skip();
	r = order_with(&o);
	assert_int_equal(r->result, RECEIPT_DONE);
	assert_int_equal(r->step, 1);
	assert_int_equal(r->steps, 4);
	assert_int_equal(r->outcome, 0);
	r = next_receipt();
	assert_int_equal(r->result, RECEIPT_REFUSED);
	assert_int_equal(r->step, 3);
	assert_int_equal(r->outcome, 0);
	r = next_receipt();
	assert_int_equal(r->result, RECEIPT_DONE);
	assert_int_equal(r->args.verb, VERB_UNBAN);
	assert_int_equal(r->step, 4);
	assert_int_equal(r->outcome, RECEIPT_DONE);
	for (uint8_t last = 31; last <= 32; last++) {
		uint64_t left_ms;

		assert_int_equal(nft_find(&nft, &(struct addr){4, 32, {198, 51, 100, last}}, &left_ms), ERR_NOT_FOUND);
	}
}

/* What no later step answers is the order's own outcome, also when a further step is done. */
static void order_with_a_step_that_went_wrong_is_not_done(void **state)
{
	struct order o = {
		.step_count = 2,
		.steps = {{ORDER_ALWAYS, {.verb = VERB_BAN, .addr = {4, 32, {192, 0, 2, 9}}}},
			  {ORDER_ALWAYS, {.verb = VERB_UNBAN, .addr = {4, 32, {198, 51, 100, 31}}}}},
	};
	const struct actor_receipt *r;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(order_with(&o)->result, RECEIPT_REFUSED);
	r = next_receipt();
	assert_int_equal(r->result, RECEIPT_ALREADY);
	assert_int_equal(r->outcome, RECEIPT_REFUSED);
}

/* The second, longer one wins; the second, shorter one changes nothing. */
static void ban_is_extended_never_shortened(void **state)
{
	struct verb_args args = address_of(VERB_BAN, "198.51.100.21");
	uint64_t left_ms;

	(void)state;
	if (!possible)
		skip();
	args.duration_s = 100;
	says(guard_act(&guard, &args, ORIGIN_RULE), RECEIPT_DONE, ERR_OK,
	     "banned 198.51.100.21 for 100 s; read back from set ban4");
	args.duration_s = 300;
	says(guard_act(&guard, &args, ORIGIN_RULE), RECEIPT_DONE, ERR_OK,
	     "banned 198.51.100.21 for 5 min; read back from set ban4");
	args.duration_s = 60;
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->result, RECEIPT_ALREADY);
	assert_int_equal(nft_find(&nft, &args.addr, &left_ms), ERR_OK);
	assert_in_range(left_ms, 200000, 300000);
}

static void ban_that_ends_is_told(void **state)
{
	struct verb_args args = address_of(VERB_BAN, "198.51.100.22");
	uint64_t left_ms;

	(void)state;
	if (!possible)
		skip();
	args.duration_s = 1;
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->result, RECEIPT_DONE);
	do
		assert_true(guard_wait(&guard, ACTOR_EFFECT));
	while (!guard.message.effect.gone);
	assert_true(addr_equal(&guard.message.effect.args.addr, &args.addr));
	assert_int_equal(nft_find(&nft, &args.addr, &left_ms), ERR_NOT_FOUND);
}

static void account_verbs_say_which_account_and_why_not(void **state)
{
	char text[160];

	(void)state;
	if (!possible)
		skip();
	snprintf(text, sizeof(text), "could not reset account nosuch: there is no such account in %s/passwd",
		 guard.dir);
	says(order_account(VERB_RESET, "nosuch"), RECEIPT_FAILED, ERR_NOT_FOUND, text);
	snprintf(text, sizeof(text),
		 "could not end the sessions of account nosuch: there is no such account in %s/passwd", guard.dir);
	says(order_account(VERB_LOGOUT, "nosuch"), RECEIPT_FAILED, ERR_NOT_FOUND, text);
	says(order_account(VERB_LOGOUT, "odd"), RECEIPT_FAILED, ERR_CORRUPT,
	     "could not end the sessions of account odd: damaged data");
	says(order_account(VERB_RESET, "odd"), RECEIPT_FAILED, ERR_CORRUPT,
	     "could not reset account odd: damaged data");
}

static void order_resets_an_account_into_a_file_without_escrow(void **state)
{
	const struct actor_receipt *r;
	char path[256], *name;
	struct stat st;

	(void)state;
	if (!possible)
		skip();
	r = order_account(VERB_RESET, "ann");
	assert_int_equal(r->result, RECEIPT_DONE);
	assert_int_equal(r->verified, 1);
	assert_int_equal(r->sealed_len, 0);
	name = strstr(r->text, "actor/secrets/");
	assert_non_null(name);
	snprintf(path, sizeof(path), "%s/state/%.*s", guard.dir, (int)strcspn(name, " ;"), name);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, 21);
}

static void reset_leaves_an_account_without_password_so_and_takes_its_keys(void **state)
{
	(void)state;
	if (!possible)
		skip();
	says(order_account(VERB_RESET, "svc"), RECEIPT_ALREADY, ERR_OK,
	     "account svc: has no password that lets in, left so");
	says(order_account(VERB_RESET, "keys"), RECEIPT_DONE, ERR_OK,
	     "account keys: has no password that lets in, left so; SSH keys set aside");
	says(order_account(VERB_RESET, "keys"), RECEIPT_ALREADY, ERR_OK,
	     "account keys: has no password that lets in, left so");
}

static void reset_says_when_keys_cannot_be_set_aside(void **state)
{
	char path[128];

	(void)state;
	if (!possible)
		skip();
	/* A home that leads nowhere. */
	snprintf(path, sizeof(path), "%s/loop", guard.dir);
	require(symlink("loop", path) == 0);
	put_accounts_with("loop");
	assert_int_equal(order_account(VERB_RESET, "bob")->err, ERR_UNVERIFIED);
	assert_int_equal(guard.message.receipt.verified, 0);
	assert_non_null(strstr(guard.message.receipt.text, "tried to reset account bob: "));
	unlink(path);
}

static void reset_leaves_keys_that_nobody_gets_in_by(void **state)
{
	char path[128];

	(void)state;
	if (!possible)
		skip();
	/* Somebody else's directory in its home: no key of it is the account's, sshd says so, too. */
	snprintf(path, sizeof(path), "%s/home/.ssh", guard.dir);
	require(chown(path, 54399, 54399) == 0);
	guard_put(&guard, "home/.ssh/authorized_keys", "ssh-ed25519 AAAA\n");
	assert_int_equal(order_account(VERB_RESET, "bob")->result, RECEIPT_DONE);
	assert_int_equal(guard.message.receipt.verified, 1);
	assert_null(strstr(guard.message.receipt.text, "keys"));
	snprintf(path, sizeof(path), "%s/home/.ssh/authorized_keys", guard.dir);
	assert_int_equal(access(path, F_OK), 0);
}

/* Who has the account cannot wait with a file of that name, because nobody knows it before. */
static void reset_sets_keys_aside_where_nobody_can_expect_them(void **state)
{
	char path[128], name[256] = "";
	const struct dirent *entry;
	unsigned number;
	int len = 0;
	DIR *dir;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(order_account(VERB_RESET, "keys")->result, RECEIPT_DONE);
	snprintf(path, sizeof(path), "%s/keys/.ssh", guard.dir);
	dir = opendir(path);
	require(dir != NULL);
	while ((entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, "authorized_keys", 15) == 0)
			snprintf(name, sizeof(name), "%s", entry->d_name);
	closedir(dir);
	/* authorized_keys.caltrop-SECONDS-NUMBER, as the journal's undo record says. */
	assert_int_equal(sscanf(name, "authorized_keys.caltrop-%*u-%8x%n", &number, &len), 1);
	assert_int_equal(name[len], '\0');
	assert_true(journal_holds(name));
}

static void order_resets_the_last_way_in_only_if_it_says_so(void **state)
{
	struct order o = {.steps[0].args = account_of(VERB_RESET, "root")};

	(void)state;
	if (!possible)
		skip();
	says(order_with(&o), RECEIPT_REFUSED, ERR_PROTECTED,
	     "refused to reset account root: it is the last way in for an administrator; last_way=yes resets it");
	o.steps[0].args.last_way = 1;
	assert_int_equal(order_with(&o)->result, RECEIPT_DONE);
}

static void reset_waits_for_nobody_who_keeps_the_lock(void **state)
{
	(void)state;
	if (!possible)
		skip();
	/* BusyBox' passwd makes FILE+ while it writes. */
	guard_put(&guard, "shadow+", "");
	assert_int_equal(order_account(VERB_RESET, "ann")->err, ERR_BUSY);
	assert_int_equal(guard.message.receipt.result, RECEIPT_FAILED);
	assert_non_null(strstr(guard.message.receipt.text, "another program holds the lock of "));
}

static void logout_ends_many_processes_and_counts_them(void **state)
{
	enum { MANY = 70 };
	pid_t pids[MANY];
	const struct actor_receipt *r;
	int status;

	(void)state;
	if (!possible)
		skip();
	for (unsigned i = 0; i < MANY; i++)
		pids[i] = sleeper();
	r = order_account(VERB_LOGOUT, "bob");
	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFSIGNALED(status));
	}
	assert_int_equal(r->result, RECEIPT_DONE);
	assert_int_equal(r->verified, 1);
	says(order_account(VERB_LOGOUT, "bob"), RECEIPT_ALREADY, ERR_OK, "account bob: had no session");
}

static void no_journal(struct settings *s)
{
	/* Its directory is there, its name is taken by a directory. */
	char path[SETTINGS_PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/actor", s->state_dir);
	(void)mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/actor/journal", s->state_dir);
	require(mkdir(path, 0700) == 0);
}

static void without_a_journal_bans_are_made_and_orders_are_not(void **state)
{
	struct verb_args args = address_of(VERB_BAN, "198.51.100.7");
	struct order ban = {.steps[0].args = args}, unban = {.steps[0].args = address_of(VERB_UNBAN, "198.51.100.7")};

	(void)state;
	if (!possible)
		skip();
	guard.adjust = no_journal;
	guard_start(&guard);
	assert_true(guard_wait(&guard, ACTOR_HEALTH));
	assert_int_not_equal(guard.message.health.journal, ERR_OK);
	says(guard_act(&guard, &args, ORIGIN_RULE), RECEIPT_DONE, ERR_OK,
	     "banned 198.51.100.7 for 10 min; read back from set ban4; not in the journal");
	assert_int_equal(guard.message.receipt.journaled_us, 0);
	args.verb = VERB_UNBAN;
	args.duration_s = 0;
	says(guard_act(&guard, &args, ORIGIN_LOCAL), RECEIPT_DONE, ERR_OK, "unbanned 198.51.100.7; not in the journal");
	/* An order that could be taken twice is not taken; to take something back is never refused. */
	says(order_account(VERB_RESET, "bob"), RECEIPT_REFUSED, ERR_KIND,
	     "refused to reset account bob: the journal cannot remember the order: not a regular file");
	ban.steps[0].args.duration_s = 60;
	assert_int_equal(order_with(&ban)->err, ERR_KIND);
	says(order_with(&unban), RECEIPT_ALREADY, ERR_OK, "198.51.100.7 was not banned");
}

static void observe(struct settings *s)
{
	s->mode = MODE_OBSERVE;
}

static void observe_mode_is_for_rules_and_orders_are_obeyed(void **state)
{
	struct verb_args args = account_of(VERB_RESET, "bob");

	(void)state;
	if (!possible)
		skip();
	guard.adjust = observe;
	guard_start(&guard);
	says(guard_act(&guard, &args, ORIGIN_RULE), RECEIPT_OBSERVED, ERR_OK, "observe mode: would reset account bob");
	args.verb = VERB_LOGOUT;
	says(guard_act(&guard, &args, ORIGIN_RULE), RECEIPT_OBSERVED, ERR_OK,
	     "observe mode: would end the sessions of account bob");
	assert_int_equal(order_account(VERB_RESET, "bob")->result, RECEIPT_DONE);
}

static void protect_ann(struct settings *s)
{
	memcpy(s->protect[s->protect_count++], "ann", 4);
}

static void protected_accounts_and_the_last_way_in_are_left_alone(void **state)
{
	struct verb_args args = account_of(VERB_RESET, "ann");

	(void)state;
	if (!possible)
		skip();
	guard.adjust = protect_ann;
	guard_start(&guard);
	says(guard_act(&guard, &args, ORIGIN_RULE), RECEIPT_REFUSED, ERR_PROTECTED,
	     "refused to reset account ann: the account is in [response] protect");
	guard_put(&guard, "shadow",
		  "root:!:1::::::\nbob:$6$c$d:2::::::\nann:!:2::::::\nsvc:!:3::::::\nkeys:!:3::::::\n");
	/* Another one gets in by keys, but administers nothing. */
	guard_put(&guard, "sudoers", "bob ALL=(ALL) ALL\n");
	args = account_of(VERB_RESET, "bob");
	says(guard_act(&guard, &args, ORIGIN_RULE), RECEIPT_REFUSED, ERR_PROTECTED,
	     "refused to reset account bob: it is the last way in for an administrator");
	args = account_of(VERB_LOGOUT, "root");
	says(guard_act(&guard, &args, ORIGIN_RULE), RECEIPT_REFUSED, ERR_PROTECTED,
	     "refused to end the sessions of account root: only an order may do that to root");
}

#define WHOLE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define OWN(test) cmocka_unit_test_setup_teardown(test, prepare, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WHOLE(kill_ends_one_process_and_proves_it),
		WHOLE(kill_leaves_what_began_behind_the_order),
		WHOLE(an_order_of_the_future_kills_what_it_names),
		WHOLE(kill_is_refused_for_what_must_live),
		WHOLE(what_only_orders_may_ask_for_is_refused_to_the_device_itself),
		WHOLE(a_request_that_makes_no_sense_is_refused),
		WHOLE(unban_of_what_is_not_banned_says_so),
		WHOLE(ban_by_order_keeps_the_rails),
		WHOLE(order_bans_a_network_of_any_length),
		WHOLE(order_of_steps_is_taken_step_by_step),
		WHOLE(order_with_a_step_that_went_wrong_is_not_done),
		WHOLE(ban_is_extended_never_shortened),
		WHOLE(ban_that_ends_is_told),
		WHOLE(account_verbs_say_which_account_and_why_not),
		WHOLE(order_resets_an_account_into_a_file_without_escrow),
		WHOLE(reset_leaves_an_account_without_password_so_and_takes_its_keys),
		WHOLE(reset_says_when_keys_cannot_be_set_aside),
		WHOLE(reset_leaves_keys_that_nobody_gets_in_by),
		WHOLE(reset_sets_keys_aside_where_nobody_can_expect_them),
		WHOLE(order_resets_the_last_way_in_only_if_it_says_so),
		WHOLE(reset_waits_for_nobody_who_keeps_the_lock),
		WHOLE(logout_ends_many_processes_and_counts_them),
		OWN(without_a_journal_bans_are_made_and_orders_are_not),
		OWN(observe_mode_is_for_rules_and_orders_are_obeyed),
		OWN(protected_accounts_and_the_last_way_in_are_left_alone),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
