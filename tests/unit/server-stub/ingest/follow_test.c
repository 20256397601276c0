/* SPDX-License-Identifier: Apache-2.0 */
/* The contract between a log, of any back end, and the views that are made from it. */
#include "server-stub/ingest/follow.h"

#include "agent/base/buf.h"
#include "agent/base/severity.h"
#include "caltrop/v1/link.pb-c.h"
#include "caltrop/v1/record.pb-c.h"
#include "server-stub/ingest/ingest.h"
#include "server-stub/store/deed.h"
#include "server-stub/store/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PATH "/tmp/caltrop-follow-test.db"

static uint8_t device_id[STORE_ID] = {1}, spool_id[STORE_ID] = {3}, order_id[STORE_ID] = {5};

struct world {
	struct store *store;
	struct follow follow;
	uint64_t seq;
	int64_t clock_us;
};

static void remove_files(void)
{
	unlink(PATH);
	unlink(PATH "-wal");
	unlink(PATH "-shm");
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct registry_device d = {.state = DEVICE_APPROVED};
	struct registry_order o = {.not_after_s = 1};

	remove_files();
	assert_int_equal(store_create(*state ? PATH : NULL, (const uint8_t[STORE_FLEET]){1}, &w->store), ERR_OK);
	memcpy(d.id, device_id, STORE_ID);
	assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	memcpy(o.id, order_id, STORE_ID);
	assert_int_equal(registry_order_put(w->store, &o, (const uint8_t(*)[STORE_ID])device_id, 1), ERR_OK);
	w->follow.store = w->store;
	w->clock_us = 1000;
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	store_close(w->store);
	free(w);
	remove_files();
	return 0;
}

/* One record as a batch of its own, a second after the one before. */
static void tell(struct world *w, const Caltrop__V1__Record *record)
{
	uint8_t packed[4096], bytes[8192];
	Caltrop__V1__Batch batch = CALTROP__V1__BATCH__INIT;
	Caltrop__V1__Entry entry = CALTROP__V1__ENTRY__INIT, *list[] = {&entry};
	struct log_batch b = {.received_us = w->clock_us += 1000};
	struct ingest_counts counts = {0};
	uint64_t committed;

	entry.seq = ++w->seq;
	entry.record = (ProtobufCBinaryData){caltrop__v1__record__pack(record, packed), packed};
	batch.spool_id = (ProtobufCBinaryData){STORE_ID, spool_id};
	batch.n_entries = 1;
	batch.entries = list;
	memcpy(b.device, device_id, STORE_ID);
	memcpy(b.spool, spool_id, STORE_ID);
	b.blob = (struct str){(char *)bytes, caltrop__v1__batch__pack(&batch, bytes)};
	assert_int_equal(ingest_batch(w->store, &b, &counts, &committed), ERR_OK);
	assert_int_equal(committed, w->seq);
}

static void tell_finding(struct world *w, uint8_t number, int state, int64_t last_us)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Finding finding = CALTROP__V1__FINDING__INIT;
	uint8_t id[STORE_ID] = {number};

	finding.incident_id = (ProtobufCBinaryData){STORE_ID, id};
	finding.state = state;
	/* Later words leave out what was said. */
	finding.title = last_us < 50 ? "guessing" : "";
	finding.subject_kind = last_us < 50 ? "file" : "";
	if (last_us < 50)
		finding.subject = (ProtobufCBinaryData){11, (uint8_t *)(uintptr_t) "/etc/passwd"};
	finding.count = (uint32_t)last_us;
	finding.first_wall_us = 10;
	finding.last_wall_us = last_us;
	record.body_case = CALTROP__V1__RECORD__BODY_FINDING;
	record.finding = &finding;
	record.severity = CALTROP__V1__SEVERITY__HIGH;
	tell(w, &record);
}

static void tell_receipt(struct world *w, const char *result)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Receipt receipt = CALTROP__V1__RECEIPT__INIT;

	receipt.verb = "ban";
	receipt.result = (char *)(uintptr_t)result;
	receipt.text = (char *)(uintptr_t)result;
	receipt.order_id = (ProtobufCBinaryData){STORE_ID, order_id};
	record.body_case = CALTROP__V1__RECORD__BODY_RECEIPT;
	record.receipt = &receipt;
	record.wall_us = w->clock_us;
	tell(w, &record);
}

