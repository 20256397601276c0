/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines that wait for somebody in a browser: what they have to show, and what a stranger gets. */
#include "server-stub/api/desk.h"

#include "agent/base/key.h"

#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct desk_book book;
static const uint8_t session[DESK_HASH] = {7};

/* Its network is the front of the address. */
static struct desk wanted(const char *address)
{
	struct desk d = {.machine = "ada@laptop"};

	snprintf(d.address, sizeof(d.address), "%s", address);
	snprintf(d.net, sizeof(d.net), "%.12s", address);
	key_sha256("secret", 6, d.proof);
	return d;
}

static struct desk *begin(const char *address, int64_t mono_us)
{
	const struct desk w = wanted(address), *d = desk_begin(&book, &w, mono_us);

	return d ? desk_find(&book, str_from(d->code), mono_us) : NULL;
}

static int set_up(void **state)
{
	(void)state;
	memset(&book, 0, sizeof(book));
	return sodium_init() < 0;
}

static void desk_is_found_by_its_code_in_any_spelling(void **state)
{
	char low[DESK_CODE], bare[DESK_CODE];
	struct desk *d = begin("192.0.2.1", 1);

	(void)state;
	assert_non_null(d);
	assert_int_equal(strspn(d->code, "BCDFGHJKLMNPQRSTVWXZ-"), DESK_CODE - 1);
	snprintf(bare, sizeof(bare), "%.4s%s", d->code, d->code + 5);
	for (size_t i = 0; i < sizeof(low); i++)
		low[i] = d->code[i] >= 'A' && d->code[i] <= 'Z' ? (char)(d->code[i] | 0x20) : d->code[i];
	assert_ptr_equal(desk_find(&book, str_from(bare), 2), d);
	assert_ptr_equal(desk_find(&book, str_from(low), 2), d);
	assert_string_equal(d->machine, "ada@laptop");
	assert_null(desk_find(&book, str_sub(str_from(d->code), 0, 8), 2));
	assert_null(desk_find(&book, STR(""), 2));
	assert_null(desk_find(&book, STR("--------"), 2));
	assert_null(desk_find(&book, STR("AAAA-AAAA"), 2));
	assert_null(desk_find(&book, (struct str){"\0\0\0\0\0\0\0\0", 8}, 2));
}

static void desk_waits_five_minutes(void **state)
{
	struct desk *d = begin("192.0.2.1", 1);
	char code[DESK_CODE];

	(void)state;
	memcpy(code, d->code, sizeof(code));
	assert_non_null(desk_find(&book, str_from(code), DESK_GOOD_US));
	assert_null(desk_find(&book, str_from(code), DESK_GOOD_US + 1));
}

static void only_secret_and_number_together_are_enough(void **state)
{
	struct desk *d = begin("192.0.2.1", 1);
	char number[DESK_NUMBER], other[DESK_NUMBER];

	(void)state;
	assert_int_equal(desk_check(d, STR("secret"), STR("")), ERR_NOT_FOUND);
	assert_int_equal(desk_check(d, STR("secret"), STR("000-000")), ERR_NOT_FOUND);
	assert_true(desk_confirm(d, session));
	assert_false(desk_confirm(d, session));
	memcpy(number, d->number, sizeof(number));
	assert_int_equal(strspn(number, "0123456789-"), DESK_NUMBER - 1);
	memcpy(other, number, sizeof(other));
	other[0] = other[0] == '9' ? '0' : '9';
	for (unsigned i = 0; i < 2 * DESK_TRIES; i++) {
		assert_int_equal(desk_check(d, STR("another"), str_from(number)), ERR_SIGNATURE);
		assert_int_equal(desk_check(d, STR(""), str_from(number)), ERR_SIGNATURE);
	}
	assert_int_equal(desk_check(d, STR("secret"), str_from(other)), ERR_INVALID);
	assert_int_equal(desk_check(d, STR("secret"), STR("")), ERR_INVALID);
	assert_int_equal(desk_check(d, STR("secret"), str_from(number)), ERR_OK);
	snprintf(other, sizeof(other), "%.3s%s", number, number + 4);
	assert_int_equal(desk_check(d, STR("secret"), str_from(other)), ERR_OK);
}

static void guessed_numbers_end_the_desk(void **state)
{
	struct desk *d = begin("192.0.2.1", 1);
	char code[DESK_CODE];

	(void)state;
	memcpy(code, d->code, sizeof(code));
	assert_true(desk_confirm(d, session));
	for (unsigned i = 1; i < DESK_TRIES; i++)
		assert_int_equal(desk_check(d, STR("secret"), STR("12345")), ERR_INVALID);
	assert_int_equal(desk_check(d, STR("secret"), STR("1234567")), ERR_FULL);
	assert_null(desk_find(&book, str_from(code), 2));
}

static void one_network_displaces_only_its_own(void **state)
{
	struct desk *first = begin("2001:db8:0:1::1", 1), *other = begin("2001:db8:0:2::1", 1);
	char code[DESK_CODE], others[DESK_CODE];

	(void)state;
	memcpy(code, first->code, sizeof(code));
	memcpy(others, other->code, sizeof(others));
	for (int i = 1; i < DESK_OF_NET; i++)
		assert_non_null(begin("2001:db8:0:1::2", 1 + i));
	assert_non_null(desk_find(&book, str_from(code), 10));
	assert_non_null(begin("2001:db8:0:1::3", 10));
	assert_null(desk_find(&book, str_from(code), 10));
	for (int i = 0; i < 1000; i++)
		assert_non_null(begin("2001:db8:0:1::1", 11 + i));
	assert_ptr_equal(desk_find(&book, str_from(others), 2000), other);
}

static void full_book_takes_none_until_time_has_passed(void **state)
{
	char address[DESK_ADDRESS];

	(void)state;
	for (int i = 0; i < DESK_MAX; i++) {
		snprintf(address, sizeof(address), "192.0.2.%d", i / DESK_OF_NET);
		assert_non_null(begin(address, 1));
	}
	assert_null(begin("198.51.100.1", 2));
	assert_non_null(begin("192.0.2.1", 2));
	assert_non_null(begin("198.51.100.1", DESK_GOOD_US + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(desk_is_found_by_its_code_in_any_spelling, set_up),
		cmocka_unit_test_setup(desk_waits_five_minutes, set_up),
		cmocka_unit_test_setup(only_secret_and_number_together_are_enough, set_up),
		cmocka_unit_test_setup(guessed_numbers_end_the_desk, set_up),
		cmocka_unit_test_setup(one_network_displaces_only_its_own, set_up),
		cmocka_unit_test_setup(full_book_takes_none_until_time_has_passed, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
