/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packet-filter policies by a confined actor: on trial, kept, rolled back, lifted, put back, over its death; by
 * nf_tables and by iptables. Skipped where such an actor is not permitted.
 */
#include "agent/actor/sys/filter_file.h"
#include "agent/actor/sys/netfilter_filter.h"
#include "agent/base/require.h"
#include "agent/common/policy_files.h"
#include "tests/unit/agent/actor/guard.h"
#include "tests/unit/ip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define GUARD_UID 65534

static const struct verb_args policy = {.verb = VERB_POLICY}, lifting = {.verb = VERB_LIFT};
static const struct addr service = {4, 32, {192, 0, 2, 5}};
static struct guard guard;
static struct netfilter filter;
static struct key_der order_key;
static bool possible;

static int prepare(void **state)
{
	(void)state;
	possible = guard_prepare(&guard);
	if (!possible)
		return 0;
	guard_trust(&guard, &order_key);
	require(netfilter_open(&filter, false) == ERR_OK && ip_run("link set lo up"));
	return 0;
}

static int prepare_iptables(void **state)
{
	(void)state;
	possible = guard_prepare(&guard) && guard_by_iptables(&guard, &filter);
	if (!possible)
		return 0;
	guard_trust(&guard, &order_key);
	require(ip_run("link set lo up"));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (possible)
		netfilter_close(&filter);
	return guard_tear_down(&guard, NULL);
}

static void within_a_second(struct settings *s)
{
	s->confirm_s = 1;
}

static void within_a_minute(struct settings *s)
{
	s->confirm_s = 60;
}

static void with_a_service(struct settings *s)
{
	memcpy(s->server_host, "192.0.2.5", 10);
	s->server_port = 4343;
	s->confirm_s = 1;
}

static void start(void (*adjust)(struct settings *s))
{
	if (!possible)
		skip();
	guard.adjust = adjust;
	guard_start(&guard);
}

/* Only one TCP port is let in. */
static struct filter only(uint16_t port)
{
	struct filter f;

	memset(&f, 0, sizeof(f));
	f.drops[FILTER_IN] = true;
	f.port_lists = 1;
	f.ports_of[0] = (struct filter_list){0, 1};
	f.ranges[0] = (struct filter_range){port, port};
	f.grant_count = 1;
	f.grants[0] = (struct filter_grant){FILTER_IN, FILTER_TCP, 1, 0, 0};
	return f;
}