static void tell_health(struct world *w, const char *problem)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Health health = CALTROP__V1__HEALTH__INIT;
	char *problems[] = {(char *)(uintptr_t)problem};

	health.n_problems = 1;
	health.problems = problems;
	record.body_case = CALTROP__V1__RECORD__BODY_HEALTH;
	record.health = &health;
	tell(w, &record);
}

/* A health record in which so many lines were skipped. */
static void do_deed(struct world *w, uint8_t number, const char *deed, const char *text)
{
	struct views_note n = {.incident_id = {number}, .wall_us = w->clock_us += 1000};

	memcpy(n.device, device_id, STORE_ID);
	snprintf(n.author, sizeof(n.author), "ana");
	snprintf(n.deed, sizeof(n.deed), "%s", deed);
	snprintf(n.text, sizeof(n.text), "%s", text);
	assert_int_equal(deed_append(w->store, &n), ERR_OK);
}

static void bind_key(struct world *w)
{
	struct log_batch b = {.kind = LOG_KEY, .received_us = w->clock_us += 1000};
	char key[STORE_KEY] = {7};

	memcpy(b.device, device_id, STORE_ID);
	b.blob = (struct str){key, sizeof(key)};
	assert_int_equal(log_append(w->store, &b), ERR_OK);
}

/* What a rule found of an incident, and the one that this was merged into; 0: none. */
struct rule_word {
	uint8_t incident, into;
	int state;
	const char *rule;
	Caltrop__V1__Severity level;
	uint32_t count, total, score;
	int64_t first_us, last_us;
	int64_t wall_us;
};

static void tell_rule(struct world *w, const struct rule_word *word)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Finding finding = CALTROP__V1__FINDING__INIT;
	uint8_t id[STORE_ID] = {word->incident}, into[STORE_ID] = {word->into};
	char line[32];
	ProtobufCBinaryData lines[] = {
		{(size_t)snprintf(line, sizeof(line), "seen by %s", word->rule), (uint8_t *)line}};

	finding.incident_id = (ProtobufCBinaryData){STORE_ID, id};
	if (word->into)
		finding.merged_into = (ProtobufCBinaryData){STORE_ID, into};
	finding.state = word->state;
	finding.rule_id = finding.title = (char *)(uintptr_t)word->rule;
	finding.src = (char *)(uintptr_t)(word->level == CALTROP__V1__SEVERITY__HIGH ? "192.0.2.9" : "192.0.2.1");
	finding.level = word->level;
	finding.count = word->count;
	finding.total = word->total;
	finding.score = word->score;
	record.wall_us = word->wall_us;
	finding.first_wall_us = word->first_us;
	finding.last_wall_us = word->last_us;
	finding.evidence = lines;
	finding.n_evidence = 1;
	record.body_case = CALTROP__V1__RECORD__BODY_FINDING;
	record.finding = &finding;
	record.severity = word->score >= 60 ? CALTROP__V1__SEVERITY__HIGH : CALTROP__V1__SEVERITY__MEDIUM;
	tell(w, &record);
}

/* -- all that the views hold, as text -- */

static char text[16384];
static struct buf shown;
static struct store *showing;

static bool show_note(void *arg, const struct views_note *n)
{
	(void)arg;
	buf_printf(&shown, " [%lld %s %s %s]", (long long)n->wall_us, n->author, n->deed, n->text);
	return true;
}

static bool show_incident(void *arg, uint64_t row, const struct views_incident *i)
{
	(void)arg;
	(void)row;
	buf_printf(&shown, "incident %u: %u %u '%s' %u %lld %lld %lld '%s' '%s' %lld", i->id[0], i->state, i->severity,
		   i->title, i->count, (long long)i->first_us, (long long)i->last_us, (long long)i->received_us,
		   i->verdict, i->assignee, (long long)i->held_us);
	return true;
}

static bool show_receipt(void *arg, const struct views_receipt *r)
{
	(void)arg;
	buf_printf(&shown, "receipt %u %lld %u %zu\n", r->order_id[0], (long long)r->received_us, r->proof,
		   r->record.len);
	return true;
}

