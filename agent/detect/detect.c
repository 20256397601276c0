/* SPDX-License-Identifier: Apache-2.0 */
/* Loads packs, and gives each event to the gate, to the rules that it lets through, and to what counts them. */
#include "agent/detect/detect.h"

#include "agent/common/message.h"
#include "agent/sigma/probe.h"

#include <stdio.h>
#include <string.h>

static const enum pack_level levels[] = {
	[SEV_INFO] = PACK_LEVEL_NONE, [SEV_LOW] = PACK_LOW,	      [SEV_MEDIUM] = PACK_MEDIUM,
	[SEV_HIGH] = PACK_HIGH,	      [SEV_CRITICAL] = PACK_CRITICAL,
};

static size_t even(size_t size)
{
	return (size + 15) / 16 * 16;
}

static struct gate_limits gate_limits_of(const struct detect_limits *l)
{
	return (struct gate_limits){l->rules, l->rules * DETECT_TEXTS_PER_RULE};
}

static size_t pack_size(const struct detect_limits *l)
{
	struct gate_limits gate = gate_limits_of(l);

	return even(l->bytes) + even(gate_size(&gate)) + even(l->rules * sizeof(uint16_t)) +
	       even(l->rules * sizeof(struct detect_row));
}

size_t detect_size(const struct detect_limits *l)
{
	return 2 * pack_size(l) + even(tally_size(l->groups, DETECT_MARKS)) + even(l->bytes);
}

static uint8_t *pack_init(struct detect_pack *p, uint8_t *at, const struct detect_limits *l)
{
	struct gate_limits gate = gate_limits_of(l);

	memset(p, 0, sizeof(*p));
	p->bytes = at;
	at += even(l->bytes);
	gate_init(&p->gate, at, &gate);
	at += even(gate_size(&gate));
	p->kinds = (uint16_t *)(void *)at;
	at += even(l->rules * sizeof(uint16_t));
	p->rows = (struct detect_row *)(void *)at;
	return at + even(l->rules * sizeof(struct detect_row));
}

static bool value_of(const struct sigma_event *event, uint16_t field, unsigned at, struct sigma_value *out)
{
	struct detect *d = (struct detect *)event->context;

	*out = (struct sigma_value){.is_null = false};
	if (field == PACK_WHOLE)
		return values_whole(&d->values, at, &out->text);
	if (at > 0)
		return false;
	out->text = values_get(&d->values, field);
	return out->text.data != NULL;
}

void detect_init(struct detect *d, void *memory, const struct detect_limits *limits, const struct settings *settings)
{
	uint8_t *at = memory;

	memset(d, 0, sizeof(*d));
	d->limits = *limits;
	d->settings = settings;
	d->event = (struct sigma_event){value_of, d};
	d->sensed = UINT16_MAX;
	at = pack_init(&d->packs[0], at, limits);
	at = pack_init(&d->packs[1], at, limits);
	tally_init(&d->tally, at, limits->groups, DETECT_MARKS);
	d->probe = at + even(tally_size(limits->groups, DETECT_MARKS));
}

const struct detect_pack *detect_pack(const struct detect *d)
{
	return d->packs[d->used].pack.bytes.len ? &d->packs[d->used] : NULL;
}

/* The row of a rule or correlation. */
static struct detect_row *row_of(const struct detect_pack *p, uint32_t target)
{
	return &p->rows[target & PACK_CORRELATION ? p->rules + (target & ~PACK_CORRELATION) : target];
}

static struct pack_about about_of(const struct detect_pack *p, uint32_t target)
{
	return target & PACK_CORRELATION ? pack_correlation(&p->pack, target & ~PACK_CORRELATION).about
					 : pack_rule(&p->pack, target).about;
}

static void decide(struct detect *d, struct detect_pack *p, uint32_t target, const struct pack_about *about)
{
	const struct settings_rule_row *own = settings_rule_find(d->settings, about->id);
	struct detect_row *row = row_of(p, target);

	*row = (struct detect_row){.state = DETECT_ACTIVE};
	row->told = !(about->flags & PACK_QUIET) && about->level >= levels[d->settings->rules_level];
	if (own && !own->enabled)
		row->state = DETECT_OFF;
	else if (!row->told)
		row->state = DETECT_LOW;
}

