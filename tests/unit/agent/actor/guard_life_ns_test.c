/* SPDX-License-Identifier: Apache-2.0 */
/* A whole guard from start to stop: signals, settings read again, damage by others, what a journal brings back. */
#include "agent/actor/hup.h"
#include "agent/actor/sys/nft.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct guard guard;
static struct nft nft;
static char config[128];
static bool possible;

static int prepare(void **state)
{
	(void)state;
	possible = guard_prepare(&guard);
	if (!possible)
		return 0;
	guard_put(&guard, "passwd", "root:x:0:0::/root:/bin/sh\n");
	guard_put(&guard, "shadow", "root:$6$a$b:1::::::\n");
	snprintf(config, sizeof(config), "%s/caltrop.conf", guard.dir);
	hup_init(config);
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

static int remove_all(void **state)
{
	(void)state;
	if (!possible)
		return 0;
	nft_close(&nft);
	guard_remove(&guard);
	return 0;
}

static int tear_down(void **state)
{
	if (possible)
		guard_kill(&guard);
	return remove_all(state);
}

static struct verb_args ban_of(const char *text)
{
	struct verb_args args;

	memset(&args, 0, sizeof(args));
	args.verb = VERB_BAN;
	args.duration_s = 600;
	require(addr_parse_prefix(str_from(text), &args.addr) == ERR_OK);
	return args;
}

static bool in_kernel(const char *text)
{
	struct verb_args args = ban_of(text);
	uint64_t left_ms;

	return nft_find(&nft, &args.addr, &left_ms) == ERR_OK;
}

static void guard_stops_with_its_core_and_leaves_the_bans(void **state)
{
	struct verb_args args = ban_of("198.51.100.7");
	pid_t core;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->result, RECEIPT_DONE);
	core = guard.core;
	assert_true(guard_stop(&guard));
	assert_int_not_equal(kill(core, 0), 0);
	assert_true(in_kernel("198.51.100.7"));
}

/* What keeps the same directories, with these lines more. */
static void configure(const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text), "[guard]\nstate_dir = %s/state\nrun_dir = %s/run\ncore = /proc/self/exe\n%s\n",
		 guard.dir, guard.dir, more);
	guard_put(&guard, "caltrop.conf", text);
}

static void guard_takes_new_settings_on_a_hangup(void **state)
{
	struct verb_args args = ban_of("198.51.100.7"), other = ban_of("198.51.101.7");
	pid_t before;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->result, RECEIPT_DONE);
	assert_int_equal(guard_act(&guard, &other, ORIGIN_RULE)->result, RECEIPT_DONE);
	before = guard.core;
	configure("[response]\nnever_ban = 198.51.100.0/24");
	require(kill(guard.pid, SIGHUP) == 0);
	guard_next_core(&guard);
	assert_int_not_equal(guard.core, before);
	/* Whoever must not be banned from now on is let in at once; the others are not. */
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->err, ERR_PROTECTED);
	assert_false(in_kernel("198.51.100.7"));
	assert_true(in_kernel("198.51.101.7"));
}

/* Two answers of the guard: between them it has looked at every signal that was sent before the first. */
static void still_bans(unsigned number)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct actor_receipt *r;
		struct verb_args args;
		char text[32];

		snprintf(text, sizeof(text), "198.51.%u.%u", 100 + i, number);
		args = ban_of(text);
		r = guard_act(&guard, &args, ORIGIN_RULE);
		assert_non_null(r);
		assert_int_equal(r->result, RECEIPT_DONE);
	}
}

static void guard_changes_nothing_for_settings_with_mistakes(void **state)
{
	pid_t before;

	(void)state;
	if (!possible)
		skip();
	before = guard.core;
	configure("[response]\nnever_ban = every/body");
	require(kill(guard.pid, SIGHUP) == 0);
	still_bans(1);
	assert_int_equal(guard.core, before);
	assert_int_equal(kill(before, 0), 0);
}

/* What was opened with rights that are given up since: the new core finds it as it was, and the rest is as it is now.
 */
