/* SPDX-License-Identifier: Apache-2.0 */
/* A reboot from its order to the end of its rest: nothing twice, nothing forgotten, and no loop. */
#include "agent/actor/rails/rails_reboot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t first[RAILS_REBOOT_BOOT] = {1}, second[RAILS_REBOOT_BOOT] = {2};

static struct rails_reboot ordered(enum rails_reboot_phase phase)
{
	struct rails_reboot r = {.phase = (uint8_t)phase, .due_us = 100 * SECOND_US};

	memcpy(r.boot, first, sizeof(r.boot));
	return r;
}

static void it_is_asked_for_when_it_is_due(void **state)
{
	struct rails_reboot r = ordered(RAILS_REBOOT_DUE);
	int64_t until_us = 0;

	(void)state;
	assert_int_equal(rails_reboot_next(&r, first, 99 * SECOND_US, &until_us), RAILS_REBOOT_WAIT);
	assert_int_equal(until_us, 100 * SECOND_US);
	assert_int_equal(rails_reboot_next(&r, first, 100 * SECOND_US, &until_us), RAILS_REBOOT_ASK);
}

static void one_that_does_not_come_has_failed(void **state)
{
	struct rails_reboot r = ordered(RAILS_REBOOT_ASKED);
	int64_t until_us = 0;

	(void)state;
	assert_int_equal(rails_reboot_next(&r, first, 101 * SECOND_US, &until_us), RAILS_REBOOT_WAIT);
	assert_int_equal(until_us, 100 * SECOND_US + RAILS_REBOOT_GRACE_US);
	assert_int_equal(rails_reboot_next(&r, first, until_us, &until_us), RAILS_REBOOT_FAIL);
}

/* Also where the machine was reset before the guard had asked, or its uptime is past what was due. */
static void another_boot_is_reported_whatever_the_time(void **state)
{
	struct rails_reboot due = ordered(RAILS_REBOOT_DUE), asked = ordered(RAILS_REBOOT_ASKED);
	int64_t until_us = 0;

	(void)state;
	assert_int_equal(rails_reboot_next(&due, second, 0, &until_us), RAILS_REBOOT_REPORT);
	assert_int_equal(rails_reboot_next(&asked, second, 5 * SECOND_US, &until_us), RAILS_REBOOT_REPORT);
	assert_int_equal(rails_reboot_next(&asked, second, HOUR_US, &until_us), RAILS_REBOOT_REPORT);
}

/* A device that boots again and again by itself is never up for so long, and so is not rebooted from here on top. */
static void its_rest_is_over_after_a_time_of_being_up(void **state)
{
	struct rails_reboot r = ordered(RAILS_REBOOT_REPORTED);
	int64_t until_us = 0;

	(void)state;
	assert_int_equal(rails_reboot_next(&r, second, 5 * SECOND_US, &until_us), RAILS_REBOOT_WAIT);
	assert_int_equal(until_us, RAILS_REBOOT_REST_US);
	assert_int_equal(rails_reboot_next(&r, second, until_us, &until_us), RAILS_REBOOT_OVER);
}

static void a_record_is_read_as_it_was_written_or_not_at_all(void **state)
{
	struct rails_reboot r = ordered(RAILS_REBOOT_ASKED), back;
	uint8_t bytes[RAILS_REBOOT_BYTES + 1] = {0};
	struct buf b = buf_over(bytes, sizeof(bytes));

	(void)state;
	rails_reboot_encode(&b, &r);
	assert_int_equal(b.len, RAILS_REBOOT_BYTES);
	assert_int_equal(rails_reboot_decode(buf_str(&b), &back), ERR_OK);
	assert_memory_equal(back.boot, r.boot, sizeof(r.boot));
	assert_int_equal(back.phase, r.phase);
	assert_int_equal(back.due_us, r.due_us);
	for (size_t len = 0; len < sizeof(bytes); len++)
		if (len != RAILS_REBOOT_BYTES)
			assert_int_equal(rails_reboot_decode((struct str){(char *)bytes, len}, &back), ERR_INVALID);
	bytes[0] = 2;
	assert_int_equal(rails_reboot_decode(buf_str(&b), &back), ERR_INVALID);
	bytes[0] = 1;
	bytes[1] = RAILS_REBOOT_REPORTED + 1;
	assert_int_equal(rails_reboot_decode(buf_str(&b), &back), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_asked_for_when_it_is_due),
		cmocka_unit_test(one_that_does_not_come_has_failed),
		cmocka_unit_test(another_boot_is_reported_whatever_the_time),
		cmocka_unit_test(its_rest_is_over_after_a_time_of_being_up),
		cmocka_unit_test(a_record_is_read_as_it_was_written_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