static void put(const char *dir, const char *name, struct str bytes)
{
	char path[160];
	int fd;

	snprintf(path, sizeof(path), "%s/state/%s", guard.dir, dir);
	require(mkdir(path, 0755) == 0 || errno == EEXIST);
	snprintf(path, sizeof(path), "%s/state/%s/%s", guard.dir, dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	require(fd >= 0 && write(fd, bytes.data, bytes.len) == (ssize_t)bytes.len);
	close(fd);
}

static void put_policy(const char *dir, const char *name, const struct filter *f)
{
	uint8_t bytes[FILTER_BYTES_MAX];
	struct buf b = buf_over(bytes, sizeof(bytes));

	filter_encode(&b, f);
	put(dir, name, buf_str(&b));
}

static void assert_says(const struct actor_receipt *r, uint8_t result, const char *text)
{
	assert_non_null(r);
	if (!strstr(r->text, text))
		fail_msg("\"%s\" is not in \"%s\"", text, r->text);
	assert_int_equal(r->result, result);
	assert_int_equal(r->verified, result == RECEIPT_DONE || result == RECEIPT_ALREADY);
}

/* What root asks for at the command line. */
static void local(struct str words, uint8_t result, const char *text)
{
	put("actor", POLICY_FILES_ASKED, words);
	assert_says(guard_act(&guard, &policy, ORIGIN_LOCAL), result, text);
}

static void local_policy(const struct filter *f, uint8_t result, const char *text)
{
	put_policy("actor", POLICY_FILES_ASKED, f);
	assert_says(guard_act(&guard, &policy, ORIGIN_LOCAL), result, text);
}

static void by_order(const struct verb_args *args, uint8_t result, const char *text)
{
	struct order o = guard_order_of(args);

	assert_says(guard_order(&guard, &o, &order_key), result, text);
}

static void wait_for(uint8_t result, const char *text)
{
	while (guard_wait(&guard, ACTOR_RECEIPT))
		if (guard.message.receipt.result == result)
			break;
	assert_int_equal(guard.message.receipt.result, result);
	if (!strstr(guard.message.receipt.text, text))
		fail_msg("\"%s\" is not in \"%s\"", text, guard.message.receipt.text);
}

/* Whether exactly this policy is in force; NULL: whether none is. The guard may be at it. */
static bool in_force(const struct filter *f, bool has_service)
{
	static const struct filter none;
	const struct nft_filter x = {.policy = f ? f : &none,
				     .service = &service,
				     .service_count = has_service,
				     .service_port = has_service ? 4343 : 0,
				     .guard_uid = GUARD_UID,
				     .log_group = 4848};

	for (unsigned ms = 0; ms < 2000; ms++) {
		if (netfilter_filter_check(&filter, &x) == (f ? ERR_OK : ERR_NOT_FOUND))
			return true;
		(void)usleep(1000);
	}
	return false;
}

static void what_root_confirms_is_kept_and_what_not_goes_back(void **state)
{
	const struct filter ssh = only(22), web = only(80);

	(void)state;
	start(within_a_second);
	local_policy(&ssh, RECEIPT_DONE, "it ends in 1 s unless root confirms it");
	assert_true(in_force(&ssh, false));
	local(STR("confirm"), RECEIPT_DONE, "is kept");
	local(STR("confirm"), RECEIPT_ALREADY, "is kept");
	local_policy(&ssh, RECEIPT_ALREADY, "in force already");
	/* Another one that nobody confirms. */
	local_policy(&web, RECEIPT_DONE, "packet-filter policy in force");
	assert_true(in_force(&web, false));
	wait_for(RECEIPT_REVERTED, "the packet-filter policy before it is in force again");
	/* Who keeps a list of what is in force hears that there is one. */
	wait_for(RECEIPT_RESTORED, "the packet-filter policy before it is in force again");
	assert_true(in_force(&ssh, false));
	local(STR("lift"), RECEIPT_DONE, "no packet-filter policy is in force any more");
	assert_true(in_force(NULL, false));
	local(STR("lift"), RECEIPT_ALREADY, "no packet-filter policy was in force");
}

static void the_first_one_that_nobody_confirms_leaves_none(void **state)
{
	const struct filter ssh = only(22);

	(void)state;
	start(within_a_second);
	local_policy(&ssh, RECEIPT_DONE, "packet-filter policy in force");
	wait_for(RECEIPT_REVERTED, "no packet-filter policy is in force");
	assert_true(in_force(NULL, false));
	local(STR("confirm"), RECEIPT_FAILED, "a trial may be over");
}

/* A core cannot make one, nor repeat what root asked for. */
static void without_roots_file_nothing_is_done(void **state)
{
	const struct filter ssh = only(22);

	(void)state;
	start(within_a_second);
	assert_says(guard_act(&guard, &policy, ORIGIN_LOCAL), RECEIPT_REFUSED, "root has asked for none");
	local_policy(&ssh, RECEIPT_DONE, "packet-filter policy in force");
	assert_says(guard_act(&guard, &policy, ORIGIN_LOCAL), RECEIPT_REFUSED, "root has asked for none");
	assert_says(guard_act(&guard, &lifting, ORIGIN_LOCAL), RECEIPT_REFUSED, "only a signed order");
	local(STR("CTF1"), RECEIPT_REFUSED, "ends before it is complete");
	local(STR("rubbish"), RECEIPT_REFUSED, "no packet-filter policy of this version");
	assert_true(in_force(&ssh, false));
}

static void a_decoy_that_is_none_here_is_refused(void **state)
{
	struct filter f = only(22);

	(void)state;
	f.decoy_count = 1;
	f.decoys[0] = 23;
	start(within_a_second);
	local_policy(&f, RECEIPT_REFUSED, "add it to [firewall] decoy");
	assert_true(in_force(NULL, false));
}

static void an_order_puts_what_was_sent_in_force_until_the_service_is_heard(void **state)
{
	const struct actor_header heard = {MESSAGE_VERSION, ACTOR_HEARD, sizeof(heard), 3};
	const struct filter f = only(22);

	(void)state;
	start(with_a_service);
	by_order(&policy, RECEIPT_REFUSED, "none was sent");
	put("objects/policy", "x", STR("x"));
	put_policy("objects/policy", "filter", &f);
	by_order(&policy, RECEIPT_DONE, "unless the service is heard through it");
	assert_true(in_force(&f, true));
	wait_for(RECEIPT_REVERTED, "no packet-filter policy is in force");
	assert_true(in_force(NULL, false));
	by_order(&policy, RECEIPT_DONE, "unless the service is heard through it");
	assert_int_equal(send(guard.socket, &heard, sizeof(heard), MSG_NOSIGNAL), sizeof(heard));
	wait_for(RECEIPT_DONE, "it is kept");
	/* Nothing is told of its end, for longer than it would have had. */
	while (guard_next(&guard))
		assert_false(guard.message.header.type == ACTOR_RECEIPT);
	assert_true(in_force(&f, true));
	by_order(&lifting, RECEIPT_DONE, "no packet-filter policy is in force any more");
	assert_true(in_force(NULL, false));
}

static void flush(void)
{
	require(netfilter_filter_clear(&filter) == ERR_OK);
}

static void what_somebody_flushes_is_put_back_and_told_of(void **state)
{
	const struct filter ssh = only(22);

	(void)state;
	start(within_a_second);
	local_policy(&ssh, RECEIPT_DONE, "packet-filter policy in force");
	local(STR("confirm"), RECEIPT_DONE, "is kept");
	flush();
	wait_for(RECEIPT_RESTORED, "put back with 1 of 1 effects missing");
	assert_true(in_force(&ssh, false));
	/* And what is taken away while no guard runs, as a reboot does. */
	guard_kill(&guard);
	flush();
	guard_start(&guard);
	assert_true(in_force(&ssh, false));
}

static void a_trial_ends_over_the_guards_death_too(void **state)
{
	const struct filter ssh = only(22), web = only(80);

	(void)state;
	start(within_a_second);
	local_policy(&ssh, RECEIPT_DONE, "packet-filter policy in force");
	local(STR("confirm"), RECEIPT_DONE, "is kept");
	local_policy(&web, RECEIPT_DONE, "packet-filter policy in force");
	guard_kill(&guard);
	assert_true(in_force(&web, false));
	guard_start(&guard);
	assert_true(in_force(&ssh, false));
}

/* Longer than a trial of a second, and than the ledger's ticks. */
static void down_for_longer(void)
{
	guard_kill(&guard);
	(void)usleep(1500000);
	guard_start(&guard);
}

static void a_trial_that_is_over_while_the_guard_is_down_goes_back_and_is_told_of(void **state)
{
	const struct filter ssh = only(22), web = only(80);

	(void)state;
	start(within_a_second);
	local_policy(&web, RECEIPT_DONE, "packet-filter policy in force");
	down_for_longer();
	wait_for(RECEIPT_REVERTED, "its time is over; no packet-filter policy is in force");
	assert_true(in_force(NULL, false));
	local(STR("confirm"), RECEIPT_FAILED, "a trial may be over");
	local_policy(&ssh, RECEIPT_DONE, "packet-filter policy in force");
	local(STR("confirm"), RECEIPT_DONE, "is kept");
	local_policy(&web, RECEIPT_DONE, "packet-filter policy in force");
	down_for_longer();
	wait_for(RECEIPT_REVERTED, "the packet-filter policy before it is in force again");
	assert_true(in_force(&ssh, false));
	/* Once: the next start knows of no trial. */
	guard_kill(&guard);
	guard_start(&guard);
	while (guard_next(&guard))
		assert_false(guard.message.header.type == ACTOR_RECEIPT &&
			     guard.message.receipt.result == RECEIPT_REVERTED);
	assert_true(in_force(&ssh, false));
}

/* Nobody heard the service through it, and nobody could. */
static void an_orders_trial_that_is_over_while_the_guard_is_down_goes_back(void **state)
{
	const struct filter f = only(22);

	(void)state;
	start(with_a_service);
	put_policy("objects/policy", "filter", &f);
	by_order(&policy, RECEIPT_DONE, "unless the service is heard through it");
	down_for_longer();
	wait_for(RECEIPT_REVERTED, "no packet-filter policy is in force");
	assert_true(in_force(NULL, true));
}

/* Whether the ledger's file may grow. A policy's file is shorter than it is. */
static void let_journal_grow(bool may)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
	char path[160];
	struct stat st;

	snprintf(path, sizeof(path), "%s/state/actor/journal", guard.dir);
	require(stat(path, &st) == 0);
	if (!may)
		limit.rlim_cur = (rlim_t)st.st_size;
	require(prlimit(guard.pid, RLIMIT_FSIZE, &limit, NULL) == 0);
}

