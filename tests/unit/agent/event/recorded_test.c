/* SPDX-License-Identifier: Apache-2.0 */
/* Events that are written as JSON, whatever kinds there are, are read as they were; what is no event is refused. */
#include "agent/event/recorded.h"

#include "agent/event/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct recorded recorded;
static char why[RECORDED_WHY_MAX];

static enum err read_text(const char *line)
{
	return recorded_read(&recorded, str_from(line), why);
}

/* Give a field a value that is its own. */
static void set(struct event *e, const struct field *f, unsigned number, char text[16])
{
	char *at = (char *)e + f->offset;
	struct addr addr = {.family = 4, .prefix = 32, .bytes = {192, 0, 2, (uint8_t)number}};
	struct str value = str_from(text);

	snprintf(text, 16, "text %u", number);
	value.len = strlen(text);
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_BYTES: memcpy(at, &value, sizeof(value)); break;
	case FIELD_ADDR: memcpy(at, &addr, sizeof(addr)); break;
	case FIELD_WORD: *(uint8_t *)at = (uint8_t)(f->words_count - 1); break;
	case FIELD_FLAG: *(bool *)at = true; break;
	default: *(uint8_t *)at = (uint8_t)number; break; /* of either order of bytes, another number */
	}
}

static struct str write_event(struct buf *b, const struct event *e, bool sigma)
{
	const struct event_row *row = kinds_rows[e->kind];
	char scratch[FIELD_TEXT_MAX];
	struct json j = json_over(b);

	json_begin_object(&j);
	json_key(&j, "logsource");
	json_begin_object(&j);
	json_member(&j, "category", str_from(sigma && row->sigma ? row->sigma : row->name));
	json_end_object(&j);
	if (!sigma)
		fields_json(&j, e);
	for (unsigned i = 0; sigma && i < row->field_count; i++) {
		struct field_value v = fields_get(&row->fields[i], e, FIELD_TEXT_MAX, scratch);

		json_key(&j, row->fields[i].sigma ? row->fields[i].sigma : row->fields[i].name);
		if (v.kind == VALUE_TEXT)
			json_str(&j, v.text);
		else if (v.kind == VALUE_NUMBER)
			json_u64(&j, v.number);
		else
			json_bool(&j, v.kind == VALUE_FLAG);
	}
	json_end_object(&j);
	return buf_str(b);
}

static void each_field_of_each_kind_is_read_as_it_was_written(void **state)
{
	static char first[RECORDED_LINE_MAX], second[RECORDED_LINE_MAX], texts[UINT8_MAX][16];

	(void)state;
	for (unsigned kind = 0; kind < EVENT_KINDS * 2; kind++) {
		const struct event_row *row = kinds_rows[kind / 2];
		struct buf b = buf_over(first, sizeof(first)), again = buf_over(second, sizeof(second));
		struct event e;

		memset(&e, 0, sizeof(e));
		e.kind = row->kind;
		for (unsigned i = 0; i < row->field_count; i++)
			set(&e, &row->fields[i], i + 1, texts[i]);
		struct str line = write_event(&b, &e, kind % 2);

		assert_int_equal(recorded_read(&recorded, line, why), ERR_OK);
		struct str same = write_event(&again, &recorded.event, kind % 2);

		assert_int_equal(line.len, same.len);
		assert_memory_equal(line.data, same.data, line.len);
	}
}

static void a_recorded_program_is_one_that_began(void **state)
{
	(void)state;
	assert_int_equal(read_text("{\"Image\":\"/bin/nc\", \"CommandLine\": \"nc -e /bin/sh\",\"ProcessId\":\"17\","
				   "\"logsource\":{\"product\":\"linux\",\"category\":\"process_creation\"},"
				   "\"UtcTime\":\"2026-11-27T10:00:00Z\",\"Unknown\":{\"a\":[1,{}]},\"count\":3}"),
			 ERR_OK);
	assert_int_equal(recorded.event.kind, EVENT_PROCESS);
	assert_int_equal(recorded.event.process.action, PROCESS_EXEC);
	assert_int_equal(recorded.event.process.pid, 17);
	assert_int_equal(recorded.event.count, 3);
	assert_true(str_equal(recorded.event.process.image, STR("/bin/nc")));
	assert_int_equal(recorded.event.process.args.len, 13);
	assert_memory_equal(recorded.event.process.args.data, "nc\0-e\0/bin/sh", 13);
	assert_true(str_equal(recorded.time, STR("2026-11-27T10:00:00Z")));
}

