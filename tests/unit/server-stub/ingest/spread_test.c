/* SPDX-License-Identifier: Apache-2.0 */
/* A file that comes to several devices is told, and what updates and maintenance bring is not. */
#include "server-stub/ingest/follow.h"
#include "server-stub/ingest/ingest.h"
#include "server-stub/ingest/spread.h"

#include "agent/base/buf.h"
#include "proto/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND_US INT64_C(1000000)
#define BEGIN_US (INT64_C(20000) * 86400 * SECOND_US)
#define HASH_A "0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b"
#define HASH_B "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static const struct witnesses_terms terms = {SPREAD_LEAST, SPREAD_WINDOW_US, INT64_MAX};

struct world {
	struct witnesses *files;
	struct notice notice;
	int64_t now_us;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->files = witnesses_init(calloc(1, witnesses_size()), (struct hash_key){1, 2}, &terms);
	w->now_us = BEGIN_US;
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	free(w->files);
	free(w);
	return 0;
}

/* What an event says; a member that is NULL or 0 is that of a new program in a folder of cron's. */
struct word {
	const char *action, *path, *group, *hash, *before;
	bool gone, update, maintenance, empty;
};

static const char * or (const char *given, const char *usual)
{
	return given ? given : usual;
}

static struct str file_of(const struct word *word)
{
	static char memory[1024];
	struct buf b = buf_over(memory, sizeof(memory));

	wire_put_bytes(&b, 1, str_from(or (word->action, "create")));
	wire_put_bytes(&b, 2, str_from(or (word->path, "/etc/cron.d/x")));
	wire_put_bytes(&b, 6, str_from(or (word->group, "cron")));
	wire_put_int(&b, 7, word->gone);
	wire_put_int(&b, 9, word->update);
	wire_put_bytes(&b, 12, str_from(or (word->hash, HASH_A)));
	wire_put_bytes(&b, 13, str_from(or (word->before, "")));
	wire_put_int(&b, 20, word->empty ? 0 : 77);
	wire_put_int(&b, 24, word->maintenance);
	assert_false(b.overflow);
	return buf_str(&b);
}

/* The device tells of it, a second after what was told last. */
static bool tell(struct world *w, uint8_t device, const struct word *word)
{
	const struct witnesses_sight sight = {{device}, w->now_us += SECOND_US};

	return spread_saw(w->files, file_of(word), &sight, &w->notice);
}

static void three_devices_are_told_once_whatever_the_name(void **state)
{
	struct world *w = *state;

	assert_false(tell(w, 1, &(struct word){.path = "/etc/cron.d/a"}));
	assert_false(tell(w, 1, &(struct word){.path = "/etc/cron.d/b"}));
	assert_false(tell(w, 2, &(struct word){.action = "rename", .path = "/var/www/c", .group = "web"}));
	assert_true(tell(w, 3, &(struct word){.action = "write", .path = "/etc/\033[31md", .before = HASH_B}));
	assert_int_equal(w->notice.rule, NOTICE_SPREAD);
	assert_int_equal(w->notice.device[0], 3);
	assert_non_null(strstr(w->notice.text, "d with SHA-256 " HASH_A " came within an hour to the devices 01000"));
	assert_non_null(strstr(w->notice.text, ", 03000"));
	assert_null(strchr(w->notice.text, '\033'));
	for (uint8_t device = 1; device < 50; device++)
		assert_false(tell(w, device, &(struct word){0}));
}

static void longest_path_leaves_room_for_the_devices(void **state)
{
	struct world *w = *state;
	char path[300] = {0};

	memset(path, 'x', sizeof(path) - 1);
	for (uint8_t device = 1; device < 4; device++)
		(void)tell(w, device, &(struct word){.path = path});
	assert_non_null(strstr(w->notice.text, ", 03000000000000000000000000000000"));
}

static void what_is_no_new_file_of_somebody_does_not_count(void **state)
{
	static const struct word others[] = {
		{.action = "delete"},  {.action = "attributes"}, {.gone = true},     {.update = true},
		{.maintenance = true}, {.empty = true},		 {.before = HASH_A}, {.hash = ""},
		{.hash = "0a1b"},      {.hash = HASH_B "00"},	 {.group = "decoy"}, {.group = "decoy_by_unknown"},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		for (uint8_t device = 1; device < 9; device++)
			assert_false(tell(w, device, &others[i]));
	assert_false(tell(w, 1, &(struct word){0}));
	assert_false(tell(w, 2, &(struct word){.hash = HASH_B}));
	assert_false(tell(w, 3, &(struct word){0}));
	w->now_us += SPREAD_WINDOW_US;
	assert_false(tell(w, 4, &(struct word){0}));
}

static void hear(void *context, const struct log_batch *batch, struct str file)
{
	struct witnesses_sight sight = {.at_us = batch->received_us};
	struct world *w = context;

	memcpy(sight.device, batch->device, STORE_ID);
	w->notice.is_over = spread_saw(w->files, file, &sight, &w->notice);
}

/* As a batch (link.proto) of one record, in which nothing else is for the views. */
static void commit(struct world *w, struct store *s, uint8_t device)
{
	static char memory[3][2048];
	struct buf record = buf_over(memory[0], sizeof(memory[0])), entry = buf_over(memory[1], sizeof(memory[1])),
		   batch = buf_over(memory[2], sizeof(memory[2]));
	struct log_batch b = {.device = {device}, .spool = {device}, .received_us = w->now_us += SECOND_US};
	struct ingest_counts counts = {0};
	uint64_t committed;

	wire_put_message(&record, 30, file_of(&(struct word){0}));
	wire_put_int(&entry, 1, 1);
	wire_put_message(&entry, 2, buf_str(&record));
	wire_put_bytes(&batch, 1, (struct str){(const char *)b.spool, STORE_ID});
	wire_put_message(&batch, 2, buf_str(&entry));
	b.blob = buf_str(&batch);
	assert_int_equal(ingest_batch(s, &b, &counts, &committed), ERR_OK);
	assert_int_equal(committed, 1);
}

static void followers_hear_of_files_in_the_log(void **state)
{
	struct world *w = *state;
	struct follow follow = {.news = {.context = w, .file = hear}};

	assert_int_equal(store_create(NULL, (const uint8_t[STORE_FLEET]){1}, &follow.store), ERR_OK);
	for (uint8_t device = 1; device < 4; device++)
		commit(w, follow.store, device);
	assert_int_equal(follow_all(&follow), ERR_OK);
	assert_int_equal(follow.rejected, 0);
	assert_int_equal(w->notice.rule, NOTICE_SPREAD);
	assert_int_equal(w->notice.device[0], 3);
	store_close(follow.store);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(three_devices_are_told_once_whatever_the_name),
		IN_WORLD(longest_path_leaves_room_for_the_devices),
		IN_WORLD(what_is_no_new_file_of_somebody_does_not_count),
		IN_WORLD(followers_hear_of_files_in_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
