/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles of a confined actor that has no escrow key, whose core may do anything; skipped where it is not permitted. */
#include "agent/actor/sys/collect_open.h"
#include "agent/actor/triage/tar.h"
#include "agent/actor/triage/triage_main.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct guard guard;
static struct key_der order_key;
static bool possible;
static char core_dir[128], listed[128], link_path[128];

static void adjust(struct settings *s)
{
	s->collect_bytes_max = 256u << 10;
	s->collect_count = 0;
	snprintf(s->collect[s->collect_count++], sizeof(s->collect[0]), "%s/logs/*", guard.dir);
}

static int set_up(void **state)
{
	(void)state;
	possible = guard_prepare(&guard);
	if (!possible)
		return 0;
	guard.adjust = adjust;
	guard_trust(&guard, &order_key);
	snprintf(core_dir, sizeof(core_dir), "%s/state/core", guard.dir);
	snprintf(listed, sizeof(listed), "%s/logs", guard.dir);
	require(mkdir(listed, 0755) == 0);
	snprintf(listed, sizeof(listed), "%s/logs/a", guard.dir);
	snprintf(link_path, sizeof(link_path), "%s/logs/b", guard.dir);
	guard_put(&guard, "logs/a", "what was logged\n");
	require(symlink(listed, link_path) == 0);
	guard_start(&guard);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return guard_tear_down(&guard, NULL);
}

/* Each wait has two seconds, and the programs of a whole machine are hashed. */
static const struct actor_receipt *receipt(void)
{
	for (unsigned i = 0; i < 20; i++)
		if (guard_wait(&guard, ACTOR_RECEIPT))
			return &guard.message.receipt;
	return NULL;
}

static void send_order(uint16_t verb, const char *path, bool clear)
{
	struct verb_args args = {.verb = verb, .clear = clear};
	struct order o;

	snprintf(args.path, sizeof(args.path), "%s", path);
	o = guard_order_of(&args);
	require(guard_order_send(&guard, &o, &order_key));
}

static const struct actor_receipt *order(uint16_t verb, const char *path, bool clear)
{
	send_order(verb, path, clear);
	return receipt();
}

/* The name of the file that waits; empty: none. */
static const char *waiting(void)
{
	static char path[400];
	const struct dirent *e;
	DIR *list = opendir(core_dir);

	require(list != NULL);
	path[0] = '\0';
	while ((e = readdir(list)) != NULL) {
		require(strcmp(e->d_name, "collected.new") != 0);
		if (object_is_waiting(e->d_name))
			snprintf(path, sizeof(path), "%s/%s", core_dir, e->d_name);
	}
	closedir(list);
	return path;
}

/* The content of an entry of the archive that waits. */
static struct str entry(const char *name)
{
	static char bytes[300 << 10];
	int fd = open(waiting(), O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, bytes, sizeof(bytes));
	size_t at = OBJECT_WAITING_HEAD + ((size_t)(uint8_t)bytes[4] << 8 | (uint8_t)bytes[5]);

	close(fd);
	while (len > 0 && at + TAR_BLOCK < (size_t)len && bytes[at]) {
		size_t size = strtoul(bytes + at + 124, NULL, 8);

		if (strcmp(bytes + at, name) == 0)
			return (struct str){bytes + at + TAR_BLOCK, size};
		at += TAR_BLOCK + size + tar_padding(size);
	}
	return STR_NONE;
}

static bool has(const char *name, const char *text)
{
	return str_find(entry(name), str_from(text)) != SIZE_MAX;
}

static void discard(void)
{
	assert_int_equal(order(VERB_DISCARD, "", false)->result, RECEIPT_DONE);
	assert_string_equal(waiting(), "");
}

static void without_an_escrow_key_it_is_refused_unless_the_order_does_without(void **state)
{
	const struct actor_receipt *r;
	char me[32];

	(void)state;
	if (!possible)
		skip();
	r = order(VERB_COLLECT, "", false);
	assert_int_equal(r->result, RECEIPT_REFUSED);
	assert_non_null(strstr(r->text, "no escrow key"));
	assert_string_equal(waiting(), "");
	r = order(VERB_COLLECT, listed, true);
	assert_int_equal(r->result, RECEIPT_DONE);
	assert_true(r->verified && strstr(r->text, "not sealed") && strstr(r->text, "sha256 "));
	snprintf(me, sizeof(me), "\"pid\":%d,", (int)guard.pid);
	assert_true(has("processes.jsonl", me));
	assert_true(has("processes.jsonl", "\"sha256\":\""));
	assert_false(has("processes.jsonl", "\"args\""));
	assert_true(has("file/a", "what was logged\n"));
	assert_true(has("manifest.json", "\"sealed\":false"));
	discard();
}

static void one_waits_at_a_time(void **state)
{
	const struct actor_receipt *r;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(order(VERB_COLLECT, "", true)->result, RECEIPT_DONE);
	r = order(VERB_COLLECT, "", true);
	assert_int_equal(r->result, RECEIPT_REFUSED);
	assert_int_equal(r->err, ERR_EXISTS);
	discard();
	assert_int_equal(order(VERB_DISCARD, "", false)->result, RECEIPT_ALREADY);
}

static void of_two_orders_at_once_one_is_carried_out(void **state)
{
	(void)state;
	if (!possible)
		skip();
	send_order(VERB_COLLECT, "", true);
	send_order(VERB_COLLECT, "", true);
	assert_int_equal(receipt()->result, RECEIPT_DONE);
	assert_int_equal(receipt()->err, ERR_EXISTS);
	discard();
}

static void effect_ends_when_the_file_is_gone(void **state)
{
	(void)state;
	if (!possible)
		skip();
	assert_int_equal(order(VERB_COLLECT, "", true)->result, RECEIPT_DONE);
	require(unlink(waiting()) == 0);
	assert_true(guard_wait(&guard, ACTOR_RECEIPT));
	assert_int_equal(guard.message.receipt.args.verb, VERB_COLLECT);
	assert_non_null(strstr(guard.message.receipt.text, "it was sent, or removed"));
	assert_int_equal(order(VERB_DISCARD, "", false)->result, RECEIPT_ALREADY);
}

static void what_is_no_plain_listed_file_is_not_taken(void **state)
{
	const struct actor_receipt *r;

	(void)state;
	if (!possible)
		skip();
	r = order(VERB_COLLECT, "/etc/hosts", true);
	assert_int_equal(r->result, RECEIPT_REFUSED);
	r = order(VERB_COLLECT, link_path, true);
	assert_int_equal(r->result, RECEIPT_FAILED);
	assert_non_null(strstr(r->text, "symbolic link"));
	assert_string_equal(waiting(), "");
}

static void it_is_in_force_over_a_crash(void **state)
{
	(void)state;
	if (!possible)
		skip();
	assert_int_equal(order(VERB_COLLECT, "", true)->result, RECEIPT_DONE);
	guard_kill(&guard);
	guard_start(&guard);
	assert_int_equal(order(VERB_COLLECT, "", true)->err, ERR_EXISTS);
	discard();
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_an_escrow_key_it_is_refused_unless_the_order_does_without),
		cmocka_unit_test(one_waits_at_a_time),
		cmocka_unit_test(of_two_orders_at_once_one_is_carried_out),
		cmocka_unit_test(effect_ends_when_the_file_is_gone),
		cmocka_unit_test(what_is_no_plain_listed_file_is_not_taken),
		cmocka_unit_test(it_is_in_force_over_a_crash),
	};

	if (argc > 1 && strcmp(argv[1], COLLECT_MODE) == 0)
		triage_main();
	guard_maybe_core();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
