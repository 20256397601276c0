/* SPDX-License-Identifier: Apache-2.0 */
/* Makes records by a generator of pseudorandom numbers (splitmix64) that begins with a constant. */
#include "tests/bench/load/load_history.h"

#include "caltrop/v1/link.pb-c.h"
#include "caltrop/v1/record.pb-c.h"
#include "server-stub/ingest/ingest.h"
#include "server-stub/store/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES_MAX 1001
#define BATCH_RECORDS_MAX 75
#define BATCH_BYTES_MAX (BATCH_RECORDS_MAX * 700)
#define BATCHES_PER_COMMIT 2000
#define LONE_EVERY 20000 /* batches */
#define RARE_TIMES 5
#define SRC_AT_ONCE 40

struct history {
	struct load_history h;
	struct store *store;
	uint64_t random, made; /* records */
	uint64_t next_seq[DEVICES_MAX];
	struct ingest_counts counts;
	/* the record that is being made */
	int64_t wall_us;
	Caltrop__V1__Record record;
	uint8_t bytes[BATCH_BYTES_MAX];
	size_t len;
};

static void must(enum err err, const char *what)
{
	if (err == ERR_OK)
		return;
	fprintf(stderr, "history: %s: %s\n", what, err_text(err));
	exit(1);
}

static uint32_t draw(struct history *y, uint32_t below)
{
	uint64_t z = y->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)(((z ^ z >> 31) >> 32) * below >> 32);
}

/* Small ones more often. */
static uint32_t draw_small(struct history *y, uint32_t below)
{
	return (uint32_t)((uint64_t)draw(y, below) * draw(y, below) / below);
}

