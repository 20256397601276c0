/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/buf.h"
#include "agent/base/ini.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Writes "section.key=value;" for every key; refuses the key "bad". */
static enum err collect(void *context, struct str section, struct str key, struct str value, struct ini_error *error)
{
	struct buf *b = context;

	if (str_equal(key, STR("bad"))) {
		snprintf(error->text, sizeof(error->text), "it is bad");
		return ERR_INVALID;
	}
	buf_put(b, section);
	buf_char(b, '.');
	buf_put(b, key);
	buf_char(b, '=');
	buf_put(b, value);
	buf_char(b, ';');
	return ERR_OK;
}

static void reads_as(struct str text, const char *expected)
{
	char memory[8192];
	struct buf b = buf_over(memory, sizeof(memory));
	struct ini_error error;

	assert_int_equal(ini_read(text, collect, &b, &error), ERR_OK);
	buf_char(&b, '\0');
	assert_string_equal(memory, expected);
}

static void fails_at(struct str text, enum err err, unsigned line)
{
	char memory[8192];
	struct buf b = buf_over(memory, sizeof(memory));
	struct ini_error error;

	assert_int_equal(ini_read(text, collect, &b, &error), err);
	assert_int_equal(error.line, line);
	assert_true(error.text[0] != '\0');
}

/* Writes the line of each mistake, each followed by '!', among the keys. */
static void note_mistake(void *context, const struct ini_error *error)
{
	buf_printf(context, "%u!", error->line);
}

static void ini_tells_each_mistake_and_reads_on(void **state)
{
	char memory[8192];
	struct buf b = buf_over(memory, sizeof(memory));
	const struct ini_hearer hearer = {collect, note_mistake, &b};
	struct ini_error error;

	(void)state;
	assert_int_equal(
		ini_read_all(STR("[a]\nx = 1\nwrong\n= 2\n[b\nlost = 1\n[c]\ny = \\\n3\nz\n"), &hearer, &error),
		ERR_INVALID);
	buf_char(&b, '\0');
	assert_string_equal(memory, "a.x=1;3!4!5!c.y=3;10!");
	assert_int_equal(error.line, 3);
}

static void ini_reads_sections_keys_and_comments(void **state)
{
	(void)state;
	reads_as(STR(""), "");
	reads_as(STR("# c\n; d\n\n[a]\nk = v\n"), "a.k=v;");
	reads_as(STR("[a]\r\nk=v w\r\n[b]\nx ="), "a.k=v w;b.x=;");
	reads_as(STR("[ spaced ]\n  k\t=\t v \n"), "spaced.k=v;");
	reads_as(STR("[a]\nurl = a=b#c\n"), "a.url=a=b#c;");
}

static void ini_joins_continued_lines_and_keeps_counting(void **state)
{
	(void)state;
	reads_as(STR("[a]\nk = one \\\n two\n"), "a.k=one   two;");
	fails_at(STR("[a]\nk = one \\\n two\nbad = 1\n"), ERR_INVALID, 4);
}

static void ini_says_where_it_is_wrong(void **state)
{
	(void)state;
	fails_at(STR("k = v\n"), ERR_INVALID, 1);
	fails_at(STR("[a]\n\nno equals sign\n"), ERR_INVALID, 3);
	fails_at(STR("[a\nk=v\n"), ERR_INVALID, 1);
	fails_at(STR("[]\n"), ERR_INVALID, 1);
	fails_at(STR("[a]\n= v\n"), ERR_INVALID, 2);
	fails_at(STR("[a]\nk = v\0w\n"), ERR_INVALID, 2);
}

static void ini_names_its_limits(void **state)
{
	static char text[INI_BYTES_MAX + 1];

	(void)state;
	memset(text, '#', sizeof(text));
	fails_at((struct str){text, INI_BYTES_MAX}, ERR_TOO_LONG, 1);
	fails_at((struct str){text, INI_BYTES_MAX + 1}, ERR_TOO_LONG, 0);
	text[INI_LINE_MAX] = '\n';
	text[INI_LINE_MAX + 1] = '\0';
	reads_as((struct str){text, INI_LINE_MAX + 1}, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ini_tells_each_mistake_and_reads_on),
		cmocka_unit_test(ini_reads_sections_keys_and_comments),
		cmocka_unit_test(ini_joins_continued_lines_and_keeps_counting),
		cmocka_unit_test(ini_says_where_it_is_wrong),
		cmocka_unit_test(ini_names_its_limits),
	};

	return cmocka_run_group_tests_name("ini", tests, NULL, NULL);
}
