/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/common/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void message_lengths_are_known_for_messages_only(void **state)
{
	(void)state;
	assert_int_equal(message_length(ACTOR_ACT), sizeof(struct actor_act));
	assert_int_equal(message_length(ACTOR_RECEIPT), sizeof(struct actor_receipt));
	assert_int_equal(message_length(0), 0);
	assert_int_equal(message_length(20), 0);
	assert_int_equal(message_length(65535), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_lengths_are_known_for_messages_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