static void the_first_of_several_times_counts(void **state)
{
	(void)state;
	assert_int_equal(read_text("{\"time\":7,\"timestamp\":5,\"UtcTime\":6,\"line\":\"a line\","
				   "\"logsource\":{\"category\":\"auth\"}}"),
			 ERR_OK);
	assert_true(str_equal(recorded.time, STR("5")));
	assert_true(str_equal(recorded.event.line, STR("a line")));
	assert_int_equal(recorded_time_rank(STR("pid")), RECORDED_TIME_NAMES);
}

#define FILE_EVENT "{\"logsource\":{\"category\":\"file_event\"},"
#define CONNECTION "{\"logsource\":{\"category\":\"network_connection\"},"

static void what_is_no_event_is_refused_with_the_reason(void **state)
{
	static const char *const lines[][2] = {
		{"", "is no JSON object"},
		{"[1]", "is no JSON object"},
		{"{\"a\":1", "is no JSON object"},
		{"{\"a\":1}}", "is no JSON object"},
		{"{\"a\":1 \"b\":2}", "is no JSON object"},
		{"{\"a\":yes}", "is no JSON object"},
		{"{\"a\":\"\\u12\"}", "is no JSON object"},
		{"{\"logsource\":{\"category\":\"auth\"", "is no JSON object"},
		{"{\"logsource\":[1]}", "has a logsource that is no object"},
		{FILE_EVENT "\"size\":-1}", "says '-1' of size, which it cannot be"},
		{FILE_EVENT "\"size\":99999999999999999999}", "says '99999999999999999999' of size"},
		{FILE_EVENT "\"suid\":\"perhaps\"}", "says 'perhaps' of suid"},
		{FILE_EVENT "\"action\":\"eaten\"}", "says 'eaten' of action"},
		{FILE_EVENT "\"count\":0}", "says '0' of count"},
		{CONNECTION "\"DestinationIp\":\"example.org\"}", "says 'example.org' of DestinationIp"},
		{CONNECTION "\"DestinationPort\":65536}", "says '65536' of DestinationPort"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(read_text(lines[i][0]), ERR_INVALID);
		assert_non_null(strstr(why, lines[i][1]));
	}
}

static void other_log_sources_are_no_mistake(void **state)
{
	static const char *const lines[][2] = {
		{"{}", "no category"},
		{"{\"logsource\":{\"product\":\"linux\",\"service\":\"cron\"}}", "'cron'"},
		{"{\"logsource\":{\"product\":\"windows\",\"category\":\"process_creation\"}}", "'windows'"},
		{"{\"logsource\":{\"category\":\"registry_set\"}}", "'registry_set'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(read_text(lines[i][0]), ERR_UNSUPPORTED);
		assert_non_null(strstr(why, lines[i][1]));
	}
}

static void a_line_is_as_long_as_it_says(void **state)
{
	static char line[RECORDED_LINE_MAX + 2];
	struct buf b = buf_over(line, sizeof(line));
	static const char end[] = "\",\"logsource\":{\"category\":\"process_creation\"}}";

	(void)state;
	buf_text(&b, "{\"Image\":\"");
	while (b.len < RECORDED_LINE_MAX - sizeof(end) + 1)
		buf_char(&b, 'x');
	buf_text(&b, end);
	assert_int_equal(b.len, RECORDED_LINE_MAX);
	assert_int_equal(recorded_read(&recorded, buf_str(&b), why), ERR_OK);
	assert_int_equal(recorded.event.process.image.len, RECORDED_LINE_MAX - sizeof(end) + 1 - 10);
	buf_char(&b, ' ');
	assert_int_equal(recorded_read(&recorded, buf_str(&b), why), ERR_INVALID);
	assert_non_null(strstr(why, "65536 bytes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_of_each_kind_is_read_as_it_was_written),
		cmocka_unit_test(a_recorded_program_is_one_that_began),
		cmocka_unit_test(the_first_of_several_times_counts),
		cmocka_unit_test(what_is_no_event_is_refused_with_the_reason),
		cmocka_unit_test(other_log_sources_are_no_mistake),
		cmocka_unit_test(a_line_is_as_long_as_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
