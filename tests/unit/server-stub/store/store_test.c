/* SPDX-License-Identifier: Apache-2.0 */
/* The same facts about every kind of store. */
#include "proto/audit_chain.h"
#include "server-stub/ingest/follow.h"
#include "server-stub/store/log.h"
#include "server-stub/store/person.h"
#include "server-stub/store/registry.h"
#include "server-stub/store/store.h"
#include "server-stub/store/store_factory.h"
#include "server-stub/store/views.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
	bool in_file;
	char dir[64], path[96];
	struct store *store;
};

static const uint8_t fleet[STORE_FLEET] = {1, 2, 3}, other_fleet[STORE_FLEET] = {1, 2, 4};

static enum err open_it(struct world *w, struct store **out)
{
	return store_open(w->in_file ? w->path : NULL, fleet, out);
}

static void reopen(struct world *w)
{
	store_close(w->store);
	assert_int_equal(open_it(w, &w->store), ERR_OK);
}

static int set_up(void **state, bool in_file)
{
	struct world *w = calloc(1, sizeof(*w));

	w->in_file = in_file;
	snprintf(w->dir, sizeof(w->dir),
		 "/tmp/store_test.XX"
		 "XX"
		 "XX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->path, sizeof(w->path), "%s/caltrop.db", w->dir);
	assert_int_equal(store_create(in_file ? w->path : NULL, fleet, &w->store), ERR_OK);
	*state = w;
	return 0;
}

static int set_up_memory(void **state)
{
	return set_up(state, false);
}

static int set_up_sqlite(void **state)
{
	return set_up(state, true);
}

static int tear_down(void **state)
{
	struct world *w = *state;
	char side[128];

	store_close(w->store);
	unlink(w->path);
	snprintf(side, sizeof(side), "%s-wal", w->path);
	unlink(side);
	snprintf(side, sizeof(side), "%s-shm", w->path);
	unlink(side);
	assert_int_equal(rmdir(w->dir), 0);
	free(w);
	return 0;
}

static enum err retain(struct store *s, const struct store_retention *r, int64_t wall_us, unsigned *removed)
{
	struct follow follow = {.store = s};

	return follow_retain(&follow, r, wall_us, removed);
}

static struct registry_device device(uint8_t number, const char *name)
{
	struct registry_device d;

	/* Padding too, since tests compare whole structs. */
	memset(&d, 0, sizeof(d));
	d.state = DEVICE_APPROVED;
	d.cert_not_after_s = 99;
	d.created_us = 5;
	memset(d.id, number, sizeof(d.id));
	memset(d.cert_serial, 0x40 | number, sizeof(d.cert_serial));
	memset(d.csr_sha256, number, sizeof(d.csr_sha256));
	snprintf(d.name, sizeof(d.name), "%s", name);
	snprintf(d.group, sizeof(d.group), "%s", number % 2 ? "odd" : "even");
	return d;
}

static struct log_batch batch(uint8_t number, uint64_t first, uint64_t last, const char *blob)
{
	struct log_batch b = {.first_seq = first, .last_seq = last, .count = (uint32_t)(last - first + 1)};

	memset(b.device, number, sizeof(b.device));
	memset(b.spool, 7, sizeof(b.spool));
	b.received_us = (int64_t)last * 1000;
	b.blob = str_from(blob);
	return b;
}

static void device_comes_back_as_it_was_put(void **state)
{
	struct world *w = *state;
	struct registry_device d = device(3, "cam-3"), e;
	struct registry_pass pass;

	memset(&e, 0, sizeof(e));
	d.connected = true;
	d.last_seen_us = INT64_C(1) << 55;
	snprintf(d.kernel, sizeof(d.kernel), "Linux 6.1 \xff\xfe");
	assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	assert_int_equal(registry_device_get(w->store, d.id, &e), ERR_OK);
	assert_memory_equal(&d, &e, sizeof(d));
	assert_int_equal(registry_device_by_csr(w->store, d.csr_sha256, &e), ERR_OK);
	assert_memory_equal(&d, &e, sizeof(d));
	memset(&e, 0xee, sizeof(e));
	assert_int_equal(registry_device_row(w->store, d.id, &e), ERR_OK);
	assert_string_equal(e.kernel, d.kernel);
	assert_int_equal(e.last_seen_us, d.last_seen_us);
	assert_int_equal(registry_device_pass(w->store, d.id, &pass), ERR_OK);
	assert_int_equal(pass.state, DEVICE_APPROVED);
	assert_int_equal(pass.cert_not_after_s, 99);
	assert_int_equal(pass.last_seen_us, d.last_seen_us);
	assert_true(registry_pass_uses(&pass, d.cert_serial));
	assert_true(registry_pass_uses(&pass, d.next_serial));
	assert_false(registry_pass_uses(&pass, d.id));
	memset(d.id, 9, sizeof(d.id));
	assert_int_equal(registry_device_get(w->store, d.id, &e), ERR_NOT_FOUND);
	assert_int_equal(registry_device_row(w->store, d.id, &e), ERR_NOT_FOUND);
	assert_int_equal(registry_device_pass(w->store, d.id, &pass), ERR_NOT_FOUND);
}

static void device_is_found_by_prefix_or_name(void **state)
{
	struct world *w = *state;
	struct registry_device a = device(0xab, "cam-a"), b = device(0xac, "cam-b"), out;

	b.id[0] = 0xab; /* abacac... */
	assert_int_equal(registry_device_put(w->store, &a), ERR_OK);
	assert_int_equal(registry_device_put(w->store, &b), ERR_OK);
	assert_int_equal(registry_device_find(w->store, "abab", &out), ERR_OK);
	assert_string_equal(out.name, "cam-a");
	assert_int_equal(registry_device_find(w->store, "ABAC-A", &out), ERR_OK);
	assert_string_equal(out.name, "cam-b");
	assert_int_equal(registry_device_find(w->store, "aba", &out), ERR_NOT_FOUND);
	assert_int_equal(registry_device_find(w->store, "cam-b", &out), ERR_OK);
	assert_int_equal(registry_device_find(w->store, "abababab-abab-abab-abab-abababababab", &out), ERR_OK);
	assert_string_equal(out.name, "cam-a");
	assert_int_equal(registry_device_find(w->store, "cam", &out), ERR_NOT_FOUND);
	assert_int_equal(registry_device_find(w->store, "", &out), ERR_NOT_FOUND);
	assert_int_equal(registry_device_find(w->store, "ffff", &out), ERR_NOT_FOUND);
}

static void two_devices_that_fit_are_ambiguous(void **state)
{
	struct world *w = *state;
	struct registry_device a = device(0xcc, "twin"), b = device(0xcc, "twin"), out, both[2];

	b.id[5] = 1;
	assert_int_equal(registry_device_put(w->store, &a), ERR_OK);
	assert_int_equal(registry_device_put(w->store, &b), ERR_OK);
	assert_int_equal(registry_device_find(w->store, "cccc", &out), ERR_EXISTS);
	assert_int_equal(registry_device_find(w->store, "twin", &out), ERR_EXISTS);
	assert_true(registry_device_rivals(w->store, "cccc", both));
	assert_true(both[0].id[5] + both[1].id[5] == 0xcc + 1);
	a.state = DEVICE_REVOKED;
	assert_int_equal(registry_device_put(w->store, &a), ERR_OK);
	assert_int_equal(registry_device_find(w->store, "twin", &out), ERR_OK);
	assert_int_equal(out.id[5], 1);
	assert_false(registry_device_rivals(w->store, "twin", both));
}

static void device_does_not_choose_a_name_that_is_taken(void **state)
{
	struct world *w = *state;
	struct registry_device a = device(0xcc, "gate"), b = device(0xdd, ""), c = device(0xee, ""), out;

	assert_int_equal(registry_device_put(w->store, &a), ERR_OK);
	assert_int_equal(registry_device_call(w->store, &b, "gate"), ERR_OK);
	assert_string_equal(b.name, "gate-dddddd");
	assert_int_equal(registry_device_put(w->store, &b), ERR_OK);
	assert_int_equal(registry_device_find(w->store, "gate", &out), ERR_OK);
	assert_memory_equal(out.id, a.id, STORE_ID);
	/* The first digits of another's id are its name as well. */
	assert_int_equal(registry_device_call(w->store, &c, "cccc"), ERR_OK);
	assert_string_equal(c.name, "cccc-eeeeee");
	assert_int_equal(registry_device_call(w->store, &c, "other"), ERR_OK);
	assert_string_equal(c.name, "cccc-eeeeee");
	memset(c.name, 0, sizeof(c.name));
	a.state = DEVICE_REVOKED;
	assert_int_equal(registry_device_put(w->store, &a), ERR_OK);
	assert_int_equal(registry_device_call(w->store, &c, "gate"), ERR_OK);
	assert_string_equal(c.name, "gate");
}

static void device_with_lowest_id_is_found_by_prefix(void **state)
{
	struct world *w = *state;
	struct registry_device a = device(0, "zero"), out;

	assert_int_equal(registry_device_put(w->store, &a), ERR_OK);
	assert_int_equal(registry_device_find(w->store, "0000", &out), ERR_OK);
	assert_string_equal(out.name, "zero");
}

struct seen {
	unsigned count, stop_at;
	uint64_t rows[16];
	uint8_t firsts[16];
	uint64_t seqs[16];
	char text[16][32];
};

static bool see_device(void *arg, const struct registry_device *d)
{
	struct seen *s = arg;

	s->firsts[s->count++] = d->id[0];
	return s->count != s->stop_at;
}

static void devices_are_listed_in_order_and_pages(void **state)
{
	struct world *w = *state;
	struct seen s = {0}, page = {0}, odd = {0}, stopped = {.stop_at = 1};
	uint8_t after[STORE_ID];

	for (uint8_t i = 6; i > 0; i--) {
		struct registry_device d = device(i, "d");

		assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	}
	assert_int_equal(registry_device_list(w->store, NULL, NULL, 100, see_device, &s), ERR_OK);
	assert_int_equal(s.count, 6);
	assert_int_equal(s.firsts[0], 1);
	assert_int_equal(s.firsts[5], 6);
	memset(after, 2, sizeof(after));
	assert_int_equal(registry_device_list(w->store, NULL, after, 2, see_device, &page), ERR_OK);
	assert_int_equal(page.count, 2);
	assert_int_equal(page.firsts[0], 3);
	assert_int_equal(registry_device_list(w->store, "odd", NULL, 100, see_device, &odd), ERR_OK);
	assert_int_equal(odd.count, 3);
	assert_int_equal(odd.firsts[2], 5);
	assert_int_equal(registry_device_list(w->store, NULL, NULL, 100, see_device, &stopped), ERR_OK);
	assert_int_equal(stopped.count, 1);
}

static void presence_changes_nothing_else(void **state)
{
	struct world *w = *state;
	struct registry_device d = device(1, "one"), e;
	struct registry_presence p = {.connected = true, .last_seen_us = 77, .address = "192.0.2.1"};

	assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	memcpy(p.device, d.id, sizeof(p.device));
	assert_int_equal(registry_device_presence(w->store, &p), ERR_OK);
	p.address[0] = 0;
	p.last_seen_us = 78;
	assert_int_equal(registry_device_presence(w->store, &p), ERR_OK);
	assert_int_equal(registry_device_get(w->store, d.id, &e), ERR_OK);
	assert_true(e.connected);
	assert_int_equal(e.last_seen_us, 78);
	assert_string_equal(e.address, "192.0.2.1");
	assert_string_equal(e.name, "one");
	assert_int_equal(registry_device_absent_all(w->store), ERR_OK);
	assert_int_equal(registry_device_get(w->store, d.id, &e), ERR_OK);
	assert_false(e.connected);
	memset(p.device, 99, sizeof(p.device));
	assert_int_equal(registry_device_presence(w->store, &p), ERR_OK);
}

static bool see_token(void *arg, const struct registry_token *t)
{
	struct seen *s = arg;

	s->firsts[s->count++] = t->id[0];
	return true;
}

static void token_is_found_by_its_hash(void **state)
{
	struct world *w = *state;
	struct registry_token t, u;
	struct seen s = {0};

	memset(&t, 0, sizeof(t));
	memset(&u, 0, sizeof(u));
	t.id[0] = 1;
	t.secret_sha256[0] = 2;
	t.uses_max = 3;
	t.expires_us = 4;
	t.approve = true;

	assert_int_equal(registry_token_put(w->store, &t), ERR_OK);
	t.uses = 2;
	assert_int_equal(registry_token_put(w->store, &t), ERR_OK);
	assert_int_equal(registry_token_get(w->store, t.secret_sha256, &u), ERR_OK);
	assert_memory_equal(&t, &u, sizeof(t));
	assert_int_equal(registry_token_list(w->store, see_token, &s), ERR_OK);
	assert_int_equal(s.count, 1);
	t.secret_sha256[0] = 9;
	assert_int_equal(registry_token_get(w->store, t.secret_sha256, &u), ERR_NOT_FOUND);
}

static uint64_t committed(struct world *w, const struct log_batch *b)
{
	uint64_t seq = 12345;

	assert_int_equal(log_committed(w->store, b->device, b->spool, &seq), ERR_OK);
	return seq;
}

static void batch_is_stored_once(void **state)
{
	struct world *w = *state;
	struct log_batch a = batch(1, 1, 5, "first"), b = batch(1, 7, 9, "second"), c = batch(1, 9, 12, "late");
	struct registry_device d = device(1, "one");

	assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	assert_int_equal(committed(w, &a), 0);
	assert_int_equal(log_append(w->store, &a), ERR_OK);
	assert_int_equal(log_append(w->store, &a), ERR_REPLAYED);
	assert_int_equal(log_append(w->store, &b), ERR_OK);
	assert_int_equal(log_append(w->store, &c), ERR_REPLAYED);
	assert_int_equal(committed(w, &a), 9);
	assert_int_equal(registry_device_get(w->store, d.id, &d), ERR_OK);
	assert_int_equal(d.records, 8);
	assert_int_equal(registry_device_row(w->store, d.id, &d), ERR_OK);
	assert_int_equal(d.records, 0);
	c = batch(2, 1, 1, "of another device");
	assert_int_equal(log_append(w->store, &c), ERR_OK);
	assert_int_equal(committed(w, &a), 9);
}

/* Whether something was committed since; the wait is over at once. */
static bool heard(struct world *w, enum log_news news, uint64_t *seen)
{
	uint64_t before = *seen;

	log_wait(w->store, news, seen, 0);
	return *seen != before;
}

static void news_are_heard_by_those_who_wait_for_them(void **state)
{
	struct world *w = *state;
	struct log_batch plain = batch(1, 1, 5, "plain"), story = batch(1, 6, 9, "story"),
			 lost = batch(1, 10, 11, "lost");
	uint64_t entries = 0, stories = 0;

	story.kind = lost.kind = LOG_STORY;
	assert_true(heard(w, LOG_ENTRIES, &entries) && heard(w, LOG_STORIES, &stories));
	assert_false(heard(w, LOG_ENTRIES, &entries) || heard(w, LOG_STORIES, &stories));
	assert_int_equal(log_append(w->store, &plain), ERR_OK);
	assert_true(heard(w, LOG_ENTRIES, &entries));
	assert_false(heard(w, LOG_STORIES, &stories));
	assert_int_equal(log_append(w->store, &story), ERR_OK);
	assert_true(heard(w, LOG_ENTRIES, &entries) && heard(w, LOG_STORIES, &stories));
	assert_int_equal(store_begin(w->store), ERR_OK);
	assert_int_equal(log_append(w->store, &lost), ERR_OK);
	store_rollback(w->store);
	assert_false(heard(w, LOG_ENTRIES, &entries) || heard(w, LOG_STORIES, &stories));
	log_wake(w->store, LOG_ENTRIES);
	assert_true(heard(w, LOG_ENTRIES, &entries));
	assert_false(heard(w, LOG_STORIES, &stories));
}

static bool see_batch(void *arg, uint64_t rowid, const struct log_batch *b)
{
	struct seen *s = arg;

	s->rows[s->count] = rowid;
	s->seqs[s->count] = b->first_seq;
	snprintf(s->text[s->count++], sizeof(s->text[0]), "%.*s", (int)b->blob.len, b->blob.data);
	return s->count != s->stop_at;
}

static void batches_are_listed_both_ways(void **state)
{
	struct world *w = *state;
	struct seen up = {0}, rest = {0}, down = {0}, below = {0}, one = {0};
	uint8_t two[STORE_ID];

	for (uint64_t i = 1; i <= 6; i++) {
		struct log_batch b = batch(i % 2 ? 1 : 2, i, i, i % 2 ? "odd" : "even");

		assert_int_equal(log_append(w->store, &b), ERR_OK);
	}
	assert_int_equal(log_list(w->store, NULL, false, 0, 4, see_batch, &up), ERR_OK);
	assert_int_equal(up.count, 4);
	assert_int_equal(up.seqs[0], 1);
	assert_string_equal(up.text[1], "even");
	assert_int_equal(log_list(w->store, NULL, false, up.rows[3], 100, see_batch, &rest), ERR_OK);
	assert_int_equal(rest.count, 2);
	assert_int_equal(rest.seqs[0], 5);
	assert_int_equal(log_list(w->store, NULL, true, 0, 2, see_batch, &down), ERR_OK);
	assert_int_equal(down.seqs[0], 6);
	assert_int_equal(down.seqs[1], 5);
	assert_int_equal(log_list(w->store, NULL, true, down.rows[1], 100, see_batch, &below), ERR_OK);
	assert_int_equal(below.count, 4);
	assert_int_equal(below.seqs[0], 4);
	memset(two, 2, sizeof(two));
	assert_int_equal(log_list(w->store, two, true, 0, 100, see_batch, &one), ERR_OK);
	assert_int_equal(one.count, 3);
	assert_int_equal(one.seqs[2], 2);
}

static void rollback_takes_back_everything(void **state)
{
	struct world *w = *state;
	struct log_batch a = batch(1, 1, 5, "kept"), b = batch(1, 6, 9, "gone");
	struct registry_device d = device(1, "one"), e = device(2, "two");
	struct seen s = {0};

	assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	assert_int_equal(log_append(w->store, &a), ERR_OK);
	assert_int_equal(store_begin(w->store), ERR_OK);
	assert_int_equal(log_append(w->store, &b), ERR_OK);
	assert_int_equal(registry_device_put(w->store, &e), ERR_OK);
	snprintf(d.name, sizeof(d.name), "changed");
	assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	assert_int_equal(committed(w, &a), 9);
	store_rollback(w->store);
	assert_int_equal(committed(w, &a), 5);
	assert_int_equal(registry_device_get(w->store, e.id, &e), ERR_NOT_FOUND);
	assert_int_equal(registry_device_get(w->store, d.id, &d), ERR_OK);
	assert_string_equal(d.name, "one");
	assert_int_equal(log_list(w->store, NULL, false, 0, 100, see_batch, &s), ERR_OK);
	assert_int_equal(s.count, 1);
	assert_int_equal(store_begin(w->store), ERR_OK);
	assert_int_equal(log_append(w->store, &b), ERR_OK);
	assert_int_equal(store_commit(w->store), ERR_OK);
	assert_int_equal(committed(w, &a), 9);
}

static bool see_incident(void *arg, uint64_t rowid, const struct views_incident *i)
{
	struct seen *s = arg;

	s->rows[s->count] = rowid;
	s->firsts[s->count++] = i->id[0];
	return s->count != s->stop_at;
}

static void incident_belongs_to_its_device(void **state)
{
	struct world *w = *state;
	struct views_incident i, out;
	struct seen all = {0}, open = {0}, of_two = {0};
	uint8_t two[STORE_ID] = {2};

	memset(&i, 0, sizeof(i));
	memset(&out, 0, sizeof(out));
	i.id[0] = i.device[0] = 1;
	i.state = INCIDENT_OPEN;
	i.count = 3;

	snprintf(i.title, sizeof(i.title), "first");
	snprintf(i.subject_kind, sizeof(i.subject_kind), "process");
	snprintf(i.subject, sizeof(i.subject), "/bin/nc[815]");
	assert_int_equal(views_incident_put(w->store, &i), ERR_OK);
	i.device[0] = 2;
	snprintf(i.title, sizeof(i.title), "forged");
	assert_int_equal(views_incident_put(w->store, &i), ERR_OK);
	assert_int_equal(views_incident_get(w->store, i.id, &out), ERR_OK);
	assert_string_equal(out.title, "first");
	i.device[0] = 1;
	i.state = INCIDENT_CLOSED;
	snprintf(i.title, sizeof(i.title), "closed");
	assert_int_equal(views_incident_put(w->store, &i), ERR_OK);
	assert_int_equal(views_incident_get(w->store, i.id, &out), ERR_OK);
	assert_memory_equal(&i, &out, sizeof(i));
	assert_int_equal(views_incident_list(w->store, 0, NULL, 0, 10, see_incident, &all), ERR_OK);
	assert_int_equal(all.count, 2);
	assert_true(all.rows[0] > all.rows[1]);
	assert_int_equal(views_incident_list(w->store, INCIDENT_OPEN, NULL, 0, 10, see_incident, &open), ERR_OK);
	assert_int_equal(open.count, 1);
	assert_int_equal(views_incident_list(w->store, 0, two, all.rows[0], 10, see_incident, &of_two), ERR_OK);
	assert_int_equal(of_two.count, 0);
}

static bool see_receipt(void *arg, const struct views_receipt *r)
{
	struct seen *s = arg;

	snprintf(s->text[s->count++], sizeof(s->text[0]), "%.*s", (int)r->record.len, r->record.data);
	return true;
}

static void receipts_are_found_by_order_and_incident(void **state)
{
	struct world *w = *state;
	struct views_receipt r = {.device = {1}, .order_id = {5}, .record = STR("of the order")};
	struct seen by_order = {0}, by_incident = {0}, all = {0};
	uint8_t order[STORE_ID] = {5}, incident[STORE_ID] = {6};

	assert_int_equal(views_receipt_put(w->store, &r), ERR_OK);
	memset(r.order_id, 0, sizeof(r.order_id));
	r.incident_id[0] = 6;
	r.record = STR("of the incident");
	assert_int_equal(views_receipt_put(w->store, &r), ERR_OK);
	assert_int_equal(views_receipt_list(w->store, order, NULL, 10, see_receipt, &by_order), ERR_OK);
	assert_int_equal(by_order.count, 1);
	assert_string_equal(by_order.text[0], "of the order");
	assert_int_equal(views_receipt_list(w->store, NULL, incident, 10, see_receipt, &by_incident), ERR_OK);
	assert_int_equal(by_incident.count, 1);
	assert_string_equal(by_incident.text[0], "of the incident");
	assert_int_equal(views_receipt_list(w->store, NULL, NULL, 10, see_receipt, &all), ERR_OK);
	assert_int_equal(all.count, 2);
	assert_string_equal(all.text[0], "of the incident");
}

static struct registry_order order(uint8_t number, int64_t not_after_s)
{
	struct registry_order o;

	memset(&o, 0, sizeof(o));
	o.not_after_s = not_after_s;
	o.order_len = 3;
	o.signature_count = 2;
	memset(o.id, number, sizeof(o.id));
	memcpy(o.order, "abc", 3);
	memset(o.signatures[1].key_id, 4, KEY_ID);
	o.signatures[0].len = 70;
	o.signatures[1].len = 72;
	memset(o.signatures[1].bytes, number, 72);
	snprintf(o.verb, sizeof(o.verb), "ban");
	return o;
}

static bool see_order(void *arg, const struct registry_order *o)
{
	struct seen *s = arg;

	s->firsts[s->count++] = o->id[0];
	return true;
}

static bool see_order_row(void *arg, uint64_t rowid, const struct registry_order *o)
{
	((struct seen *)arg)->rows[((struct seen *)arg)->count] = rowid;
	return see_order(arg, o);
}

static bool see_target(void *arg, const struct registry_target *t)
{
	struct seen *s = arg;

	s->firsts[s->count++] = t->state;
	return true;
}

static void order_waits_for_its_devices_until_it_expires(void **state)
{
	struct world *w = *state;
	const uint8_t devices[2][STORE_ID] = {{1}, {2}};
	struct registry_order a = order(8, 100), b = order(9, 200), c;
	struct registry_target t;
	struct seen both = {0}, seen = {0}, late = {0}, none = {0}, targets = {0}, listed = {0};
	unsigned count = 99;

	assert_int_equal(registry_order_put(w->store, &a, devices, 2), ERR_OK);
	assert_int_equal(registry_order_put(w->store, &b, devices, 1), ERR_OK);
	assert_int_equal(registry_order_put(w->store, &a, devices, 2), ERR_EXISTS);
	memset(&c, 0, sizeof(c));
	assert_int_equal(registry_order_get(w->store, a.id, &c), ERR_OK);
	assert_memory_equal(&a, &c, sizeof(a));
	assert_int_equal(registry_target_waiting(w->store, devices[0], 50, see_order, &both), ERR_OK);
	assert_int_equal(both.count, 2);
	assert_int_equal(both.firsts[0], 8);
	assert_int_equal(registry_target_waiting(w->store, devices[0], 150, see_order, &late), ERR_OK);
	assert_int_equal(late.count, 1);
	assert_int_equal(late.firsts[0], 9);
	assert_int_equal(registry_target_get(w->store, b.id, devices[0], &t), ERR_OK);
	/* Seen and not answered: its receipts may be lost. */
	t.state = TARGET_SEEN;
	assert_int_equal(registry_target_put(w->store, &t), ERR_OK);
	assert_int_equal(registry_target_waiting(w->store, devices[0], 150, see_order, &seen), ERR_OK);
	assert_int_equal(seen.count, 1);
	t.state = TARGET_DONE;
	assert_int_equal(registry_target_put(w->store, &t), ERR_OK);
	assert_int_equal(registry_target_get(w->store, b.id, devices[1], &t), ERR_NOT_FOUND);
	assert_int_equal(registry_target_waiting(w->store, devices[0], 150, see_order, &none), ERR_OK);
	assert_int_equal(none.count, 0);
	assert_int_equal(registry_target_expire(w->store, 150, &count), ERR_OK);
	assert_int_equal(count, 2);
	assert_int_equal(registry_target_list(w->store, a.id, see_target, &targets), ERR_OK);
	assert_int_equal(targets.count, 2);
	assert_int_equal(targets.firsts[0], TARGET_EXPIRED);
	assert_int_equal(registry_order_list(w->store, 0, 10, see_order_row, &listed), ERR_OK);
	assert_int_equal(listed.firsts[0], 9);
	assert_int_equal(registry_order_list(w->store, listed.rows[0], 10, see_order_row, &listed), ERR_OK);
	assert_int_equal(listed.count, 3);
}

static void cancelled_order_waits_for_nobody_whom_it_was_not_sent(void **state)
{
	struct world *w = *state;
	const uint8_t devices[3][STORE_ID] = {{1}, {2}, {3}};
	struct registry_order a = order(8, 100), b = order(9, 100);
	struct views_answer answer = {.state = TARGET_DONE, .device = {3}};
	struct registry_target t;
	struct seen away = {0}, sent = {0};
	unsigned count = 99;

	assert_int_equal(registry_order_put(w->store, &a, devices, 3), ERR_OK);
	assert_int_equal(registry_order_put(w->store, &b, devices, 2), ERR_OK);
	/* It was sent, which is written down later than the answer is seen. */
	memcpy(answer.order_id, a.id, STORE_ID);
	assert_int_equal(views_answer_add(w->store, &answer), ERR_OK);
	assert_int_equal(registry_target_get(w->store, a.id, devices[1], &t), ERR_OK);
	t.state = TARGET_SENT;
	assert_int_equal(registry_target_put(w->store, &t), ERR_OK);
	assert_int_equal(registry_target_cancel(w->store, a.id, 77, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(registry_target_get(w->store, a.id, devices[0], &t), ERR_OK);
	assert_int_equal(t.state, TARGET_CANCELLED);
	assert_int_equal(t.updated_us, 77);
	assert_int_equal(registry_target_waiting(w->store, devices[0], 50, see_order, &away), ERR_OK);
	assert_int_equal(away.count, 1);
	assert_int_equal(away.firsts[0], 9);
	assert_int_equal(registry_target_waiting(w->store, devices[1], 50, see_order, &sent), ERR_OK);
	assert_int_equal(sent.count, 2);
	assert_int_equal(registry_target_cancel(w->store, a.id, 78, &count), ERR_OK);
	assert_int_equal(count, 0);
	assert_int_equal(registry_target_expire(w->store, 150, &count), ERR_OK);
	assert_int_equal(registry_target_get(w->store, a.id, devices[0], &t), ERR_OK);
	assert_int_equal(t.state, TARGET_CANCELLED);
}

static void held_order_waits_for_nobody_until_it_is_signed(void **state)
{
	struct world *w = *state;
	const uint8_t devices[2][STORE_ID] = {{1}, {2}};
	struct registry_order a = order(8, 100), b = order(9, 100), got;
	struct seen held = {0}, released = {0};
	struct registry_target t;
	unsigned count = 99;

	assert_int_equal(registry_order_put(w->store, &a, devices, 2), ERR_OK);
	assert_int_equal(registry_order_put(w->store, &b, devices, 2), ERR_OK);
	assert_int_equal(registry_order_hold(w->store, a.id), ERR_OK);
	assert_int_equal(registry_order_hold(w->store, b.id), ERR_OK);
	assert_int_equal(registry_target_get(w->store, a.id, devices[0], &t), ERR_OK);
	assert_int_equal(t.state, TARGET_NEEDS_APPROVAL);
	assert_int_equal(registry_target_waiting(w->store, devices[0], 50, see_order, &held), ERR_OK);
	assert_int_equal(held.count, 0);
	a.signature_count = 2;
	a.signatures[1] = (struct object_signature){.key_id = {7}, .len = 3, .bytes = {1, 2, 3}};
	assert_int_equal(registry_order_sign(w->store, &a), ERR_OK);
	assert_int_equal(registry_order_release(w->store, a.id, 78), ERR_OK);
	assert_int_equal(registry_order_get(w->store, a.id, &got), ERR_OK);
	assert_int_equal(got.signature_count, 2);
	assert_memory_equal(&got.signatures[1], &a.signatures[1], sizeof(got.signatures[1]));
	assert_int_equal(registry_target_waiting(w->store, devices[0], 50, see_order, &released), ERR_OK);
	assert_int_equal(released.count, 1);
	assert_int_equal(released.firsts[0], 8);
	assert_int_equal(registry_target_get(w->store, a.id, devices[1], &t), ERR_OK);
	assert_int_equal(t.state, TARGET_PENDING);
	assert_int_equal(t.updated_us, 78);
	/* The other one is taken back, or its time is over. */
	assert_int_equal(registry_target_cancel(w->store, b.id, 79, &count), ERR_OK);
	assert_int_equal(count, 2);
	assert_int_equal(registry_order_hold(w->store, a.id), ERR_OK);
	assert_int_equal(registry_target_expire(w->store, 150, &count), ERR_OK);
	assert_int_equal(count, 2);
}

static void deleted_device_is_found_by_nobody(void **state)
{
	struct world *w = *state;
	struct registry_device gone = device(5, "gone"), here = device(5, "here"), out;
	struct store_figures figures;

	gone.is_deleted = true;
	gone.state = DEVICE_REVOKED;
	here.id[STORE_ID - 1] = 9;
	strcpy(gone.labels, "a b");
	assert_int_equal(registry_device_put(w->store, &gone), ERR_OK);
	assert_int_equal(registry_device_find(w->store, "0505", &out), ERR_NOT_FOUND);
	assert_int_equal(registry_device_put(w->store, &here), ERR_OK);
	assert_int_equal(registry_device_find(w->store, "0505", &out), ERR_OK);
	assert_string_equal(out.name, "here");
	assert_int_equal(registry_device_find(w->store, "05050505050505050505050505050505", &out), ERR_NOT_FOUND);
	assert_int_equal(registry_device_get(w->store, gone.id, &out), ERR_OK);
	assert_true(out.is_deleted);
	assert_string_equal(out.labels, "a b");
	assert_int_equal(store_figures(w->store, &figures), ERR_OK);
	assert_int_equal(figures.devices, 1);
}

static bool see_session(void *arg, const struct person_session *x)
{
	struct seen *s = arg;

	snprintf(s->text[s->count], sizeof(s->text[0]), "%.8s %d", x->user, (int)x->created_us);
	return ++s->count != s->stop_at;
}

static void sessions_are_listed_by_user_and_time(void **state)
{
	struct world *w = *state;
	struct seen s = {0}, stopped = {.stop_at = 1};

	for (uint8_t i = 0; i < 4; i++) {
		struct person_session x = {.created_us = 10 - i, .expires_us = 99};

		strcpy(x.user, i % 2 ? "a" : "b");
		memset(x.token_sha256, 10 + i, sizeof(x.token_sha256));
		assert_int_equal(person_session_put(w->store, &x), ERR_OK);
	}
	assert_int_equal(person_session_list(w->store, see_session, &s), ERR_OK);
	assert_int_equal(s.count, 4);
	assert_string_equal(s.text[0], "a 7");
	assert_string_equal(s.text[1], "a 9");
	assert_string_equal(s.text[3], "b 10");
	assert_int_equal(person_session_list(w->store, see_session, &stopped), ERR_OK);
	assert_int_equal(stopped.count, 1);
}

static bool see_audit(void *arg, uint64_t rowid, const struct person_audit *a)
{
	struct seen *s = arg;

	s->rows[s->count] = rowid;
	s->seqs[s->count++] = a->status;
	return true;
}

static bool see_person(void *arg, const struct person *u)
{
	strcat(strcat(arg, u->name), " ");
	return true;
}

static void put_audit(struct store *s, const struct person_audit *a)
{
	assert_int_equal(store_begin(s), ERR_OK);
	assert_int_equal(person_audit_put(s, a), ERR_OK);
	assert_int_equal(store_commit(s), ERR_OK);
}

struct follower {
	uint64_t row;
	uint8_t hash[STORE_HASH];
};

static bool follow_audit(void *arg, uint64_t row, const struct person_audit *a)
{
	struct follower *f = arg;
	uint8_t prev[STORE_HASH];
	const struct audit_chain_row x = {row,
					  a->wall_us,
					  a->status,
					  str_from(a->user),
					  str_from(a->action),
					  str_from(a->detail),
					  str_from(a->address)};

	assert_int_equal(row, f->row + 1);
	memcpy(prev, f->hash, sizeof(prev));
	audit_chain_next(&x, prev, f->hash);
	assert_memory_equal(f->hash, a->hash, STORE_HASH);
	f->row = row;
	return row != 2;
}

static void each_row_of_the_audit_log_has_the_hash_of_all_before(void **state)
{
	struct world *w = *state;
	struct person_audit a = {.wall_us = 5, .user = "ada", .action = "login", .detail = "\xff", .status = 200};
	struct follower f = {.row = 0};
	uint8_t last[STORE_HASH];
	uint64_t row = 9;

	assert_int_equal(person_audit_last(w->store, &row, last), ERR_OK);
	assert_int_equal(row, 0);
	for (unsigned i = 0; i < 5; i++) {
		a.status++;
		put_audit(w->store, &a);
	}
	assert_int_equal(store_begin(w->store), ERR_OK);
	assert_int_equal(person_audit_put(w->store, &a), ERR_OK);
	store_rollback(w->store);
	put_audit(w->store, &a);
	assert_int_equal(person_audit_follow(w->store, 0, 10, follow_audit, &f), ERR_OK);
	assert_int_equal(f.row, 2);
	assert_int_equal(person_audit_follow(w->store, 2, 10, follow_audit, &f), ERR_OK);
	assert_int_equal(f.row, 6);
	assert_int_equal(person_audit_last(w->store, &row, last), ERR_OK);
	assert_int_equal(row, 6);
	assert_memory_equal(last, f.hash, STORE_HASH);
}

static void people_come_and_go(void **state)
{
	struct world *w = *state;
	struct person u, v;
	struct person_session x, y;
	struct person_audit a = {.user = "ada", .action = "login", .status = 200};
	struct seen s = {0};
	char names[64] = "";

	memset(&u, 0, sizeof(u));
	memset(&v, 0, sizeof(v));
	memset(&x, 0, sizeof(x));
	memset(&y, 0, sizeof(y));
	memcpy(u.name, "ada", 4);
	memcpy(u.role, "admin", 6);
	memcpy(u.password, "$argon2id$", 11);
	u.must_change = true;
	memset(u.totp, 3, sizeof(u.totp));
	memset(u.recovery, 4, sizeof(u.recovery));
	u.totp_step = 5;
	u.passkeys = 2;
	x.token_sha256[0] = 1;
	memcpy(x.user, "ada", 4);
	x.expires_us = 9;
	x.kind = SESSION_TOKEN;
	memcpy(x.name, "ci", 3);
	memcpy(x.role, "viewer", 7);
	memcpy(x.scope, "device.*", 9);

	assert_int_equal(person_put(w->store, &u), ERR_OK);
	assert_int_equal(person_get(w->store, "ada", &v), ERR_OK);
	assert_memory_equal(&u, &v, sizeof(u));
	assert_int_equal(person_get(w->store, "ad", &v), ERR_NOT_FOUND);
	memcpy(v.name, "Zoe", 4);
	assert_int_equal(person_put(w->store, &v), ERR_OK);
	memcpy(v.name, "bob", 4);
	assert_int_equal(person_put(w->store, &v), ERR_OK);
	assert_int_equal(person_list(w->store, see_person, names), ERR_OK);
	assert_string_equal(names, "Zoe ada bob ");
	assert_int_equal(person_session_put(w->store, &x), ERR_OK);
	assert_int_equal(person_session_get(w->store, x.token_sha256, &y), ERR_OK);
	assert_memory_equal(&x, &y, sizeof(x));
	assert_int_equal(person_session_use(w->store, x.token_sha256, 7), ERR_OK);
	assert_int_equal(person_session_get(w->store, x.token_sha256, &y), ERR_OK);
	assert_int_equal(y.used_us, 7);
	assert_int_equal(person_session_remove(w->store, x.token_sha256), ERR_OK);
	assert_int_equal(person_session_use(w->store, x.token_sha256, 8), ERR_OK);
	assert_int_equal(person_session_remove(w->store, x.token_sha256), ERR_NOT_FOUND);
	assert_int_equal(person_session_get(w->store, x.token_sha256, &y), ERR_NOT_FOUND);
	for (uint8_t i = 0; i < 3; i++) {
		memset(x.token_sha256, i, sizeof(x.token_sha256));
		if (i == 2)
			strcpy(x.user, "somebody else");
		assert_int_equal(person_session_put(w->store, &x), ERR_OK);
	}
	memset(x.token_sha256, 1, sizeof(x.token_sha256));
	assert_int_equal(person_session_get(w->store, x.token_sha256, &x), ERR_OK);
	assert_int_equal(person_session_keep(w->store, x.user, x.token_sha256), ERR_OK);
	for (uint8_t i = 0; i < 3; i++) {
		memset(x.token_sha256, i, sizeof(x.token_sha256));
		assert_int_equal(person_session_get(w->store, x.token_sha256, &y), i ? ERR_OK : ERR_NOT_FOUND);
	}
	put_audit(w->store, &a);
	a.status = 403;
	put_audit(w->store, &a);
	assert_int_equal(person_audit_list(w->store, 0, 10, see_audit, &s), ERR_OK);
	assert_int_equal(s.count, 2);
	assert_int_equal(s.seqs[0], 403);
	assert_int_equal(person_audit_list(w->store, s.rows[0], 10, see_audit, &s), ERR_OK);
	assert_int_equal(s.count, 3);
}

static bool see_passkey(void *arg, const struct person_passkey *p)
{
	strcat(arg, p->name);
	return strlen(arg) < 3;
}

static void put_passkey(struct store *s, uint8_t number, const char *user)
{
	struct person_passkey p = {.id_len = 3, .counter = UINT32_MAX, .created_us = number, .used_us = 9}, q;

	memset(p.id_sha256, number, sizeof(p.id_sha256));
	memset(p.id, 7, p.id_len);
	memset(p.point, 8, sizeof(p.point));
	snprintf(p.user, sizeof(p.user), "%s", user);
	p.name[0] = (char)('a' + number);
	assert_int_equal(person_passkey_put(s, &p), ERR_OK);
	memset(&q, 1, sizeof(q));
	assert_int_equal(person_passkey_get(s, p.id_sha256, &q), ERR_OK);
	assert_memory_equal(p.id, q.id, sizeof(p.id));
	assert_memory_equal(p.point, q.point, sizeof(p.point));
	assert_string_equal(q.user, user);
	assert_int_equal(q.counter, UINT32_MAX);
	assert_int_equal(q.id_len, 3);
}

static void passkeys_belong_to_their_operator(void **state)
{
	struct world *w = *state;
	struct person ada = {.name = "ada", .passkeys = 3}, now;
	struct person_passkey p;
	char names[8] = "";
	uint8_t id[STORE_HASH];

	for (uint8_t i = 0; i < 4; i++)
		put_passkey(w->store, i, i == 1 ? "bob" : "ada");
	assert_int_equal(person_passkey_list(w->store, "ada", see_passkey, names), ERR_OK);
	assert_string_equal(names, "acd");
	memset(id, 2, sizeof(id));
	assert_int_equal(person_passkey_remove(w->store, id), ERR_OK);
	assert_int_equal(person_passkey_remove(w->store, id), ERR_NOT_FOUND);
	assert_int_equal(person_passkey_get(w->store, id, &p), ERR_NOT_FOUND);
	assert_true(person_has_factor(&ada));
	assert_false(person_has_app(&ada));
	assert_int_equal(store_begin(w->store), ERR_OK);
	assert_int_equal(person_readmit(w->store, &ada, "$argon2id$"), ERR_OK);
	assert_int_equal(store_commit(w->store), ERR_OK);
	assert_int_equal(person_get(w->store, "ada", &now), ERR_OK);
	assert_false(person_has_factor(&now));
	names[0] = '\0';
	assert_int_equal(person_passkey_list(w->store, "ada", see_passkey, names), ERR_OK);
	assert_string_equal(names, "");
	assert_int_equal(person_passkey_list(w->store, "bob", see_passkey, names), ERR_OK);
	assert_string_equal(names, "b");
}

static void retention_takes_the_oldest_first(void **state)
{
	struct world *w = *state;
	struct store_retention by_age = {.age_us = 3500}, by_size = {.bytes_max = 1}, none = {0};
	struct store_figures f;
	struct seen s = {0};
	unsigned removed;
	uint64_t last = 0;

	for (uint64_t i = 1; i <= 10; i++) {
		struct log_batch b = batch(1, i, i, "x");

		assert_int_equal(log_append(w->store, &b), ERR_OK);
	}
	assert_int_equal(retain(w->store, &none, 11000, &removed), ERR_OK);
	assert_int_equal(removed, 0);
	assert_int_equal(retain(w->store, &by_age, 10000, &removed), ERR_OK);
	assert_int_equal(removed, 6);
	assert_int_equal(store_figures(w->store, &f), ERR_OK);
	assert_int_equal(f.batches, 4);
	assert_int_equal(f.records, 10);
	assert_int_equal(log_list(w->store, NULL, false, 0, 100, see_batch, &s), ERR_OK);
	assert_int_equal(s.count, 4);
	assert_int_equal(s.seqs[0], 7);
	last = s.rows[3];
	assert_int_equal(retain(w->store, &by_size, 10000, &removed), ERR_OK);
	assert_true(removed >= 3);
	/* What was committed stays known, and row numbers are not used again. */
	struct log_batch b = batch(1, 11, 11, "y");

	assert_int_equal(committed(w, &b), 10);
	assert_int_equal(log_append(w->store, &b), ERR_OK);
	s.count = 0;
	assert_int_equal(log_list(w->store, NULL, true, 0, 1, see_batch, &s), ERR_OK);
	assert_true(s.rows[0] > last);
}

static void retention_takes_what_was_folded_with_its_age(void **state)
{
	struct world *w = *state;
	struct store_retention by_age = {.age_us = 50};
	struct seen s = {0};
	unsigned removed;

	for (uint8_t n = 1; n <= 4; n++) {
		struct views_receipt r = {.device = {1}, .received_us = 100 + 10 * n, .record = STR("r")};
		struct views_incident i = {.id = {n}, .device = {1}, .received_us = 100 + 10 * n};

		i.state = n == 1 ? INCIDENT_OPEN : INCIDENT_CLOSED;
		assert_int_equal(views_receipt_put(w->store, &r), ERR_OK);
		assert_int_equal(views_incident_put(w->store, &i), ERR_OK);
	}
	assert_int_equal(retain(w->store, &by_age, 175, &removed), ERR_OK);
	assert_int_equal(removed, 0);
	assert_int_equal(views_receipt_list(w->store, NULL, NULL, 10, see_receipt, &s), ERR_OK);
	assert_int_equal(s.count, 2);
	s.count = 0;
	/* One is open still, however old. */
	assert_int_equal(views_incident_list(w->store, 0, NULL, 0, 10, see_incident, &s), ERR_OK);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.firsts[2], 1);
}

static void backup_is_a_store_of_its_own(void **state)
{
	struct world *w = *state;
	struct log_batch a = batch(1, 1, 5, "kept"), b = batch(1, 6, 9, "later");
	struct store *copy;
	char path[128];
	struct stat st;
	uint64_t seq;

	snprintf(path, sizeof(path), "%s/copy.db", w->dir);
	assert_int_equal(log_append(w->store, &a), ERR_OK);
	assert_int_equal(store_backup(w->store, path), ERR_OK);
	assert_int_equal(log_append(w->store, &b), ERR_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
	assert_int_equal(store_backup(w->store, path), ERR_EXISTS);
	assert_int_equal(store_open(path, fleet, &copy), ERR_OK);
	assert_int_equal(log_committed(copy, a.device, a.spool, &seq), ERR_OK);
	assert_int_equal(seq, 5);
	store_close(copy);
	unlink(path);
	assert_int_equal(store_backup(w->store, "/tmp/no-such-folder-of-caltrop/x.db"), ERR_NOT_FOUND);
}

static void committed_work_survives_reopening(void **state)
{
	struct world *w = *state;
	struct log_batch a = batch(1, 1, 5, "kept"), b = batch(1, 6, 9, "gone");

	assert_int_equal(log_append(w->store, &a), ERR_OK);
	assert_int_equal(store_begin(w->store), ERR_OK);
	assert_int_equal(log_append(w->store, &b), ERR_OK);
	reopen(w);
	assert_int_equal(committed(w, &a), 5);
}

static void second_handle_reads_while_the_first_writes(void **state)
{
	struct world *w = *state;
	struct log_batch a = batch(1, 1, 5, "one");
	struct store *reader;
	uint64_t seq;

	assert_int_equal(open_it(w, &reader), ERR_OK);
	assert_int_equal(store_begin(w->store), ERR_OK);
	assert_int_equal(log_append(w->store, &a), ERR_OK);
	assert_int_equal(log_committed(reader, a.device, a.spool, &seq), ERR_OK);
	assert_int_equal(seq, 0);
	assert_int_equal(store_commit(w->store), ERR_OK);
	assert_int_equal(log_committed(reader, a.device, a.spool, &seq), ERR_OK);
	assert_int_equal(seq, 5);
	store_close(reader);
}

static void open_says_what_is_wrong(void **state)
{
	struct world *w = *state;
	struct store *s;
	char path[128];
	FILE *f;

	assert_int_equal(store_open("/tmp/no-such-folder-of-caltrop/x.db", fleet, &s), ERR_NOT_FOUND);
	assert_null(s);
	snprintf(path, sizeof(path), "%s/other", w->dir);
	f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database at all. ", f);
	fclose(f);
	assert_int_equal(store_open(path, fleet, &s), ERR_CORRUPT);
	unlink(path);
}

static void newer_registry_is_merged_into_a_restored_one(void **state)
{
	struct world *w = *state;
	struct registry_device a = device(1, "a"), b = device(2, "b"), c = device(3, "c"), d;
	struct registry_token t = {.secret_sha256 = {1}, .uses_max = 9, .uses = 1};
	struct registry_merged merged;
	struct store *from;

	assert_int_equal(store_open(NULL, NULL, &from), ERR_OK);
	assert_int_equal(registry_device_put(w->store, &a), ERR_OK);
	assert_int_equal(registry_device_put(w->store, &b), ERR_OK);
	assert_int_equal(registry_token_put(w->store, &t), ERR_OK);
	a.state = DEVICE_REVOKED;
	b.cert_not_after_s = 100;
	memset(b.cert_serial, 9, sizeof(b.cert_serial));
	t.revoked = true;
	t.uses = 4;
	assert_int_equal(registry_device_put(from, &a), ERR_OK);
	assert_int_equal(registry_device_put(from, &b), ERR_OK);
	assert_int_equal(registry_device_put(from, &c), ERR_OK);
	assert_int_equal(registry_token_put(from, &t), ERR_OK);
	assert_int_equal(registry_merge(w->store, from, &merged), ERR_OK);
	assert_int_equal(merged.revoked, 2);
	assert_int_equal(merged.renewed, 1);
	assert_int_equal(merged.added, 1);
	assert_int_equal(registry_device_get(w->store, a.id, &d), ERR_OK);
	assert_int_equal(d.state, DEVICE_REVOKED);
	assert_int_equal(registry_device_get(w->store, b.id, &d), ERR_OK);
	assert_memory_equal(d.cert_serial, b.cert_serial, sizeof(d.cert_serial));
	assert_int_equal(registry_token_get(w->store, t.secret_sha256, &t), ERR_OK);
	assert_true(t.revoked && t.uses == 4);
	/* What is revoked here does not come back with an older store. */
	a.state = DEVICE_APPROVED;
	a.cert_not_after_s = 1000;
	assert_int_equal(registry_device_put(from, &a), ERR_OK);
	assert_int_equal(registry_merge(w->store, from, &merged), ERR_OK);
	assert_int_equal(registry_device_get(w->store, a.id, &d), ERR_OK);
	assert_int_equal(d.state, DEVICE_REVOKED);
	store_close(from);
}

static bool count_factory(void *arg, const struct store_factory *f)
{
	assert_true(f->is_removed == (strcmp(f->name, "acme") == 0));
	++*(unsigned *)arg;
	return true;
}

static bool count_origin(void *arg, const struct store_origin *o)
{
	assert_string_equal(o->serial, "SN-2");
	++*(unsigned *)arg;
	return true;
}

static void factory_that_was_removed_stays_removed_after_a_restore(void **state)
{
	struct world *w = *state;
	struct store_factory f = {.name = "acme",
				  .group = "cams",
				  .unlisted = FACTORY_REFUSE,
				  .ca_len = 2,
				  .ca = {1, 2}},
			     other = {.name = "other"}, out;
	struct store_origin o = {.factory = "acme", .serial = "SN-1", .device = {4}}, got;
	struct registry_merged merged;
	unsigned factories = 0, origins = 0;
	struct store *from;

	assert_int_equal(store_open(NULL, NULL, &from), ERR_OK);
	assert_int_equal(store_factory_get(w->store, "acme", &out), ERR_NOT_FOUND);
	assert_int_equal(store_factory_put(w->store, &f), ERR_OK);
	assert_int_equal(store_factory_get(w->store, "acme", &out), ERR_OK);
	assert_string_equal(out.group, "cams");
	assert_memory_equal(out.ca, f.ca, sizeof(out.ca));
	assert_int_equal(store_origin_put(w->store, &o), ERR_OK);
	f.is_removed = true;
	assert_int_equal(store_factory_put(from, &f), ERR_OK);
	assert_int_equal(store_factory_put(from, &other), ERR_OK);
	/* The device has another number now, and this one alone. */
	snprintf(o.serial, sizeof(o.serial), "SN-2");
	assert_int_equal(store_origin_put(from, &o), ERR_OK);
	assert_int_equal(registry_merge(w->store, from, &merged), ERR_OK);
	assert_int_equal(store_factory_get(w->store, "acme", &out), ERR_NOT_FOUND);
	assert_int_equal(store_factory_get(w->store, "other", &out), ERR_OK);
	assert_int_equal(store_factory_list(w->store, count_factory, &factories), ERR_OK);
	assert_int_equal(factories, 2);
	assert_int_equal(store_origin_get(w->store, "acme", "SN-1", &got), ERR_NOT_FOUND);
	assert_int_equal(store_origin_get(w->store, "acme", "SN-2", &got), ERR_OK);
	assert_int_equal(store_origin_of(w->store, o.device, &got), ERR_OK);
	assert_int_equal(store_origin_list(w->store, count_origin, &origins), ERR_OK);
	assert_int_equal(origins, 1);
	for (unsigned i = 2; i < STORE_FACTORIES_MAX; i++) {
		snprintf(other.name, sizeof(other.name), "f%u", i);
		assert_int_equal(store_factory_put(w->store, &other), ERR_OK);
	}
	snprintf(other.name, sizeof(other.name), "one more");
	assert_int_equal(store_factory_put(w->store, &other), ERR_FULL);
	store_close(from);
}

/* An operator lets the device in again, by a token for it. */
static void let_in(struct store *s, struct registry_device *a, struct registry_token *t)
{
	t->uses = 1;
	assert_int_equal(registry_token_put(s, t), ERR_OK);
	a->state = DEVICE_APPROVED;
	a->cert_not_after_s += 100;
	memcpy(a->token, t->id, sizeof(a->token));
	assert_int_equal(registry_device_put(s, a), ERR_OK);
}

static void last_word_about_a_device_holds_after_a_restore(void **state)
{
	struct world *w = *state;
	struct registry_device a = device(1, "a"), revoked, d;
	struct registry_token t = {.secret_sha256 = {1}, .id = {1}, .uses_max = 1};
	struct registry_merged merged;
	struct store *from;

	memcpy(t.device, a.id, STORE_ID);
	a.state = DEVICE_REVOKED;
	revoked = a;
	assert_int_equal(store_open(NULL, NULL, &from), ERR_OK);
	assert_int_equal(registry_device_put(w->store, &revoked), ERR_OK);
	/* The backup has the revocation, and the store that was there an operator's word behind it. */
	let_in(from, &a, &t);
	assert_int_equal(registry_merge(w->store, from, &merged), ERR_OK);
	assert_int_equal(merged.let_in, 1);
	assert_int_equal(registry_device_get(w->store, a.id, &d), ERR_OK);
	assert_int_equal(d.state, DEVICE_APPROVED);
	assert_int_equal(d.cert_not_after_s, a.cert_not_after_s);
	/* Revoked once more behind that word: the older store has the same word, and it does not count again. */
	d.state = DEVICE_REVOKED;
	assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	assert_int_equal(registry_merge(w->store, from, &merged), ERR_OK);
	assert_int_equal(merged.let_in, 0);
	assert_int_equal(registry_device_get(w->store, a.id, &d), ERR_OK);
	assert_int_equal(d.state, DEVICE_REVOKED);
	/* The backup is the newer one of the two. */
	t = (struct registry_token){.secret_sha256 = {2}, .id = {2}, .uses_max = 1};
	memcpy(t.device, a.id, STORE_ID);
	assert_int_equal(registry_token_put(from, &t), ERR_OK);
	assert_int_equal(registry_device_put(from, &revoked), ERR_OK);
	let_in(w->store, &d, &t);
	assert_int_equal(registry_merge(w->store, from, &merged), ERR_OK);
	assert_int_equal(merged.revoked, 0);
	assert_int_equal(registry_device_get(w->store, a.id, &d), ERR_OK);
	assert_int_equal(d.state, DEVICE_APPROVED);
	/* A token for any device says nothing of one that was revoked. */
	t = (struct registry_token){.secret_sha256 = {3}, .id = {3}, .uses_max = 1};
	d.state = DEVICE_REVOKED;
	assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	let_in(from, &a, &t);
	assert_int_equal(registry_merge(w->store, from, &merged), ERR_OK);
	assert_int_equal(registry_device_get(w->store, a.id, &d), ERR_OK);
	assert_int_equal(d.state, DEVICE_REVOKED);
	store_close(from);
}

static void store_is_one_fleets_and_is_never_made_by_the_way(void **state)
{
	struct world *w = *state;
	struct store *s;
	char path[128];
	struct stat st;
	FILE *f;

	assert_int_equal(store_open(w->path, other_fleet, &s), ERR_FOREIGN);
	assert_null(s);
	assert_int_equal(store_create(w->path, fleet, &s), ERR_EXISTS);
	assert_int_equal(store_open(w->path, NULL, &s), ERR_OK);
	store_close(s);
	snprintf(path, sizeof(path), "%s/none.db", w->dir);
	assert_int_equal(store_open(path, fleet, &s), ERR_NOT_FOUND);
	assert_int_equal(stat(path, &st), -1);
	f = fopen(path, "w");
	fclose(f);
	assert_int_equal(store_open(path, fleet, &s), ERR_NOT_FOUND);
	unlink(path);
}

static void database_is_for_its_owner_alone(void **state)
{
	struct world *w = *state;
	struct stat st;

	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
}

#define BOTH(test)                                                       \
	cmocka_unit_test_setup_teardown(test, set_up_memory, tear_down), \
		cmocka_unit_test_setup_teardown(test, set_up_sqlite, tear_down)
#define SQLITE(test) cmocka_unit_test_setup_teardown(test, set_up_sqlite, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(device_comes_back_as_it_was_put),
		BOTH(device_is_found_by_prefix_or_name),
		BOTH(two_devices_that_fit_are_ambiguous),
		BOTH(device_does_not_choose_a_name_that_is_taken),
		BOTH(device_with_lowest_id_is_found_by_prefix),
		BOTH(devices_are_listed_in_order_and_pages),
		BOTH(presence_changes_nothing_else),
		BOTH(token_is_found_by_its_hash),
		BOTH(batch_is_stored_once),
		SQLITE(news_are_heard_by_those_who_wait_for_them),
		BOTH(batches_are_listed_both_ways),
		BOTH(rollback_takes_back_everything),
		BOTH(incident_belongs_to_its_device),
		BOTH(receipts_are_found_by_order_and_incident),
		BOTH(order_waits_for_its_devices_until_it_expires),
		BOTH(cancelled_order_waits_for_nobody_whom_it_was_not_sent),
		BOTH(held_order_waits_for_nobody_until_it_is_signed),
		BOTH(deleted_device_is_found_by_nobody),
		BOTH(sessions_are_listed_by_user_and_time),
		BOTH(each_row_of_the_audit_log_has_the_hash_of_all_before),
		BOTH(people_come_and_go),
		BOTH(passkeys_belong_to_their_operator),
		BOTH(retention_takes_the_oldest_first),
		BOTH(retention_takes_what_was_folded_with_its_age),
		SQLITE(backup_is_a_store_of_its_own),
		SQLITE(committed_work_survives_reopening),
		SQLITE(second_handle_reads_while_the_first_writes),
		SQLITE(open_says_what_is_wrong),
		BOTH(newer_registry_is_merged_into_a_restored_one),
		BOTH(factory_that_was_removed_stays_removed_after_a_restore),
		BOTH(last_word_about_a_device_holds_after_a_restore),
		SQLITE(store_is_one_fleets_and_is_never_made_by_the_way),
		SQLITE(database_is_for_its_owner_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