/* What active correlations count is used, whether or not it is told of. */
static void wake_counted(struct detect_pack *p)
{
	for (uint32_t n = p->correlations; n-- > 0;) {
		struct pack_correlation c = pack_correlation(&p->pack, n);

		for (uint32_t i = 0; i < c.refs && row_of(p, PACK_CORRELATION | n)->state == DETECT_ACTIVE; i++) {
			struct detect_row *row = row_of(p, pack_ref(&p->pack, c.ref_first + i).target);

			if (row->state == DETECT_LOW)
				row->state = DETECT_ACTIVE;
		}
	}
}

/* A correlation of which a part cannot be seen finds nothing. */
static void judge_correlation(struct detect_pack *p, uint32_t number)
{
	struct pack_correlation c = pack_correlation(&p->pack, number);
	struct detect_row *row = row_of(p, PACK_CORRELATION | number);
	bool all = c.type == PACK_TEMPORAL || c.type == PACK_TEMPORAL_ORDERED;
	uint32_t blind = 0;

	for (uint32_t i = 0; i < c.refs; i++)
		blind += row_of(p, pack_ref(&p->pack, c.ref_first + i).target)->state >= DETECT_NO_SENSOR;
	if (row->state == DETECT_ACTIVE && blind && (all || blind == c.refs))
		row->state = DETECT_NO_SENSOR;
	if (row->state == DETECT_ACTIVE && (correlate_marks(&c) > DETECT_MARKS || c.timespan_s > DETECT_SECONDS_MAX))
		row->state = DETECT_TOO_MANY;
}

static void learn(struct detect *d, struct detect_pack *p)
{
	values_learn(&p->map, &p->pack);
	for (uint32_t r = 0; r < p->rules; r++) {
		struct pack_rule rule = pack_rule(&p->pack, r);

		p->kinds[r] = values_kinds(&rule) & audited_with(d->sensed);
		decide(d, p, r, &rule.about);
		if (p->kinds[r] == 0 && p->rows[r].state != DETECT_OFF)
			p->rows[r].state = DETECT_NO_SENSOR;
	}
	for (uint32_t n = 0; n < p->correlations; n++) {
		struct pack_correlation c = pack_correlation(&p->pack, n);

		decide(d, p, PACK_CORRELATION | n, &c.about);
		judge_correlation(p, n);
	}
	wake_counted(p);
	memset(p->counts, 0, sizeof(p->counts));
	for (uint32_t i = 0; i < p->rules + p->correlations; i++)
		p->counts[p->rows[i].state]++;
	for (uint32_t r = 0; r < p->rules; r++)
		if (p->rows[r].state != DETECT_ACTIVE)
			p->kinds[r] = 0;
	gate_learn(&p->gate, &p->pack, p->kinds);
	p->judged = 0;
	for (unsigned kind = 0; kind < VALUES_KINDS; kind++)
		p->judged |= (uint16_t)(gate_has(&p->gate, kind) << kind);
}

static enum err read_pack(struct detect *d, struct detect_pack *p, struct str bytes, char why[DETECT_WHY_MAX])
{
	enum err err;

	if (bytes.len > d->limits.bytes) {
		snprintf(why, DETECT_WHY_MAX, "it has more than the %u bytes that this build takes (RULES_BYTES_MAX)",
			 (unsigned)d->limits.bytes);
		return ERR_TOO_LONG;
	}
	if (bytes.len)
		memcpy(p->bytes, bytes.data, bytes.len);
	err = sigma_load(&p->pack, (struct str){(const char *)p->bytes, bytes.len}, why);
	if (err != ERR_OK)
		return err;
	p->rules = pack_count(&p->pack, PACK_RULES);
	p->correlations = pack_count(&p->pack, PACK_CORRELATIONS);
	if (p->rules + p->correlations <= d->limits.rules)
		return ERR_OK;
	snprintf(why, DETECT_WHY_MAX, "it has %u rules; this build takes %u (RULES_MAX)",
		 (unsigned)(p->rules + p->correlations), (unsigned)d->limits.rules);
	return ERR_TOO_LONG;
}

