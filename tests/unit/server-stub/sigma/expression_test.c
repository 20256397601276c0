/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/sigma/expression.h"

#include "agent/sigma/regex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static char program[65536], why[EXPRESSION_WHY_MAX];

static enum err compile(const char *source, unsigned flags, struct str *out)
{
	struct buf b = buf_over(program, sizeof(program));
	enum err err = expression_compile(&b, str_from(source), flags, why);

	*out = buf_str(&b);
	return err;
}

static bool fits(const char *source, unsigned flags, const char *text)
{
	struct str p;

	if (compile(source, flags, &p) != ERR_OK)
		fail_msg("%s: %s", source, why);
	assert_true(regex_valid(p));
	return regex_run(p, str_from(text));
}

static void expression_fits_as_in_pcre(void **state)
{
	static const struct {
		const char *source, *yes, *no;
		unsigned flags;
	} rows[] = {
		{"b", "abc", "ac", 0},
		{"^b", "bc", "ab", 0},
		{"b$", "ab\n", "ba", 0},
		{"b\\z", "ab", "ab\n", 0},
		{"^$", "", "a", 0},
		{"a|bc|", "x", NULL, 0},
		{"^(a|bc)+$", "abca", "ab", 0},
		{"^a{2}$", "aa", "aaa", 0},
		{"^a{2,}$", "aaaa", "a", 0},
		{"^a{0,2}$", "", "aaa", 0},
		{"^(a?){3}$", "aa", "aaaa", 0},
		{"a{x", "a{x", "ax", 0},
		{"^a+?b*?$", "aab", "b", 0},
		{"[]x]", "]", "y", 0},
		{"[^]x]", "y", "]", 0},
		{"^[a-c\\d-]+$", "a1-", "d", 0},
		{"^[^\\s]+$", "ab", "a b", 0},
		{"[\\S]", "a", " ", 0},
		{"\\bwget\\b", "a wget b", "awget", 0},
		{"a\\Bb", "ab", "a b", 0},
		{"^.$", "\xc3\xa9", "\xc3\xa9\xc3\xa9", 0},
		{"^.$", "a", "\n", 0},
		{"^.$", "\n", "", EXPRESSION_DOT_IS_ALL},
		{"^b$", "a\nb\nc", "ab", EXPRESSION_LINES},
		{"WGET", "wget", "wge", EXPRESSION_ANY_CASE},
		{"(?i)wget", "WgEt", "W", 0},
		{"a(?i:b)c", "aBc", "aBC", 0},
		{"[a-z]+X", "ABx", "12", EXPRESSION_ANY_CASE},
		{"\xc3\x89", "\xc3\xa9", "e", EXPRESSION_ANY_CASE},
		{"^\\x41\\x{e9}\\t$", "A\xc3\xa9\t", "A", 0},
		{"(?:\\s-[^-\\s]{0,20}i|\\s--inode\\s)", "ls -lai", "ls --i", 0},
		{"(?<name>a)(?P<other>b)", "ab", "b", 0},
		{"^(a*)*$", "aaaa", "ab", 0},
		{"\\.[^.\\/]", ".x", "./", 0},
		{"[[:alpha:]]+\\d", "ab1", "1", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!fits(rows[i].source, rows[i].flags, rows[i].yes))
			fail_msg("%s does not fit '%s'", rows[i].source, rows[i].yes);
		if (rows[i].no && fits(rows[i].source, rows[i].flags, rows[i].no))
			fail_msg("%s fits '%s'", rows[i].source, rows[i].no);
	}
}

static void expression_compile_says_what_it_cannot(void **state)
{
	static const struct {
		const char *source, *why;
		enum err err;
	} rows[] = {
		{"a(?=b)", "looks around, which takes more than linear time", ERR_UNSUPPORTED},
		{"(?<!a)b", "looks around, which takes more than linear time", ERR_UNSUPPORTED},
		{"(a)\\1", "refers back to a group, which takes more than linear time", ERR_UNSUPPORTED},
		{"a*+", "has a possessive repetition, which no automaton follows", ERR_UNSUPPORTED},
		{"(?>a)", "has a '(?' that begins no group which is known", ERR_UNSUPPORTED},
		{"(a", "has a '(' without its ')'", ERR_INVALID},
		{"a)", "has a ')' without its '('", ERR_INVALID},
		{"[a", "has a '[' without its ']'", ERR_INVALID},
		{"[b-a]", "has a range that ends before it begins", ERR_INVALID},
		{"*a", "repeats nothing; a plain '*', '+' or '?' is written \\*", ERR_INVALID},
		{"a{3,2}", "has a repetition whose most is below its least", ERR_INVALID},
		{"a\\", "ends with '\\'", ERR_INVALID},
		{"((a{1,60}){1,60}){2}",
		 "is too costly: it has more than 4000 steps when its repetitions are written out", ERR_FULL},
	};
	struct str p;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(compile(rows[i].source, 0, &p), rows[i].err);
		assert_string_equal(why, rows[i].why);
	}
}

/* What makes a matcher that goes back take exponential time takes as long as the text, here a hundred thousand bytes.
 */
static void expression_of_the_worst_kind_is_done_at_once(void **state)
{
	static char text[100001];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	assert_false(fits("^(a|aa|a*)*(a|a)*b$", 0, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expression_fits_as_in_pcre),
		cmocka_unit_test(expression_compile_says_what_it_cannot),
		cmocka_unit_test(expression_of_the_worst_kind_is_done_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
