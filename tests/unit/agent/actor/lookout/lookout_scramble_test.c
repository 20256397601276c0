/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/lookout/lookout_form.h"
#include "agent/actor/lookout/lookout_scramble.h"
#include "agent/event/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct lookout_scramble s;
static struct lookout_scrambled found;
static int64_t now_us;

static const struct lookout_content plain = {.type = FILE_REGULAR, .form = LOOKOUT_FORM_PLAIN, .ino = 7};
static const struct lookout_content random_other = {.type = FILE_REGULAR, .form = LOOKOUT_FORM_RANDOM, .ino = 8};
static const struct lookout_content random_same = {.type = FILE_REGULAR, .form = LOOKOUT_FORM_RANDOM, .ino = 7};
static const struct lookout_content none;
static const struct lookout_who first = {.pid = 100, .parents = {50, 40}}, second = {.pid = 101, .parents = {51, 40}},
				other = {.pid = 200, .parents = {60, 61}};

static int begin(void **unused)
{
	(void)unused;
	memset(&s, 0, sizeof(s));
	now_us = SECOND_US;
	return 0;
}

/* A look at a file; before NULL: it was not known. */
static bool look(const char *name, const struct lookout_content *before, const struct lookout_content *now,
		 const struct lookout_who *who)
{
	struct lookout_sight sight = {.dir = 3, .name = str_from(name), .before = before, .now = now, .who = who};

	return lookout_scramble_note(&s, &sight, now_us, &found);
}

static void expect(const char *name, const char *name_now, uint32_t pid)
{
	assert_true(str_equal(found.name, str_from(name)));
	assert_true(str_equal(found.other, str_from(name_now)));
	assert_int_equal(found.pid, pid);
}

static void a_file_that_is_overwritten_is_found(void **unused)
{
	(void)unused;
	assert_true(look("plan.odt", &plain, &random_same, &first));
	expect("plan.odt", "", 100);
	/* A file that took its place, too. */
	assert_true(look("plan.odt", &plain, &random_other, NULL));
	expect("plan.odt", "", 0);
	assert_null(found.who);
}

static void a_file_that_has_another_name_too_is_found_in_either_order(void **unused)
{
	(void)unused;
	assert_false(look("plan.odt", &plain, &none, &first));
	assert_true(look("x", NULL, &random_same, &other));
	expect("plan.odt", "x", 200);
	assert_false(look("y", NULL, &random_same, &first));
	assert_true(look("list.odt", &plain, &none, &other));
	expect("list.odt", "y", 100);
}

static void a_new_file_with_its_name_is_found(void **unused)
{
	(void)unused;
	assert_false(look("plan.odt.x7q", NULL, &random_other, &first));
	assert_true(look("plan.odt", &plain, &none, &other));
	expect("plan.odt", "plan.odt.x7q", 100);
	assert_false(look("list.odt", &plain, &none, NULL));
	assert_true(look("list.x7q", NULL, &random_other, NULL));
	/* Each is found once. */
	assert_false(look("list.x7r", NULL, &random_other, NULL));
}

static void one_process_that_did_both_is_found_by_any_names(void **unused)
{
	(void)unused;
	assert_false(look("plan.odt", &plain, &none, &first));
	assert_false(look("a81f", NULL, &random_other, &other));
	assert_true(look("b92e", NULL, &random_other, &first));
	expect("plan.odt", "b92e", 100);
}

static void what_is_no_loss_is_not_found(void **unused)
{
	struct lookout_content packed = plain, was_random = random_other;

	(void)unused;
	packed.ino = 9;
	/* Written, packed and removed, removed, moved within the folder, new. */
	assert_false(look("a", &plain, &packed, &first));
	assert_false(look("b.gz", NULL, &packed, &first));
	assert_false(look("b", &plain, &none, &other));
	assert_false(look("c.new", NULL, &plain, &first));
	assert_false(look("d.bin", NULL, &random_other, &first));
	/* It was like chance before. */
	assert_false(look("e", &was_random, &random_same, &first));
	assert_false(look("f", &was_random, &none, &first));
	/* And a short one says nothing. */
	was_random.form = LOOKOUT_FORM_SHORT;
	assert_false(look("g", &was_random, &random_same, &first));
}

static void halves_are_forgotten_after_a_minute(void **unused)
{
	(void)unused;
	assert_false(look("plan.odt", &plain, &none, &first));
	now_us += LOOKOUT_SCRAMBLE_US;
	assert_false(look("plan.odt.x", NULL, &random_other, &first));
	for (unsigned i = 0; i < 3 * LOOKOUT_SCRAMBLE_HALVES; i++)
		assert_false(look("n", NULL, &random_other, NULL));
	assert_false(look("plan.odt", &plain, &none, NULL));
}

static void who_starts_a_program_for_each_file_has_it_done(void **unused)
{
	const struct lookout_who above = {.pid = 40, .parents = {30, 0}};

	(void)unused;
	assert_true(look("a", &plain, &random_same, &first));
	assert_int_equal(found.pid, 100);
	assert_true(look("b", &plain, &random_same, &second));
	assert_int_equal(found.pid, 40);
	assert_true(look("c", &plain, &random_same, &above));
	assert_int_equal(found.pid, 40);
	/* One that has nothing to do with them. */
	assert_true(look("d", &plain, &random_same, &other));
	assert_int_equal(found.pid, 200);
	assert_true(look("e", &plain, &random_same, &other));
	assert_int_equal(found.pid, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_file_that_is_overwritten_is_found, begin),
		cmocka_unit_test_setup(a_file_that_has_another_name_too_is_found_in_either_order, begin),
		cmocka_unit_test_setup(a_new_file_with_its_name_is_found, begin),
		cmocka_unit_test_setup(one_process_that_did_both_is_found_by_any_names, begin),
		cmocka_unit_test_setup(what_is_no_loss_is_not_found, begin),
		cmocka_unit_test_setup(halves_are_forgotten_after_a_minute, begin),
		cmocka_unit_test_setup(who_starts_a_program_for_each_file_has_it_done, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