/* Run the pack's own tests. One that needs more memory than there is for them is passed over. */
static enum err probe(const struct detect *d, const struct detect_pack *p, char why[DETECT_WHY_MAX])
{
	for (uint32_t i = 0; i < pack_count(&p->pack, PACK_TESTS); i++) {
		struct pack_test test = pack_test(&p->pack, i);
		struct str id = about_of(p, test.target).id;
		enum err err = probe_run(&p->pack, i, d->probe, d->limits.bytes);

		if (err == ERR_OK || err == ERR_FULL)
			continue;
		snprintf(why, DETECT_WHY_MAX, "its rule %.*s fails its own test: an event that it is to %s",
			 (int)(id.len < MESSAGE_RULE_MAX ? id.len : MESSAGE_RULE_MAX), id.data,
			 test.matches ? "match" : "pass over");
		return ERR_CORRUPT;
	}
	return ERR_OK;
}

static void use_other(struct detect *d)
{
	d->used = !d->used;
	d->match_count = d->given = 0;
	correlate_over(&d->correlate, &d->packs[d->used].pack, &d->key, &d->tally);
}

enum err detect_load(struct detect *d, struct str bytes, char why[DETECT_WHY_MAX])
{
	struct detect_pack *p = &d->packs[!d->used];
	enum err err = read_pack(d, p, bytes, why);

	d->has_before = false; /* its memory was written over */
	if (err == ERR_OK) {
		learn(d, p);
		err = probe(d, p, why);
	}
	if (err != ERR_OK) {
		memset(&p->pack, 0, sizeof(p->pack));
		return err;
	}
	d->has_before = d->packs[d->used].pack.bytes.len > 0;
	use_other(d);
	return ERR_OK;
}

bool detect_back(struct detect *d)
{
	if (!d->has_before)
		return false;
	use_other(d);
	d->has_before = false;
	return true;
}

/* The first field that a correlation groups by, of the event as it is being judged. */
static const struct field *subject_of(const struct detect *d, const struct pack *pack, uint32_t number)
{
	struct pack_correlation c = pack_correlation(pack, number);
	const struct field *subject = NULL;

	for (uint32_t ref = 0; ref < c.refs && c.groups && !subject; ref++) {
		struct pack_ref r = pack_ref(pack, c.ref_first + ref);

		if (correlate_has(&d->correlate, r.target))
			subject = values_field(&d->values, pack_ref_field(pack, r.fields));
	}
	return subject;
}

static void note_match(struct detect *d, struct detect_pack *p, uint32_t target, const struct sigma_hits *hits)
{
	struct detect_row *row = row_of(p, target);

	row->matched++;
	d->matched++;
	if (!row->told)
		return;
	if (d->match_count == DETECT_MATCHES_MAX) {
		d->dropped++;
		return;
	}
	d->matches[d->match_count].target = target;
	d->matches[d->match_count].hits.count = 0;
	d->matches[d->match_count].subject =
		target & PACK_CORRELATION ? subject_of(d, &p->pack, target & ~PACK_CORRELATION) : NULL;
	if (hits)
		d->matches[d->match_count].hits = *hits;
	d->match_count++;
}

/*
 * Judge the event by the rules that the gate has let through, but for those that it has matched as another record.
 * True: one of them matches.
 */
static bool judge(struct detect *d, struct detect_pack *p, const struct detect_input *in)
{
	struct gate_passed passed = gate_passed(&p->gate);
	struct sigma_hits hits;
	bool any = false;

	d->evaluated += passed.count;
	for (uint32_t i = 0; i < passed.count; i++) {
		uint16_t r = passed.rules[i];
		struct pack_rule rule = pack_rule(&p->pack, r);

		if (p->rows[r].event == (uint32_t)d->events ||
		    (d->values.kind == VALUES_LINE && !values_is_of(d->values.event->line, rule.service)))
			continue;
		p->rows[r].evaluated++;
		if (!sigma_match(&p->pack, rule.node, &d->event, &hits))
			continue;
		if (!any)
			correlate_begin(&d->correlate, &d->event, in->when.mono_us, in->times);
		any = true;
		p->rows[r].event = (uint32_t)d->events;
		correlate_rule(&d->correlate, r);
		note_match(d, p, r, &hits);
	}
	return any;
}

