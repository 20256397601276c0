/* SPDX-License-Identifier: Apache-2.0 */
/* Puts findings together. What the incident is by now comes from the device; who it is about, from its highest rule. */
#include "server-stub/ingest/gather.h"

#include "agent/base/buf.h"
#include "agent/base/sum.h"

#include <stdio.h>
#include <string.h>

/* Add the lines of `more` that `lines` does not have, as far as there is room. */
static void add_lines(char *lines, size_t size, const char *more)
{
	struct str rest = str_from(more);

	while (rest.len) {
		struct str line = str_cut(&rest, '\n');
		size_t len = strlen(lines);

		if (line.len == 0 || str_find(str_from(lines), line) != SIZE_MAX || size - len < line.len + 2)
			continue;
		snprintf(lines + len, size - len, "%s%.*s", len ? "\n" : "", (int)line.len, line.data);
	}
}

/* The finding is of another rule than that which says what the incident is. */
static void keep_head(struct views_incident *i, const struct views_incident *before)
{
	memcpy(i->rule_id, before->rule_id, sizeof(i->rule_id));
	memcpy(i->title, before->title, sizeof(i->title));
	memcpy(i->author, before->author, sizeof(i->author));
	memcpy(i->tags, before->tags, sizeof(i->tags));
	memcpy(i->src, before->src, sizeof(i->src));
	memcpy(i->user, before->user, sizeof(i->user));
	memcpy(i->service, before->service, sizeof(i->service));
	memcpy(i->subject_kind, before->subject_kind, sizeof(i->subject_kind));
	memcpy(i->subject, before->subject, sizeof(i->subject));
}

/* It is of several rules. */
static void join(struct views_incident *i, const struct views_incident *before, const struct timeline_part *part)
{
	char lines[sizeof(i->evidence)];
	struct timeline_part head;

	if (timeline_head(i->timeline, &head) && strcmp(head.rule, part->rule) != 0)
		keep_head(i, before);
	memcpy(lines, before->evidence, sizeof(lines));
	add_lines(lines, sizeof(lines), i->evidence);
	memcpy(i->evidence, lines, sizeof(lines));
	i->first_us = before->first_us < i->first_us ? before->first_us : i->first_us;
	i->last_us = before->last_us > i->last_us ? before->last_us : i->last_us;
}

/* Who is named belongs to a rule: what an earlier finding of another rule named is no longer so. */
static void forget_names(struct views_incident *i)
{
	i->src[0] = i->user[0] = i->service[0] = i->subject_kind[0] = i->subject[0] = '\0';
	i->author[0] = i->tags[0] = '\0';
}

/*
 * A device whose disk failed tells from a spool in memory, whose numbers go on behind those of the disk; when the disk
 * works again, it tells what waited there. A clock that was set back, or numbers that begin anew, alone make no old
 * news.
 */
static bool is_old_news(const struct content *record, uint64_t seq, const struct views_incident *i)
{
	return seq < i->latest_seq && record->wall_us < i->latest_us;
}

/* `old` is the incident as the old news has it. */
static void add_old(struct views_incident *i, const struct views_incident *old, const struct timeline_part *part)
{
	struct timeline_part known, head;

	if (timeline_find(i->timeline, part->rule, &known))
		return;
	timeline_put(i->timeline, part);
	add_lines(i->evidence, sizeof(i->evidence), old->evidence);
	i->first_us = part->first_us < i->first_us ? part->first_us : i->first_us;
	if (timeline_head(i->timeline, &head) && strcmp(head.rule, part->rule) == 0)
		keep_head(i, old);
}

enum err gather_finding(const struct content *record, uint64_t seq, struct timeline_part *part,
			struct views_incident *i)
{
	struct views_incident before = *i;
	bool of_another;
	enum err err;

	if (part->rule[0] == '\0')
		memcpy(part->rule, before.rule_id, sizeof(part->rule));
	of_another = before.timeline[0] && strcmp(before.rule_id, part->rule) != 0;
	if (of_another)
		forget_names(i);
	i->merged_into[0] = '\0';
	err = content_finding(record, i);
	if (err != ERR_OK)
		return err;
	if (is_old_news(record, seq, &before)) {
		struct views_incident old = *i;

		*i = before;
		add_old(i, &old, part);
		return ERR_OK;
	}
	i->latest_seq = seq;
	i->latest_us = record->wall_us;
	timeline_put(i->timeline, part);
	if (of_another)
		join(i, &before, part);
	else if (before.timeline[0] && before.first_us && before.first_us < i->first_us)
		i->first_us = before.first_us;
	/* A device that has it open has forgotten that it was merged, as by a power cut: it goes on by itself. */
	if (!i->merged_into[0] && i->state == INCIDENT_CLOSED)
		memcpy(i->merged_into, before.merged_into, sizeof(i->merged_into));
	if (i->merged_into[0])
		i->state = INCIDENT_CLOSED;
	return ERR_OK;
}

static void add_merged(struct views_incident *into, const uint8_t id[STORE_ID])
{
	size_t len = strlen(into->merged);
	struct buf b = buf_over(into->merged + len, sizeof(into->merged) - len - 1);
	char text[2 * STORE_ID];
	struct buf hex = buf_over(text, sizeof(text));

	buf_hex(&hex, id, STORE_ID);
	if (str_find(str_from(into->merged), buf_str(&hex)) != SIZE_MAX)
		return;
	if (len)
		buf_char(&b, ',');
	buf_hex(&b, id, STORE_ID);
	into->merged[b.overflow ? len : len + b.len] = '\0';
}

void gather_merge(struct views_incident *into, const struct views_incident *i)
{
	struct timeline_part head;

	timeline_merge(into->timeline, i->timeline);
	add_lines(into->evidence, sizeof(into->evidence), i->evidence);
	into->first_us = i->first_us < into->first_us ? i->first_us : into->first_us;
	into->last_us = i->last_us > into->last_us ? i->last_us : into->last_us;
	into->count = sum_u32(into->count, i->count);
	into->severity = i->severity > into->severity ? i->severity : into->severity;
	into->score = i->score > into->score ? i->score : into->score;
	if (timeline_head(into->timeline, &head) && strcmp(head.rule, into->rule_id) != 0)
		keep_head(into, i);
	add_merged(into, i->id);
}
