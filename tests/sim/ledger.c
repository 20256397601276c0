/* SPDX-License-Identifier: Apache-2.0 */
/* The book keeper of the simulation. Records are known by a hash of their bytes, which hold two clocks. */
#include "tests/sim/ledger.h"

#include "agent/base/require.h"
#include "tests/sim/service.h"

#include "caltrop/v1/record.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 65536
#define INCIDENTS_MAX 4096

struct entry {
	uint64_t hash, life, seq;
	uint8_t severity;
	bool must, is_stored;
	unsigned stored; /* only in the first entry with that hash */
	size_t order;
	/* Of a finding; state 0: it is none. */
	uint8_t incident[16];
	uint8_t state;
	bool merged;
	uint32_t total; /* of the whole incident by then */
};

struct decided {
	uint8_t id[16];
	char src[64], rule[32];
	bool excused;
};

static struct ledger {
	struct world *world;
	size_t count, incident_count;
	bool dropped_low, dropped_high;
	int64_t clock_set_us;
	struct entry entries[ENTRIES_MAX];
	struct decided incidents[INCIDENTS_MAX];
} ledger;

void ledger_begin(struct world *w)
{
	ledger.world = w;
	ledger.count = ledger.incident_count = 0;
	ledger.dropped_low = ledger.dropped_high = false;
	ledger.clock_set_us = -HOUR_US;
}

void ledger_end(void)
{
}

static uint64_t hash_of(struct str record)
{
	return hash_bytes(&(struct hash_key){1, 2}, record.data, record.len);
}

/* One incident may be decided by several rules. */
static void decide(const Caltrop__V1__Finding *f)
{
	for (size_t i = 0; i < ledger.incident_count; i++)
		if (memcmp(ledger.incidents[i].id, f->incident_id.data, 16) == 0 &&
		    strcmp(ledger.incidents[i].rule, f->rule_id) == 0)
			return;
	require(ledger.incident_count < INCIDENTS_MAX);
	struct decided *d = &ledger.incidents[ledger.incident_count++];

	memcpy(d->id, f->incident_id.data, 16);
	snprintf(d->src, sizeof(d->src), "%s", f->src);
	snprintf(d->rule, sizeof(d->rule), "%s", f->rule_id);
	d->excused = ledger.world->time_us - ledger.clock_set_us < 2 * MINUTE_US;
	world_say(ledger.world, "incident %02x%02x: %s by %s", d->id[0], d->id[1], d->rule, d->src);
}

void ledger_appended(uint64_t life, uint64_t seq, unsigned severity, struct str record)
{
	Caltrop__V1__Record *r = caltrop__v1__record__unpack(NULL, record.len, (const uint8_t *)record.data);

	require(ledger.count < ENTRIES_MAX && r != NULL);
	struct entry *e = &ledger.entries[ledger.count];

	*e = (struct entry){hash_of(record), life, seq, (uint8_t)severity, .order = ledger.count++};
	if (r->body_case == CALTROP__V1__RECORD__BODY_FINDING) {
		memcpy(e->incident, r->finding->incident_id.data, sizeof(e->incident));
		e->state = (uint8_t)r->finding->state;
		e->merged = r->finding->merged_into.len > 0;
		e->total = r->finding->total;
		if (e->state != CALTROP__V1__FINDING__STATE__CLOSED)
			decide(r->finding);
	}
	caltrop__v1__record__free_unpacked(r, NULL);
}

void ledger_survives(uint64_t life, uint64_t safe)
{
	for (size_t i = 0; i < ledger.count; i++)
		if (ledger.entries[i].life == life && ledger.entries[i].seq <= safe)
			ledger.entries[i].must = true;
}

void ledger_found(struct str record)
{
	uint64_t hash = hash_of(record);

	for (size_t i = ledger.count; i-- > 0;) {
		if (ledger.entries[i].hash == hash)
			return;
	}
	world_fail(ledger.world, "the spool gives a record that nobody appended");
}