static ProtobufCBinaryData text(char *text)
{
	return (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
}

static void keep(struct history *y, int kind, int severity)
{
	y->record.wall_us = y->wall_us;
	y->record.mono_us = y->wall_us / 2;
	y->record.severity = (Caltrop__V1__Severity)severity;
	y->record.body_case = (Caltrop__V1__Record__BodyCase)kind;
	y->len = caltrop__v1__record__get_packed_size(&y->record);
	if (y->len > sizeof(y->bytes))
		abort();
	caltrop__v1__record__pack(&y->record, y->bytes);
}

void load_history_src(unsigned number, char text[32])
{
	snprintf(text, 32, "198.51.%u.%u", number / 250 % 250, number % 250 + 1);
}

static void make_auth(struct history *y, bool is_rare)
{
	Caltrop__V1__Auth a = CALTROP__V1__AUTH__INIT;
	char user[32], src[32], line[192];
	bool success = !is_rare && draw(y, 20) == 0;
	unsigned front = (unsigned)(y->made * (LOAD_HISTORY_SRC_MAX - SRC_AT_ONCE) / y->h.records);

	snprintf(user, sizeof(user), "user%u", draw_small(y, LOAD_HISTORY_USERS));
	load_history_src(front + draw(y, SRC_AT_ONCE), src);
	if (success)
		snprintf(src, sizeof(src), "10.0.0.%u", draw(y, 20) + 1);
	if (is_rare) {
		snprintf(user, sizeof(user), LOAD_HISTORY_RARE);
		snprintf(src, sizeof(src), LOAD_HISTORY_RARE_SRC);
	}
	a.pid = 1000 + draw(y, 30000);
	a.src_port = 30000 + draw(y, 30000);
	snprintf(line, sizeof(line), "Nov 22 12:00:00 edge sshd[%u]: %s password for %s from %s port %u ssh2", a.pid,
		 success ? "Accepted" : "Failed", user, src, a.src_port);
	a.service = "sshd";
	a.outcome = success ? "success" : "failure";
	a.method = "password";
	a.user = text(user);
	a.src = src;
	a.line = text(line);
	y->record.auth = &a;
	keep(y, CALTROP__V1__RECORD__BODY_AUTH, success ? 1 : 2);
}

static void make_process(struct history *y, bool is_rare)
{
	Caltrop__V1__Process p = CALTROP__V1__PROCESS__INIT;
	char image[64], args[96], uid[16];

	snprintf(image, sizeof(image), "/usr/bin/tool%u", draw_small(y, LOAD_HISTORY_PROGRAMS));
	if (is_rare)
		snprintf(image, sizeof(image), "/opt/" LOAD_HISTORY_RARE);
	snprintf(uid, sizeof(uid), "%u", draw(y, 4) ? 0 : 1000 + draw(y, 5));
	snprintf(args, sizeof(args), "%s --number %u", image, draw(y, 1000000));
	p.action = "exec";
	p.image = text(image);
	p.args = text(args);
	p.user = strcmp(uid, "0") == 0 ? "root" : uid;
	p.uid = uid;
	p.pid = is_rare ? (uint32_t)strtoul(LOAD_HISTORY_RARE_PID, NULL, 10) : 1000 + draw(y, 30000);
	p.ppid = 1 + draw(y, 1000);
	p.name = text(strrchr(image, '/') + 1);
	p.source = "bpf";
	y->record.process = &p;
	keep(y, CALTROP__V1__RECORD__BODY_PROCESS, 1);
}

static void make_connection(struct history *y)
{
	Caltrop__V1__Connection c = CALTROP__V1__CONNECTION__INIT;
	char src[32], dst[32], image[64];

	snprintf(src, sizeof(src), "10.1.%u.%u", draw(y, 4), draw(y, 250) + 1);
	snprintf(dst, sizeof(dst), "192.0.%u.%u", draw(y, 250), draw(y, 250) + 1);
	snprintf(image, sizeof(image), "/usr/bin/tool%u", draw_small(y, LOAD_HISTORY_PROGRAMS));
	c.action = "opened";
	c.direction = "outgoing";
	c.protocol = "tcp";
	c.src = src;
	c.src_port = 30000 + draw(y, 30000);
	c.dst = dst;
	c.dst_port = 443;
	c.image = text(image);
	c.user = "root";
	c.uid = "0";
	c.pid = 1000 + draw(y, 30000);
	y->record.connection = &c;
	keep(y, CALTROP__V1__RECORD__BODY_CONNECTION, 1);
}

static void make_file(struct history *y)
{
	Caltrop__V1__File f = CALTROP__V1__FILE__INIT;
	char path[64], image[64];

	snprintf(path, sizeof(path), "/etc/part%u/name%u", draw(y, 20), draw(y, 500));
	snprintf(image, sizeof(image), "/usr/bin/tool%u", draw_small(y, LOAD_HISTORY_PROGRAMS));
	f.action = "write";
	f.path = text(path);
	f.image = text(image);
	f.user = "root";
	f.uid = "0";
	f.pid = 1000 + draw(y, 30000);
	f.size = draw(y, 100000);
	y->record.file = &f;
	keep(y, CALTROP__V1__RECORD__BODY_FILE, 2);
}

/* One of a few thousand incidents. */
static void make_finding(struct history *y, bool is_rare)
{
	Caltrop__V1__Finding f = CALTROP__V1__FINDING__INIT;
	uint8_t id[STORE_ID] = {1};
	char rule[32], src[32];
	uint32_t number = (uint32_t)(y->made * 1000 / y->h.records) << 4 | draw(y, 8);

	memcpy(id + 4, &number, sizeof(number));
	snprintf(rule, sizeof(rule), "rule_%u", draw_small(y, LOAD_HISTORY_RULES));
	if (is_rare)
		snprintf(rule, sizeof(rule), LOAD_HISTORY_RARE);
	load_history_src((unsigned)(y->made * (LOAD_HISTORY_SRC_MAX - SRC_AT_ONCE) / y->h.records), src);
	f.incident_id = (ProtobufCBinaryData){sizeof(id), id};
	f.state = draw(y, 4) ? CALTROP__V1__FINDING__STATE__UPDATED : CALTROP__V1__FINDING__STATE__CLOSED;
	f.rule_id = rule;
	f.title = "Many failed log-ins";
	f.src = src;
	f.count = 1 + draw(y, 100);
	f.first_wall_us = y->wall_us - 60000000;
	f.last_wall_us = y->wall_us;
	y->record.finding = &f;
	keep(y, CALTROP__V1__RECORD__BODY_FINDING, 3);
}

static void make_receipt(struct history *y)
{
	Caltrop__V1__Receipt r = CALTROP__V1__RECEIPT__INIT;
	char rule[32], src[32];

	snprintf(rule, sizeof(rule), "rule_%u", draw_small(y, LOAD_HISTORY_RULES));
	load_history_src((unsigned)(y->made * (LOAD_HISTORY_SRC_MAX - SRC_AT_ONCE) / y->h.records), src);
	r.verb = "ban";
	r.origin = "rule";
	r.result = "done";
	r.verified = true;
	r.rule_id = rule;
	r.addr = src;
	r.duration_s = 600;
	y->record.receipt = &r;
	keep(y, CALTROP__V1__RECORD__BODY_RECEIPT, 3);
}

static void make_health(struct history *y)
{
	Caltrop__V1__Health h = CALTROP__V1__HEALTH__INIT;

	y->record.health = &h;
	keep(y, CALTROP__V1__RECORD__BODY_HEALTH, 1);
}

/* In the middle of each fifth of the records there is one of each rare kind, one after the other. */
static bool make_rare(struct history *y)
{
	uint64_t part = y->h.records / RARE_TIMES, at = part ? y->made % part : 0;

	if (at == part / 2)
		make_auth(y, true);
	else if (at == part / 2 + 1)
		make_process(y, true);
	else if (at == part / 2 + 2)
		make_finding(y, true);
	else
		return false;
	return true;
}

static void make(struct history *y)
{
	uint32_t die = draw(y, 10000);

	caltrop__v1__record__init(&y->record);
	if (make_rare(y))
		return;
	if (die < 5900)
		make_auth(y, false);
	else if (die < 7900)
		make_process(y, false);
	else if (die < 9300)
		make_connection(y);
	else if (die < 9900)
		make_file(y);
	else if (die < 9920)
		make_finding(y, false);
	else if (die < 9930)
		make_receipt(y);
	else
		make_health(y);
}

static void device_id(unsigned device, uint8_t id[STORE_ID])
{
	memset(id, 0, STORE_ID);
	id[0] = (uint8_t)(device * 37);
	id[1] = (uint8_t)(device >> 8);
	id[2] = (uint8_t)device;
	id[3] = 1;
}

/* One batch of a device, whose records are a second apart at most. */
static void feed(struct history *y, unsigned device, unsigned count)
{
	static uint8_t records[BATCH_RECORDS_MAX][1024], blob[BATCH_BYTES_MAX + 4096];
	static Caltrop__V1__Entry entries[BATCH_RECORDS_MAX];
	static Caltrop__V1__Entry *pointers[BATCH_RECORDS_MAX];
	Caltrop__V1__Batch batch = CALTROP__V1__BATCH__INIT;
	struct log_batch b = {.count = count};
	uint64_t committed;

	device_id(device, b.device);
	memcpy(b.spool, b.device, STORE_ID);
	for (unsigned i = 0; i < count; i++, y->made++) {
		int64_t month_us = LOAD_HISTORY_DAYS * INT64_C(86400) * 1000000;

		y->wall_us =
			y->h.end_us - month_us + (int64_t)((double)month_us * (double)y->made / (double)y->h.records);
		make(y);
		memcpy(records[i], y->bytes, y->len);
		caltrop__v1__entry__init(&entries[i]);
		entries[i].seq = ++y->next_seq[device];
		entries[i].record = (ProtobufCBinaryData){y->len, records[i]};
		pointers[i] = &entries[i];
	}
	batch.spool_id = (ProtobufCBinaryData){STORE_ID, b.spool};
	batch.n_entries = count;
	batch.entries = pointers;
	b.received_us = y->wall_us + 200000;
	b.blob = (struct str){(char *)blob, caltrop__v1__batch__pack(&batch, blob)};
	must(ingest_batch(y->store, &b, &y->counts, &committed), "store a batch");
}

static void make_device(struct store *s, unsigned device, const char *name, const char *group)
{
	struct registry_device d = {.state = DEVICE_APPROVED, .arch = "x86_64", .created_us = 1};

	device_id(device, d.id);
	snprintf(d.name, sizeof(d.name), "%s", name);
	snprintf(d.group, sizeof(d.group), "%s", group);
	must(registry_device_put(s, &d), "store a device");
}

static void make_devices(struct history *y)
{
	char name[32], group[32];

	must(store_begin(y->store), "begin");
	for (unsigned i = 0; i < y->h.devices; i++) {
		snprintf(name, sizeof(name), "edge-%03u", i);
		snprintf(group, sizeof(group), "site-%u", i % LOAD_HISTORY_GROUPS);
		make_device(y->store, i, name, group);
	}
	make_device(y->store, 999, "edge-999", "lone");
	make_device(y->store, 1000, "silent", "silent");
	must(store_commit(y->store), "commit");
}

/* As devices send them: many small ones, and now and then a full one. */
static unsigned draw_count(struct history *y)
{
	unsigned count = 1 + draw_small(y, 2 * BATCH_RECORDS_MAX / 3);
	uint64_t left = y->h.records - y->made;

	return left < count ? (unsigned)left : count;
}

void load_history_fill(struct store *s, const struct load_history *h)
{
	static struct history y;

	y = (struct history){.h = *h, .store = s, .random = 13};
	must(store_relax(s), "relax");
	make_devices(&y);
	for (uint64_t batches = 0; y.made < h->records; batches++) {
		if (batches % BATCHES_PER_COMMIT == 0)
			must(store_begin(s), "begin");
		feed(&y, batches % LONE_EVERY == LONE_EVERY / 2 ? 999 : draw(&y, h->devices), draw_count(&y));
		if (batches % BATCHES_PER_COMMIT == BATCHES_PER_COMMIT - 1 || y.made == h->records)
			must(store_commit(s), "commit");
	}
}
