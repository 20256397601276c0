/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds of the audit one after the other. This program, started anew, stands for the one that audits. */
#include "agent/actor/sys/exposure_open.h"

#include "tests/unit/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

static void wait_for_end(void)
{
	for (unsigned i = 0; i < 10000 && !exposure_open_reap(); i++)
		(void)poll(NULL, 0, 1);
}

static void what_a_round_found_is_known_while_the_next_one_is_under_way(void **state)
{
	int end = exposure_open(NULL), settings = open("/dev/null", O_RDONLY | O_CLOEXEC);
	uint32_t round;
	unsigned findings = 0;

	(void)state;
	if (!machine_runs_us())
		skip();
	assert_true(end >= 0 && settings >= 0);
	assert_int_equal(exposure_open_round(settings, true, &round), ERR_OK);
	assert_int_equal(exposure_open_result(round, &findings), ERR_BUSY);
	exposure_open_owe(false);
	wait_for_end();
	exposure_open_owed(settings);
	assert_int_equal(exposure_open_result(round, &findings), ERR_OK);
	assert_int_equal(findings, 3);
	assert_int_equal(exposure_open_result(round + 1, &findings), ERR_BUSY);
	wait_for_end();
	assert_int_equal(exposure_open_result(round, &findings), ERR_NOT_FOUND);
	assert_int_equal(exposure_open_result(round + 1, &findings), ERR_OK);
	assert_int_equal(findings, 5);
	close(settings);
	close(end);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_round_found_is_known_while_the_next_one_is_under_way),
	};

	if (argc > 2 && strcmp(argv[1], EXPOSURE_MODE) == 0)
		_exit(strcmp(argv[2], EXPOSURE_WHOLE) == 0 ? 3 : 5);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
