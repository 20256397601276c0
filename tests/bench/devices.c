/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service under ten thousand devices: handshakes, memory, durable ingest, a reconnect storm, an order to all.
 * Starts the service itself on a fleet that `caltrop-server init` made, and plays the devices on one thread of its own.
 * Both share the machine's processors, so figures "per core" are of the service's processor time, not of the clock on
 * the wall; both are printed.
 *
 *   devices --server PROGRAM --dir FLEET --port N --api-port N [--count N] [--seconds N] [--enroll N] [--log FILE]
 *
 * Prints "devices WHAT VALUE UNIT" per figure. At the end it counts what the store holds against what was acknowledged
 * and fails when a record is missing or there twice.
 */
#include "tests/bench/load/load_api.h"
#include "tests/bench/load/load_crowd.h"
#include "tests/bench/load/load_enroll.h"
#include "tests/bench/load/load_process.h"
#include "tests/bench/load/load_times.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BULK_DEVICES 64
#define WIDE_RECORDS 10
#define LIMIT_US (INT64_C(600) * 1000000)

struct options {
	const char *server, *dir, *log;
	unsigned port, api_port, count, seconds, enroll;
};

struct bench {
	struct options o;
	pid_t server;
	struct load_fleet fleet;
	struct load_tls_key key;
	struct load_crowd crowd;
	char token[64], enroll_token[512];
	double idle_kib; /* the service without devices */
};

struct span {
	int64_t wall_us, cpu_us;
};

static struct span begin(const struct bench *b)
{
	return (struct span){load_times_clock_us(), load_process_cpu_us(b->server)};
}

static struct span since(const struct bench *b, struct span start)
{
	struct span now = begin(b);

	return (struct span){now.wall_us - start.wall_us, now.cpu_us - start.cpu_us};
}

static void row(const char *what, double value, const char *unit)
{
	printf("devices %s %.*f %s\n", what, value >= 100 || value == (int64_t)value ? 0 : 3, value, unit);
	fflush(stdout);
}

static void fail(const struct bench *b, const char *what)
{
	fprintf(stderr, "devices: %s; up %" PRIu64 " of %u, last error: %s\n", what, b->crowd.totals.up, b->crowd.count,
		b->crowd.totals.last_error[0] ? b->crowd.totals.last_error : "none");
	exit(1);
}

static bool listens(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bool there = fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;

	close(fd);
	return there;
}

static void start_server(struct bench *b)
{
	const char *argv[] = {b->o.server, "run", "--dir", b->o.dir, NULL};

	b->server = load_process_start(argv, b->o.log);
	for (int i = 0; i < 1000 && !listens((uint16_t)b->o.port); i++) {
		if (!load_process_runs(b->server))
			break;
		poll(NULL, 0, 20);
	}
	if (!load_process_runs(b->server)) {
		fprintf(stderr, "devices: the service ended; see %s\n", b->o.log);
		exit(1);
	}
}

static void enroll_some(struct bench *b)
{
	struct span start = begin(b);
	struct load_enrolled e = load_enroll((uint16_t)b->o.port, b->enroll_token, b->o.enroll);
	struct span took = since(b, start);

	if (e.issued != b->o.enroll) {
		fprintf(stderr, "devices: %u of %u enrolled: %s\n", e.issued, b->o.enroll, e.last_error);
		exit(1);
	}
	row("enroll_rate", e.issued * 1e6 / (double)e.took_us, "devices/s");
	row("enroll_cpu", (double)took.cpu_us / 1000 / e.issued, "ms/device");
}

static void connect_all(struct bench *b)
{
	struct load_memory before, after;
	double n = b->crowd.count;

	load_process_settle(b->server, 300, 5000);
	before = load_process_memory(b->server);
	b->idle_kib = (double)before.pss_kib;
	struct span start = begin(b);

	b->crowd.reconnect = true;
	b->crowd.burst = 128;
	if (!load_crowd_run(&b->crowd, load_crowd_all_up, NULL, LIMIT_US))
		fail(b, "not all connected");
	struct span took = since(b, start);

	row("connect_time", (double)took.wall_us / 1e6, "s");
	row("connect_cpu", (double)took.cpu_us / 1000 / n, "ms/device");
	row("handshakes_per_core", n * 1e6 / (double)took.cpu_us, "handshakes/s");
	row("handshakes_resumed", (double)b->crowd.totals.resumed, "handshakes");
	load_process_settle(b->server, 300, 10000);
	after = load_process_memory(b->server);
	row("memory_idle", (double)before.pss_kib, "KiB");
	row("memory_connected", (double)after.pss_kib, "KiB");
	row("memory_per_device", (double)(after.pss_kib - before.pss_kib) / n, "KiB");
	row("heap_per_device", (double)(after.anonymous_kib - before.anonymous_kib) / n, "KiB");
}

