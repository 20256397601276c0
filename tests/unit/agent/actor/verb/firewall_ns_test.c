/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of the packet filter on a bare actor in a network of its own: what they say and keep when the kernel does
 * not do what it is asked, or somebody else changes the table. Skipped without the rights.
 */
#include "agent/actor/verb/firewall.h"

#include "agent/actor/sys/isolate.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/effect.h"
#include "agent/base/clock.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/bare.h"
#include "tests/unit/faults.h"
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
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVICE "192.0.2.50"

static const struct action_row *const rows[] = {&ban_row, &unban_row, &isolate_row, &isolate_release_row, NULL};
static struct nft other;
static union actor_message said;
static bool possible;

static struct addr addr_of(const char *text)
{
	struct addr a;

	require(addr_parse_prefix(str_from(text), &a) == ERR_OK);
	return a;
}

static void open_firewall(void)
{
	struct actor *a = &bare.actor;
	struct addr service = addr_of(SERVICE);

	bare_start(&bare);
	a->rows = rows;
	a->netfilter.nft->socket.fd = a->netfilter.nft->watch_fd = -1;
	a->settings.never_ban_count = 0;
	snprintf(a->settings.server_host, sizeof(a->settings.server_host), SERVICE);
	a->settings.server_port = 4343;
	rails_hosts_add(&a->rails_hosts, RAILS_SERVER, &service);
	firewall_means.open(a);
	connections_means.open(a);
}

static void close_firewall(void)
{
	nft_close(bare.actor.netfilter.nft);
	cut_close(&bare.actor.cut);
	bare_end(&bare);
}

static int set_up(void **state)
{
	(void)state;
	possible = geteuid() == 0 && unshare(CLONE_NEWNET) == 0 && nft_open(&other) == ERR_OK &&
		   nft_setup(&other) == ERR_OK;
	if (!possible)
		return 0;
	open_firewall();
	firewall_means.replayed(&bare.actor);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (!possible)
		return 0;
	close_firewall();
	nft_close(&other);
	return 0;
}

static const struct actor_receipt *act(const struct verb_args *args)
{
	bare_act(&bare, args);
	return bare_receipt(&bare, &said);
}

static const struct verb_args isolate = {.verb = VERB_ISOLATE}, release = {.verb = VERB_RELEASE};

static struct verb_args ban_of(uint16_t verb, const char *text)
{
	return (struct verb_args){.verb = verb, .addr = addr_of(text), .duration_s = 600};
}

static struct effect *in_force(const struct verb_args *args)
{
	return ledger_find(&bare.actor.ledger, args);
}

static bool is_banned(const char *text)
{
	struct addr a = addr_of(text);
	uint64_t left_ms;

	return nft_find(&other, &a, &left_ms) == ERR_OK;
}

static void says(const struct actor_receipt *r, uint8_t result, enum err err, const char *text)
{
	assert_non_null(r);
	assert_string_equal(r->text, text);
	assert_int_equal(r->result, result);
	assert_int_equal(r->err, err);
}

/* -- a kernel that does not do it -- */

static void isolation_that_the_kernel_refuses_is_none(void **state)
{
	struct actor *a = &bare.actor;

	(void)state;
	if (!possible)
		skip();
	nft_close(a->netfilter.nft);
	says(act(&isolate), RECEIPT_FAILED, ERR_IO,
	     "could not isolate this device: the kernel says: input/output error");
	assert_null(in_force(&isolate));
	a->journal.bytes = JOURNAL_BYTES_MAX;
	says(act(&isolate), RECEIPT_FAILED, ERR_FULL,
	     "could not isolate this device: the undo record could not be written: limit reached");
	assert_false(isolate_is_set(&other));
}

