/* SPDX-License-Identifier: Apache-2.0 */
/* Rows (base/rows.h) of incidents for the local command line: the open ones, or one with its timeline. */
#include "agent/core/core_parts.h"

#include "agent/base/hex.h"
#include "agent/base/rows.h"

#include <string.h>

/* The part of the highest level, of these the one that came in first: it says what the incident is. */
static const struct incident_part *head_of(const struct incident *i)
{
	const struct incident_part *head = &i->parts[0];

	for (unsigned n = 1; n < i->part_count; n++)
		if (i->parts[n].level > head->level)
			head = &i->parts[n];
	return head;
}

/* An open finding of the incident, of that rule if there is one. NULL: it is closed. */
static const struct finding *finding_of(const struct core *c, const struct incident *i, uint64_t rule)
{
	const struct lru *all = &c->incidents.findings;
	const struct finding *any = NULL;

	for (const struct finding *f = lru_newest(all); f; f = lru_older(all, f)) {
		if (f->incident != i)
			continue;
		if (f->rule == rule)
			return f;
		any = any ? any : f;
	}
	return any;
}

static const struct rule *rule_of(const struct core *c, uint64_t hash)
{
	const struct rule_row *row = rule_set_find(&c->set, hash);

	return row ? row->rule : NULL;
}

static void put_id(struct buf *b, const char *name, const uint8_t id[INCIDENT_ID])
{
	char text[2 * INCIDENT_ID];
	struct buf hex = buf_over(text, sizeof(text));

	buf_hex(&hex, id, INCIDENT_ID);
	rows_text(b, name, buf_str(&hex));
}

void core_incident_row(const struct core *c, const struct incident *i, struct buf *b)
{
	const struct incident_part *head = head_of(i);
	const struct finding *f = finding_of(c, i, head->rule);
	const struct rule *rule = rule_of(c, head->rule);
	char name[RULE_NAME_MAX], text[SUBJECT_TEXT_MAX];
	struct str subject = f ? subject_text(&f->subject, text) : STR_NONE;

	rows_begin(b, "incident");
	put_id(b, "id", i->id);
	rows_text(b, "rule", str_from(rule_set_name(&c->set, head->rule, name)));
	rows_text(b, "title", rule ? str_from(rule->title) : STR_NONE);
	rows_text(b, "severity", str_from(severity_name(incident_severity(i))));
	rows_text(b, "src", f && f->subject.kind == SUBJECT_SRC ? subject : STR_NONE);
	rows_text(b, "user", f ? (struct str){f->user, f->user_len} : STR_NONE);
	rows_text(b, "service", f && f->service ? str_from(auth_service_name(f->service)) : STR_NONE);
	rows_int(b, "count", incident_count(i));
	rows_time(b, "first", i->first_wall_us);
	rows_time(b, "last", i->last_wall_us);
	rows_text(b, "subject_kind", f ? str_from(subject_kind_name(f->subject.kind)) : STR_NONE);
	rows_text(b, "subject", subject);
	rows_text(b, "state", i->findings ? STR("open") : STR("closed"));
	rows_int(b, "score", incident_score(i));
	rows_int(b, "rules", i->part_count);
	rows_int(b, "findings", i->joined);
	rows_int(b, "reopened", i->reopened);
	rows_int(b, "left_out", i->left_out);
	rows_end(b);
}

static void put_tags(struct buf *b, const struct rule *rule)
{
	char memory[RULE_TAGS_TEXT_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	for (unsigned n = 0; rule && rule->tags[n]; n++)
		buf_printf(&text, "%s%s", n ? " " : "", rule->tags[n]);
	rows_text(b, "tags", buf_str(&text));
}

static void put_part(const struct core *c, const struct incident_part *p, struct buf *b)
{
	const struct rule *rule = rule_of(c, p->rule);
	char name[RULE_NAME_MAX];

	rows_begin(b, "part");
	rows_time(b, "first", p->first_wall_us);
	rows_time(b, "last", p->last_wall_us);
	rows_text(b, "level", str_from(severity_name(p->level)));
	rows_int(b, "count", p->count);
	rows_bool(b, "succeeded", p->won);
	rows_text(b, "title", rule ? str_from(rule->title) : STR_NONE);
	rows_text(b, "rule", str_from(rule_set_name(&c->set, p->rule, name)));
	put_tags(b, rule);
	rows_text(b, "author", rule ? str_from(rule->author) : STR_NONE);
	rows_text(b, "link", rule && rule->link ? str_from(rule->link) : STR_NONE);
	rows_end(b);
}

/* The parts in the order in which they began. */
static void put_timeline(const struct core *c, const struct incident *i, struct buf *b)
{
	bool done[INCIDENT_PARTS_MAX] = {false};

	for (unsigned k = 0; k < i->part_count; k++) {
		unsigned next = INCIDENT_PARTS_MAX;

		for (unsigned n = 0; n < i->part_count; n++)
			if (!done[n] &&
			    (next == INCIDENT_PARTS_MAX || i->parts[n].first_wall_us < i->parts[next].first_wall_us))
				next = n;
		done[next] = true;
		put_part(c, &i->parts[next], b);
	}
}

static void put_merged(const struct incident *i, struct buf *b)
{
	for (unsigned n = 0; n < i->merged_count && n < INCIDENT_MERGED_MAX; n++) {
		rows_begin(b, "merged");
		put_id(b, "text", i->merged[n]);
		rows_end(b);
	}
}

bool core_incident_rows(struct core *c, struct core_reply *r, struct buf *b)
{
	const struct lru *all = &c->incidents.table;
	const struct incident *i = r->of_one ? incident_get(&c->incidents, r->incident) : NULL;
	uint32_t row = 0;

	if (i) {
		core_incident_row(c, i, b);
		put_timeline(c, i, b);
		put_merged(i, b);
	}
	if (r->of_one)
		return true;
	for (i = lru_oldest(all); i; i = lru_newer(all, i), row++) {
		if (row < r->row || i->findings == 0)
			continue;
		if (b->len > CORE_PIECE_BYTES) {
			r->row = row;
			return false;
		}
		core_incident_row(c, i, b);
	}
	return true;
}

static bool begins(const uint8_t id[INCIDENT_ID], struct str digits)
{
	char text[2 * INCIDENT_ID];
	struct buf hex = buf_over(text, sizeof(text));

	buf_hex(&hex, id, INCIDENT_ID);
	return str_starts(buf_str(&hex), digits);
}

/* The incidents, or those merged into them, whose identifier begins so; *out is the last one. */
static unsigned count_named(const struct core *c, struct str digits, uint8_t out[INCIDENT_ID])
{
	const struct lru *all = &c->incidents.table;
	unsigned count = 0;

	for (const struct incident *i = lru_newest(all); i; i = lru_older(all, i)) {
		if (begins(i->id, digits)) {
			memcpy(out, i->id, INCIDENT_ID);
			count++;
		}
		for (unsigned n = 0; n < i->merged_count && n < INCIDENT_MERGED_MAX; n++) {
			if (!begins(i->merged[n], digits))
				continue;
			memcpy(out, i->merged[n], INCIDENT_ID);
			count++;
		}
	}
	return count;
}

const char *core_incident_named(const struct core *c, struct str digits, uint8_t out[INCIDENT_ID])
{
	unsigned count = digits.len ? count_named(c, digits, out) : 0;

	if (count > 1)
		return "several incidents begin with that; give more digits";
	return count == 0 ? "the guard remembers no such incident: it is not open, and was not in the last hour" : NULL;
}
