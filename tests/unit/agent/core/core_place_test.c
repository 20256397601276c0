/* SPDX-License-Identifier: Apache-2.0 */
/* How far files were read whose numbers change: those that fit a pattern. */
#include "tests/unit/agent/core/bench.h"

static void named(struct bench *b, uint16_t source, const char *path)
{
	feed(b, &(struct input){.kind = INPUT_FILE, .source = source, .bytes = str_from(path)});
}

static void read_up_to(struct bench *b, uint16_t source, uint64_t inode)
{
	struct core_place place = {.inode = inode, .offset = 1000 * inode};

	feed(b, &(struct input){.kind = INPUT_LINE, .source = source, .place = place});
}

/* The inode that the source's place is in; 0: it has none. */
static uint64_t inode_of(const struct bench *b, uint16_t source)
{
	struct core_place place;

	return core_place(b->core, source, &place) ? place.inode : 0;
}

static void with_pattern(struct bench *b)
{
	snprintf(b->settings.files[0], sizeof(b->settings.files[0]), "/log/auth.log");
	snprintf(b->settings.files[1], sizeof(b->settings.files[1]), "/log/*.log");
	b->settings.file_count = 2;
	boot(b, 1);
}

static void places_go_with_paths_whatever_their_numbers(void **state)
{
	struct bench *b = *state;

	with_pattern(b);
	read_up_to(b, 0, 5);
	named(b, 1, "/log/a.log");
	read_up_to(b, 1, 6);
	named(b, 2, "/log/b.log");
	read_up_to(b, 2, 7);
	save(b);
	restart(b, SECOND_US, false);
	assert_int_equal(inode_of(b, 0), 5);
	/* Neither takes the other's place, nor does a new one. */
	named(b, 1, "/log/b.log");
	assert_int_equal(inode_of(b, 1), 7);
	named(b, 2, "/log/new.log");
	assert_int_equal(inode_of(b, 2), 0);
	named(b, 3, "/log/a.log");
	assert_int_equal(inode_of(b, 3), 6);
	/* A number that another file gets forgets the one before, and a path that is told again keeps its place. */
	named(b, 3, "/log/a.log");
	assert_int_equal(inode_of(b, 3), 6);
	named(b, 3, "/log/c.log");
	assert_int_equal(inode_of(b, 3), 0);
	assert_int_equal(inode_of(b, 0), 5);
}

static void places_of_many_files_fill_all_numbers_and_no_more(void **state)
{
	struct bench *b = *state;
	char path[32];

	with_pattern(b);
	for (uint16_t i = 1; i < SETTINGS_FILES_MAX; i++) {
		snprintf(path, sizeof(path), "/log/%u.log", i);
		named(b, i, path);
		read_up_to(b, i, 100u + i);
	}
	named(b, SETTINGS_FILES_MAX, "/log/none.log");
	save(b);
	restart(b, SECOND_US, false);
	for (uint16_t i = 1; i < SETTINGS_FILES_MAX; i++) {
		snprintf(path, sizeof(path), "/log/%u.log", SETTINGS_FILES_MAX - i);
		named(b, i, path);
		assert_int_equal(inode_of(b, i), 100u + SETTINGS_FILES_MAX - i);
	}
}

static void without_a_pattern_no_place_of_another_file_is_kept(void **state)
{
	struct bench *b = *state;

	with_pattern(b);
	named(b, 1, "/log/a.log");
	read_up_to(b, 1, 6);
	save(b);
	b->settings.file_count = 1;
	restart(b, SECOND_US, false);
	for (uint16_t i = 0; i < SETTINGS_FILES_MAX; i++)
		assert_int_equal(inode_of(b, i), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(places_go_with_paths_whatever_their_numbers),
		TEST(places_of_many_files_fill_all_numbers_and_no_more),
		TEST(without_a_pattern_no_place_of_another_file_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