static void a_trial_that_the_ledger_cannot_have_leaves_the_one_before(void **state)
{
	const struct filter ssh = only(22), web = only(80);

	(void)state;
	require(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	start(within_a_minute);
	local_policy(&ssh, RECEIPT_DONE, "packet-filter policy in force");
	let_journal_grow(false);
	local_policy(&web, RECEIPT_FAILED, "the undo record could not be written");
	let_journal_grow(true);
	assert_true(in_force(&ssh, false));
	local(STR("confirm"), RECEIPT_DONE, "is kept");
	guard_kill(&guard);
	flush();
	guard_start(&guard);
	assert_true(in_force(&ssh, false));
}

static void one_that_no_ledger_knows_is_ended(void **state)
{
	const struct filter ssh = only(22);
	const struct nft_filter x = {.policy = &ssh};

	(void)state;
	if (!possible)
		skip();
	require(netfilter_filter_set(&filter, &x) == ERR_OK);
	start(within_a_second);
	assert_true(in_force(NULL, false));
}

static bool can_connect(uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(0xc6336402)}};
	int served = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
	    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct timeval wait = {.tv_usec = 200000};
	bool good;

	require(served >= 0 && fd >= 0);
	require(bind(served, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(served, 1) == 0);
	require(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) == 0);
	good = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
	close(fd);
	close(served);
	return good;
}