static void isolation_in_force_stays_when_the_kernel_refuses_another(void **state)
{
	struct verb_args wider = {.verb = VERB_ISOLATE, .dns = 1};
	struct actor *a = &bare.actor;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(act(&isolate)->result, RECEIPT_DONE);
	nft_close(a->netfilter.nft);
	assert_int_equal(act(&wider)->result, RECEIPT_FAILED);
	assert_non_null(in_force(&isolate));
	assert_true(isolate_is_set(&other));
	/* Nor is it said to be released. */
	says(act(&release), RECEIPT_FAILED, ERR_IO,
	     "could not release this device: the kernel says: input/output error");
	assert_non_null(in_force(&isolate));
	/* Nobody looks for it where there is no table. */
	a->firewall = ERR_UNSUPPORTED;
	firewall_recheck(a);
	assert_non_null(in_force(&isolate));
}

static void ban_that_the_kernel_refuses_is_none(void **state)
{
	struct verb_args args = ban_of(VERB_BAN, "198.51.100.7"), unban = ban_of(VERB_UNBAN, "198.51.100.7");
	struct actor *a = &bare.actor;

	(void)state;
	if (!possible)
		skip();
	nft_close(a->netfilter.nft);
	says(act(&args), RECEIPT_FAILED, ERR_IO, "could not ban 198.51.100.7: the kernel says: input/output error");
	assert_null(in_force(&args));
	/* One that is in the ledger stays, until the kernel has it no more. */
	assert_non_null(ledger_put(&a->ledger, &args));
	ledger_end_at(&a->ledger, in_force(&args), clock_mono_us() + SECOND_US);
	assert_int_equal(act(&args)->result, RECEIPT_FAILED);
	assert_non_null(in_force(&args));
	assert_int_equal(act(&unban)->result, RECEIPT_FAILED);
	assert_non_null(in_force(&args));
}

/* -- somebody else's changes -- */

static void element_that_somebody_removed_is_put_back_by_the_next_ban_of_it(void **state)
{
	struct verb_args args = ban_of(VERB_BAN, "198.51.100.7");

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	assert_int_equal(nft_remove(&other, &args.addr), ERR_OK);
	args.duration_s = 300;
	assert_int_equal(act(&args)->result, RECEIPT_RESTORED);
	assert_true(is_banned("198.51.100.7"));
	says(bare_receipt(&bare, &said), RECEIPT_ALREADY, ERR_OK,
	     "already banned: 198.51.100.7 for 10 min; read back from set ban4");
}

static void element_of_somebody_else_is_kept_to_its_end_or_made_longer(void **state)
{
	struct verb_args args = ban_of(VERB_BAN, "198.51.100.8");
	unsigned missing = 0;
	uint64_t left_ms;

	(void)state;
	if (!possible)
		skip();
	/* Adopted, because it is in our set. */
	assert_int_equal(nft_add(&other, &args.addr, 60000, false), ERR_OK);
	assert_int_equal(ban_row.reconcile(&bare.actor, &missing), ERR_OK);
	assert_non_null(in_force(&args));
	assert_int_equal(missing, 0);
	assert_true(ledger_end_us(in_force(&args)) <= clock_mono_us() + 61 * SECOND_US);
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	assert_int_equal(nft_find(&other, &args.addr, &left_ms), ERR_OK);
	assert_true(left_ms > 500000);
}

static void table_that_somebody_keeps_changing_is_put_back_more_slowly(void **state)
{
	struct verb_args args = ban_of(VERB_BAN, "198.51.100.7"), more = ban_of(VERB_BAN, "198.51.100.8");
	struct actor *a = &bare.actor;
	unsigned times = 0;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	assert_int_equal(act(&more)->result, RECEIPT_DONE);
	while (a->firewall == ERR_OK && times++ < 100) {
		assert_int_equal(nft_remove(&other, &args.addr), ERR_OK);
		firewall_watch(a);
	}
	assert_int_equal(a->firewall, ERR_BUSY);
	assert_int_equal(a->health.firewall, ERR_BUSY);
	while (bare_receipt(&bare, &said))
		times--;
	assert_int_equal(times, 1);
	/* Until then nothing is said to be banned. */
	more.addr.bytes[3] = 9;
	says(act(&more), RECEIPT_FAILED, ERR_BUSY,
	     "could not ban 198.51.100.9: no firewall table: in use by another program");
	assert_int_equal(nft_add(&other, &more.addr, 1000, false), ERR_OK);
	assert_int_equal(nft_remove(&other, &more.addr), ERR_OK);
	firewall_watch(a);
	assert_true(firewall_means.next_us(a) <= clock_mono_us() + 2 * SECOND_US);
	firewall_means.tick(a, clock_mono_us());
	assert_false(is_banned("198.51.100.7"));
	firewall_means.tick(a, clock_mono_us() + 3 * SECOND_US);
	assert_true(is_banned("198.51.100.7"));
	says(bare_receipt(&bare, &said), RECEIPT_RESTORED, ERR_OK,
	     "somebody changed the guard's nf_tables; put back with 1 of 2 effects missing");
	assert_int_equal(a->health.firewall, ERR_OK);
	assert_true(firewall_means.next_us(a) == INT64_MAX);
}

