/* SPDX-License-Identifier: Apache-2.0 */
/* Audit records as Linux 6.1 writes them, one datagram each. */
#include "agent/source/process_audit.h"

#include "agent/base/now.h"
#include "agent/base/str.h"

#include <linux/audit.h>
#include <linux/netlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SYSCALL_OF(pid)                                                                                      \
	"arch=c000003e syscall=59 success=yes exit=0 a0=55d0 a1=55d1 a2=55d2 a3=8 items=2 ppid=812 pid=" pid \
	" auid=1000 uid=1000 gid=1000 euid=0 suid=0 fsuid=0 egid=1000 sgid=1000 fsgid=1000 tty=pts0 ses=3 "  \
	"comm=\"cat\" exe=\"/usr/bin/cat\" subj=unconfined key=\"caltrop\""

static struct process_audit audit;
static union proc_sample given[16];
static unsigned count;
static char serial[32];

static void keep(void *context, struct process_sample *sample, size_t len)
{
	(void)context;
	assert_true(count < 16 && len <= sizeof(given[0]));
	memcpy(&given[count++], sample, len);
}

static int set_up(void **state)
{
	(void)state;
	memset(&audit, 0, sizeof(audit));
	audit.give = keep;
	count = 0;
	snprintf(serial, sizeof(serial), "1700000000.123:45");
	return 0;
}

static void record(uint16_t type, const char *text)
{
	static char bytes[PROCESS_AUDIT_BYTES];
	struct nlmsghdr header = {.nlmsg_type = type};
	int len = snprintf(bytes + NLMSG_HDRLEN, sizeof(bytes) - NLMSG_HDRLEN, "audit(%s): %s", serial, text);

	header.nlmsg_len = (uint32_t)len; /* the header is not counted, as the kernel does */
	memcpy(bytes, &header, sizeof(header));
	process_audit_read(&audit, view_over(bytes, NLMSG_HDRLEN + (size_t)len), 7 * SECOND_US);
}

static struct str texts_of(unsigned i)
{
	const struct process_sample *h = &given[i].head;

	return (struct str){given[i].bytes + sizeof(*h), (size_t)h->exe_len + h->cwd_len + h->args_len};
}

static struct str args_of(unsigned i)
{
	return str_sub(texts_of(i), (size_t)given[i].head.exe_len + given[i].head.cwd_len, SIZE_MAX);
}

static void the_records_of_an_exec_are_one_sample(void **state)
{
	const struct process_sample *h = &given[0].head;

	(void)state;
	record(AUDIT_SYSCALL, SYSCALL_OF("4242"));
	record(AUDIT_EXECVE, "argc=3 a0=\"cat\" a1=2D2D206120622063 a2=\"\"");
	record(AUDIT_CWD, "cwd=2F746D702F612062");
	record(AUDIT_PATH, "item=0 name=\"/usr/bin/cat\" inode=1 dev=fe:00 mode=0100755");
	record(AUDIT_PROCTITLE, "proctitle=636174");
	assert_int_equal(count, 0);
	assert_int_equal(process_audit_deadline(&audit), 7 * SECOND_US + PROCESS_AUDIT_WAIT_US);
	record(AUDIT_EOE, "");
	assert_int_equal(count, 1);
	assert_int_equal(process_audit_deadline(&audit), INT64_MAX);
	assert_int_equal(audit.stamp_us, INT64_C(1700000000123000));
	assert_int_equal(h->version, PROCESS_SAMPLE_VERSION);
	assert_int_equal(h->kind, PROCESS_SAMPLE_EXEC);
	assert_int_equal(h->pid, 4242);
	assert_int_equal(h->ppid, 812);
	assert_int_equal(h->uid, 1000);
	assert_int_equal(h->euid, 0);
	assert_int_equal(h->loginuid, 1000);
	assert_int_equal(h->flags, PROCESS_SAMPLE_IDS);
	assert_string_equal(h->name, "cat");
	assert_int_equal(h->exe_len, 12);
	assert_int_equal(h->cwd_len, 8);
	assert_true(str_equal(texts_of(0), STR("/usr/bin/cat/tmp/a bcat\0-- a b c\0")));
	assert_int_equal(audit.incomplete, 0);
}

static void a_process_does_not_choose_its_fields(void **state)
{
	(void)state;
	/* comm "x pid=1", exe "/tmp/a pid=1 (deleted)", an argument 'b" pid=1': the kernel writes them as digits. */
	record(AUDIT_SYSCALL, "success=yes ppid=812 pid=4242 uid=1000 euid=1000 auid=4294967295 comm=78207069643D31 "
			      "exe=2F746D702F61207069643D31202864656C6574656429 key=(null)");
	record(AUDIT_EXECVE, "argc=2 a0=\"a\" a1=6222207069643D31");
	record(AUDIT_EOE, "");
	assert_int_equal(count, 1);
	assert_int_equal(given[0].head.pid, 4242);
	assert_int_equal(given[0].head.loginuid, PROCESS_SAMPLE_NOBODY);
	assert_string_equal(given[0].head.name, "x pid=1");
	assert_true(str_equal(texts_of(0), STR("/tmp/a pid=1a\0b\" pid=1")));
}

