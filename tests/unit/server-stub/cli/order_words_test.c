/* SPDX-License-Identifier: Apache-2.0 */
/* Words of `caltrop order push`: what is refused says what the verb takes. */
#include "server-stub/cli/order_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct order order;
static char why[ORDER_WHY_MAX];

static enum err read_line(const char *line)
{
	static char text[256];
	const char *words[16];
	unsigned count = 0;
	char *at = text;

	why[0] = '\0';
	snprintf(text, sizeof(text), "%s", line);
	while (at && count < 16)
		words[count++] = strsep(&at, " ");
	return order_words_read(words, count, &order, why);
}

static void steps_follow_each_other(void **state)
{
	(void)state;
	assert_int_equal(read_line("limit 198.51.100.7 rate=20 duration=1h then cut account=alice if-failed kill 4711"),
			 ERR_OK);
	assert_int_equal(order.step_count, 3);
	assert_int_equal(order.steps[0].args.rate, 20);
	assert_int_equal(order.steps[0].args.duration_s, 3600);
	assert_int_equal(order.steps[2].args.pid, 4711);
	assert_int_equal(order.steps[2].when, ORDER_IF_FAILED);
}

static void what_a_word_is_not_it_says_what_the_verb_takes(void **state)
{
	static const struct {
		const char *line, *why;
	} cases[] = {
		{"limit 198.51.100.7 20",
		 "limit does not know what '20' is; it takes ADDRESS rate=PACKETS/S [duration=SPAN]."},
		{"maintain 30", "maintain takes no '30'; it takes [duration=SPAN]."},
		{"ban 198.51.100.7 rate=5", "ban takes no 'rate=5'; it takes ADDRESS [duration=SPAN]."},
		{"ban 198.51.100.7 for=5", "ban takes no 'for=5'; it takes ADDRESS [duration=SPAN]."},
		{"release alice", "release takes no 'alice'; it takes nothing."},
		{"limit 198.51.100.7 rate=5 rate=6", "limit has its rate twice."},
		{"ban 198.51.100.7 then", "'then' is followed by no verb."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_not_equal(read_line(cases[i].line), ERR_OK);
		assert_string_equal(why, cases[i].why);
	}
}

/* All of it has room, whatever the verb and the word. */
static void every_refusal_is_a_whole_sentence(void **state)
{
	(void)state;
	for (uint16_t number = VERB_NONE + 1; number < VERB_MAX; number++) {
		char line[256];

		snprintf(line, sizeof(line), "%s no=%080d", verb_name(number), 0);
		assert_int_equal(read_line(line), ERR_INVALID);
		assert_int_equal(why[strlen(why) - 1], '.');
	}
}

static void a_path_that_json_cannot_carry_is_not_left_out(void **state)
{
	static const struct {
		const char *line;
		enum err err;
	} cases[] = {{"quarantine /srv/a\xff", ERR_INVALID},
		     {"audit then quarantine /srv/\xc3", ERR_INVALID},
		     {"audit then quarantine /srv/\xc3\xbc", ERR_OK}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *body = json_object();

		assert_int_equal(read_line(cases[i].line), ERR_OK);
		assert_int_equal(order_words_put(body, &order), cases[i].err);
		json_decref(body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_follow_each_other),
		cmocka_unit_test(what_a_word_is_not_it_says_what_the_verb_takes),
		cmocka_unit_test(every_refusal_is_a_whole_sentence),
		cmocka_unit_test(a_path_that_json_cannot_carry_is_not_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