static const char *show(struct store *s)
{
	struct registry_target t;
	struct registry_device d;
	struct views_chain c;

	showing = s;
	shown = buf_over(text, sizeof(text) - 1);
	assert_int_equal(views_incident_list(s, 0, NULL, 0, 100, show_incident, NULL), ERR_OK);
	for (uint8_t i = 1; i < 5; i++)
		assert_int_equal(views_note_list(s, device_id, (const uint8_t[STORE_ID]){i}, 100, show_note, NULL),
				 ERR_OK);
	assert_int_equal(views_receipt_list(s, NULL, NULL, 100, show_receipt, NULL), ERR_OK);
	assert_int_equal(registry_target_get(s, order_id, device_id, &t), ERR_OK);
	assert_int_equal(registry_device_get(s, device_id, &d), ERR_OK);
	buf_printf(&shown, "answer %u %s %lld problems %s", t.state, t.text, (long long)t.updated_us, d.problems);
	if (views_chain_get(s, device_id, &c) == ERR_OK)
		buf_printf(&shown, " key %u", c.key[0]);
	assert_false(shown.overflow);
	text[shown.len] = '\0';
	return text;
}

static void retain(struct world *w, int64_t age_us)
{
	const struct store_retention r = {.age_us = age_us};
	unsigned removed;

	assert_int_equal(follow_retain(&w->follow, &r, w->clock_us, &removed), ERR_OK);
	assert_true(removed > 0);
}

static void a_history(struct world *w)
{
	tell_finding(w, 1, CALTROP__V1__FINDING__STATE__OPENED, 20);
	tell_finding(w, 2, CALTROP__V1__FINDING__STATE__OPENED, 30);
	tell_receipt(w, "done");
	tell_health(w, "the disk is full");
	do_deed(w, 1, "note", "seen before");
	do_deed(w, 1, "verdict", "benign");
	do_deed(w, 2, "assign", "bo");
	do_deed(w, 1, "close", "");
}

static void go_on(struct world *w)
{
	tell_finding(w, 1, CALTROP__V1__FINDING__STATE__UPDATED, 20); /* nothing new: it stays closed */
	tell_finding(w, 2, CALTROP__V1__FINDING__STATE__UPDATED, 60);
	tell_receipt(w, "refused");
	do_deed(w, 2, "note", "still there");
	tell_finding(w, 3, CALTROP__V1__FINDING__STATE__OPENED, 40);
	tell_health(w, "well again, nearly");
	bind_key(w);
}

static void emptied_views_come_back_equal(void **state)
{
	struct world *w = *state;
	char before[sizeof(text)];

	a_history(w);
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	go_on(w);
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	strcpy(before, show(w->store));
	assert_non_null(strstr(before, "incident 1: 3 4 'guessing' 20 10 20"));
	assert_non_null(strstr(before, "'benign' '' 20"));
	assert_non_null(strstr(before, "answer 4 done"));
	assert_non_null(strstr(before, "key 7"));
	assert_int_equal(views_clear(w->store), ERR_OK);
	assert_null(strstr(show(w->store), "incident"));
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_string_equal(show(w->store), before);
	assert_int_equal(follow_rebuild(&w->follow), ERR_OK);
	assert_string_equal(show(w->store), before);
}

static void emptied_views_come_back_equal_after_the_log_was_cut(void **state)
{
	struct world *w = *state;
	char before[sizeof(text)];
	unsigned count = 0;

	a_history(w);
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	/* All of the history goes from the log; nothing of it is old enough to go from the views. */
	go_on(w);
	for (; count < 3; count++) {
		const struct store_retention r = {.bytes_max = 1};
		unsigned removed;

		if (count == 1)
			assert_int_equal(follow_retain(&w->follow, &r, w->clock_us, &removed), ERR_OK);
		assert_int_equal(follow_all(&w->follow), ERR_OK);
		strcpy(before, show(w->store));
		assert_int_equal(views_clear(w->store), ERR_OK);
		assert_int_equal(follow_all(&w->follow), ERR_OK);
		assert_string_equal(show(w->store), before);
		tell_finding(w, 2, CALTROP__V1__FINDING__STATE__UPDATED, 70 + count);
		do_deed(w, 3, "note", "after the cut");
	}
}

static void old_views_go_and_stay_away(void **state)
{
	struct world *w = *state;
	char before[sizeof(text)];

	a_history(w);
	w->clock_us += 100000;
	go_on(w);
	retain(w, 50000);
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	strcpy(before, show(w->store));
	/* Its receipt is gone with the age, the order's answer stays with the order; incident 2 is open still. */
	assert_null(strstr(before, "receipt 5 4000"));
	assert_non_null(strstr(before, "answer 4 done"));
	assert_non_null(strstr(before, "[8000 ana assign bo]"));
	assert_int_equal(views_clear(w->store), ERR_OK);
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_string_equal(show(w->store), before);
}

