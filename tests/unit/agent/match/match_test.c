/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/match/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct match m;
static struct str fields[MATCH_FIELDS];

static void compile(const char *pattern)
{
	char why[MATCH_WHY_MAX];

	if (match_compile(&m, str_from(pattern), why) != ERR_OK)
		fail_msg("%s: %s", pattern, why);
}

static bool fits(const char *pattern, const char *text)
{
	compile(pattern);
	return match_run(&m, str_from(text), fields);
}

static void match_run_reads_the_whole_text_only(void **state)
{
	(void)state;
	assert_true(fits("^abc$", "abc"));
	assert_false(fits("^abc$", "abcd"));
	assert_false(fits("^abc$", "xabc"));
	assert_false(fits("^abc$", "ab"));
	assert_false(fits("^abc$", ""));
}

static void match_run_knows_every_form(void **state)
{
	static const struct {
		const char *pattern, *yes, *no;
	} rows[] = {
		{"^a*$", "", "b"},
		{"^a+$", "aaa", ""},
		{"^a?b$", "b", "aab"},
		{"^a{2}$", "aa", "aaa"},
		{"^a{2,}$", "aaaa", "a"},
		{"^a{1,3}$", "aaa", "aaaa"},
		{"^a{0,2}$", "", "aaa"},
		{"^(ab|cd)+$", "abcdab", "abc"},
		{"^(a|b(c|d)*)+$", "abcdcb", "c"},
		{"^[a-c-]+$", "a-c", "d"},
		{"^[^a-c]+$", "xyz", "xaz"},
		{"^[]x]+$", "]x]", "y"},
		{"^[a\\]]+$", "a]", "\\"},
		{"^[[:digit:][:upper:]]+$", "1A", "a"},
		{"^\\[x\\]\\^\\$\\.$", "[x]^$.", "[x]^$x"},
		{"^.$", "\xff", "xx"},
		{"^(a*)*$", "aaaa", "ab"},
		{"^((a|b)?c){2}$", "acc", "abc"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!fits(rows[i].pattern, rows[i].yes))
			fail_msg("%s does not fit %s", rows[i].pattern, rows[i].yes);
		if (fits(rows[i].pattern, rows[i].no))
			fail_msg("%s fits %s", rows[i].pattern, rows[i].no);
	}
}

static void is(unsigned field, const char *text)
{
	assert_true(str_equal(fields[field], str_from(text)));
}

static void match_run_finds_fields(void **state)
{
	static const char *const pattern = "^(?<service>[a-z]+): '<user>' from <src>( port <port>)?$";

	(void)state;
	assert_true(fits(pattern, "web: 'a' b' from 2001:db8::1 port 7"));
	is(MATCH_SERVICE, "web");
	is(MATCH_USER, "a' b");
	is(MATCH_SRC, "2001:db8::1");
	is(MATCH_PORT, "7");
	assert_true(fits(pattern, "web: '' from host.example"));
	is(MATCH_USER, "");
	is(MATCH_SRC, "host.example");
	assert_null(fields[MATCH_PORT].data);
	assert_true(fits("^Failed for (invalid user )?<user> from <src>$", "Failed for invalid user x from 192.0.2.1"));
	is(MATCH_USER, "x");
}

static void refuse(const char *pattern, enum err err, const char *part)
{
	char why[MATCH_WHY_MAX];

	assert_int_equal(match_compile(&m, str_from(pattern), why), err);
	if (!strstr(why, part))
		fail_msg("%s: %s", pattern, why);
}

static void match_compile_says_what_is_wrong(void **state)
{
	static const struct {
		const char *pattern, *part;
	} rows[] = {
		{"a$", "not anchored"},
		{"^a", "not anchored"},
		{"", "not anchored"},
		{"^", "not anchored"},
		{"^a\\$", "not anchored"},
		{"^(a$", "'(' without"},
		{"^a)$", "')' without"},
		{"^[a$", "'[' without"},
		{"^a|b$", "outside of parentheses"},
		{"^()$", "empty"},
		{"^(a|)$", "empty"},
		{"^$", "empty"},
		{"^a^b$", "in its middle"},
		{"^*$", "repetition of nothing"},
		{"^a**$", "repeats a repetition"},
		{"^a{0}$", "'{'"},
		{"^a{3,2}$", "'{'"},
		{"^a{256}$", "'{'"},
		{"^a{x}$", "'{'"},
		{"^\\d$", "before a letter"},
		{"^<ip>$", "'<'"},
		{"^(?:a)$", "'(?'"},
		{"^<src> <src>$", "twice"},
		{"^(<src>)*$", "repeats a field"},
		{"^[[:word:]]$", "class"},
		{"^[z-a]$", "range"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		refuse(rows[i].pattern, ERR_INVALID, rows[i].part);
	refuse("^a{255}$", ERR_FULL, "too costly");
	refuse("^(a{100}){100}$", ERR_FULL, "too costly");
	refuse("^(((((((((a)))))))))$", ERR_FULL, "parentheses");
}

/* What makes matchers that go back take years: here the steps are at most the text times the pattern. */
static void match_run_takes_no_longer_for_hard_patterns(void **state)
{
	static char text[MATCH_TEXT_MAX + 1];

	(void)state;
	memset(text, 'a', sizeof(text));
	compile("^(a|a|a?)*(a*a*)*a{50}b$");
	assert_false(match_run(&m, (struct str){text, MATCH_TEXT_MAX}, fields));
	text[MATCH_TEXT_MAX - 1] = 'b';
	assert_true(match_run(&m, (struct str){text, MATCH_TEXT_MAX}, fields));
	assert_false(match_run(&m, (struct str){text, MATCH_TEXT_MAX + 1}, fields));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(match_run_reads_the_whole_text_only),
		cmocka_unit_test(match_run_knows_every_form),
		cmocka_unit_test(match_run_finds_fields),
		cmocka_unit_test(match_compile_says_what_is_wrong),
		cmocka_unit_test(match_run_takes_no_longer_for_hard_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