static bool time_is_over(const struct load_crowd *c, void *arg)
{
	(void)c;
	return load_times_clock_us() >= *(int64_t *)arg;
}

static void ingest_rows(struct bench *b, const char *kind, struct span took, uint64_t records)
{
	char name[64];

	snprintf(name, sizeof(name), "ingest_%s_rate", kind);
	row(name, (double)records * 1e6 / (double)took.wall_us, "records/s");
	snprintf(name, sizeof(name), "ingest_%s_per_core", kind);
	row(name, (double)records * 1e6 / (double)took.cpu_us, "records/s");
	snprintf(name, sizeof(name), "ingest_%s_cores", kind);
	row(name, (double)took.cpu_us / (double)took.wall_us, "cores");
	(void)b;
}

/* After an outage of theirs: some devices with full spools, as fast as the window lets them. */
static void ingest_bulk(struct bench *b)
{
	unsigned active = b->crowd.count < BULK_DEVICES ? b->crowd.count : BULK_DEVICES;
	uint64_t before = b->crowd.totals.acked;
	int64_t until = load_times_clock_us() + b->o.seconds * INT64_C(1000000);
	struct span start = begin(b);

	load_crowd_produce(&b->crowd, active, 1u << 30, LOAD_RECORDS_PER_BATCH_MAX);
	(void)load_crowd_run(&b->crowd, time_is_over, &until, LIMIT_US);
	load_crowd_stop_producing(&b->crowd);
	if (!load_crowd_run(&b->crowd, load_crowd_all_acked, NULL, LIMIT_US))
		fail(b, "bulk records were not acknowledged");
	ingest_rows(b, "bulk", since(b, start), b->crowd.totals.acked - before);
	row("record_bytes", (double)b->crowd.records.mean_bytes, "bytes");
}

/* Everybody has a few: the service sees small batches from all. */
static void ingest_wide(struct bench *b)
{
	uint64_t before = b->crowd.totals.acked, rounds = 0;
	struct span start = begin(b), took;

	do {
		load_crowd_produce(&b->crowd, b->crowd.count, WIDE_RECORDS, WIDE_RECORDS);
		if (!load_crowd_run(&b->crowd, load_crowd_all_acked, NULL, LIMIT_US))
			fail(b, "records of all were not acknowledged");
		took = since(b, start);
		rounds++;
	} while (took.wall_us < b->o.seconds * INT64_C(1000000));
	ingest_rows(b, "wide", took, b->crowd.totals.acked - before);
	row("ingest_wide_round", (double)took.wall_us / 1000 / (double)rounds, "ms");
}

static bool batches_under_way(const struct load_crowd *c, void *arg)
{
	return c->totals.sent >= *(const uint64_t *)arg;
}

/* All connections break with records under way, and come back at once. */
static void storm(struct bench *b)
{
	uint64_t full = b->crowd.totals.full, resumed = b->crowd.totals.resumed, ended = b->crowd.totals.ended;
	uint64_t half = b->crowd.totals.sent + (uint64_t)b->crowd.count * WIDE_RECORDS / 2;

	load_crowd_produce(&b->crowd, b->crowd.count, WIDE_RECORDS, 1);
	(void)load_crowd_run(&b->crowd, batches_under_way, &half, LIMIT_US);
	load_crowd_cut_all(&b->crowd);
	load_process_settle(b->server, 500, 20000);
	struct span start = begin(b);

	b->crowd.burst = b->crowd.count;
	if (!load_crowd_run(&b->crowd, load_crowd_all_up, NULL, LIMIT_US))
		fail(b, "not all came back");
	struct span took = since(b, start);

	if (!load_crowd_run(&b->crowd, load_crowd_all_acked, NULL, LIMIT_US))
		fail(b, "not all records arrived after the storm");
	row("storm_time", (double)took.wall_us / 1e6, "s");
	row("storm_cpu", (double)took.cpu_us / 1e6, "s");
	row("storm_cpu_each", (double)took.cpu_us / b->crowd.count, "us");
	row("storm_with_records_time", (double)since(b, start).wall_us / 1e6, "s");
	row("storm_resumed", (double)(b->crowd.totals.resumed - resumed), "handshakes");
	row("storm_full", (double)(b->crowd.totals.full - full), "handshakes");
	row("storm_refused", (double)(b->crowd.totals.ended - ended), "connections");
}

