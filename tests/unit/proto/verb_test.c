/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/verb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct verb_args ban_of(const char *text)
{
	struct verb_args args;

	memset(&args, 0, sizeof(args));
	args.verb = VERB_BAN;
	args.duration_s = 600;
	assert_int_equal(addr_parse_prefix(str_from(text), &args.addr), ERR_OK);
	return args;
}

static struct verb_args account_of(uint16_t verb, const char *name)
{
	struct verb_args args;

	memset(&args, 0, sizeof(args));
	args.verb = verb;
	memcpy(args.account, name, strlen(name));
	return args;
}

static void verb_names_and_numbers_agree(void **state)
{
	(void)state;
	for (uint16_t verb = 1; verb < VERB_MAX; verb++)
		assert_int_equal(verb_number(verb_name(verb)), verb);
	assert_null(verb_name(VERB_NONE));
	assert_null(verb_name(VERB_MAX));
	assert_int_equal(verb_number("format"), VERB_NONE);
	assert_int_equal(verb_number(""), VERB_NONE);
}

static void verb_ban_takes_a_clean_prefix(void **state)
{
	struct verb_args args = ban_of("198.51.100.7");

	(void)state;
	assert_true(verb_args_valid(&args));
	args = ban_of("2001:db8::/64");
	assert_true(verb_args_valid(&args));
	args.addr.bytes[15] = 1;
	assert_false(verb_args_valid(&args));
	args = ban_of("198.51.100.7");
	args.addr.prefix = 33;
	assert_false(verb_args_valid(&args));
	args.addr.prefix = 0;
	assert_false(verb_args_valid(&args));
	args = ban_of("198.51.100.7");
	args.addr.bytes[9] = 1;
	assert_false(verb_args_valid(&args));
	args = ban_of("198.51.100.7");
	args.addr.family = 5;
	assert_false(verb_args_valid(&args));
}

static void verb_ban_has_a_longest_duration(void **state)
{
	struct verb_args args = ban_of("198.51.100.7");

	(void)state;
	args.duration_s = 30 * 86400;
	assert_true(verb_args_valid(&args));
	args.duration_s++;
	assert_false(verb_args_valid(&args));
}

static void verb_account_names_cannot_be_paths_or_options(void **state)
{
	static const char *const good[] = {"bob", "svc_web-1", "a.b", "machine$"};
	static const char *const bad[] = {"",	 "-rf",	 "../etc",  "a/b", "a:b",
					  "a b", "a\nb", ".hidden", "b$c", "\xc3\xa4"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct verb_args args = account_of(VERB_RESET, good[i]);

		assert_true(verb_args_valid(&args));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct verb_args args = account_of(VERB_LOGOUT, bad[i]);

		assert_false(verb_args_valid(&args));
	}
}

static void verb_account_without_an_end_is_refused(void **state)
{
	struct verb_args args = account_of(VERB_RESET, "");

	(void)state;
	memset(args.account, 'a', sizeof(args.account));
	assert_false(verb_args_valid(&args));
}

static void verb_unused_fields_are_zero(void **state)
{
	struct verb_args args = ban_of("198.51.100.7");

	(void)state;
	args.pid = 7;
	assert_false(verb_args_valid(&args));
	args = account_of(VERB_RESET, "bob");
	args.duration_s = 1;
	assert_false(verb_args_valid(&args));
	args = account_of(VERB_KILL, "");
	assert_false(verb_args_valid(&args));
	args.pid = 4711;
	assert_true(verb_args_valid(&args));
	args.account[3] = 1;
	assert_false(verb_args_valid(&args));
	args = account_of(77, "");
	assert_false(verb_args_valid(&args));
}

struct sample {
	uint16_t verb;
	const char *args; /* NAME=VALUE, with blanks between */
	enum err err;
	const char *said; /* by verb_describe(); NULL: look for `why` */
	const char *why;
};