static void guard_keeps_what_only_a_start_can_change(void **state)
{
	static const char *const fixed[] = {"[guard]\nrun_dir = /run/elsewhere",
					    "[guard]\nuser = elsewhere",
					    "[guard]\ncore = /bin/true",
					    "[auth]\nsyslog_socket = /run/elsewhere",
					    "[guard]\nstate_dir = /var/elsewhere",
					    "[network]\nenabled = yes",
					    "[process]\nenabled = yes",
					    "[firewall]\nlog_group = 512"};
	char text[256];

	(void)state;
	if (!possible)
		skip();
	for (unsigned i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		struct verb_args args;
		pid_t before = guard.core;

		snprintf(text, sizeof(text), "%s\n[response]\nnever_ban = 198.51.%u.0/24\n", fixed[i], 100 + i);
		configure(text);
		require(kill(guard.pid, SIGHUP) == 0);
		guard_next_core(&guard);
		assert_int_not_equal(guard.core, before);
		snprintf(text, sizeof(text), "198.51.%u.7", 100 + i);
		args = ban_of(text);
		assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->err, ERR_PROTECTED);
		snprintf(text, sizeof(text), "198.51.%u.7", 101 + i);
		args = ban_of(text);
		assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->result, RECEIPT_DONE);
	}
}

/* The budget of putting back is ten a second: then health says so, the guard waits, and puts it back after all. */
static void guard_says_when_another_program_insists(void **state)
{
	struct verb_args args = ban_of("198.51.100.7");

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->verified, 1);
	for (unsigned i = 0; i < 200; i++) {
		(void)!nft_remove(&nft, &args.addr);
		(void)poll(NULL, 0, 1);
	}
	do
		assert_true(guard_wait(&guard, ACTOR_HEALTH));
	while (guard.message.health.firewall != ERR_BUSY);
	args = ban_of("198.51.100.8");
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->verified, 0);
	for (unsigned i = 0; i < 4; i++)
		if (guard_wait(&guard, ACTOR_HEALTH) && guard.message.health.firewall == ERR_OK)
			break;
	assert_int_equal(guard.message.health.firewall, ERR_OK);
	assert_true(in_kernel("198.51.100.7"));
}

static void guard_notices_a_trust_bundle_that_appears(void **state)
{
	struct key_der private_key, public_key;
	char text[512];

	(void)state;
	if (!possible)
		skip();
	require(key_generate(key_random_kernel, &private_key) == ERR_OK);
	require(key_public(&private_key, &public_key) == ERR_OK);
	require(key_pem("PUBLIC KEY", public_key.bytes, public_key.len, text, sizeof(text)) == ERR_OK);
	assert_true(guard_wait(&guard, ACTOR_HEALTH));
	assert_int_not_equal(guard.message.health.trust, ERR_OK);
	guard_put(&guard, "state/trust/device_id", "07070707070707070707070707070707\n");
	guard_put(&guard, "state/trust/order_keys.pem", text);
	while (guard.message.health.trust != ERR_OK)
		assert_true(guard_wait(&guard, ACTOR_HEALTH));
	guard_put(&guard, "state/trust/device_id", "nobody");
	while (guard.message.health.trust == ERR_OK)
		assert_true(guard_wait(&guard, ACTOR_HEALTH));
}

static void guard_says_how_often_its_core_died(void **state)
{
	(void)state;
	if (!possible)
		skip();
	for (unsigned i = 0; i < 3; i++) {
		require(kill(guard.core, SIGKILL) == 0);
		guard_next_core(&guard);
	}
	do
		assert_true(guard_wait(&guard, ACTOR_HEALTH));
	while (guard.message.health.core_restarts < 3);
}