void ledger_clock_set(void)
{
	ledger.clock_set_us = ledger.world->time_us;
}

void ledger_dropped(bool low, bool high)
{
	ledger.dropped_low |= low;
	ledger.dropped_high |= high;
}

static int by_hash(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static void stored(void *arg, struct str record)
{
	struct entry *e, key = {.hash = hash_of(record)};

	(void)arg;
	e = bsearch(&key, ledger.entries, ledger.count, sizeof(*e), by_hash);
	if (!e) {
		world_fail(ledger.world, "the store holds a record that nobody appended");
		return;
	}
	while (e > ledger.entries && e[-1].hash == e->hash)
		e--;
	e->stored++;
}

/* Records with equal bytes stand for each other. */
static void check_hash(struct entry *first, size_t count)
{
	size_t must = 0;

	for (size_t i = 0; i < count; i++) {
		first[i].is_stored = first->stored > 0;
		must += first[i].must && !(first[i].severity < 3 ? ledger.dropped_low : ledger.dropped_high);
	}
	if (first->stored > count)
		world_fail(ledger.world, "a record of severity %u (life %llu, number %llu) is stored %u times",
			   first->severity, (unsigned long long)first->life, (unsigned long long)first->seq,
			   first->stored);
	if (first->stored < must)
		world_fail(ledger.world, "a record of severity %u (life %llu, number %llu) is lost", first->severity,
			   (unsigned long long)first->life, (unsigned long long)first->seq);
}

/* The service has the state and the count that were last told of. An incident that was merged is closed for good. */
static void check_state(const struct decided *d)
{
	const struct entry *last = NULL;
	unsigned state = service_incident_state(d->id);
	bool merged = false, closed;

	for (size_t i = 0; i < ledger.count; i++) {
		const struct entry *e = &ledger.entries[i];

		if (!e->is_stored || e->state == 0 || memcmp(e->incident, d->id, sizeof(d->id)) != 0)
			continue;
		merged |= e->merged;
		if (!last || e->order > last->order)
			last = e;
	}
	if (!last)
		return;
	closed = merged || last->state == CALTROP__V1__FINDING__STATE__CLOSED;
	if (closed != (state == CALTROP__V1__FINDING__STATE__CLOSED))
		world_fail(ledger.world, "incident %02x%02x (%s by %s) was last told of with state %u and is %u",
			   d->id[0], d->id[1], d->rule, d->src, last->state, state);
	if (!merged && service_incident_count(d->id) != last->total)
		world_fail(ledger.world, "incident %02x%02x (%s by %s) was last told of with %u attempts and has %u",
			   d->id[0], d->id[1], d->rule, d->src, (unsigned)last->total, service_incident_count(d->id));
}

void ledger_check(void)
{
	qsort(ledger.entries, ledger.count, sizeof(ledger.entries[0]), by_hash);
	service_each(stored, NULL);
	for (size_t i = 0, n; i < ledger.count; i += n) {
		for (n = 1; i + n < ledger.count && ledger.entries[i + n].hash == ledger.entries[i].hash; n++)
			;
		check_hash(&ledger.entries[i], n);
	}
	for (size_t i = 0; i < ledger.incident_count && !ledger.dropped_high; i++) {
		const struct decided *d = &ledger.incidents[i];

		check_state(d);
		if (!d->excused && service_incident_state(d->id) == 0)
			world_fail(ledger.world, "incident %02x%02x (%s by %s) never reached the store", d->id[0],
				   d->id[1], d->rule, d->src);
	}
}

unsigned ledger_incidents(const char *src, const char *rule)
{
	unsigned count = 0;

	for (size_t i = 0; i < ledger.incident_count; i++)
		count += strcmp(ledger.incidents[i].src, src) == 0 && strcmp(ledger.incidents[i].rule, rule) == 0;
	return count;
}