static void ban_that_a_rail_forbids_now_is_taken_back(void **state)
{
	struct verb_args args = ban_of(VERB_BAN, "198.51.100.7"), more = ban_of(VERB_BAN, "198.51.100.8");
	struct actor *a = &bare.actor;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	assert_int_equal(act(&more)->result, RECEIPT_DONE);
	rails_hosts_add(&a->rails_hosts, RAILS_GATEWAY, &args.addr);
	firewall_recheck(a);
	assert_null(in_force(&args));
	assert_false(is_banned("198.51.100.7"));
	assert_true(is_banned("198.51.100.8"));
	/* Without a table it is out of the ledger, and so not in the next one. */
	rails_hosts_add(&a->rails_hosts, RAILS_GATEWAY, &more.addr);
	a->firewall = ERR_BUSY;
	firewall_recheck(a);
	assert_null(in_force(&more));
}

/* -- what passes -- */

static bool is_reachable(void)
{
	return ip_run("link set lo up") && ip_run("addr add 192.0.2.1/32 dev lo") &&
	       ip_run("addr add 192.0.2.2/32 dev lo") && ip_run("addr add 192.0.2.3/32 dev lo");
}

static struct sockaddr_in socket_address(const char *text, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

	require(inet_pton(AF_INET, text, &a.sin_addr) == 1);
	return a;
}

/* A connection from 192.0.2.1 to that address: ends[0] is the client's. */
static void connect_to(const char *text, int ends[2])
{
	struct sockaddr_in from = socket_address("192.0.2.1", 0), to = socket_address(text, 4000);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	require(bind(listener, (struct sockaddr *)&to, sizeof(to)) == 0 && listen(listener, 1) == 0);
	require(bind(ends[0], (struct sockaddr *)&from, sizeof(from)) == 0);
	require(connect(ends[0], (struct sockaddr *)&to, sizeof(to)) == 0);
	ends[1] = accept(listener, NULL, NULL);
	require(ends[1] >= 0);
	close(listener);
}

static bool speaks(const int ends[2])
{
	char byte = 'x';

	return send(ends[0], &byte, 1, MSG_NOSIGNAL) == 1 && recv(ends[1], &byte, 1, MSG_DONTWAIT) == 1;
}

static void what_the_machine_says_to_itself_is_not_cut(void **state)
{
	struct actor *a = &bare.actor;
	struct addr own = addr_of("192.0.2.1"), second = addr_of("192.0.2.2"), gateway = addr_of("192.0.2.3");
	int within[2], away[2];
	const struct actor_receipt *r;

	(void)state;
	if (!possible || !is_reachable())
		skip();
	rails_hosts_add(&a->rails_hosts, RAILS_OWN, &own);
	rails_hosts_add(&a->rails_hosts, RAILS_GATEWAY, &gateway);
	rails_hosts_add(&a->rails_hosts, RAILS_OWN, &second);
	connect_to("192.0.2.2", within);
	connect_to("192.0.2.3", away);
	assert_true(speaks(within) && speaks(away));
	r = act(&isolate);
	assert_int_equal(r->result, RECEIPT_DONE);
	assert_int_equal(r->verified, 1);
	assert_true(r->count > 0);
	assert_non_null(strstr(r->text, " cut"));
	/* It is leased, although the order did not say so. */
	assert_int_equal(r->args.lease_s, 600);
	assert_true(speaks(within));
	assert_false(speaks(away));
	for (unsigned i = 0; i < 2; i++) {
		close(within[i]);
		close(away[i]);
	}
}

