/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/say.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int ends[2], real_stderr;

/* Standard error is a pipe, which is the journal's or somebody's. */
static void begin(bool of_journal)
{
	struct stat st;
	char stream[64];

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	real_stderr = dup(STDERR_FILENO);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	assert_int_equal(fstat(ends[1], &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino + !of_journal);
	setenv("JOURNAL_STREAM", stream, 1);
	say_open("tester");
}

static const char *said(void)
{
	static char text[4096];
	ssize_t got;

	(void)dup2(real_stderr, STDERR_FILENO);
	got = read(ends[0], text, sizeof(text) - 1);
	text[got > 0 ? got : 0] = '\0';
	close(real_stderr);
	close(ends[0]);
	close(ends[1]);
	return text;
}

static void journal_gets_priorities(void **state)
{
	(void)state;
	begin(true);
	say(SAY_ERR, "no %s", "way");
	say(SAY_WARNING, "less");
	say(SAY_NOTICE, "done");
	say(SAY_INFO, "as ever");
	assert_string_equal(said(), "<3>tester: no way\n<4>tester: less\n<5>tester: done\n<6>tester: as ever\n");
}

static void others_get_words(void **state)
{
	(void)state;
	begin(false);
	say(SAY_ERR, "no way");
	say(SAY_WARNING, "less");
	say(SAY_NOTICE, "done");
	assert_string_equal(said(), "tester: error: no way\ntester: warning: less\ntester: done\n");
}

static void text_cannot_begin_a_line_of_its_own(void **state)
{
	(void)state;
	begin(true);
	say(SAY_INFO, "user a\n<0>tester: forged\x1b");
	assert_string_equal(said(), "<6>tester: user a?<0>tester: forged?\n");
}

static void long_line_is_cut(void **state)
{
	char text[3000];
	const char *line;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	begin(false);
	say(SAY_INFO, "%s", text);
	line = said();
	assert_true(strlen(line) <= 1024);
	assert_int_equal(line[strlen(line) - 1], '\n');
}

static void reader_that_does_not_read_is_not_waited_for(void **state)
{
	static const char fill[4096];

	(void)state;
	begin(false);
	while (write(ends[1], fill, sizeof(fill)) > 0)
		continue;
	/* From now on a write would wait. */
	assert_int_equal(fcntl(ends[1], F_SETFL, 0), 0);
	say(SAY_ERR, "nobody reads this");
	(void)said();
}

static void limit_counts_what_it_leaves_out(void **state)
{
	struct say_limit limit = {.per_minute = 1};
	const char *text;

	(void)state;
	begin(false);
	say_limited(&limit, SAY_WARNING, "first");
	say_limited(&limit, SAY_WARNING, "second");
	limit.minute--; /* a minute is over */
	say_limited(&limit, SAY_WARNING, "third");
	text = said();
	assert_non_null(strstr(text, "warning: first\n"));
	assert_null(strstr(text, "second"));
	assert_non_null(strstr(text, "(1 more lines like the last ones were left out)\ntester: warning: third\n"));
}

static void less_weighty_lines_than_the_level_are_not_said(void **state)
{
	struct say_limit limit = {.per_minute = 1};

	(void)state;
	begin(true);
	say(SAY_DEBUG, "not at first");
	say_set_level(SAY_DEBUG);
	say(SAY_DEBUG, "each thing");
	say_set_level(SAY_WARNING);
	say(SAY_NOTICE, "done");
	say_limited(&limit, SAY_INFO, "as ever");
	say(SAY_WARNING, "less");
	assert_false(say_would(SAY_NOTICE));
	assert_true(say_would(SAY_ERR));
	say_set_level(SAY_INFO);
	assert_string_equal(said(), "<7>tester: each thing\n<4>tester: less\n");
	assert_int_equal(limit.said, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(journal_gets_priorities),
		cmocka_unit_test(others_get_words),
		cmocka_unit_test(text_cannot_begin_a_line_of_its_own),
		cmocka_unit_test(long_line_is_cut),
		cmocka_unit_test(reader_that_does_not_read_is_not_waited_for),
		cmocka_unit_test(limit_counts_what_it_leaves_out),
		cmocka_unit_test(less_weighty_lines_than_the_level_are_not_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