static void what_a_person_closed_opens_for_something_later_only(void **state)
{
	struct world *w = *state;

	tell_finding(w, 1, CALTROP__V1__FINDING__STATE__OPENED, 20);
	do_deed(w, 1, "close", "");
	tell_finding(w, 1, CALTROP__V1__FINDING__STATE__UPDATED, 20);
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_non_null(strstr(show(w->store), "incident 1: 3"));
	tell_finding(w, 1, CALTROP__V1__FINDING__STATE__UPDATED, 21);
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_non_null(strstr(show(w->store), "incident 1: 1"));
}

static void incident_keeps_what_it_is_about(void **state)
{
	struct world *w = *state;
	struct views_incident i;
	uint8_t id[STORE_ID] = {1};

	tell_finding(w, 1, CALTROP__V1__FINDING__STATE__OPENED, 20);
	tell_finding(w, 1, CALTROP__V1__FINDING__STATE__UPDATED, 60);
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_int_equal(views_incident_get(w->store, id, &i), ERR_OK);
	assert_int_equal(i.count, 60);
	assert_string_equal(i.subject_kind, "file");
	assert_string_equal(i.subject, "/etc/passwd");
}

static void entry_that_makes_no_sense_is_passed_over(void **state)
{
	struct world *w = *state;
	struct log_batch odd = {.kind = LOG_DEED, .blob = {"\x09odd", 4}};

	assert_int_equal(log_append(w->store, &odd), ERR_OK);
	odd.kind = LOG_KEY;
	assert_int_equal(log_append(w->store, &odd), ERR_OK);
	do_deed(w, 4, "note", "on no incident");
	tell_finding(w, 1, CALTROP__V1__FINDING__STATE__OPENED, 20);
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_non_null(strstr(show(w->store), "incident 1: 1"));
	assert_int_equal(w->follow.rejected, 2);
}

struct read {
	uint64_t positions[64];
	unsigned count;
};

static bool read_entry(void *arg, uint64_t position, const struct log_batch *b)
{
	struct read *r = arg;

	assert_true(b->kind != LOG_PLAIN);
	assert_true(r->count == 0 || position > r->positions[r->count - 1]);
	r->positions[r->count++] = position;
	return true;
}

static void log_is_read_on_from_a_position(void **state)
{
	struct world *w = *state;
	struct read all = {.count = 0}, rest = {.count = 0};
	Caltrop__V1__Record plain = CALTROP__V1__RECORD__INIT;

	bind_key(w);
	a_history(w);
	plain.severity = CALTROP__V1__SEVERITY__LOW;
	for (unsigned i = 0; i < 3; i++)
		tell(w, &plain);
	tell_health(w, "later");
	assert_int_equal(log_follow(w->store, 0, 100, read_entry, &all), ERR_OK);
	assert_int_equal(all.count, 10);
	assert_int_equal(log_follow(w->store, all.positions[7], 1, read_entry, &rest), ERR_OK);
	assert_int_equal(rest.count, 1);
	assert_int_equal(rest.positions[0], all.positions[8]);
}

static void uncommitted_entries_are_not_told(void **state)
{
	struct world *w = *state;

	assert_int_equal(store_begin(w->store), ERR_OK);
	tell_finding(w, 1, CALTROP__V1__FINDING__STATE__OPENED, 20);
	store_rollback(w->store);
	w->seq = 0;
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_null(strstr(show(w->store), "incident"));
}

static void findings_of_several_rules_are_one_incident(void **state)
{
	struct world *w = *state;
	const int opened = CALTROP__V1__FINDING__STATE__OPENED, updated = CALTROP__V1__FINDING__STATE__UPDATED;
	const Caltrop__V1__Severity medium = CALTROP__V1__SEVERITY__MEDIUM, high = CALTROP__V1__SEVERITY__HIGH;
	struct views_incident i;
	struct timeline_part part;
	struct str rest;

	tell_rule(w, &(struct rule_word){1, 0, opened, "guess", medium, 5, 5, 40, 10, 20, 20});
	tell_rule(w, &(struct rule_word){1, 0, updated, "breach", high, 6, 11, 74, 30, 30, 30});
	tell_rule(w, &(struct rule_word){1, 0, updated, "guess", medium, 7, 13, 74, 10, 40, 40});
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_int_equal(views_incident_of(w->store, device_id, (const uint8_t[STORE_ID]){1}, &i), ERR_OK);
	assert_string_equal(i.rule_id, "breach");
	assert_string_equal(i.src, "192.0.2.9");
	assert_int_equal(i.count, 13);
	assert_int_equal(i.score, 74);
	assert_int_equal(i.severity, SEV_HIGH);
	assert_int_equal(i.first_us, 10);
	assert_int_equal(i.last_us, 40);
	assert_string_equal(i.evidence, "seen by guess\nseen by breach");
	rest = str_from(i.timeline);
	assert_true(timeline_next(&rest, &part));
	assert_string_equal(part.rule, "guess");
	assert_int_equal(part.count, 7);
	assert_int_equal(part.last_us, 40);
	assert_true(timeline_next(&rest, &part));
	assert_string_equal(part.rule, "breach");
	assert_int_equal(part.level, SEV_HIGH);
	assert_false(timeline_next(&rest, &part));
}