/* The service itself restarts: whether its tickets outlive it shows in the handshakes. */
static void restart(struct bench *b)
{
	uint64_t full = b->crowd.totals.full, resumed = b->crowd.totals.resumed;

	load_crowd_produce(&b->crowd, b->crowd.count, WIDE_RECORDS, WIDE_RECORDS);
	b->crowd.reconnect = false;
	if (!load_process_stop(b->server))
		fprintf(stderr, "devices: the service did not end by itself\n");
	load_crowd_cut_all(&b->crowd);
	start_server(b);
	struct span start = begin(b);

	b->crowd.reconnect = true;
	b->crowd.burst = b->crowd.count;
	if (!load_crowd_run(&b->crowd, load_crowd_all_up, NULL, LIMIT_US) ||
	    !load_crowd_run(&b->crowd, load_crowd_all_acked, NULL, LIMIT_US))
		fail(b, "not all came back after the restart");
	struct span took = since(b, start);

	row("restart_time", (double)took.wall_us / 1e6, "s");
	row("restart_cpu", (double)took.cpu_us / 1e6, "s");
	row("restart_resumed", (double)(b->crowd.totals.resumed - resumed), "handshakes");
	row("restart_full", (double)(b->crowd.totals.full - full), "handshakes");
}

static bool all_immune(const struct load_crowd *c, void *arg)
{
	(void)arg;
	return c->totals.immune >= c->count;
}

/* Three devices of the group ban an address; from their telling of it to the last device that is to ban it, too. */
static void immunity(struct bench *b)
{
	load_process_settle(b->server, 300, 10000);
	struct span start = begin(b);

	for (unsigned i = 0; i < LOAD_FLEET_CHAINED; i++)
		load_device_ban(&b->crowd.devices[i], "198.51.100.99");
	if (!load_crowd_run(&b->crowd, all_immune, NULL, LIMIT_US / 10))
		fail(b, "not all heard of a ban of their group");
	struct span took = since(b, start);

	row("immunity_all_heard", (double)took.wall_us / 1e6, "s");
	row("immunity_cpu_each", (double)took.cpu_us / b->crowd.count, "us");
	if (!load_crowd_run(&b->crowd, load_crowd_all_acked, NULL, LIMIT_US / 10))
		fail(b, "the receipts of bans were not acknowledged");
}

struct push {
	struct load_api *api;
	int status;
	int64_t answered_us;
};

static void *push_order(void *arg)
{
	struct push *p = arg;

	static const char body[] =
		"{\"verb\":\"ban\",\"params\":{\"addr\":\"198.51.100.66\",\"duration_s\":600},\"all\":true}";

	p->status = load_api_call(p->api, "POST", "/api/v1/orders", body);
	p->answered_us = load_times_clock_us();
	return NULL;
}

static bool all_receipts(const struct load_crowd *c, void *arg)
{
	(void)arg;
	return c->totals.receipts_acked >= c->count;
}

/* One order to everybody, from the operator's request to the last durable receipt. */
static void fan_out(struct bench *b)
{
	struct push push = {.api = calloc(1, sizeof(*push.api))};
	pthread_t thread;

	if (!push.api)
		exit(1);
	load_api_open(push.api, "127.0.0.1", (uint16_t)b->o.api_port, b->token);
	load_process_settle(b->server, 300, 10000);
	struct span start = begin(b);

	if (pthread_create(&thread, NULL, push_order, &push) != 0)
		exit(1);
	bool all = load_crowd_run(&b->crowd, all_receipts, NULL, LIMIT_US / 10);
	struct span took = since(b, start);

	pthread_join(thread, NULL);
	if (push.status / 100 != 2) {
		fprintf(stderr, "devices: the order was answered with %d: %s\n", push.status, push.api->body);
		exit(1);
	}
	if (!all)
		fail(b, "not all receipts came");
	row("order_answered", (double)(push.answered_us - start.wall_us) / 1e3, "ms");
	row("order_all_receipts", (double)took.wall_us / 1e6, "s");
	row("order_all_receipts_cpu", (double)took.cpu_us / 1e6, "s");
	row("order_cpu_each", (double)took.cpu_us / b->crowd.count, "us");
	load_api_close(push.api);
	free(push.api);
}

