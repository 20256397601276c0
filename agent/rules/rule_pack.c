/* SPDX-License-Identifier: Apache-2.0 */
/* Copies what incidents need of a rule, so that they outlive its pack. Never judges an event. */
#include "agent/rules/rule_pack.h"

#include "agent/base/now.h"
#include "agent/common/message.h"

#include <string.h>

#define QUIET_US (10 * MINUTE_US) /* without a further match, the incident of a single event is over */

static const enum severity severities[PACK_LEVELS] = {
	[PACK_LEVEL_NONE] = SEV_INFO, [PACK_INFORMATIONAL] = SEV_INFO, [PACK_LOW] = SEV_LOW,
	[PACK_MEDIUM] = SEV_MEDIUM,   [PACK_HIGH] = SEV_HIGH,	       [PACK_CRITICAL] = SEV_CRITICAL,
};

/* What the field by which a correlation groups is; SUBJECT_KINDS: nothing that an incident can be about. */
static uint8_t kind_of(const struct field *f)
{
	return f->flags & FIELD_IS_SRC	     ? SUBJECT_SRC
	       : f->flags & FIELD_IS_ACCOUNT ? SUBJECT_ACCOUNT
	       : f->flags & FIELD_IS_PROCESS ? SUBJECT_PROCESS
	       : f->flags & FIELD_IS_FILE    ? SUBJECT_FILE
					     : SUBJECT_KINDS;
}

static uint8_t subject_kind(const struct detect_found *found, const struct event *event, const struct attempt *attempt)
{
	static const uint8_t of_login[] = {SUBJECT_SRC, SUBJECT_ACCOUNT, SUBJECT_DEVICE};
	static const uint8_t of_process[] = {SUBJECT_PROCESS, SUBJECT_ACCOUNT, SUBJECT_DEVICE};
	static const uint8_t of_others[] = {SUBJECT_FILE, SUBJECT_PROCESS, SUBJECT_SRC, SUBJECT_ACCOUNT,
					    SUBJECT_DEVICE};
	const uint8_t *kinds = event->kind == EVENT_AUTH      ? of_login
			       : event->kind == EVENT_PROCESS ? of_process
							      : of_others;
	uint8_t grouped = found->subject ? kind_of(found->subject) : SUBJECT_KINDS;
	struct subject_found value;

	if (grouped < SUBJECT_KINDS && subject_find(grouped, event, attempt, &value))
		return grouped;
	while (*kinds != SUBJECT_DEVICE && !subject_find(*kinds, event, attempt, &value))
		kinds++;
	return *kinds;
}

/* Texts with a line feed between them become one each. */
static void put_tags(struct rule_stranger *s, struct str lines)
{
	struct buf b = buf_over(s->tags_text, sizeof(s->tags_text));

	for (unsigned i = 0; i < RULE_TAGS_MAX && lines.len; i++) {
		struct str tag = str_cut(&lines, '\n');

		if (b.cap - b.len <= tag.len)
			return;
		s->tags[i] = s->tags_text + b.len;
		buf_put(&b, tag);
		buf_char(&b, '\0');
	}
}

/* The first of the references; one that would be cut leads nowhere. */
static void put_link(struct rule_stranger *s, struct str lines)
{
	struct str link = str_cut(&lines, '\n');

	if (link.len < sizeof(s->link))
		str_show(link, s->link, sizeof(s->link));
}

static int64_t window_of(uint32_t window_s)
{
	return window_s ? (int64_t)window_s * SECOND_US : QUIET_US;
}

void rule_pack_adopt(struct rule_set *set, const struct pack *pack)
{
	uint32_t rules = pack_count(pack, PACK_RULES), all = rules + pack_count(pack, PACK_CORRELATIONS);
	char id[MESSAGE_RULE_MAX];

	for (uint32_t i = 0; i < all && set->count > set->loaded; i++) {
		uint32_t window_s = i < rules ? 0 : pack_correlation(pack, i - rules).timespan_s;
		struct str text = i < rules ? pack_rule(pack, i).about.id : pack_correlation(pack, i - rules).about.id;

		if (str_copy(text, id, sizeof(id)) == ERR_OK)
			rule_set_adopt(set, id, window_of(window_s));
	}
}

struct rule_row *rule_pack_row(struct rule_set *set, const struct detect_found *found, const struct event *event,
			       const struct attempt *attempt)
{
	struct rule_stranger s = {.rule = {.level = severities[found->about.level], .kind = event->kind}};

	s.rule.subject = subject_kind(found, event, attempt);
	s.rule.by_program = true;
	s.rule.policy = (struct settings_rule_row){.enabled = true, .count = 1};
	s.rule.policy.window_us = window_of(found->window_s);
	if (str_copy(found->about.id, s.id, sizeof(s.id)) != ERR_OK)
		return NULL;
	str_show(found->about.title, s.title, sizeof(s.title));
	str_show(found->about.author, s.author, sizeof(s.author));
	put_link(&s, found->about.references);
	put_tags(&s, found->about.tags);
	return rule_set_hire(set, &s);
}
