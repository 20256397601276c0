/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searches in a store of many records, as an operator's program asks for them over HTTPS: a month of a fleet is put
 * into the store (load/load_history.h), the service runs over it, and each filter is asked TRIES times with other
 * values. Beside it, one indexed read of the same file by SQLite alone.
 *
 *   search --server PROGRAM --dir FLEET --log FILE --records N --tries N --port N
 *
 * Prints "search WHAT VALUE UNIT". A search is over when its page is full, or the log's front is reached: it may take
 * several calls, each with the cursor of the one before.
 */
#include "server-stub/store/log.h"
#include "server-stub/store/store.h"
#include "tests/bench/load/load_api.h"
#include "tests/bench/load/load_fleet.h"
#include "tests/bench/load/load_history.h"
#include "tests/bench/load/load_process.h"
#include "tests/bench/load/load_times.h"

#include <sqlite3.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DEVICES 200
#define LIMIT 100
#define READY_US INT64_C(600000000)
#define READS 2000

struct options {
	const char *server, *dir, *log;
	uint64_t records;
	unsigned tries;
	uint16_t port;
};

struct bench {
	struct options o;
	char path[256], token[64];
	struct load_api *api;
	pid_t pid;
	int64_t end_us, slowest_us;
};

/* A filter, of one thing or of several; %u becomes a number below `values`, another at each try. */
static const struct filter {
	const char *name, *query;
	unsigned values;
	bool is_one;
} filters[] = {
	{"all", "", 1, true},
	{"device", "device=edge-%03u", DEVICES, true},
	{"device_quiet", "device=edge-999", 1, true},
	{"device_silent", "device=silent", 1, true},
	{"group", "group=site-%u", LOAD_HISTORY_GROUPS, true},
	{"group_quiet", "group=lone", 1, true},
	{"group_silent", "group=silent", 1, true},
	{"time", "since=DAY%u&until=NEXT%u", LOAD_HISTORY_DAYS - 2, true},
	{"time_before", "until=DAY0", 1, true},
	{"kind", "kind=process", 1, true},
	{"kind_finding", "kind=finding", 1, true},
	{"kind_none", "kind=module", 1, true},
	{"address", "src=SRC%u", LOAD_HISTORY_SRC_MAX, true},
	{"address_rare", "src=" LOAD_HISTORY_RARE_SRC, 1, true},
	{"address_none", "src=203.0.113.%u", 76, true},
	{"user", "user=user%u", LOAD_HISTORY_USERS, true},
	{"user_rare", "user=" LOAD_HISTORY_RARE, 1, true},
	{"user_none", "user=nobody%u", 1000, true},
	{"process", "process=tool%u", LOAD_HISTORY_PROGRAMS, true},
	{"process_number", "process=%u", 30000, true},
	{"process_rare", "process=/opt/" LOAD_HISTORY_RARE, 1, true},
	{"process_none", "process=/usr/bin/none%u", 1000, true},
	{"rule", "rule=rule_%u", LOAD_HISTORY_RULES, true},
	{"rule_rare", "rule=" LOAD_HISTORY_RARE, 1, true},
	{"rule_none", "rule=none_%u", 1000, true},
	{"outcome", "outcome=success", 1, true},
	{"device_and_user", "device=edge-%03u&user=user399", DEVICES, false},
	{"user_and_rule", "user=user0&rule=rule_%u", LOAD_HISTORY_RULES, false},
};

/* The pages that operators open most. */
static const char *const usual[] = {"/api/v1/devices?limit=50", "/api/v1/incidents?limit=50", "/api/v1/events?limit=50",
				    "/api/v1/incidents?limit=50&state=open", "/api/v1/events?limit=50&device=edge-007"};

static void must(enum err err, const char *what)
{
	if (err == ERR_OK)
		return;
	fprintf(stderr, "search: %s: %s\n", what, err_text(err));
	exit(1);
}

static void print_times(const char *name, const char *what, struct load_times *t)
{
	printf("search %s.%s_p50 %lld us\n", name, what, (long long)load_times_at(t, 50));
	printf("search %s.%s_p99 %lld us\n", name, what, (long long)load_times_at(t, 99));
}

/* The service's processor time for each of `count`, since it was cpu_us. */
static void print_cpu(const struct bench *b, const char *name, int64_t cpu_us, unsigned count)
{
	printf("search %s.cpu %.0f us\n", name, (double)(load_process_cpu_us(b->pid) - cpu_us) / count);
}

