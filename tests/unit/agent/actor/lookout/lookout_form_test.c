/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/lookout/lookout_form.h"
#include "agent/base/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint8_t bytes[2 * LOOKOUT_FORM_BYTES];

static void fill_random(size_t len)
{
	assert_int_equal(key_random_kernel.fill(NULL, bytes, len), ERR_OK);
	/* None of what files begin with. */
	bytes[0] = 'S';
	bytes[1] = 'a';
}

static uint8_t form_of(const char *text)
{
	size_t len = strlen(text);

	memcpy(bytes, text, len);
	return lookout_form(bytes, len);
}

static void few_bytes_say_nothing(void **unused)
{
	(void)unused;
	fill_random(sizeof(bytes));
	assert_int_equal(lookout_form(bytes, 0), LOOKOUT_FORM_SHORT);
	assert_int_equal(lookout_form(bytes, LOOKOUT_FORM_LEAST - 1), LOOKOUT_FORM_SHORT);
}

static void chance_is_random_at_any_length(void **unused)
{
	(void)unused;
	for (size_t len = LOOKOUT_FORM_LEAST; len <= sizeof(bytes); len += 61) {
		fill_random(len);
		assert_int_equal(lookout_form(bytes, len), LOOKOUT_FORM_RANDOM);
	}
	/* As openssl enc(1) begins. */
	fill_random(sizeof(bytes));
	memcpy(bytes, "Salted__", 8);
	assert_int_equal(lookout_form(bytes, sizeof(bytes)), LOOKOUT_FORM_RANDOM);
}

static void texts_are_plain(void **unused)
{
	(void)unused;
	assert_int_equal(form_of("The guard reads authentication logs as they are written, and decides on the device."),
			 LOOKOUT_FORM_PLAIN);
	assert_int_equal(form_of("8b1a9953c4611296a827abf8c47804d7e4da3b7fbbce2345d7772b0674a318d5"),
			 LOOKOUT_FORM_PLAIN);
	assert_int_equal(form_of("U2FsdGVkX1+vupppZksvRf5pq5g5XjFRIipRkwB0K1Y96Qsv2Lm+31cmzaAILwytU2FsdGVkX18="),
			 LOOKOUT_FORM_PLAIN);
}

static void what_is_the_same_all_over_is_plain(void **unused)
{
	(void)unused;
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(lookout_form(bytes, sizeof(bytes)), LOOKOUT_FORM_PLAIN);
	/* Nor is it chance that each byte comes as often as the others. */
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	assert_int_equal(lookout_form(bytes, LOOKOUT_FORM_BYTES), LOOKOUT_FORM_PLAIN);
}

static void what_is_packed_is_plain(void **unused)
{
	static const char *const begins[] = {"PK\3\4",	"\x1f\x8b", "BZh9", "\xff\xd8\xff\xe0", "%PDF-1.7", "\xff\xfb",
					     "\x89LZO", "\xff\x0a", "wOFF", "\x30\x26\xb2\x75"};

	(void)unused;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		fill_random(sizeof(bytes));
		memcpy(bytes, begins[i], strlen(begins[i]));
		assert_int_equal(lookout_form(bytes, sizeof(bytes)), LOOKOUT_FORM_PLAIN);
	}
}

static void recorded_video_is_plain(void **unused)
{
	(void)unused;
	fill_random(sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i += 188)
		bytes[i] = 0x47;
	assert_int_equal(lookout_form(bytes, sizeof(bytes)), LOOKOUT_FORM_PLAIN);
	assert_int_equal(lookout_form(bytes, 188), LOOKOUT_FORM_RANDOM);
	bytes[188] = 0;
	assert_int_equal(lookout_form(bytes, sizeof(bytes)), LOOKOUT_FORM_RANDOM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_bytes_say_nothing),   cmocka_unit_test(chance_is_random_at_any_length),
		cmocka_unit_test(texts_are_plain),	   cmocka_unit_test(what_is_the_same_all_over_is_plain),
		cmocka_unit_test(what_is_packed_is_plain), cmocka_unit_test(recorded_video_is_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
