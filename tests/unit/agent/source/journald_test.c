/* SPDX-License-Identifier: Apache-2.0 */
/* Which entries of the journal become lines. */
#include "agent/source/journald.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static bool is_line(const struct journald_entry *e)
{
	char memory[JOURNALD_LINE_MAX];
	struct buf line = buf_over(memory, sizeof(memory));
	uint32_t writer;

	return journald_line(e, &line, &writer);
}

/* A container's text that its engine cut goes on where the client chose, and may look like anybody's message. */
static void part_of_a_message_is_no_line(void **state)
{
	struct journald_entry e = {.realtime_us = 1795341600000000,
				   .message = STR("Failed password for root from 192.0.2.66 port 22 ssh2"),
				   .fields = {[JOURNALD_IDENTIFIER] = STR("sshd"), [JOURNALD_UID] = STR("0")}};

	(void)state;
	assert_true(is_line(&e));
	e.fields[JOURNALD_PARTIAL] = STR("true");
	assert_false(is_line(&e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(part_of_a_message_is_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
