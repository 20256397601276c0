/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/kernel/kernel_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static enum kernel_state probe(void)
{
	return KERNEL_UNKNOWN;
}

static const struct kernel_need probed = {"NF_TABLES", probe, "nothing is banned"};
static const struct kernel_need unprobed = {"PROC_EVENTS", NULL, "/proc is looked at"};
static const struct kernel_need version = {"5.9", probe, "nobody is named"};

/* The need is in this state and the line says so: with `said` somewhere, and with what is lost unless it is there. */
static void judged(const struct kernel_need *need, enum kernel_state seen, const char *config,
		   const char *const said[2])
{
	const struct kernel_facts facts = {"5.10.0-9", config != NULL, str_from(config)};
	char line[512] = "";
	struct buf b = buf_over(line, sizeof(line) - 1);
	enum kernel_state state = kernel_check_judge(need, seen, &facts, &b);

	assert_int_equal(strncmp(line, said[0], strlen(said[0])), 0);
	assert_non_null(strstr(line, said[1]));
	assert_int_equal(line[b.len - 1], '\n');
	assert_int_equal(strstr(line, need->lost) != NULL, state != KERNEL_THERE);
	assert_string_equal(state == KERNEL_THERE     ? "there"
			    : state == KERNEL_MISSING ? "missing"
						      : "unknown",
			    strtok(line, " "));
}

#define JUDGED(need, seen, config, state, said) judged(&(need), seen, config, (const char *const[]){state, said})

static void how_it_behaves_counts_for_more_than_its_configuration(void **state)
{
	(void)state;
	JUDGED(probed, KERNEL_THERE, "# CONFIG_NF_TABLES is not set\n", "there", "CONFIG_NF_TABLES\n");
	JUDGED(probed, KERNEL_MISSING, NULL, "missing", "CONFIG_NF_TABLES: without it, nothing is banned");
	JUDGED(probed, KERNEL_MISSING, "CONFIG_NF_TABLES=m\n", "missing", "(a module that is not loaded");
	JUDGED(probed, KERNEL_MISSING, "CONFIG_NF_TABLES=y\n", "missing", "switched off");
}

static void where_behaviour_does_not_tell_the_configuration_does(void **state)
{
	(void)state;
	JUDGED(probed, KERNEL_UNKNOWN, "CONFIG_NF_TABLES=m\n", "there", "says its configuration");
	JUDGED(probed, KERNEL_UNKNOWN, "# CONFIG_NF_TABLES is not set\n", "missing", "CONFIG_NF_TABLES");
	JUDGED(unprobed, KERNEL_UNKNOWN, "CONFIG_PROC_EVENTS=y\n", "there", "says its configuration");
	JUDGED(unprobed, KERNEL_UNKNOWN, "CONFIG_UNIX=y\n", "missing", "/proc is looked at");
}

static void what_nobody_can_tell_is_not_claimed(void **state)
{
	(void)state;
	JUDGED(probed, KERNEL_UNKNOWN, NULL, "unknown", "the kernel does not say");
	JUDGED(probed, KERNEL_UNKNOWN, "CONFIG_UNIX=y\n", "unknown", "the kernel does not say");
	JUDGED(unprobed, KERNEL_UNKNOWN, NULL, "unknown", "only its configuration would tell");
}

static void a_version_is_compared_unless_behaviour_tells(void **state)
{
	(void)state;
	JUDGED(version, KERNEL_UNKNOWN, NULL, "there", "Linux 5.9");
	JUDGED(version, KERNEL_MISSING, NULL, "missing", "Linux 5.9: without it, nobody is named");
	JUDGED(((struct kernel_need){"5.11", NULL, "it does not start"}), KERNEL_UNKNOWN, NULL, "missing",
	       "Linux 5.11");
	/* Some distributions' kernels have more than their version says. */
	JUDGED(((struct kernel_need){"5.11", probe, "it does not start"}), KERNEL_THERE, NULL, "there", "Linux 5.11");
}

/* The build's own rows are sound, and end. */
static void each_row_says_what_is_lost(void **state)
{
	unsigned rows = 0;

	(void)state;
	for (const struct kernel_need *n = kernel_needs; n->symbol; n++, rows++) {
		assert_true(n->symbol[0] != '\0' && n->lost[0] != '\0');
		JUDGED(*n, KERNEL_MISSING, NULL, "missing", n->symbol);
	}
	assert_true(rows > 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(how_it_behaves_counts_for_more_than_its_configuration),
		cmocka_unit_test(where_behaviour_does_not_tell_the_configuration_does),
		cmocka_unit_test(what_nobody_can_tell_is_not_claimed),
		cmocka_unit_test(a_version_is_compared_unless_behaviour_tells),
		cmocka_unit_test(each_row_says_what_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