static const struct sample samples[] = {
	{VERB_BAN, "addr=192.0.2.1 duration=60", ERR_OK, "ban 192.0.2.1 for 60 s", NULL},
	{VERB_BAN, "addr=192.0.2.1 duration_s=10m", ERR_OK, "ban 192.0.2.1 for 600 s", NULL},
	{VERB_BAN, "addr=2001:db8::/64", ERR_OK, "ban 2001:db8::/64", NULL},
	{VERB_BAN, "addr=10.0.0.0/8", ERR_OK, "ban 10.0.0.0/8", NULL},
	{VERB_BAN, "addr=10.0.0.0/7", ERR_PROTECTED, NULL, "too wide: IPv4 /8 and IPv6 /32"},
	{VERB_BAN, "addr=2001::/31", ERR_PROTECTED, NULL, "too wide"},
	{VERB_BAN, "addr=::/1", ERR_PROTECTED, NULL, "no device shuts it out"},
	{VERB_BAN, "addr=127.5.5.5", ERR_PROTECTED, NULL, "no device shuts it out"},
	{VERB_BAN, "addr=::ffff:127.0.0.1", ERR_PROTECTED, NULL, "no device shuts it out"},
	{VERB_BAN, "addr=fe80::1", ERR_OK, "ban fe80::1", NULL},
	{VERB_BAN, "addr=255.255.255.255", ERR_PROTECTED, NULL, "no device shuts it out"},
	{VERB_BAN, "addr=239.1.1.1", ERR_PROTECTED, NULL, "no device shuts it out"},
	{VERB_BAN, "", ERR_INVALID, NULL, "ban needs addr"},
	{VERB_BAN, "addr=192.0.2.1 duration=31d", ERR_INVALID, NULL, "at most 30 days"},
	{VERB_BAN, "addr=192.0.2.1 account=x", ERR_INVALID, NULL, "ban takes no account"},
	{VERB_UNBAN, "addr=127.0.0.1", ERR_OK, "unban 127.0.0.1", NULL},
	{VERB_UNBAN, "addr=192.0.2.1 duration=5", ERR_INVALID, NULL, "unban takes no duration_s"},
	{VERB_RESET, "account=alice", ERR_OK, "reset alice", NULL},
	{VERB_RESET, "account=_svc-1.x", ERR_OK, "reset _svc-1.x", NULL},
	{VERB_LOGOUT, "account=machine$", ERR_OK, "logout machine$", NULL},
	{VERB_LOGOUT, "account=a:b", ERR_INVALID, NULL, "is not an account's name"},
	{VERB_LOGOUT, "account=-a", ERR_INVALID, NULL, "is not an account's name"},
	{VERB_LOGOUT, "account=../a", ERR_INVALID, NULL, "is not an account's name"},
	{VERB_LOGOUT, "", ERR_INVALID, NULL, "logout needs account"},
	{VERB_KILL, "pid=4711 start_ticks=99", ERR_OK, "kill 4711 start_ticks=99", NULL},
	{VERB_KILL, "pid=1", ERR_PROTECTED, NULL, "never touched"},
	{VERB_KILL, "", ERR_INVALID, NULL, "kill needs one of pid, path."},
	{VERB_SUSPEND, "pid=4711 tree=yes", ERR_OK, "suspend 4711 tree=yes", NULL},
	{VERB_SUSPEND, "pid=4711 start_ticks=99 duration=2h tree=yes", ERR_OK,
	 "suspend 4711 for 7200 s start_ticks=99 tree=yes", NULL},
	{VERB_SUSPEND, "pid=4711 tree=no", ERR_OK, "suspend 4711", NULL},
	{VERB_SUSPEND, "pid=1 tree=yes", ERR_PROTECTED, NULL, "never touched"},
	{VERB_SUSPEND, "tree=yes", ERR_INVALID, NULL, "suspend needs pid"},
	{VERB_KILL, "pid=4711 tree=yes", ERR_OK, "kill 4711 tree=yes", NULL},
	{VERB_RESUME, "pid=4711 start_ticks=99", ERR_OK, "resume 4711 start_ticks=99", NULL},
	{VERB_RESUME, "pid=4711 duration=5", ERR_INVALID, NULL, "resume takes no duration_s"},
	{VERB_LOCK, "account=alice", ERR_OK, "lock alice", NULL},
	{VERB_LOCK, "account=alice duration=2h last_way=yes", ERR_OK, "lock alice for 7200 s last_way=yes", NULL},
	{VERB_LOCK, "account=alice duration=forever", ERR_OK, "lock alice without end", NULL},
	{VERB_LOCK, "account=alice duration=31d", ERR_INVALID, NULL, "duration_s is at most 30 days"},
	{VERB_LOCK, "duration=2h", ERR_INVALID, NULL, "lock needs account"},
	{VERB_RESET, "account=alice hash=$6$saltsalt$digest", ERR_OK, "reset alice hash=given", NULL},
	{VERB_RESET, "account=alice hash=!", ERR_INVALID, NULL, "hash is none of crypt(5)"},
	{VERB_RESET, "account=alice hash=$6$a:0", ERR_INVALID, NULL, "hash is none of crypt(5)"},
	{VERB_RESET, "name=web", ERR_OK, "reset web", NULL},
	{VERB_RESET, "account=alice name=web", ERR_INVALID, NULL, "reset needs one of account, name, not several."},
	{VERB_RESET, "name=web hash=$6$saltsalt$digest", ERR_INVALID, NULL, "hash is of an account"},
	{VERB_RESET, "", ERR_INVALID, NULL, "reset needs one of account, name."},
	{VERB_LOCK, "account=alice hash=$6$saltsalt$digest", ERR_INVALID, NULL, "lock takes no hash"},
	{VERB_UNLOCK, "account=alice", ERR_OK, "unlock alice", NULL},
	{VERB_UNLOCK, "account=alice duration=5", ERR_INVALID, NULL, "unlock takes no duration_s"},
	{VERB_BAN, "addr=198.51.100.7 duration=forever", ERR_INVALID, NULL, "ban has to end"},
	{VERB_ISOLATE, "", ERR_OK, "isolate", NULL},
	{VERB_ISOLATE, "duration=1h lease=300s allow=198.51.100.0/24,2001:db8::/64 dns=yes dhcp=true", ERR_OK,
	 "isolate for 3600 s lease_s=300 allow=198.51.100.0/24,2001:db8::/64 dns=yes dhcp=yes", NULL},
	{VERB_ISOLATE, "dns=no dhcp=false", ERR_OK, "isolate", NULL},
	{VERB_ISOLATE, "duration=forever", ERR_OK, "isolate without end", NULL},
	{VERB_ISOLATE, "lease=299s", ERR_INVALID, NULL, "is from 300 s to 30 days"},
	{VERB_ISOLATE, "lease=31d", ERR_INVALID, NULL, "is from 300 s to 30 days"},
	{VERB_ISOLATE, "tree=yes", ERR_INVALID, NULL, "isolate takes no tree"},
	{VERB_BAN, "addr=192.0.2.1 allow=192.0.2.2", ERR_INVALID, NULL, "ban takes no allow"},
	{VERB_RELEASE, "", ERR_OK, "release", NULL},
	{VERB_CUT, "addr=198.51.100.0/24", ERR_OK, "cut 198.51.100.0/24", NULL},
	{VERB_COLLECT, "path=/etc/hosts clear=yes", ERR_OK, "collect path=/etc/hosts clear=yes", NULL},
	{VERB_CUT, "account=alice include_me=yes", ERR_OK, "cut alice include_me=yes", NULL},
	{VERB_CUT, "pid=4711 start_ticks=99", ERR_OK, "cut 4711 start_ticks=99", NULL},
	{VERB_CUT, "", ERR_INVALID, NULL, "cut needs one of addr, account, pid."},
	{VERB_CUT, "include_me=yes", ERR_INVALID, NULL, "cut needs one of addr, account, pid."},
	{VERB_CUT, "addr=198.51.100.7 pid=4711", ERR_INVALID, NULL, "not several"},
	{VERB_CUT, "addr=198.51.100.7 start_ticks=99", ERR_INVALID, NULL, "start_ticks is of a pid"},
	{VERB_CUT, "addr=0.0.0.0/0", ERR_PROTECTED, NULL, "no device shuts it out"},
	{VERB_CUT, "addr=127.0.0.1", ERR_PROTECTED, NULL, "no device shuts it out"},
	{VERB_CUT, "pid=1", ERR_PROTECTED, NULL, "never touched"},
	{VERB_LIMIT, "addr=198.51.100.0/24 rate=20 duration=1h", ERR_OK, "limit 198.51.100.0/24 for 3600 s rate=20",
	 NULL},
	{VERB_LIMIT, "addr=198.51.100.7", ERR_INVALID, NULL, "limit needs rate"},
	{VERB_LIMIT, "addr=198.51.100.7 rate=0", ERR_INVALID, NULL, "limit needs rate"},
	{VERB_LIMIT, "addr=198.51.100.7 rate=1000001", ERR_INVALID, NULL, "rate is at most 1000000 packets a second"},
	{VERB_LIMIT, "addr=198.51.100.7 rate=1 duration=forever", ERR_INVALID, NULL, "limit has to end"},
	{VERB_LIMIT, "addr=0.0.0.0/0 rate=1", ERR_PROTECTED, NULL, "no device shuts it out"},
	{VERB_UNLIMIT, "addr=198.51.100.7", ERR_OK, "unlimit 198.51.100.7", NULL},
	{VERB_UNLIMIT, "addr=198.51.100.7 rate=5", ERR_INVALID, NULL, "unlimit takes no rate"},
	{VERB_QUARANTINE, "path=/var/tmp/.x", ERR_OK, "quarantine /var/tmp/.x", NULL},
	{VERB_RESTORE, "path=/x", ERR_OK, "restore /x", NULL},
	{VERB_QUARANTINE, "", ERR_INVALID, NULL, "quarantine needs path"},
	{VERB_QUARANTINE, "path=x", ERR_INVALID, NULL, "path is not an absolute one"},
	{VERB_QUARANTINE, "path=/", ERR_INVALID, NULL, "path is not an absolute one"},
	{VERB_QUARANTINE, "path=/a/../b", ERR_INVALID, NULL, "path is not an absolute one"},
	{VERB_QUARANTINE, "path=/a/./b", ERR_INVALID, NULL, "path is not an absolute one"},
	{VERB_QUARANTINE, "path=/a//b", ERR_INVALID, NULL, "path is not an absolute one"},
	{VERB_QUARANTINE, "path=/a/", ERR_INVALID, NULL, "path is not an absolute one"},
	{VERB_QUARANTINE, "path=/a\nb", ERR_INVALID, NULL, "path is not an absolute one"},
	{VERB_KILL, "path=/tmp/x", ERR_OK, "kill /tmp/x", NULL},
	{VERB_KILL, "path=x", ERR_INVALID, NULL, "path is not an absolute one"},
	{VERB_KILL, "path=/tmp/x start_ticks=9", ERR_INVALID, NULL, "start_ticks is of a pid"},
	{VERB_KILL, "pid=7 path=/x", ERR_INVALID, NULL, "not several"},
	{VERB_SUSPEND, "pid=7 path=/x", ERR_INVALID, NULL, "suspend takes no path"},
	{VERB_HOOK, "name=restart-web", ERR_OK, "hook restart-web", NULL},
	{VERB_HOOK, "name=api_token@1.2 addr=198.51.100.7 account=alice", ERR_OK,
	 "hook api_token@1.2 addr=198.51.100.7 account=alice", NULL},
	{VERB_HOOK, "addr=198.51.100.7", ERR_INVALID, NULL, "hook needs name"},
	{VERB_HOOK, "name=x pid=7", ERR_INVALID, NULL, "hook takes no pid"},
	{VERB_HOOK, "name=-c", ERR_INVALID, NULL, "-c is not a name"},
	{VERB_HOOK, "name=.x", ERR_INVALID, NULL, "is not a name"},
	{VERB_HOOK, "name=../x", ERR_INVALID, NULL, "is not a name"},
	{VERB_HOOK, "name=a/b", ERR_INVALID, NULL, "a/b is not a name"},
	{VERB_HOOK, "name=a;b", ERR_INVALID, NULL, "is not a name"},
	{VERB_HOOK, "name=a\tb", ERR_INVALID, NULL, "is not a name"},
	{VERB_KILL, "pid=7 name=x", ERR_INVALID, NULL, "kill takes no name"},
	{VERB_STOP, "name=telnetd duration=2h", ERR_OK, "stop telnetd for 7200 s", NULL},
	{VERB_STOP, "name=sshd duration=forever last_way=yes", ERR_OK, "stop sshd without end last_way=yes", NULL},
	{VERB_START, "name=telnetd duration=2h", ERR_INVALID, NULL, "start takes no duration_s"},
	{VERB_DISABLE, "name=telnetd duration=2h", ERR_INVALID, NULL, "disable takes no duration_s"},
	{VERB_DISABLE, "", ERR_INVALID, NULL, "disable needs name"},
	{VERB_ENABLE, "name=telnetd", ERR_OK, "enable telnetd", NULL},
	{VERB_REBOOT, "", ERR_OK, "reboot", NULL},
	{VERB_REBOOT, "duration=2h", ERR_INVALID, NULL, "reboot takes no duration_s"},
	{VERB_NONE, "", ERR_UNSUPPORTED, NULL, "There is no verb 0; try ban, "},
	{VERB_MAX, "", ERR_UNSUPPORTED, NULL, "There is no verb"},
};