static void what_is_no_exec_is_none(void **state)
{
	(void)state;
	record(AUDIT_SYSCALL, "arch=c000003e syscall=2 success=yes pid=4 ppid=1 uid=0 euid=0");
	record(AUDIT_EOE, "");
	/* One that failed. */
	snprintf(serial, sizeof(serial), "1700000000.123:46");
	record(AUDIT_SYSCALL, "arch=c000003e syscall=59 success=no exit=-2 pid=4 ppid=1 uid=0 euid=0");
	record(AUDIT_EXECVE, "argc=1 a0=\"none\"");
	record(AUDIT_EOE, "");
	assert_int_equal(count, 0);
	assert_int_equal(audit.incomplete, 0);
}

static void long_arguments_come_in_pieces(void **state)
{
	(void)state;
	record(AUDIT_SYSCALL, SYSCALL_OF("7"));
	record(AUDIT_EXECVE, "argc=4 a0=\"sh\" a1_len=8 a1[0]=6162");
	record(AUDIT_EXECVE, "a1[1]=6364 a2_len=4 a2[0]=\"ef\"");
	record(AUDIT_EXECVE, "a2[1]=\"gh\" a3=\"i\"");
	record(AUDIT_EOE, "");
	assert_true(str_equal(args_of(0), STR("sh\0abcd\0efgh\0i")));
	assert_int_equal(given[0].head.flags & PROCESS_SAMPLE_ARGS_CUT, 0);
	assert_int_equal(audit.incomplete, 0);
}

/* As the kernel writes one argument of 128 KiB less a byte: 7,500 digits in a record. */
static void an_argument_of_128_kib_is_cut(void **state)
{
	static char text[8000];

	(void)state;
	record(AUDIT_SYSCALL, SYSCALL_OF("7"));
	for (unsigned i = 0; i < 35; i++) {
		int at = snprintf(text, sizeof(text), i ? "a1[%u]=" : "argc=3 a0=\"sh\" a1_len=262142 a1[%u]=", i);

		memset(text + at, '6', 7500);
		text[at + 7500] = '\0';
		record(AUDIT_EXECVE, text);
	}
	record(AUDIT_EXECVE, "a2=\"-x\"");
	record(AUDIT_EOE, "");
	assert_int_equal(count, 1);
	assert_int_equal(given[0].head.args_len, PROCESS_SAMPLE_ARGS_MAX);
	assert_true(given[0].head.flags & PROCESS_SAMPLE_ARGS_CUT);
	assert_true(str_starts(args_of(0), STR("sh\0ffff")));
	/* It was cut here; nothing is missing. */
	assert_int_equal(audit.incomplete, 0);
}

static void arguments_that_are_missing_are_not_closed_up(void **state)
{
	static const struct {
		const char *first, *second, *args;
		size_t len;
	} cases[] = {
		{"argc=4 a0=\"a\" a1=\"b\"", "a3=\"d\"", "a\0b", 3},			  /* a record between them */
		{"argc=3 a0=\"a\"", "a1[1]=62", "a", 1},				  /* the first piece */
		{"argc=3 a0=\"a\" a1_len=4 a1[0]=62", "a2=\"c\" a4=\"x\"", "a\0b\0c", 5}, /* not the next number */
		{"a1=\"b\"", "a2=\"c\"", "", 0},					  /* the first record */
		{"argc=2 a0=\"a\"", "a1=6G", "a", 1},					  /* no digits */
		{"argc=2 a0=\"a\"", "a1=\"b", "a", 1},					  /* no end */
		{"argc=99999999999 a0=\"a\"", "a1=\"b\"", "a\0b", 3},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_up(NULL);
		record(AUDIT_SYSCALL, SYSCALL_OF("7"));
		record(AUDIT_EXECVE, cases[i].first);
		record(AUDIT_EXECVE, cases[i].second);
		record(AUDIT_EOE, "");
		assert_int_equal(count, 1);
		struct str args = args_of(0);

		while (args.len && args.data[args.len - 1] == '\0')
			args.len--;
		assert_true(str_equal(args, (struct str){cases[i].args, cases[i].len}));
		assert_true(given[0].head.flags & PROCESS_SAMPLE_ARGS_CUT);
		assert_int_equal(audit.incomplete, 1);
	}
}

static void an_exec_without_its_process_is_counted(void **state)
{
	(void)state;
	record(AUDIT_EXECVE, "argc=1 a0=\"a\"");
	record(AUDIT_EOE, "");
	assert_int_equal(count, 0);
	assert_int_equal(audit.incomplete, 1);
}

