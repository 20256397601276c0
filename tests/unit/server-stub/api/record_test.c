/* SPDX-License-Identifier: Apache-2.0 */
/* Which records a search finds. */
#include "server-stub/api/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static ProtobufCBinaryData data(const char *text)
{
	return (ProtobufCBinaryData){strlen(text), (uint8_t *)(uintptr_t)text};
}

static bool finds_process(const Caltrop__V1__Record *r, const char *process)
{
	struct record_filter f = {.kind = 0};

	snprintf(f.process, sizeof(f.process), "%s", process);
	return record_matches(&f, r);
}

static bool finds_rule(const Caltrop__V1__Record *r, const char *rule)
{
	struct record_filter f = {.kind = 0};

	snprintf(f.rule, sizeof(f.rule), "%s", rule);
	return record_matches(&f, r);
}

static void process_is_found_by_path_name_and_number(void **state)
{
	Caltrop__V1__Record r = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Process p = CALTROP__V1__PROCESS__INIT;

	(void)state;
	p.image = data("/usr/bin/nc.traditional");
	p.name = data("nc");
	p.pid = 815;
	r.body_case = CALTROP__V1__RECORD__BODY_PROCESS;
	r.process = &p;
	assert_true(finds_process(&r, "/usr/bin/nc.traditional"));
	assert_true(finds_process(&r, "nc.traditional"));
	assert_true(finds_process(&r, "bin/nc.traditional"));
	assert_true(finds_process(&r, "nc"));
	assert_true(finds_process(&r, "815"));
	assert_false(finds_process(&r, "81"));
	assert_false(finds_process(&r, "c.traditional"));
	assert_false(finds_process(&r, "/usr/bin/nc"));
	assert_false(finds_process(&r, "0"));
	assert_false(finds_rule(&r, "nc"));
}

static void finding_is_found_by_its_rule_and_by_the_process_that_it_is_about(void **state)
{
	Caltrop__V1__Record r = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Finding f = CALTROP__V1__FINDING__INIT;

	(void)state;
	f.rule_id = "brute_force";
	f.subject_kind = "process";
	f.subject = data("/tmp/a[1]/nc[815]");
	r.body_case = CALTROP__V1__RECORD__BODY_FINDING;
	r.finding = &f;
	assert_true(finds_rule(&r, "brute_force"));
	assert_false(finds_rule(&r, "brute"));
	assert_true(finds_process(&r, "nc"));
	assert_true(finds_process(&r, "/tmp/a[1]/nc"));
	assert_true(finds_process(&r, "815"));
	assert_false(finds_process(&r, "1"));
	f.subject_kind = "file";
	assert_false(finds_process(&r, "nc"));
	f.subject_kind = "process";
	f.subject = data("]");
	assert_false(finds_process(&r, "]"));
	f.subject = data("");
	assert_false(finds_process(&r, "nc"));
}

static void receipt_is_found_by_its_rule_and_by_the_process_that_it_was_done_to(void **state)
{
	Caltrop__V1__Record r = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Receipt receipt = CALTROP__V1__RECEIPT__INIT;

	(void)state;
	receipt.rule_id = "miner";
	receipt.pid = 4711;
	r.body_case = CALTROP__V1__RECORD__BODY_RECEIPT;
	r.receipt = &receipt;
	assert_true(finds_rule(&r, "miner"));
	assert_true(finds_process(&r, "4711"));
	assert_false(finds_process(&r, "471"));
}

static void account_of_that_name_is_no_process(void **state)
{
	Caltrop__V1__Record r = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Account a = CALTROP__V1__ACCOUNT__INIT;

	(void)state;
	a.name = data("nc");
	a.image = data("/usr/sbin/useradd");
	r.body_case = CALTROP__V1__RECORD__BODY_ACCOUNT;
	r.account = &a;
	assert_false(finds_process(&r, "nc"));
	assert_true(finds_process(&r, "useradd"));
}

static void record_of_no_kind_is_of_no_process(void **state)
{
	Caltrop__V1__Record r = CALTROP__V1__RECORD__INIT;

	(void)state;
	assert_false(finds_process(&r, "nc"));
	assert_false(finds_rule(&r, "brute_force"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(process_is_found_by_path_name_and_number),
		cmocka_unit_test(finding_is_found_by_its_rule_and_by_the_process_that_it_is_about),
		cmocka_unit_test(receipt_is_found_by_its_rule_and_by_the_process_that_it_was_done_to),
		cmocka_unit_test(account_of_that_name_is_no_process),
		cmocka_unit_test(record_of_no_kind_is_of_no_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
