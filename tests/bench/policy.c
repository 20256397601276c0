/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a packet-filter policy decided to the policy in force and read back (nft_filter.h), beside one bare round trip
 * to nf_tables on the same socket, in a network namespace of its own. The guard's socket for notifications is open,
 * since the kernel writes to it inside of what is measured.
 *
 *   policy [ROUNDS]
 *
 * Prints the median of each in microseconds:
 *   bare    the generation of the rules is asked for
 *   floor   200 rules of one expression each come in one transaction, into a chain that no packet meets: what any 200
 *           rules take of the kernel, read back by nobody
 *   put     the largest policy comes where there was none
 *   read    all of it is read back
 *   whole   both
 *   change  both, where it takes the place of another one
 * Something filters on the same hooks already, as on a machine with a firewall.
 */
#include "agent/actor/sys/nft_chain.h"
#include "agent/actor/sys/nft_expr.h"
#include "agent/actor/sys/nft_filter.h"
#include "agent/actor/sys/nft_wire.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 10000
#define BARE_AT_ONCE 10
#define FLOOR_RULES 200
#define NOT_HERE 77

enum figure { BARE, FLOOR, PUT, READ, WHOLE, CHANGE, FIGURES };

static const char *const names[FIGURES] = {"bare", "floor", "put", "read", "whole", "change"};
static double took[FIGURES][ROUNDS_MAX];
static struct nft n;

static void require_ok(enum err err, const char *what)
{
	if (err == ERR_OK)
		return;
	fprintf(stderr, "policy: %s: %s\n", what, err_text(err));
	exit(1);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* All that a policy can have: ways, decoys, lists, and grants of both families. */
static void fill(struct filter *f)
{
	memset(f, 0, sizeof(*f));
	f->drops[FILTER_IN] = f->drops[FILTER_OUT] = f->drops[FILTER_FORWARD] = true;
	f->log_rate = 10;
	f->decoy_count = FILTER_DECOYS_MAX;
	for (unsigned i = 0; i < FILTER_DECOYS_MAX; i++)
		f->decoys[i] = (uint16_t)(i + 1);
	f->net_lists = f->port_lists = FILTER_LISTS_MAX;
	for (unsigned i = 0; i < FILTER_LISTS_MAX; i++) {
		f->nets_of[i] = f->ports_of[i] = (struct filter_list){(uint8_t)(i * 4), 4};
		for (unsigned k = 0; k < 4; k++) {
			f->nets[i * 4 + k] = (struct addr){k < 2 ? 4 : 6, 24, {10, (uint8_t)i, (uint8_t)k}};
			f->ranges[i * 4 + k] = (struct filter_range){(uint16_t)(100 + 3 * k), (uint16_t)(101 + 3 * k)};
		}
	}
	for (unsigned i = 0; i < FILTER_GRANTS_MAX; i++)
		f->grants[i] = (struct filter_grant){FILTER_IN, i < 12 ? FILTER_TCP : FILTER_UDP, (uint8_t)(i % 16 + 1),
						     (uint8_t)(i % 16 + 1), 0};
	f->grant_count = FILTER_GRANTS_MAX;
}

static void put_firewall(void)
{
	static const uint32_t hooks[] = {NF_INET_LOCAL_IN, NF_INET_LOCAL_OUT, NF_INET_FORWARD};
	static const char *const chains[] = {"input", "output", "forward"};

	nft_wire_begin(&n);
	nft_chain_put_table(&n, "bench", 0);
	for (unsigned i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		nft_chain_put(&n, &(struct nft_chain){"bench", chains[i], hooks[i], 0, NF_ACCEPT, false});
	require_ok(nft_wire_commit(&n), "a firewall");
}

static double bare(void)
{
	double start = now_us();

	for (unsigned i = 0; i < BARE_AT_ONCE; i++) {
		(void)nft_wire_request(&n, NFT_MSG_GETGEN, 0);
		require_ok(nft_wire_ask(&n, NULL), "a bare request");
	}
	return (now_us() - start) / BARE_AT_ONCE;
}

static double floor_of_rules(void)
{
	static const struct nft_chain chain = {.table = "bench_floor", .name = "rules", .plain = true};
	double start = now_us(), done;

	nft_wire_begin(&n);
	nft_chain_put_table(&n, chain.table, 0);
	nft_chain_put(&n, &chain);
	for (unsigned i = 0; i < FLOOR_RULES; i++) {
		size_t list = nft_chain_rule(&n, &chain);

		nft_expr_verdict(&n.out, NF_ACCEPT);
		netlink_nest_end(&n.out, list);
	}
	require_ok(nft_wire_commit(&n), "bare rules");
	done = now_us() - start;
	nft_wire_begin(&n);
	nft_chain_delete_table(&n, chain.table);
	require_ok(nft_wire_commit(&n), "no bare rules");
	return done;
}

static void measure(const struct nft_filter *f, int round)
{
	struct netfilter_news news;
	double start, put, read;

	took[BARE][round] = bare();
	took[FLOOR][round] = floor_of_rules();
	start = now_us();
	require_ok(nft_filter_set(&n, f), "put in force");
	put = now_us();
	require_ok(nft_filter_check(&n, f), "read back");
	read = now_us();
	took[PUT][round] = put - start;
	took[READ][round] = read - put;
	took[WHOLE][round] = read - start;
	nft_watch(&n, &news);
	start = now_us();
	require_ok(nft_filter_set(&n, f), "put in force");
	require_ok(nft_filter_check(&n, f), "read back");
	took[CHANGE][round] = now_us() - start;
	require_ok(nft_filter_clear(&n), "lift");
	nft_watch(&n, &news);
}

int main(int argc, char **argv)
{
	static const struct addr hosts[] = {{4, 32, {192, 0, 2, 1}}, {6, 128, {0x20, 1, 0xd, 0xb8, 1, [15] = 1}}};
	static struct filter policy;
	const struct nft_filter f = {.policy = &policy,
				     .service = hosts,
				     .service_count = 2,
				     .service_port = 8443,
				     .resolvers = hosts,
				     .resolver_count = 2,
				     .guard_uid = 990,
				     .log_group = 4848};
	int rounds = argc > 1 ? atoi(argv[1]) : 1000;

	if (rounds < 1 || rounds > ROUNDS_MAX)
		return 2;
	if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0 || nft_open(&n) != ERR_OK || nft_setup(&n) != ERR_OK) {
		puts("skip: no network namespace or no nf_tables of its own");
		return NOT_HERE;
	}
	fill(&policy);
	put_firewall();
	for (int round = 0; round < rounds; round++)
		measure(&f, round);
	for (unsigned i = 0; i < FIGURES; i++) {
		qsort(took[i], (size_t)rounds, sizeof(took[i][0]), compare);
		printf("policy %s %.2f us\n", names[i], took[i][rounds / 2]);
	}
	return 0;
}
