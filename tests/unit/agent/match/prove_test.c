/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/match/prove.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct match a, b;

static void compile(struct match *m, const char *pattern)
{
	char why[MATCH_WHY_MAX];

	if (match_compile(m, str_from(pattern), why) != ERR_OK)
		fail_msg("%s: %s", pattern, why);
}

static enum prove_result alone(const char *pattern)
{
	compile(&a, pattern);
	return prove_same(&a, &a, MATCH_SRC);
}

static void prove_same_lets_a_field_at_one_place_pass(void **state)
{
	static const char *const patterns[] = {
		"^failed for <user> from <src>$",
		"^failed for <user> from <src> port <port>$",
		"^failed for <user> from <src>:<port>$",
		"^failed from <src>: .*$",
		"^(?<user>[^ ]*) failed from <src> .*$",
		"^(failed for <user> from|lost) <src>$",
		"^failed for (invalid user )?<user> from <src>$",
		"^(a*)*(b*)*(.*.*)* <src>$",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (alone(patterns[i]) != PROVE_ONE_WAY)
			fail_msg("%s", patterns[i]);
}

static void prove_same_finds_the_text_with_two_places(void **state)
{
	static const char *const patterns[] = {
		"^failed for <user> from <src> .*$",
		"^failed for <user> from <src>( port <port>.*)?$",
		"^.*<src>$",
		"^<src>.*$",
		"^<src>:?<port>$",
		"^a (b|<src>)$",
		"^(.* )?from <src>( via .*)?$",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (alone(patterns[i]) != PROVE_TWO_WAYS)
			fail_msg("%s", patterns[i]);
}

static void prove_same_compares_two_patterns(void **state)
{
	(void)state;
	compile(&a, "^failed for <user> from <src>$");
	compile(&b, "^failed for <user> from <src> via [a-z]*$");
	assert_int_equal(prove_same(&a, &b, MATCH_SRC), PROVE_ONE_WAY);
	compile(&b, "^failed for <user> from <src> via .*$");
	assert_int_equal(prove_same(&a, &b, MATCH_SRC), PROVE_TWO_WAYS);
	compile(&b, "^refused <src>: .*$");
	assert_int_equal(prove_same(&a, &b, MATCH_SRC), PROVE_ONE_WAY);
}

static void prove_apart_finds_a_text_of_both(void **state)
{
	(void)state;
	compile(&a, "^login failed for <user> from <src>$");
	compile(&b, "^login .* good from <src>$");
	assert_int_equal(prove_apart(&a, &b), PROVE_TWO_WAYS);
	compile(&b, "^login good for .* from <src>$");
	assert_int_equal(prove_apart(&a, &b), PROVE_ONE_WAY);
}

static void prove_cut_trusts_what_no_cut_can_move(void **state)
{
	(void)state;
	compile(&a, "^failed for <user> from <src>$");
	assert_int_equal(prove_cut(&a, MATCH_SRC), PROVE_TWO_WAYS);
	compile(&a, "^failed by <src>$"); /* its last digits may be gone */
	assert_int_equal(prove_cut(&a, MATCH_SRC), PROVE_TWO_WAYS);
	compile(&a, "^failed by <src> for .*$");
	assert_int_equal(prove_cut(&a, MATCH_SRC), PROVE_ONE_WAY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prove_same_lets_a_field_at_one_place_pass),
		cmocka_unit_test(prove_same_finds_the_text_with_two_places),
		cmocka_unit_test(prove_same_compares_two_patterns),
		cmocka_unit_test(prove_apart_finds_a_text_of_both),
		cmocka_unit_test(prove_cut_trusts_what_no_cut_can_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
