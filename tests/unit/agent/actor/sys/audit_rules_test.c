/* SPDX-License-Identifier: Apache-2.0 */
/* What one audit rule means for execs. The machine's own rules are looked at, and never changed. */
#include "agent/actor/sys/audit_rules.h"

#include "ports/linux/seccomp/arch.h"

#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

/* The texts come behind the struct, whose last member has no length. */
static union {
	struct audit_rule_data data;
	char room[sizeof(struct audit_rule_data) + 32];
} rule;

static void begin(uint32_t list, uint32_t action)
{
	memset(&rule, 0, sizeof(rule));
	rule.data.flags = list;
	rule.data.action = action;
}

static void call(unsigned number)
{
	if (AUDIT_WORD(number) < AUDIT_BITMASK_SIZE)
		rule.data.mask[AUDIT_WORD(number)] |= AUDIT_BIT(number);
}

static void field(uint32_t name, uint32_t op, uint32_t value)
{
	uint32_t i = rule.data.field_count++;

	rule.data.fields[i] = name;
	rule.data.fieldflags[i] = op;
	rule.data.values[i] = value;
}

static void key(const char *text)
{
	field(AUDIT_FILTERKEY, AUDIT_EQUAL, (uint32_t)strlen(text));
	rule.data.buflen = (uint32_t)strlen(text);
	memcpy(rule.room + sizeof(rule.data), text, strlen(text));
}

static unsigned judged(void)
{
	return audit_rules_judge(&rule, sizeof(rule.data) + rule.data.buflen);
}

static void rules_for_all_execs_tell_of_them(void **state)
{
	(void)state;
	begin(AUDIT_FILTER_EXIT, AUDIT_ALWAYS);
	call(SYS_execve);
	assert_int_equal(judged(), AUDIT_RULE_EXECVE);
	call(SYS_execveat);
	field(AUDIT_ARCH, AUDIT_EQUAL, SECCOMP_ARCH);
	key("exec");
	assert_int_equal(judged(), AUDIT_RULE_EXECVE | AUDIT_RULE_EXECVEAT);
	field(AUDIT_SUCCESS, AUDIT_EQUAL, 1);
	rule.data.flags |= AUDIT_FILTER_PREPEND;
	assert_int_equal(judged(), AUDIT_RULE_EXECVE | AUDIT_RULE_EXECVEAT);
	begin(AUDIT_FILTER_EXIT, AUDIT_ALWAYS);
	call(SYS_execve);
	key("caltrop");
	assert_int_equal(judged(), AUDIT_RULE_EXECVE | AUDIT_RULE_OWN);
}

static void rules_for_some_tell_of_none(void **state)
{
	static const struct {
		uint32_t field, op, value;
	} narrow[] = {
		{AUDIT_LOGINUID, AUDIT_GREATER_THAN_OR_EQUAL, 1000},
		{AUDIT_ARCH, AUDIT_EQUAL, SECCOMP_ARCH ^ 1},
		{AUDIT_ARCH, AUDIT_NOT_EQUAL, SECCOMP_ARCH},
		{AUDIT_SUCCESS, AUDIT_EQUAL, 0},
		{AUDIT_UID, AUDIT_EQUAL, 0},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(narrow) / sizeof(narrow[0]); i++) {
		begin(AUDIT_FILTER_EXIT, AUDIT_ALWAYS);
		call(SYS_execve);
		field(narrow[i].field, narrow[i].op, narrow[i].value);
		assert_int_equal(judged(), 0);
	}
	begin(AUDIT_FILTER_EXIT, AUDIT_ALWAYS);
	call(SYS_openat);
	assert_int_equal(judged(), 0);
	begin(AUDIT_FILTER_USER, AUDIT_ALWAYS);
	call(SYS_execve);
	assert_int_equal(judged(), 0);
}

static void rules_that_hide_are_seen(void **state)
{
	(void)state;
	begin(AUDIT_FILTER_TASK, AUDIT_NEVER);
	assert_int_equal(judged(), AUDIT_RULE_HIDES);
	begin(AUDIT_FILTER_EXIT, AUDIT_NEVER);
	call(SYS_openat);
	assert_int_equal(judged(), 0);
	call(SYS_execve);
	field(AUDIT_UID, AUDIT_EQUAL, 33);
	assert_int_equal(judged(), AUDIT_RULE_HIDES);
	begin(AUDIT_FILTER_EXCLUDE, AUDIT_ALWAYS);
	field(AUDIT_MSGTYPE, AUDIT_EQUAL, AUDIT_CWD);
	assert_int_equal(judged(), 0);
	begin(AUDIT_FILTER_EXCLUDE, AUDIT_ALWAYS);
	field(AUDIT_MSGTYPE, AUDIT_EQUAL, AUDIT_EXECVE);
	assert_int_equal(judged(), AUDIT_RULE_HIDES);
	begin(AUDIT_FILTER_EXCLUDE, AUDIT_ALWAYS);
	field(AUDIT_UID, AUDIT_EQUAL, 1000);
	assert_int_equal(judged(), AUDIT_RULE_HIDES);
	rule.data.field_count = AUDIT_MAX_FIELDS + 1;
	assert_int_equal(judged(), AUDIT_RULE_HIDES);
}

static void a_short_rule_says_nothing(void **state)
{
	(void)state;
	begin(AUDIT_FILTER_TASK, AUDIT_NEVER);
	assert_int_equal(audit_rules_judge(&rule, sizeof(rule.data) - 1), 0);
	begin(AUDIT_FILTER_EXIT, AUDIT_ALWAYS);
	call(SYS_execve);
	key("caltrop");
	assert_int_equal(audit_rules_judge(&rule, sizeof(rule.data) + 3), AUDIT_RULE_EXECVE);
}

static void a_look_says_why_execs_are_not_told_of(void **state)
{
	char why[AUDIT_RULES_WHY_MAX];
	bool own, tells = audit_rules_look(why, &own);

	(void)state;
	assert_true(tells == (why[0] == '\0'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_for_all_execs_tell_of_them),
		cmocka_unit_test(rules_for_some_tell_of_none),
		cmocka_unit_test(rules_that_hide_are_seen),
		cmocka_unit_test(a_short_rule_says_nothing),
		cmocka_unit_test(a_look_says_why_execs_are_not_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