/* -- whatever call fails -- */

enum { BANNED = 1, BANNED_NET = 2, LIFTED = 4, ISOLATED = 8, RELEASED = 16 };

/* Asks for it; whether it is said to be so, and was read back. */
static bool is_done(const struct verb_args *args)
{
	const struct actor_receipt *r;
	bare_act(&bare, args);
	faults_hold();
	while ((r = bare_receipt(&bare, &said)) != NULL && r->args.verb != args->verb)
		continue;
	faults_begin();
	return r && r->verified && (r->result == RECEIPT_DONE || r->result == RECEIPT_ALREADY);
}

/* What is said is what another looks at; a kernel that was not asked rightly is asked in vain, and says so. */
static int ask_all(void *context)
{
	struct verb_args ban = ban_of(VERB_BAN, "198.51.100.7"), net = ban_of(VERB_BAN, "198.51.101.0/24"),
			 lift = ban_of(VERB_UNBAN, "198.51.101.0/24");
	int done = 0;

	(void)context;
	faults_hold();
	open_firewall();
	faults_begin();
	firewall_means.replayed(&bare.actor);
	done |= is_done(&ban) ? BANNED : 0;
	done |= is_done(&net) ? BANNED_NET : 0;
	done |= is_done(&isolate) ? ISOLATED : 0;
	faults_hold();
	require(!(done & BANNED) || is_banned("198.51.100.7"));
	require(!(done & BANNED_NET) || is_banned("198.51.101.0/24"));
	require(!(done & ISOLATED) || isolate_is_set(&other));
	/* What is said not to be in force, and is, stands in the ledger, which takes it back. */
	require(!isolate_is_set(&other) || in_force(&isolate));
	faults_begin();
	done |= is_done(&lift) ? LIFTED : 0;
	done |= is_done(&release) ? RELEASED : 0;
	faults_hold();
	require(!(done & LIFTED) || !is_banned("198.51.101.0/24"));
	require(!(done & RELEASED) || !isolate_is_set(&other));
	(void)!isolate_clear(&other);
	close_firewall();
	return done;
}

static void forget_all(void *context)
{
	struct addr one = addr_of("198.51.100.7"), net = addr_of("198.51.101.0/24");

	(void)context;
	(void)!nft_remove(&other, &one);
	(void)!nft_remove(&other, &net);
	(void)!isolate_clear(&other);
}

static void all_is_done_without_a_fault(void *context, const struct faults_run *run)
{
	(void)context;
	if (run->call < 0)
		assert_int_equal(run->result, BANNED | BANNED_NET | ISOLATED | LIFTED | RELEASED);
}

static void what_is_said_to_be_in_force_is_whatever_call_fails(void **state)
{
	static const int errors[] = {EIO, ENOBUFS};

	(void)state;
	if (!possible || !faults_possible())
		skip();
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const struct faults f = {errors[i], forget_all, ask_all, all_is_done_without_a_fault, NULL};

		assert_true(faults_some(&f) > 30);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(isolation_that_the_kernel_refuses_is_none),
		TEST(isolation_in_force_stays_when_the_kernel_refuses_another),
		TEST(ban_that_the_kernel_refuses_is_none),
		TEST(element_that_somebody_removed_is_put_back_by_the_next_ban_of_it),
		TEST(element_of_somebody_else_is_kept_to_its_end_or_made_longer),
		TEST(table_that_somebody_keeps_changing_is_put_back_more_slowly),
		TEST(ban_that_a_rail_forbids_now_is_taken_back),
		TEST(what_the_machine_says_to_itself_is_not_cut),
		TEST(what_is_said_to_be_in_force_is_whatever_call_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
