/* SPDX-License-Identifier: Apache-2.0 */
/* What `caltrop local` makes of the guard's rows: tables and JSON in which nothing from a log can play a trick. */
#include "agent/cli/show.h"

#include "agent/base/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const struct str rows = STR("ban\taddress=192.0.2.1\tleft_s#600\tmine?true\n"
				   "health\tmode=enforce\n"
				   "ban\taddress=2001:db8::/64\tleft_s#5\tmine?false\n"
				   "ok\n");

struct shown {
	char *text;
	size_t len;
	FILE *file;
};

static FILE *begin(struct shown *s)
{
	*s = (struct shown){.text = NULL};
	s->file = open_memstream(&s->text, &s->len);
	assert_non_null(s->file);
	return s->file;
}

static void ends_as(struct shown *s, const char *text)
{
	fclose(s->file);
	assert_string_equal(s->text, text);
	free(s->text);
}

static void table_aligns_the_rows_of_one_type(void **state)
{
	struct shown s;

	(void)state;
	show_table(begin(&s), rows, "ban", "no bans");
	ends_as(&s, "ADDRESS        LEFT_S  MINE   \n"
		    "192.0.2.1      600     true   \n"
		    "2001:db8::/64  5       false  \n");
	show_table(begin(&s), rows, "incident", "no incidents");
	ends_as(&s, "no incidents\n");
}

static void times_are_local_for_people_and_utc_for_programs(void **state)
{
	const struct str times = STR("incident\tid=1\tfirst@1767323045000006\tlast@0\n");
	char memory[128];
	struct buf b = buf_over(memory, sizeof(memory));
	struct shown s;

	(void)state;
	setenv("TZ", "AAA-5:45", 1); /* Nepal: east of Greenwich, and no whole hours */
	tzset();
	show_table(begin(&s), times, "incident", "none");
	ends_as(&s, "ID  FIRST                      LAST  \n"
		    "1   2026-01-02T08:49:05+05:45  -     \n");
	setenv("TZ", "AAA3:30", 1);
	tzset();
	show_fields(begin(&s), STR("first@1767323045000006"));
	ends_as(&s, "first          2026-01-01T23:34:05-03:30\n");
	show_array(&b, times, "incident");
	buf_char(&b, '\0');
	assert_string_equal(memory, "[{\"id\":\"1\",\"first\":\"2026-01-02T03:04:05.000006Z\",\"last\":null}]");
}

static void json_has_each_field_in_its_own_type(void **state)
{
	char memory[512];
	struct buf b = buf_over(memory, sizeof(memory));

	(void)state;
	show_array(&b, rows, "ban");
	buf_char(&b, '\0');
	assert_string_equal(memory, "[{\"address\":\"192.0.2.1\",\"left_s\":600,\"mine\":true},\n "
				    "{\"address\":\"2001:db8::/64\",\"left_s\":5,\"mine\":false}]");
	b = buf_over(memory, sizeof(memory));
	show_array(&b, rows, "incident");
	buf_char(&b, '\0');
	assert_string_equal(memory, "[]");
}

static void escapes_are_undone_and_made_harmless(void **state)
{
	struct str fields = STR("user=a%0ab%09%1b[2J%25\tdamaged=%zz\tn#1");
	char memory[256], text[64];
	struct buf b = buf_over(memory, sizeof(memory));
	struct shown s;

	(void)state;
	show_object(&b, fields);
	buf_char(&b, '\0');
	assert_string_equal(memory, "{\"user\":\"a\\nb\\t\\u001b[2J%\",\"damaged\":\"\",\"n\":1}");
	show_fields(begin(&s), fields);
	fclose(s.file);
	/* One line for each field, and no byte that a terminal would obey. */
	for (size_t i = 0, lines = 0; i <= s.len; i++) {
		lines += i < s.len && s.text[i] == '\n';
		assert_true(i == s.len ? lines == 3 : s.text[i] == '\n' || (unsigned char)s.text[i] >= ' ');
	}
	free(s.text);
	show_field(fields, "n", text, sizeof(text));
	assert_string_equal(text, "1");
	show_field(fields, "absent", text, sizeof(text));
	assert_string_equal(text, "");
}

static void rows_of_another_type_are_not_found(void **state)
{
	char text[32];

	(void)state;
	assert_null(show_find(rows, "error").data);
	assert_null(show_find(STR_NONE, "ban").data);
	show_field(show_find(rows, "health"), "mode", text, sizeof(text));
	assert_string_equal(text, "enforce");
	show_field(show_find(rows, "ban"), "address", text, sizeof(text));
	assert_string_equal(text, "192.0.2.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_aligns_the_rows_of_one_type),
		cmocka_unit_test(times_are_local_for_people_and_utc_for_programs),
		cmocka_unit_test(json_has_each_field_in_its_own_type),
		cmocka_unit_test(escapes_are_undone_and_made_harmless),
		cmocka_unit_test(rows_of_another_type_are_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