static struct verb_args args_of(uint16_t verb, const char *text)
{
	struct verb_args args;
	struct str rest = str_from(text);
	char why[VERB_WHY_MAX];

	memset(&args, 0, sizeof(args));
	args.verb = verb;
	while (!str_empty(rest)) {
		struct str value = str_cut(&rest, ' '), name = str_cut(&value, '=');
		const struct verb_param *p = verb_param_find(name);

		assert_non_null(p);
		assert_int_equal(verb_arg_set(&args, p, value, why), ERR_OK);
	}
	return args;
}

static void verb_arguments_are_judged_and_described(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *s = &samples[i];
		struct verb_args args = args_of(s->verb, s->args);
		char why[VERB_WHY_MAX] = "", text[VERB_DESCRIBE_MAX];
		struct buf b = buf_over(text, sizeof(text) - 1);

		assert_int_equal(verb_args_check(&args, why), s->err);
		if (s->err) {
			assert_non_null(strstr(why, s->why));
			assert_int_equal(why[strlen(why) - 1], '.');
			continue;
		}
		verb_describe(&b, &args);
		text[b.len] = 0;
		assert_string_equal(text, s->said);
	}
}

static void verb_arguments_keep_their_value_through_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct verb_args args = args_of(samples[i].verb, samples[i].args), back = {.verb = args.verb};
		uint8_t bytes[VERB_BYTES_MAX + 1];
		struct buf b = buf_over(bytes, sizeof(bytes));
		struct view v;
		char why[VERB_WHY_MAX];

		if (samples[i].err)
			continue;
		verb_args_encode(&b, &args);
		v = view_over(b.data, b.len);
		assert_int_equal(verb_args_decode(&v, &back, why), ERR_OK);
		assert_int_equal(v.len, 0);
		assert_memory_equal(&back.addr, &args.addr, sizeof(args.addr));
		assert_string_equal(back.account, args.account);
		assert_int_equal(back.duration_s, args.duration_s);
		assert_int_equal(back.pid, args.pid);
		assert_int_equal(back.start_ticks, args.start_ticks);
		assert_int_equal(back.tree, args.tree);
		assert_int_equal(back.lease_s, args.lease_s);
		assert_memory_equal(&back.allow, &args.allow, sizeof(args.allow));
		assert_int_equal(back.dns, args.dns);
		assert_int_equal(back.dhcp, args.dhcp);
		assert_int_equal(back.include_me, args.include_me);
		assert_int_equal(back.rate, args.rate);
		assert_string_equal(back.path, args.path);
		assert_int_equal(back.clear, args.clear);
		assert_string_equal(back.name, args.name);
		for (size_t cut = 0; cut < b.len; cut++) {
			v = view_over(b.data, cut);
			back.verb = args.verb;
			assert_int_equal(verb_args_decode(&v, &back, why), ERR_TRUNCATED);
		}
	}
}

