/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an isolation decided to the filter in force and read back (isolate.h), beside one bare round trip to nf_tables
 * on the same socket, in a network namespace of its own. The guard's socket for notifications is open, since the kernel
 * writes to it inside of what is measured. Connections are not cut here; that comes after.
 *
 *   isolate [ROUNDS]
 *
 * Prints the median of each in microseconds:
 *   bare    the generation of the rules is asked for
 *   plain   isolated, no networks named
 *   nets    isolated, two networks of a family named
 *   both    isolated, and two of the other family
 *   hook    a floor: an empty chain is put on output, the first one, so that the kernel patches its code for it
 *   first   isolated as in plain, and that is the first chain on output
 * In the first four something filters output already, as on a machine with a firewall.
 */
#include "agent/actor/sys/isolate.h"
#include "agent/actor/sys/nft_chain.h"
#include "agent/actor/sys/nft_wire.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 10000
#define BARE_AT_ONCE 10
#define NOT_HERE 77

static struct nft n;

static const struct nft_chain firewall = {NFT_TABLE, "bench_output", NF_INET_LOCAL_OUT, 0, NF_ACCEPT, false};

static void require_ok(enum err err, const char *what)
{
	if (err == ERR_OK)
		return;
	fprintf(stderr, "isolate: %s: %s\n", what, err_text(err));
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

static void firewall_is(bool there)
{
	nft_wire_begin(&n);
	nft_chain_put_table(&n, NFT_TABLE, 0);
	if (there)
		nft_chain_put(&n, &firewall);
	else
		nft_chain_delete(&n, &firewall);
	require_ok(nft_wire_commit(&n), "a chain on output");
}

static double bare(const struct isolate_filter *f)
{
	double start = now_us();

	(void)f;
	for (unsigned i = 0; i < BARE_AT_ONCE; i++) {
		(void)nft_wire_request(&n, NFT_MSG_GETGEN, 0);
		require_ok(nft_wire_ask(&n, NULL), "a bare request");
	}
	return (now_us() - start) / BARE_AT_ONCE;
}

static double hook(const struct isolate_filter *f)
{
	double start = now_us(), took;

	(void)f;
	firewall_is(true);
	took = now_us() - start;
	firewall_is(false);
	return took;
}

static double isolated(const struct isolate_filter *f)
{
	double start = now_us(), took;
	struct netfilter_news news;

	require_ok(isolate_set(&n, f), "isolate");
	require_ok(isolate_check(&n, f, ISOLATE_ADDED), "read back");
	took = now_us() - start;
	require_ok(isolate_clear(&n), "release");
	nft_watch(&n, &news);
	return took;
}

static double median(double (*measure)(const struct isolate_filter *f), const struct isolate_filter *f, int rounds)
{
	static double took[ROUNDS_MAX];

	for (int i = 0; i < rounds; i++)
		took[i] = measure(f);
	qsort(took, (size_t)rounds, sizeof(took[0]), compare);
	return took[rounds / 2];
}

int main(int argc, char **argv)
{
	static const struct addr service[] = {{4, 32, {192, 0, 2, 1}}, {6, 128, {0x20, 1, 0xd, 0xb8, 1, [15] = 1}}};
	static const struct addr resolvers[] = {{4, 32, {192, 0, 2, 53}}, {4, 32, {192, 0, 2, 54}}};
	static const struct addr nets[] = {
		{4, 24, {10, 1, 2}},
		{4, 32, {10, 1, 3, 4}},
		{6, 64, {0x20, 1, 0xd, 0xb8, 9}},
		{6, 64, {0x20, 1, 0xd, 0xb8, 10}},
	};
	struct isolate_filter f = {.nets = nets, .service = service, .resolvers = resolvers};
	int rounds = argc > 1 ? atoi(argv[1]) : 1000;
	double first, floor;

	if (rounds < 1 || rounds > ROUNDS_MAX)
		return 2;
	if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0 || nft_open(&n) != ERR_OK || nft_setup(&n) != ERR_OK) {
		puts("skip: no network namespace or no nf_tables of its own");
		return NOT_HERE;
	}
	f.service_count = f.resolver_count = 2;
	f.service_port = 8443;
	f.guard_uid = 990;
	require_ok(isolate_prepare(&n, &f), "prepare");
	firewall_is(true);
	printf("isolate bare %.2f us\n", median(bare, &f, rounds));
	printf("isolate plain %.2f us\n", median(isolated, &f, rounds));
	f.net_count = 2;
	printf("isolate nets %.2f us\n", median(isolated, &f, rounds));
	f.net_count = 4;
	printf("isolate both %.2f us\n", median(isolated, &f, rounds));
	f.net_count = 0;
	firewall_is(false);
	floor = median(hook, &f, rounds);
	first = median(isolated, &f, rounds);
	printf("isolate hook %.2f us\nisolate first %.2f us\n", floor, first);
	return 0;
}