/* Many bans, some of them over, lifted or protected by now, and a torn end. */
static void guard_brings_back_what_its_journal_says(void **state)
{
	char text[64], path[128];
	uint8_t torn[20] = {0x43, 1, 2, 3, 0, 80, JOURNAL_EFFECT, JOURNAL_VERSION};
	struct stat st;
	off_t whole;
	int fd;

	(void)state;
	if (!possible)
		skip();
	for (unsigned i = 0; i < 40; i++) {
		struct verb_args args;

		snprintf(text, sizeof(text), "198.51.100.%u", i + 1);
		args = ban_of(text);
		args.duration_s = i == 5 ? 1 : 600;
		assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->result, RECEIPT_DONE);
		if (i % 4 == 0) {
			args.verb = VERB_UNBAN;
			args.duration_s = 0;
			assert_int_equal(guard_act(&guard, &args, ORIGIN_LOCAL)->result, RECEIPT_DONE);
		}
	}
	do
		assert_true(guard_wait(&guard, ACTOR_EFFECT));
	while (!guard.message.effect.gone || guard.message.effect.args.addr.bytes[3] != 6);
	guard_kill(&guard);
	snprintf(path, sizeof(path), "%s/state/actor/journal", guard.dir);
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	require(fd >= 0 && write(fd, torn, sizeof(torn)) == sizeof(torn) && fstat(fd, &st) == 0);
	close(fd);
	whole = st.st_size;
	/* After a reboot the kernel has none; this one is somebody else's by then. */
	for (unsigned i = 0; i < 40; i++) {
		struct verb_args args;

		snprintf(text, sizeof(text), "198.51.100.%u", i + 1);
		args = ban_of(text);
		(void)!nft_remove(&nft, &args.addr);
	}
	guard_start(&guard);
	assert_true(guard_wait(&guard, ACTOR_SYNCED));
	for (unsigned i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), "198.51.100.%u", i + 1);
		assert_int_equal(in_kernel(text), i % 4 != 0 && i != 5);
	}
	/* It was written anew: shorter, and without the torn end. */
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < whole);
}

static void keep_two(void *context, const struct journal_record *record)
{
	struct journal_record *kept = context;

	kept[kept[0].kind != 0] = *record;
	kept[kept[0].kind != 0].text = STR_NONE;
}

/* The bans as if made before a reboot, by a clock ten years off to either side, with rubbish between them. */
static void make_old_and_damaged(const char *dir_path)
{
	const int64_t off_us = 10 * 365 * 24 * HOUR_US;
	int dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;
	struct journal_record kept[2] = {{0}};
	struct journal j;

	require(dir >= 0 && journal_open(&j, dir, keep_two, kept) == ERR_OK && kept[1].kind == JOURNAL_EFFECT);
	journal_close(&j);
	require(unlinkat(dir, "journal", 0) == 0 && journal_open(&j, dir, keep_two, kept) == ERR_OK);
	for (unsigned i = 0; i < 2; i++) {
		kept[i].boot[0] ^= 1;
		kept[i].expires_wall_us += i ? off_us : -off_us;
		require(journal_append(&j, &kept[i]) == ERR_OK);
		fd = openat(dir, "journal", O_WRONLY | O_APPEND | O_CLOEXEC);
		require(fd >= 0 && (i == 1 || write(fd, "rubbish", 7) == 7));
		close(fd);
	}
	journal_close(&j);
	close(dir);
}

static void bans_outlive_a_wrong_clock_and_rubbish_in_the_journal(void **state)
{
	static const char *const banned[] = {"198.51.100.61", "198.51.100.62"};
	struct verb_args args;
	char path[128];

	(void)state;
	if (!possible)
		skip();
	snprintf(path, sizeof(path), "%s/state/actor", guard.dir);
	for (unsigned i = 0; i < 2; i++) {
		args = ban_of(banned[i]);
		args.duration_s = 600;
		assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->result, RECEIPT_DONE);
	}
	guard_kill(&guard);
	make_old_and_damaged(path);
	/* The machine was started anew, so the kernel has none. */
	for (unsigned i = 0; i < 2; i++) {
		args = ban_of(banned[i]);
		(void)!nft_remove(&nft, &args.addr);
	}
	guard_start(&guard);
	assert_true(guard_wait(&guard, ACTOR_HEALTH));
	assert_int_equal(guard.message.health.journal, ERR_CORRUPT);
	for (unsigned i = 0; i < 2; i++) {
		uint64_t left_ms = 0;

		args = ban_of(banned[i]);
		assert_int_equal(nft_find(&nft, &args.addr, &left_ms), ERR_OK);
		assert_in_range(left_ms, 200000, 301000);
	}
	strncat(path, "/journal.damaged", sizeof(path) - strlen(path) - 1);
	assert_int_equal(access(path, R_OK), 0);
}