static void fill(struct bench *b)
{
	const struct load_history history = {b->o.records, DEVICES, b->end_us};
	struct store_figures f;
	struct store *s;
	int64_t start = load_times_clock_us();

	must(store_open(b->path, NULL, &s), b->path);
	load_history_fill(s, &history);
	must(store_figures(s, &f), "figures");
	store_close(s);
	printf("search fill_rate %.0f records/s\n",
	       (double)b->o.records * 1e6 / (double)(load_times_clock_us() - start));
	printf("search records %llu records\n", (unsigned long long)f.records);
	printf("search batches %llu batches\n", (unsigned long long)f.batches);
	printf("search bytes_each %.0f bytes\n", (double)f.bytes / (double)f.records);
}

/* Until everything that is made of the log is up to its end. */
static void wait_until_behind_is_none(struct bench *b)
{
	struct store *s;
	uint64_t digests = 0, before = 0;
	int64_t start = load_times_clock_us(), moved = start;

	must(store_open(b->path, NULL, &s), b->path);
	do {
		usleep(200000);
		must(log_digest_last(s, &digests), "digests");
		if (digests != before)
			moved = load_times_clock_us();
		before = digests;
		if (load_times_clock_us() > start + READY_US || !load_process_runs(b->pid)) {
			fprintf(stderr, "search: the service is not ready\n");
			exit(1);
		}
	} while (load_times_clock_us() - moved < 5000000);
	store_close(s);
	printf("search digests_after %.1f s\n", (double)(moved - start) / 1e6);
	load_process_settle(b->pid, 1000, 120000);
}

static void start(struct bench *b)
{
	const char *argv[] = {b->o.server, "run", "--dir", b->o.dir, NULL};
	char listening[32];

	snprintf(listening, sizeof(listening), "%u", b->o.port);
	b->pid = load_process_start(argv, b->o.log);
	wait_until_behind_is_none(b);
	b->api = calloc(1, sizeof(*b->api));
	if (!b->api)
		must(ERR_NO_MEMORY, "client");
	load_api_open(b->api, "127.0.0.1", b->o.port, b->token);
}

