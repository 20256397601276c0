/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/rules/subject.h"

#include "agent/event/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct subject process_of(struct str image, struct str exe)
{
	const struct event event = {.kind = EVENT_PROCESS, .process = {.image = image, .exe = exe, .pid = 7}};

	return subject_of(SUBJECT_PROCESS, &event, NULL);
}

/* Whoever runs busybox says which applet it is, so that is no path to do anything to. */
static void name_of_an_applet_is_no_file_that_ran(void **state)
{
	uint8_t memory[SUBJECT_SAVED];
	struct buf b = buf_over(memory, sizeof(memory));
	struct subject s = process_of(STR("/opt/bin/accounts"), STR("/opt/bin/busybox")), back;
	struct view v;

	(void)state;
	assert_true(s.alias);
	assert_int_equal(s.pid, 7);
	subject_save(&s, &b);
	v = view_over(memory, b.len);
	assert_true(subject_restore(&back, &v));
	assert_true(back.alias && back.kind == SUBJECT_PROCESS && back.pid == 7);
	assert_false(process_of(STR("/opt/bin/x"), STR("/opt/bin/x")).alias);
	assert_false(process_of(STR("/opt/bin/x"), STR_NONE).alias);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_of_an_applet_is_no_file_that_ran),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