#define NET "\4\40\300\0\2\1"
#define NINE_NETS "\1\11\66" NET NET NET NET NET NET NET NET NET

static void verb_arguments_unknown_doubled_or_misshapen_are_refused_by_name(void **state)
{
	static const struct {
		uint16_t verb;
		const char *bytes;
		size_t len;
		const char *why;
	} bad[] = {
		{VERB_KILL, "\1\77\0", 3, "argument 63 is not known"},
		{VERB_KILL, "\1\3\1a", 4, "argument account is not known"},
		{VERB_KILL, "\2\4\4\0\0\0\7\4\4\0\0\0\7", 13, "argument pid is there twice"},
		{VERB_BAN, "\2\2\4\0\0\0\7\1\6\4\40\300\0\2\1", 15, "argument addr is out of order"},
		{VERB_KILL, "\1\4\3\0\0\7", 6, "argument pid has a value of a wrong form"},
		{VERB_KILL, "\1\4\5\0\0\0\0\7", 8, "argument pid has a value of a wrong form"},
		{VERB_KILL, "\1\4\4\0\0\0\0", 7, "argument pid has a value of a wrong form"},
		{VERB_BAN, "\1\1\6\5\40\300\0\2\1", 9, "argument addr has a value of a wrong form"},
		/* Networks: of no family, cut off, one more than a list holds, none at all. */
		{VERB_ISOLATE, "\1\11\6\5\40\300\0\2\1", 9, "argument allow has a value of a wrong form"},
		{VERB_ISOLATE, "\1\11\5\4\40\300\0\2", 8, "argument allow has a value of a wrong form"},
		{VERB_ISOLATE, NINE_NETS, sizeof(NINE_NETS) - 1, "argument allow has a value of a wrong form"},
		{VERB_ISOLATE, "\1\11\0", 3, "argument allow has a value of a wrong form"},
		{VERB_ISOLATE, "\1\12\1\0", 4, "argument dns has a value of a wrong form"},
		{VERB_RESET, "\1\3\2a\0", 5, "argument account has a value of a wrong form"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct verb_args args = {.verb = bad[i].verb};
		struct view v = view_over(bad[i].bytes, bad[i].len);
		char why[VERB_WHY_MAX] = "";

		assert_int_equal(verb_args_decode(&v, &args, why), ERR_INVALID);
		assert_non_null(strstr(why, bad[i].why));
	}
}

static void verb_values_of_a_wrong_form_leave_the_arguments_alone(void **state)
{
	static const struct {
		unsigned tag;
		const char *text, *why;
	} bad[] = {
		{VERB_ADDR, "fleet.example", "'fleet.example' is not an IPv4 or IPv6 address"},
		{VERB_DURATION, "10 min", "is not a time"},
		{VERB_DURATION, "99999999d", "is not a time"},
		{VERB_DURATION, "h", "is not a time"},
		{VERB_PID, "-4", "is not a process id"},
		{VERB_PID, "4294967296", "is not a process id"},
		{VERB_ALLOW, "192.0.2.1,gate", "'gate' is not an IPv4 or IPv6 address"},
		{VERB_ALLOW, "192.0.2.1,,192.0.2.2", "is not an IPv4 or IPv6 address"},
		{VERB_ALLOW, "1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4,5.5.5.5,6.6.6.6,7.7.7.7,8.8.8.8,9.9.9.9",
		 "A list holds at most 8 networks."},
		{VERB_DNS, "maybe", "is neither yes nor no"},
		{VERB_TICKS, "soon", "is not a number"},
		{VERB_NAME, "a123456789b123456789c123456789d123456789e1234567", "longer than the 47 bytes of a name"},
		{VERB_ACCOUNT, "a123456789b123456789c123456789d123456789", "longer than an account"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct verb_args args = {.verb = VERB_BAN}, before = args;
		char why[VERB_WHY_MAX] = "";

		assert_int_not_equal(verb_arg_set(&args, verb_param(bad[i].tag), str_from(bad[i].text), why), ERR_OK);
		assert_non_null(strstr(why, bad[i].why));
		assert_memory_equal(&args, &before, sizeof(args));
	}
	assert_null(verb_param_find(STR("address")));
	assert_null(verb_param(0));
	assert_null(verb_param(VERB_PARAM_MAX));
}

static void verb_lists_of_networks_are_clean_and_counted(void **state)
{
	struct verb_args args = args_of(VERB_ISOLATE, "allow=192.0.2.0/24"), bad;

	(void)state;
	assert_true(verb_args_valid(&args));
	bad = args;
	bad.allow.count = VERB_NETS_MAX + 1;
	assert_false(verb_args_valid(&bad));
	/* A bit behind the prefix; something behind the last one. */
	bad = args;
	bad.allow.list[0].bytes[3] = 1;
	assert_false(verb_args_valid(&bad));
	bad = args;
	bad.allow.list[1].bytes[0] = 1;
	assert_false(verb_args_valid(&bad));
	bad = args;
	bad.dns = 2;
	assert_false(verb_args_valid(&bad));
}

/* As a captured core may send them: what is refused can be shown and encoded all the same. */
static void verb_arguments_that_make_no_sense_are_cleared(void **state)
{
	uint8_t bytes[VERB_BYTES_MAX + 1];
	struct buf b = buf_over(bytes, sizeof(bytes));
	struct verb_args args;

	(void)state;
	memset(&args, 0xff, sizeof(args));
	args.verb = VERB_ISOLATE;
	verb_args_purge(&args);
	assert_int_equal(args.verb, VERB_ISOLATE);
	assert_true(args.allow.count == 0 && args.path[0] == '\0' && args.account[0] == '\0' && args.dns == 0);
	assert_true(verb_args_valid(&args));
	verb_args_encode(&b, &args);
	assert_false(b.overflow);
	/* What has a sense stays, for the receipt. */
	args = args_of(VERB_QUARANTINE, "path=/var/tmp/x pid=7");
	assert_false(verb_args_valid(&args));
	verb_args_purge(&args);
	assert_string_equal(args.path, "/var/tmp/x");
	assert_true(verb_args_valid(&args));
	memset(&args, 0xff, sizeof(args));
	verb_args_purge(&args);
	assert_true(args.pid == 0 && args.addr.family == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verb_names_and_numbers_agree),
		cmocka_unit_test(verb_ban_takes_a_clean_prefix),
		cmocka_unit_test(verb_ban_has_a_longest_duration),
		cmocka_unit_test(verb_account_names_cannot_be_paths_or_options),
		cmocka_unit_test(verb_account_without_an_end_is_refused),
		cmocka_unit_test(verb_unused_fields_are_zero),
		cmocka_unit_test(verb_arguments_are_judged_and_described),
		cmocka_unit_test(verb_arguments_keep_their_value_through_bytes),
		cmocka_unit_test(verb_arguments_unknown_doubled_or_misshapen_are_refused_by_name),
		cmocka_unit_test(verb_values_of_a_wrong_form_leave_the_arguments_alone),
		cmocka_unit_test(verb_arguments_that_make_no_sense_are_cleared),
		cmocka_unit_test(verb_lists_of_networks_are_clean_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