/* RFC 3339 by the number of the day in the month. */
static void put_day(const struct bench *b, unsigned day, char *out, size_t cap)
{
	time_t at = (time_t)(b->end_us / 1000000) - (time_t)(LOAD_HISTORY_DAYS - day) * 86400;
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(out, cap, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static void put_query(const struct bench *b, const struct filter *f, unsigned value, char *out, size_t cap)
{
	char from[32], to[32], src[32], *src_at;
	size_t len;

	if (strncmp(f->name, "time", 4) == 0) {
		bool is_before = strcmp(f->name, "time_before") == 0;

		put_day(b, is_before ? 0 : value, from, sizeof(from));
		put_day(b, value + 1, to, sizeof(to));
		snprintf(out, cap, is_before ? "until=%s" : "since=%s&until=%s", from, to);
		return;
	}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(out, cap, f->query, value);
#pragma GCC diagnostic pop
	src_at = strstr(out, "SRC");
	if (!src_at)
		return;
	load_history_src(value, src);
	len = (size_t)(src_at - out);
	snprintf(out + len, cap - len, "%s", src);
}

static unsigned count_items(const char *body)
{
	unsigned count = 0;

	for (const char *at = body; (at = strstr(at, "\"seq\":")) != NULL; at++)
		count++;
	return count;
}

struct tally {
	struct load_times calls, whole;
	uint64_t found, pages;
};

/* One search up to a full page or the end. */
static void search(struct bench *b, const char *query, struct tally *t)
{
	char path[512], next[64] = "";
	int64_t start_us = load_times_clock_us(), at = start_us, now;
	unsigned items = 0;

	do {
		snprintf(path, sizeof(path), "/api/v1/events?limit=%u&%s%s%s", LIMIT - items, query,
			 next[0] ? "&after=" : "", next);
		if (load_api_call(b->api, "GET", path, NULL) != 200) {
			fprintf(stderr, "search: %s: %d: %.200s\n", path, b->api->status, b->api->body);
			exit(1);
		}
		now = load_times_clock_us();
		load_times_add(&t->calls, now - at);
		at = now;
		items += count_items(b->api->body);
		t->pages++;
		if (!load_api_member(b->api, "next", next, sizeof(next)))
			break;
	} while (items < LIMIT);
	t->found += items;
	load_times_add(&t->whole, now - start_us);
}

static void measure(struct bench *b, const struct filter *f)
{
	static struct tally t;
	char query[256];

	int64_t cpu_us = load_process_cpu_us(b->pid);

	memset(&t, 0, sizeof(t));
	for (unsigned i = 0; i < b->o.tries; i++) {
		put_query(b, f, i * 7919 % f->values, query, sizeof(query));
		search(b, query, &t);
	}
	print_times(f->name, "call", &t.calls);
	print_times(f->name, "whole", &t.whole);
	print_cpu(b, f->name, cpu_us, b->o.tries);
	printf("search %s.found %.1f events\n", f->name, (double)t.found / b->o.tries);
	printf("search %s.calls %.1f calls\n", f->name, (double)t.pages / b->o.tries);
	/* Two together may have nothing where each has much, which no digest knows. */
	if (f->is_one && load_times_at(&t.whole, 99) > b->slowest_us)
		b->slowest_us = load_times_at(&t.whole, 99);
	fflush(stdout);
}

static void measure_usual(struct bench *b)
{
	static struct load_times t;
	int64_t cpu_us = load_process_cpu_us(b->pid);

	for (unsigned i = 0; i < b->o.tries * 5; i++) {
		const char *path = usual[i % (sizeof(usual) / sizeof(usual[0]))];
		int64_t at = load_times_clock_us();

		if (load_api_call(b->api, "GET", path, NULL) != 200) {
			fprintf(stderr, "search: %s: %d: %.200s\n", path, b->api->status, b->api->body);
			exit(1);
		}
		load_times_add(&t, load_times_clock_us() - at);
	}
	print_times("usual", "page", &t);
	print_cpu(b, "usual", cpu_us, b->o.tries * 5);
}

/* One row of the log by its number, at random. */
static void measure_floor(const struct bench *b)
{
	static struct load_times t;
	sqlite3 *db;
	sqlite3_stmt *query;
	uint64_t rows = 0, random = 1;

	if (sqlite3_open_v2(b->path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, "SELECT max(row) FROM batch", -1, &query, NULL) != SQLITE_OK ||
	    sqlite3_step(query) != SQLITE_ROW)
		must(ERR_IO, "floor");
	rows = (uint64_t)sqlite3_column_int64(query, 0);
	sqlite3_finalize(query);
	if (sqlite3_prepare_v2(db, "SELECT * FROM batch WHERE row = ?1", -1, &query, NULL) != SQLITE_OK)
		must(ERR_IO, "floor");
	for (unsigned i = 0; i < READS; i++) {
		int64_t at = load_times_clock_us();

		random = random * 6364136223846793005 + 1442695040888963407;
		sqlite3_bind_int64(query, 1, (int64_t)(1 + (random >> 20) % rows));
		if (sqlite3_step(query) != SQLITE_ROW || sqlite3_column_bytes(query, 7) == 0)
			must(ERR_IO, "floor");
		sqlite3_reset(query);
		load_times_add(&t, load_times_clock_us() - at);
	}
	sqlite3_finalize(query);
	sqlite3_close(db);
	print_times("floor", "read", &t);
}

static bool read_options(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{"server", 1, NULL, 's'}, {"dir", 1, NULL, 'd'},  {"log", 1, NULL, 'l'}, {"records", 1, NULL, 'r'},
		{"tries", 1, NULL, 't'},  {"port", 1, NULL, 'p'}, {NULL, 0, NULL, 0}};
	int c;

	*o = (struct options){.records = 1000000, .tries = 100, .port = 8444};
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 's': o->server = optarg; break;
		case 'd': o->dir = optarg; break;
		case 'l': o->log = optarg; break;
		case 'r': o->records = strtoull(optarg, NULL, 10); break;
		case 't': o->tries = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'p': o->port = (uint16_t)strtoul(optarg, NULL, 10); break;
		default: return false;
		}
	}
	return o->server && o->dir && o->log && o->records > 100 && o->tries > 0;
}

int main(int argc, char **argv)
{
	static struct bench b;
	bool is_good;

	if (!read_options(argc, argv, &b.o)) {
		fprintf(stderr,
			"usage: search --server PROGRAM --dir FLEET --log FILE --records N --tries N --port N\n");
		return 2;
	}
	snprintf(b.path, sizeof(b.path), "%s/caltrop.db", b.o.dir);
	b.end_us = (int64_t)time(NULL) * 1000000;
	fill(&b);
	load_fleet_session(b.o.dir, b.token);
	start(&b);
	measure_usual(&b);
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		measure(&b, &filters[i]);
	measure_floor(&b);
	printf("search slowest_p99 %lld us\n", (long long)b.slowest_us);
	load_api_close(b.api);
	is_good = load_process_stop(b.pid);
	free(b.api);
	return is_good ? 0 : 1;
}