/* What only the kernel remembers after the journal was lost is journaled again. */
static void bans_that_lost_their_journal_outlive_a_reboot(void **state)
{
	struct verb_args args = ban_of("198.51.100.63");
	char path[128];

	(void)state;
	if (!possible)
		skip();
	snprintf(path, sizeof(path), "%s/state/actor/journal", guard.dir);
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->result, RECEIPT_DONE);
	guard_kill(&guard);
	require(unlink(path) == 0);
	guard_start(&guard);
	assert_true(guard_wait(&guard, ACTOR_SYNCED));
	guard_kill(&guard);
	(void)!nft_remove(&nft, &args.addr);
	guard_start(&guard);
	assert_true(guard_wait(&guard, ACTOR_SYNCED));
	assert_true(in_kernel("198.51.100.63"));
}

static void with_sockets(struct settings *s)
{
	snprintf(s->syslog_socket, sizeof(s->syslog_socket), "%.64s/log", s->run_dir);
	s->audit = true;
}

static void guard_makes_the_sockets_its_settings_ask_for(void **state)
{
	char path[128];
	struct stat st;

	(void)state;
	if (!possible)
		skip();
	guard.adjust = with_sockets;
	guard_start(&guard);
	snprintf(path, sizeof(path), "%s/run/log", guard.dir);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0666);
	snprintf(path, sizeof(path), "%s/run/caltrop.sock", guard.dir);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0660);
	still_bans(1);
}

static const struct actor_source *source_asked(struct actor_source *ask)
{
	ask->header = (struct actor_header){MESSAGE_VERSION, ACTOR_SOURCE, sizeof(*ask), 3};
	assert_int_equal(send(guard.socket, ask, sizeof(*ask), MSG_NOSIGNAL), sizeof(*ask));
	assert_true(guard_wait(&guard, ACTOR_SOURCE));
	return &guard.message.source;
}

static void guard_finds_a_rotated_log_by_its_inode_and_no_secrets(void **state)
{
	struct actor_source ask = {.index = 0};
	char from[128], to[128], text[16] = "";
	struct stat st;

	(void)state;
	if (!possible)
		skip();
	snprintf(from, sizeof(from), "%s/auth.log", guard.dir);
	snprintf(to, sizeof(to), "%s/auth.log.1", guard.dir);
	require(stat(from, &st) == 0 && rename(from, to) == 0);
	guard_put(&guard, "auth.log-other", "no\n");
	guard_put(&guard, "auth.logbook", "no\n");
	assert_int_equal(source_asked(&ask)->status, ERR_NOT_FOUND);
	assert_true(guard.fd < 0);
	ask.sibling = 1;
	ask.inode = st.st_ino;
	assert_int_equal(source_asked(&ask)->status, ERR_OK);
	assert_int_equal(read(guard.fd, text, sizeof(text)), 7);
	assert_memory_equal(text, "a line\n", 7);
	ask.inode = st.st_ino + 100000;
	assert_int_equal(source_asked(&ask)->status, ERR_NOT_FOUND);
	/* The shadow file under a log's name stays with the actor. */
	snprintf(from, sizeof(from), "%s/shadow", guard.dir);
	snprintf(to, sizeof(to), "%s/auth.log", guard.dir);
	require(link(from, to) == 0 && stat(from, &st) == 0);
	ask.sibling = 0;
	assert_int_equal(source_asked(&ask)->status, ERR_DENIED);
	assert_true(guard.fd < 0);
	snprintf(to, sizeof(to), "%s/auth.log.2", guard.dir);
	require(link(from, to) == 0);
	ask.sibling = 1;
	ask.inode = st.st_ino;
	assert_int_equal(source_asked(&ask)->status, ERR_DENIED);
	assert_true(guard.fd < 0);
}

#define WHOLE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(guard_stops_with_its_core_and_leaves_the_bans, set_up, remove_all),
		WHOLE(guard_takes_new_settings_on_a_hangup),
		WHOLE(guard_changes_nothing_for_settings_with_mistakes),
		WHOLE(guard_keeps_what_only_a_start_can_change),
		WHOLE(guard_says_when_another_program_insists),
		WHOLE(guard_notices_a_trust_bundle_that_appears),
		WHOLE(guard_says_how_often_its_core_died),
		WHOLE(guard_brings_back_what_its_journal_says),
		WHOLE(bans_outlive_a_wrong_clock_and_rubbish_in_the_journal),
		WHOLE(bans_that_lost_their_journal_outlive_a_reboot),
		cmocka_unit_test_setup_teardown(guard_makes_the_sockets_its_settings_ask_for, prepare, tear_down),
		WHOLE(guard_finds_a_rotated_log_by_its_inode_and_no_secrets),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