static void old_news_opens_no_incident_that_is_closed(void **state)
{
	struct world *w = *state;
	const int opened = CALTROP__V1__FINDING__STATE__OPENED, closed = CALTROP__V1__FINDING__STATE__CLOSED;
	const int updated = CALTROP__V1__FINDING__STATE__UPDATED, reopened = CALTROP__V1__FINDING__STATE__REOPENED;
	const Caltrop__V1__Severity medium = CALTROP__V1__SEVERITY__MEDIUM, high = CALTROP__V1__SEVERITY__HIGH;
	const uint8_t id[STORE_ID] = {1};
	struct views_incident i;

	/* From memory first, and then what waited on the disk. */
	w->seq = 100;
	tell_rule(w, &(struct rule_word){1, 0, closed, "guess", medium, 9, 15, 74, 10, 40, 900});
	spool_id[0]++;
	w->seq = 10;
	tell_rule(w, &(struct rule_word){1, 0, opened, "guess", medium, 5, 5, 40, 10, 20, 100});
	tell_rule(w, &(struct rule_word){1, 0, updated, "breach", high, 6, 11, 74, 5, 30, 200});
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_int_equal(views_incident_of(w->store, device_id, id, &i), ERR_OK);
	assert_int_equal(i.state, INCIDENT_CLOSED);
	assert_int_equal(i.count, 15);
	assert_int_equal(i.first_us, 5);
	assert_string_equal(i.rule_id, "breach");
	assert_string_equal(i.src, "192.0.2.9");
	/* Numbers that begin anew, or a clock that was set back, are none. */
	tell_rule(w, &(struct rule_word){1, 0, reopened, "guess", medium, 9, 16, 74, 10, 41, 1000});
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_int_equal(views_incident_of(w->store, device_id, id, &i), ERR_OK);
	assert_int_equal(i.state, INCIDENT_OPEN);
	tell_rule(w, &(struct rule_word){1, 0, closed, "guess", medium, 9, 16, 74, 10, 41, 60});
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_int_equal(views_incident_of(w->store, device_id, id, &i), ERR_OK);
	assert_int_equal(i.state, INCIDENT_CLOSED);
}

static void an_incident_that_became_part_of_another_is_closed_and_not_lost(void **state)
{
	struct world *w = *state;
	const int opened = CALTROP__V1__FINDING__STATE__OPENED, closed = CALTROP__V1__FINDING__STATE__CLOSED;
	const Caltrop__V1__Severity medium = CALTROP__V1__SEVERITY__MEDIUM, high = CALTROP__V1__SEVERITY__HIGH;
	const struct rule_word merged = {2, 1, closed, "dropper", high, 3, 3, 60, 15, 25, 25};
	struct views_incident i;
	struct timeline_part part;
	struct str rest;

	tell_rule(w, &(struct rule_word){1, 0, opened, "guess", medium, 5, 5, 40, 10, 20, 20});
	tell_rule(w, &(struct rule_word){2, 0, opened, "dropper", high, 1, 1, 60, 15, 15, 15});
	tell_rule(w, &merged);
	tell_rule(w, &merged); /* a device that fell back says it again */
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_int_equal(views_incident_of(w->store, device_id, (const uint8_t[STORE_ID]){2}, &i), ERR_OK);
	assert_int_equal(i.state, INCIDENT_CLOSED);
	assert_string_equal(i.merged_into, "01000000000000000000000000000000");
	assert_int_equal(views_incident_of(w->store, device_id, (const uint8_t[STORE_ID]){1}, &i), ERR_OK);
	assert_int_equal(i.state, INCIDENT_OPEN);
	assert_string_equal(i.merged, "02000000000000000000000000000000");
	assert_string_equal(i.rule_id, "dropper");
	assert_int_equal(i.count, 8);
	rest = str_from(i.timeline);
	assert_true(timeline_next(&rest, &part) && timeline_next(&rest, &part));
	assert_string_equal(part.rule, "dropper");
	assert_int_equal(part.count, 3);
	assert_false(timeline_next(&rest, &part));
}