/* What a machine says to itself is never filtered, even over another address. */
static void loopback_passes(void **state)
{
	const struct filter ssh = only(22);

	(void)state;
	start(within_a_second);
	require(ip_run("address add 198.51.100.2/24 dev lo"));
	local_policy(&ssh, RECEIPT_DONE, "packet-filter policy in force");
	assert_true(can_connect(8080));
}

#define TEST(f)                                                         \
	cmocka_unit_test_setup_teardown(f, prepare, tear_down),         \
	{                                                               \
#f " by iptables", f, prepare_iptables, tear_down, NULL \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_root_confirms_is_kept_and_what_not_goes_back),
		TEST(the_first_one_that_nobody_confirms_leaves_none),
		TEST(without_roots_file_nothing_is_done),
		TEST(a_decoy_that_is_none_here_is_refused),
		TEST(an_order_puts_what_was_sent_in_force_until_the_service_is_heard),
		TEST(what_somebody_flushes_is_put_back_and_told_of),
		TEST(a_trial_ends_over_the_guards_death_too),
		TEST(a_trial_that_is_over_while_the_guard_is_down_goes_back_and_is_told_of),
		TEST(an_orders_trial_that_is_over_while_the_guard_is_down_goes_back),
		TEST(a_trial_that_the_ledger_cannot_have_leaves_the_one_before),
		TEST(one_that_no_ledger_knows_is_ended),
		TEST(loopback_passes),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