static void correlate(struct detect *d, struct detect_pack *p)
{
	for (uint32_t n = 0; n < p->correlations; n++)
		if (p->rows[p->rules + n].state == DETECT_ACTIVE &&
		    correlate_count(&d->correlate, n) != CORRELATE_NOTHING)
			note_match(d, p, PACK_CORRELATION | n, NULL);
}

/* Give the values that rules need to the gate. */
static void look(struct detect *d, struct detect_pack *p)
{
	struct str text;

	for (uint32_t f = 0; f < p->map.fields && f < GATE_FIELDS_MAX; f++) {
		if (!gate_wants(&p->gate, f))
			continue;
		text = values_get(&d->values, f);
		if (text.data)
			gate_look(&p->gate, f, text);
	}
	if (gate_wants(&p->gate, GATE_FIELDS_MAX))
		for (unsigned i = 0; values_whole(&d->values, i, &text); i++)
			gate_look(&p->gate, GATE_FIELDS_MAX, text);
}

bool detect_reads_lines(const struct detect *d)
{
	const struct detect_pack *p = detect_pack(d);

	return p && p->judged >> VALUES_LINE & 1;
}

static void judge_as(struct detect *d, struct detect_pack *p, const struct detect_input *in, unsigned kind)
{
	if (!(p->judged >> kind & 1))
		return;
	values_begin(&d->values, &p->map, in->event, kind);
	gate_begin(&p->gate, kind);
	look(d, p);
	if (judge(d, p, in))
		correlate(d, p);
}

void detect_judge(struct detect *d, const struct detect_input *in)
{
	struct detect_pack *p = &d->packs[d->used];
	unsigned record = in->line ? 0 : audited_of(in->event);
	bool counts = in->line || values_counts(in->event);

	d->match_count = d->given = 0;
	if (p->pack.bytes.len == 0 || !(counts || record))
		return;
	d->events++;
	uint64_t work = sigma_work() + p->gate.work;

	if (counts)
		judge_as(d, p, in, in->line ? VALUES_LINE : in->event->kind);
	if (record)
		judge_as(d, p, in, record);
	d->work += sigma_work() + p->gate.work - work;
}

static struct detect_found found_of(struct detect *d, uint32_t target)
{
	const struct pack *pack = &d->packs[d->used].pack;
	struct detect_found f = {.hits = NULL};

	if (!(target & PACK_CORRELATION)) {
		f.about = pack_rule(pack, target).about;
		return f;
	}
	struct pack_correlation c = pack_correlation(pack, target & ~PACK_CORRELATION);

	f.about = c.about;
	f.window_s = c.timespan_s;
	return f;
}

bool detect_next(struct detect *d, struct detect_found *out)
{
	if (d->given == d->match_count)
		return false;
	unsigned at = d->given++;

	*out = found_of(d, d->matches[at].target);
	out->subject = d->matches[at].subject;
	if (!(d->matches[at].target & PACK_CORRELATION))
		out->hits = &d->matches[at].hits;
	return true;
}

void detect_again(struct detect *d)
{
	d->given = 0;
}

void detect_why(const struct detect *d, const struct detect_found *found, struct buf *b)
{
	const struct pack *pack = &d->packs[d->used].pack;

	if (!found->hits)
		buf_printf(b, "counted within %u s", (unsigned)found->window_s);
	for (unsigned i = 0; found->hits && i < found->hits->count; i++) {
		uint16_t field = found->hits->list[i].field;

		buf_text(b, i ? "; " : "");
		buf_put(b, field == PACK_WHOLE ? STR("the event") : pack_field(pack, field));
		buf_char(b, ' ');
		sigma_show(b, pack, found->hits->list[i].pattern);
	}
}
