/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/cli/qr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ON "\033[30;107m"
#define OFF "\033[0m\n"

/* Only bit 0 counts; the others tell what a module is for. */
static void code_is_half_blocks_within_a_light_border(void **state)
{
	static const uint8_t modules[] = {
		0x03, 0x02, 0xc1, /* dark, light, dark */
		0x00, 0x81, 0x01, /* light, dark, dark */
		0x01, 0x00, 0x00, /* dark, light, light */
	};
	char memory[512];
	struct buf out = buf_over(memory, sizeof(memory));

	(void)state;
	qr_draw(&out, modules, 3);
	buf_char(&out, '\0');
	assert_int_equal(buf_check(&out), ERR_OK);
	assert_string_equal(memory,
			    ON "       " OFF ON "  \u2580\u2584\u2588  " OFF ON "  \u2580    " OFF ON "       " OFF);
	assert_int_equal(qr_columns(3), 7);
}

static void widest_code_fits_into_16_kib(void **state)
{
	static uint8_t modules[QR_WIDTH_MAX * QR_WIDTH_MAX];
	static char memory[16384];
	struct buf out = buf_over(memory, sizeof(memory));

	(void)state;
	memset(modules, 1, sizeof(modules));
	qr_draw(&out, modules, QR_WIDTH_MAX);
	assert_int_equal(buf_check(&out), ERR_OK);
}

static void nothing_is_printed_where_no_terminal_is(void **state)
{
	int kept = dup(STDOUT_FILENO), pipes[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	fflush(stdout);
	assert_int_equal(dup2(pipes[1], STDOUT_FILENO), STDOUT_FILENO);
	assert_int_equal(setenv("TERM", "xterm", 1), 0);
	assert_int_equal(setenv("LC_ALL", "C.UTF-8", 1), 0);
	assert_int_equal(qr_print("otpauth://totp/x"), ERR_UNSUPPORTED);
	fflush(stdout);
	assert_int_equal(dup2(kept, STDOUT_FILENO), STDOUT_FILENO);
	close(kept);
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &byte, 1), 0);
	close(pipes[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_is_half_blocks_within_a_light_border),
		cmocka_unit_test(widest_code_fits_into_16_kib),
		cmocka_unit_test(nothing_is_printed_where_no_terminal_is),
	};

	return cmocka_run_group_tests_name("qr", tests, NULL, NULL);
}