static void events_may_come_in_turns(void **state)
{
	char text[64];

	(void)state;
	for (unsigned pass = 0; pass < 3; pass++)
		for (unsigned i = 0; i < PROCESS_AUDIT_EVENTS_MAX; i++) {
			snprintf(serial, sizeof(serial), "1700000000.123:%u", 100 + i);
			snprintf(text, sizeof(text), pass ? "argc=1 a0=\"%u\"" : "success=yes pid=%u", 1 + i);
			record(pass == 0 ? AUDIT_SYSCALL : pass == 1 ? AUDIT_EXECVE : AUDIT_EOE, text);
		}
	assert_int_equal(count, PROCESS_AUDIT_EVENTS_MAX);
	for (unsigned i = 0; i < PROCESS_AUDIT_EVENTS_MAX; i++)
		assert_true(given[i].head.pid == 1 + i && args_of(i).len == 1 && args_of(i).data[0] == (char)('1' + i));
	assert_int_equal(audit.incomplete, 0);
}

static void too_many_events_end_the_oldest(void **state)
{
	char text[64];

	(void)state;
	for (unsigned i = 0; i <= PROCESS_AUDIT_EVENTS_MAX; i++) {
		snprintf(serial, sizeof(serial), "1700000000.123:%u", 100 + i);
		snprintf(text, sizeof(text), "success=yes pid=%u uid=0 euid=0", 1 + i);
		record(AUDIT_SYSCALL, text);
		record(AUDIT_EXECVE, "argc=2 a0=\"a\"");
	}
	assert_int_equal(count, 1);
	assert_int_equal(given[0].head.pid, 1);
	assert_int_equal(audit.incomplete, 1);
}

static void an_event_whose_end_does_not_come_ends_by_time(void **state)
{
	(void)state;
	record(AUDIT_SYSCALL, SYSCALL_OF("7"));
	record(AUDIT_EXECVE, "argc=1 a0=\"a\"");
	process_audit_tick(&audit, process_audit_deadline(&audit) - 1);
	assert_int_equal(count, 0);
	process_audit_tick(&audit, process_audit_deadline(&audit));
	assert_int_equal(count, 1);
	assert_int_equal(audit.incomplete, 0);
}

static void a_fault_is_an_end(void **state)
{
	(void)state;
	record(AUDIT_ANOM_ABEND,
	       "auid=1000 uid=1000 gid=1000 ses=3 subj=unconfined pid=77 comm=\"a\" exe=\"/tmp/a\" sig=11 "
	       "res=1");
	assert_int_equal(count, 1);
	assert_int_equal(given[0].head.kind, PROCESS_SAMPLE_EXIT);
	assert_int_equal(given[0].head.pid, 77);
	assert_int_equal(given[0].head.status, 11);
}

static void changed_rules_are_counted(void **state)
{
	static const struct {
		const char *text;
		unsigned changes;
	} cases[] = {
		{"auid=0 ses=1 subj=unconfined op=remove_rule key=\"execs\" list=4 res=1", 1},
		{"auid=0 ses=1 op=\"add_rule\" key=(null) list=4 res=1", 1},
		{"op=add_rule key=\"caltrop\" list=4 res=1", 0},
		{"op=set audit_enabled=0 old=1 auid=0 ses=1 res=1", 1},
		{"op=set audit_enabled=1 old=0 auid=0 ses=1 res=1", 0},
		{"op=set audit_pid=812 old=0 auid=0 ses=1 res=1", 0},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_up(NULL);
		record(AUDIT_CONFIG_CHANGE, cases[i].text);
		assert_int_equal(audit.changes, cases[i].changes);
	}
}

static void what_is_no_record_is_passed_over(void **state)
{
	static const char *const bad[] = {"", "1700000000:45", "1700000000.12:45", "1700000000.123", "x.123:45"};
	struct nlmsghdr header = {.nlmsg_type = AUDIT_EOE, .nlmsg_len = sizeof(header)};

	(void)state;
	for (size_t i = 0; i <= sizeof(header); i++)
		process_audit_read(&audit, view_over(&header, i), 0);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(serial, sizeof(serial), "%s", bad[i]);
		record(AUDIT_SYSCALL, "success=yes pid=1");
		record(AUDIT_EXECVE, "argc=1 a0=\"a\"");
	}
	assert_int_equal(process_audit_deadline(&audit), INT64_MAX);
	assert_int_equal(count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_records_of_an_exec_are_one_sample, set_up),
		cmocka_unit_test_setup(a_process_does_not_choose_its_fields, set_up),
		cmocka_unit_test_setup(what_is_no_exec_is_none, set_up),
		cmocka_unit_test_setup(long_arguments_come_in_pieces, set_up),
		cmocka_unit_test_setup(an_argument_of_128_kib_is_cut, set_up),
		cmocka_unit_test_setup(arguments_that_are_missing_are_not_closed_up, set_up),
		cmocka_unit_test_setup(an_exec_without_its_process_is_counted, set_up),
		cmocka_unit_test_setup(events_may_come_in_turns, set_up),
		cmocka_unit_test_setup(too_many_events_end_the_oldest, set_up),
		cmocka_unit_test_setup(an_event_whose_end_does_not_come_ends_by_time, set_up),
		cmocka_unit_test_setup(a_fault_is_an_end, set_up),
		cmocka_unit_test_setup(changed_rules_are_counted, set_up),
		cmocka_unit_test_setup(what_is_no_record_is_passed_over, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