/* The store is the judge: all that was acknowledged is there, once. */
static int judge(struct bench *b)
{
	double after = (double)load_process_memory(b->server).pss_kib;
	/* Those with a receipt key answer the order outside of their chain, which is no answer. */
	uint64_t answered = b->crowd.count - (b->crowd.totals.immune ? LOAD_FLEET_CHAINED : 0);

	row("memory_after", after, "KiB");
	row("memory_after_per_device", (after - b->idle_kib) / b->crowd.count, "KiB");
	if (!load_process_stop(b->server))
		fprintf(stderr, "devices: the service did not end by itself\n");
	struct load_stored stored = load_fleet_stored(b->o.dir, &b->fleet);

	row("records_acked", (double)b->crowd.totals.acked, "records");
	row("records_stored", (double)stored.records, "records");
	/* Between two rows of a device, or behind its last. */
	row("records_missing", (double)b->crowd.totals.acked - (double)(stored.records - stored.twice), "records");
	row("records_twice", (double)stored.twice, "records");
	row("stored_bytes_per_record", (double)stored.bytes / ((double)stored.records + 1e-9), "bytes");
	row("order_targets_done", (double)stored.receipts, "devices");
	row("connections_refused", (double)b->crowd.totals.ended, "connections");
	if (b->crowd.totals.ended)
		fprintf(stderr, "devices: last error: %s\n", b->crowd.totals.last_error);
	return stored.missing || stored.twice || stored.records != b->crowd.totals.acked || stored.receipts != answered;
}

static struct options read_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{"server", required_argument, NULL, 's'},
		{"dir", required_argument, NULL, 'd'},
		{"log", required_argument, NULL, 'l'},
		{"port", required_argument, NULL, 'p'},
		{"api-port", required_argument, NULL, 'a'},
		{"count", required_argument, NULL, 'n'},
		{"seconds", required_argument, NULL, 't'},
		{"enroll", required_argument, NULL, 'e'},
		{NULL, 0, NULL, 0},
	};
	struct options o = {NULL, NULL, "/dev/null", 8443, 8444, 10000, 10, 200};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		unsigned number = optarg ? (unsigned)strtoul(optarg, NULL, 10) : 0;

		switch (c) {
		case 's': o.server = optarg; break;
		case 'd': o.dir = optarg; break;
		case 'l': o.log = optarg; break;
		case 'p': o.port = number; break;
		case 'a': o.api_port = number; break;
		case 'n': o.count = number; break;
		case 't': o.seconds = number; break;
		case 'e': o.enroll = number; break;
		default: exit(2);
		}
	}
	if (!o.server || !o.dir || !o.count || !o.seconds || !o.port || !o.api_port) {
		fprintf(stderr, "usage: devices --server PROGRAM --dir FLEET [--port N] [--api-port N] [--count N]\n"
				"               [--seconds N] [--enroll N] [--log FILE]\n");
		exit(2);
	}
	return o;
}

/* A file descriptor for each device, and some. */
static void raise_limit(unsigned count)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < count + 64) {
		fprintf(stderr, "devices: at most %lu open files here, %u devices need more\n",
			(unsigned long)limit.rlim_max, count);
		exit(77);
	}
}

int main(int argc, char **argv)
{
	static struct bench b;

	b.o = read_options(argc, argv);
	raise_limit(b.o.count);
	load_fleet_make(b.o.dir, b.o.count, &b.fleet);
	load_fleet_session(b.o.dir, b.token);
	load_fleet_token(b.o.dir, b.o.enroll + 1, (uint16_t)b.o.port, b.enroll_token, sizeof(b.enroll_token));
	load_tls_key(&b.key, &b.fleet, "caltrop/1", (uint16_t)b.o.port);
	load_crowd_init(&b.crowd, &b.key, &b.fleet);
	start_server(&b);
	row("count", b.o.count, "devices");
	if (b.o.enroll)
		enroll_some(&b);
	connect_all(&b);
	ingest_bulk(&b);
	ingest_wide(&b);
	storm(&b);
	restart(&b);
	if (b.o.count >= LOAD_FLEET_CHAINED)
		immunity(&b);
	fan_out(&b);
	return judge(&b);
}
