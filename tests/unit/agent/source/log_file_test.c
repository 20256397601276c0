/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/source/log_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];
static int out;
static struct log_file stream;
static char memory[LOG_FILE_LINE], chunk[4096];

static int setup(void **state)
{
	struct tail_look look;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/caltrop-stream-......");
	memset(path + strlen(path) - 6, 'X', 6);
	out = mkstemp(path);
	int fd = open(path, O_RDONLY);

	log_file_init(&stream, memory);
	assert_true(log_file_look(fd, &look));
	log_file_attach(&stream, fd, &look, 0);
	return out < 0;
}

static int teardown(void **state)
{
	(void)state;
	log_file_close(&stream);
	close(out);
	return unlink(path);
}

static void add(const char *text)
{
	assert_int_equal(write(out, text, strlen(text)), (ssize_t)strlen(text));
	stream.dirty = true;
}

/* Read to the end: how many lines, and the last one. */
static unsigned lines(char last[64], bool *emptied)
{
	struct core_place place;
	struct str line;
	unsigned count = 0;
	bool now = false;

	*emptied = false;
	while (log_file_read(&stream, chunk, sizeof(chunk), &now) || now) {
		*emptied |= now;
		while (log_file_next(&stream, &line, &place)) {
			assert_int_equal(place.inode, stream.at.inode);
			str_show(line, last, 64);
			count++;
		}
	}
	return count;
}

static void half_lines_wait_and_places_stand_behind_lines(void **state)
{
	char last[64];
	bool emptied;

	(void)state;
	add("one\ntwo\nthr");
	assert_int_equal(lines(last, &emptied), 2);
	assert_string_equal(last, "two");
	assert_int_equal(log_file_place(&stream).offset, 8);
	add("ee\n");
	assert_int_equal(lines(last, &emptied), 1);
	assert_string_equal(last, "three");
	assert_int_equal(log_file_place(&stream).offset, 14);
}

static void emptied_file_is_read_again_from_its_start(void **state)
{
	char last[64];
	bool emptied;

	(void)state;
	add("one\ntwo\nhalf");
	assert_int_equal(lines(last, &emptied), 2);
	assert_int_equal(ftruncate(out, 0), 0);
	assert_int_equal(lseek(out, 0, SEEK_SET), 0);
	add("new\n");
	assert_int_equal(lines(last, &emptied), 1);
	assert_true(emptied);
	assert_string_equal(last, "new");
}

static void file_emptied_and_filled_beyond_the_place_is_noticed(void **state)
{
	char last[64];
	bool emptied;

	(void)state;
	add("one\ntwo\n");
	assert_int_equal(lines(last, &emptied), 2);
	assert_int_equal(ftruncate(out, 0), 0);
	assert_int_equal(lseek(out, 0, SEEK_SET), 0);
	add("other first\nother second\n");
	assert_int_equal(lines(last, &emptied), 2);
	assert_true(emptied);
}

static void end_is_where_the_last_half_line_begins(void **state)
{
	(void)state;
	add("one\ntwo");
	assert_int_equal(log_file_end(stream.fd, 7), 4);
	assert_int_equal(log_file_end(stream.fd, 4), 4);
	assert_int_equal(log_file_end(stream.fd, 3), 0);
	assert_int_equal(log_file_end(stream.fd, 0), 0);
}

static void unlinked_file_is_known_as_such(void **state)
{
	(void)state;
	assert_false(log_file_unlinked(&stream));
	char other[80];

	snprintf(other, sizeof(other), "%s.1", path);
	assert_int_equal(rename(path, other), 0);
	assert_false(log_file_unlinked(&stream));
	assert_int_equal(unlink(other), 0);
	assert_true(log_file_unlinked(&stream));
	close(open(path, O_CREAT | O_WRONLY, 0600));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(half_lines_wait_and_places_stand_behind_lines),
		TEST(emptied_file_is_read_again_from_its_start),
		TEST(file_emptied_and_filled_beyond_the_place_is_noticed),
		TEST(end_is_where_the_last_half_line_begins),
		TEST(unlinked_file_is_known_as_such),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