/* Its state was saved before: what it finds must not go into an incident that nobody looks at any more. */
static void an_incident_of_a_device_that_forgot_the_merge_is_open_again(void **state)
{
	struct world *w = *state;
	const int opened = CALTROP__V1__FINDING__STATE__OPENED, closed = CALTROP__V1__FINDING__STATE__CLOSED;
	const Caltrop__V1__Severity medium = CALTROP__V1__SEVERITY__MEDIUM, high = CALTROP__V1__SEVERITY__HIGH;
	const struct rule_word merged = {2, 1, closed, "dropper", high, 3, 3, 60, 15, 25, 25};
	const struct rule_word ended = {2, 0, closed, "dropper", high, 4, 4, 60, 15, 26, 26};
	struct views_incident i;

	tell_rule(w, &(struct rule_word){1, 0, opened, "guess", medium, 5, 5, 40, 10, 20, 20});
	tell_rule(w, &(struct rule_word){2, 0, opened, "dropper", high, 1, 1, 60, 15, 15, 15});
	tell_rule(w, &merged);
	tell_rule(w, &ended);
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_int_equal(views_incident_of(w->store, device_id, (const uint8_t[STORE_ID]){2}, &i), ERR_OK);
	assert_int_equal(i.state, INCIDENT_CLOSED);
	assert_string_equal(i.merged_into, "01000000000000000000000000000000");
	tell_rule(w, &(struct rule_word){2, 0, opened, "dropper", high, 4, 4, 60, 15, 30, 30});
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_int_equal(views_incident_of(w->store, device_id, (const uint8_t[STORE_ID]){2}, &i), ERR_OK);
	assert_int_equal(i.state, INCIDENT_OPEN);
	assert_string_equal(i.merged_into, "");
	tell_rule(w, &(struct rule_word){2, 1, closed, "dropper", high, 5, 5, 60, 15, 35, 35});
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_int_equal(views_incident_of(w->store, device_id, (const uint8_t[STORE_ID]){2}, &i), ERR_OK);
	assert_int_equal(i.state, INCIDENT_CLOSED);
	assert_int_equal(views_incident_of(w->store, device_id, (const uint8_t[STORE_ID]){1}, &i), ERR_OK);
	assert_string_equal(i.merged, "02000000000000000000000000000000");
}

static void an_incident_is_not_part_of_itself(void **state)
{
	struct world *w = *state;
	const int opened = CALTROP__V1__FINDING__STATE__OPENED;
	const Caltrop__V1__Severity medium = CALTROP__V1__SEVERITY__MEDIUM;
	struct views_incident i;

	tell_rule(w, &(struct rule_word){1, 1, opened, "guess", medium, 5, 5, 40, 10, 20, 20});
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_int_equal(views_incident_of(w->store, device_id, (const uint8_t[STORE_ID]){1}, &i), ERR_OK);
	assert_int_equal(i.state, INCIDENT_OPEN);
	assert_string_equal(i.merged_into, "");
	assert_string_equal(i.merged, "");
	assert_int_equal(i.count, 5);
}

#define BOTH(test)                                                               \
	cmocka_unit_test_prestate_setup_teardown(test, set_up, tear_down, NULL), \
		cmocka_unit_test_prestate_setup_teardown(test, set_up, tear_down, (void *)PATH)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(emptied_views_come_back_equal),
		BOTH(emptied_views_come_back_equal_after_the_log_was_cut),
		BOTH(old_views_go_and_stay_away),
		BOTH(what_a_person_closed_opens_for_something_later_only),
		BOTH(incident_keeps_what_it_is_about),
		BOTH(entry_that_makes_no_sense_is_passed_over),
		BOTH(log_is_read_on_from_a_position),
		BOTH(uncommitted_entries_are_not_told),
		BOTH(findings_of_several_rules_are_one_incident),
		BOTH(old_news_opens_no_incident_that_is_closed),
		BOTH(an_incident_that_became_part_of_another_is_closed_and_not_lost),
		BOTH(an_incident_of_a_device_that_forgot_the_merge_is_open_again),
		BOTH(an_incident_is_not_part_of_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
