/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an incident to the steps of the playbooks that are for it; see play.h. What a playbook may do was judged when it
 * came (playbooks.c). Never decides that an incident is one.
 */
#include "agent/actor/verb/play.h"

#include "agent/actor/rails/policy.h"
#include "agent/actor/verb/actor.h"
#include "agent/base/clock.h"
#include "agent/base/hash.h"

#include <stdio.h>
#include <string.h>

/* Texts of a playbook's blanks. */
struct texts {
	char addr[ADDR_TEXT_MAX], pid[16];
	struct str tags[PLAY_TAGS_MAX];
};

/* The one being looked at, and its steps with the blanks filled as far as the incident can. */
static struct playbook book;
static struct order order;

/* -- the queue -- */

static bool text_ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool is_sane(const struct actor_play *m)
{
	unsigned bits = m->addr.family == 4 ? 32 : m->addr.family == 6 ? 128 : 0;

	if (m->tag_count > PLAY_TAGS_MAX || m->level > SEV_CRITICAL || m->sure > 1 || m->witness > PLAY_UNWITNESSED ||
	    !text_ends(m->rule, sizeof(m->rule)) || !text_ends(m->account, sizeof(m->account)) ||
	    !text_ends(m->path, sizeof(m->path)) || m->addr.prefix != bits || (m->addr.family && !bits) || m->pid < 0)
		return false;
	for (unsigned i = 0; i < m->tag_count; i++)
		if (!text_ends(m->tags[i], sizeof(m->tags[i])))
			return false;
	return true;
}

static bool has_word(const struct playbooks_row *row, const char *word)
{
	uint64_t hash = hash_name(word);

	for (unsigned i = 0; i < row->word_count; i++)
		if (row->words[i] == hash)
			return true;
	return false;
}

/* Whether it is worth to read the playbook: it is for such incidents, or for ones whose names have the same hash. */
static bool may_run(const struct playbooks_row *row, const struct actor_play *m)
{
	bool due = row->doubts ? m->witness != PLAY_UNKNOWN : m->sure;

	if (!row->name[0] || row->state != ERR_OK || !due || m->level < row->level)
		return false;
	if (!row->listed || has_word(row, m->rule))
		return true;
	for (unsigned i = 0; i < m->tag_count; i++)
		if (has_word(row, m->tags[i]))
			return true;
	return false;
}

static void fill_case(const struct actor_play *m, struct texts *t, struct playbook_case *c)
{
	memset(c, 0, sizeof(*c));
	memset(t, 0, sizeof(*t));
	for (unsigned i = 0; i < m->tag_count; i++)
		t->tags[i] = str_from(m->tags[i]);
	c->rule = str_from(m->rule);
	c->tags = t->tags;
	c->tag_count = m->tag_count;
	c->level = m->level;
	if (m->addr.family)
		c->fields[PLAYBOOK_ADDR] = str_from(addr_text(&m->addr, t->addr));
	if (m->pid)
		snprintf(t->pid, sizeof(t->pid), "%d", (int)m->pid);
	c->fields[PLAYBOOK_PID] = str_from(t->pid);
	c->fields[PLAYBOOK_ACCOUNT] = str_from(m->account);
	c->fields[PLAYBOOK_PATH] = str_from(m->path);
}

/* -- one playbook -- */

static struct act_request request_of(struct actor *a, const struct playbooks_row *row, const struct actor_play *m)
{
	struct act_request q;
	uint8_t digest[32];

	memset(&q, 0, sizeof(q));
	q.origin = ORIGIN_PLAYBOOK;
	q.observe = a->settings.mode == MODE_OBSERVE;
	snprintf(q.rule, sizeof(q.rule), "%.*s", (int)sizeof(q.rule) - 1, row->name);
	memcpy(q.incident, m->incident, sizeof(q.incident));
	q.cause_us = m->cause_us;
	q.decided_us = m->decided_us;
	q.received_us = clock_mono_us();
	/* Its steps belong together, and to no other run. */
	struct {
		uint8_t boot[JOURNAL_BOOT];
		int64_t mono_us;
		uint64_t number;
	} name = {.mono_us = q.received_us, .number = ++a->plays.begun};

	memcpy(name.boot, a->boot, sizeof(name.boot));
	key_sha256(&name, sizeof(name), digest);
	memcpy(q.order_id, digest, sizeof(q.order_id));
	return q;
}

/* The receipt speaks for the whole of it. */
static void refuse(struct actor *a, struct act_request *q, enum err err, const char *why)
{
	q->args = order.steps[0].args;
	verb_args_purge(&q->args);
	act_refuse(a, q, err, why);
}

static enum err fill(const struct actor_play *m, char why[PLAYBOOK_WHY_MAX])
{
	struct playbook_case c;
	struct texts t;

	fill_case(m, &t, &c);
	memset(&order, 0, sizeof(order));
	return playbook_fill(&book, &c, &order, why);
}

/* A network of IPv6 is one attacker's: what lasts is for the whole of it, as a rule's ban is, if no rail is for one. */
static void widen(const struct actor *a, const struct actor_play *m)
{
	struct addr net = addr_mask(&m->addr, a->settings.ban_prefix6);
	char why[RAILS_WHY_MAX];

	if (m->addr.family != 6 || rails_ban(&a->settings, &a->rails_hosts, &net, why) != ERR_OK)
		return;
	for (unsigned i = 0; i < order.step_count; i++)
		if (order.steps[i].args.verb == VERB_BAN && book.steps[i].from[VERB_ADDR] == PLAYBOOK_ADDR)
			order.steps[i].args.addr = net;
}

/* Before it is begun, so that one that the actor's end interrupts is told of. It is not synced: no ban waits for it. */
static enum err journal(struct actor *a, const struct act_request *q)
{
	struct journal_record steps = {.kind = JOURNAL_STEPS}, play = {.kind = JOURNAL_PLAY};
	uint8_t memory[JOURNAL_STEPS_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	enum err err;

	order_steps_encode(&b, &order);
	memcpy(steps.id, q->order_id, sizeof(steps.id));
	steps.text = buf_str(&b);
	memcpy(play.id, q->order_id, sizeof(play.id));
	memcpy(play.rule, q->rule, sizeof(play.rule));
	memcpy(play.incident, q->incident, sizeof(play.incident));
	err = b.overflow ? ERR_TOO_LONG : journal_append(&a->journal, &steps);
	if (err == ERR_OK)
		err = journal_append(&a->journal, &play);
	actor_note_journal(a, err);
	return err;
}

static void run(struct actor *a, const struct actor_play *m, struct act_request *q)
{
	enum err err = ERR_OK;

	widen(a, m);
	order.dry_run = q->observe;
	memcpy(order.id, q->order_id, sizeof(order.id));
	if (!order.dry_run)
		err = journal(a, q);
	if (err == ERR_OK)
		run_begin(a, &order, q);
	else
		refuse(a, q, err, "the journal cannot remember the playbook");
}

/* Read the playbook, which may be another one by now, or have expired. */
static bool is_for(struct actor *a, struct playbooks_row *row, const struct actor_play *m)
{
	struct playbook_case c;
	struct texts t;

	if (!may_run(row, m) || playbooks_read(a, row, &book) != ERR_OK || !may_run(row, m))
		return false;
	fill_case(m, &t, &c);
	return playbook_runs_for(&book, &c, NULL);
}

/* Whether one of its steps is kept for other hours, as a rule's would be. */
static bool is_quiet(const struct actor *a, char why[PLAYBOOK_WHY_MAX])
{
	int minute = a->settings.quiet.on ? clock_local_minute() : -1;
	struct actor_act asked = {.origin = ORIGIN_RULE};
	char text[RAILS_WHY_MAX];

	for (unsigned i = 0; i < order.step_count; i++) {
		asked.args.verb = order.steps[i].args.verb;
		if (policy_is_quiet(&a->settings, &asked, minute, text)) {
			snprintf(why, PLAYBOOK_WHY_MAX, "%.*s", PLAYBOOK_WHY_MAX - 1, text);
			return true;
		}
	}
	return false;
}

static void begin(struct actor *a, struct playbooks_row *row, const struct actor_play *m)
{
	char why[PLAYBOOK_WHY_MAX];

	if (!is_for(a, row, m))
		return;
	struct act_request q = request_of(a, row, m);
	enum err err = fill(m, why);

	if (err != ERR_OK)
		refuse(a, &q, err, why);
	else if (row->doubts && m->witness == PLAY_UNWITNESSED)
		refuse(a, &q, ERR_PROTECTED, "only log files tell of it; see witness in caltrop.conf(5)");
	else if (is_quiet(a, why))
		refuse(a, &q, ERR_DENIED, why);
	else if (!budget_spend(&a->plays.budget, clock_mono_us()))
		refuse(a, &q, ERR_BUDGET, "too many playbooks were run in this minute");
	else
		run(a, m, &q);
}

/* -- turns -- */

static bool has_turn(const struct actor *a)
{
	unsigned playing = 0;

	for (unsigned i = 0; i < RUNS_MAX; i++)
		playing += a->runs[i].order.step_count > 0 && a->runs[i].request.origin == ORIGIN_PLAYBOOK;
	return playing < PLAY_AT_ONCE && run_has_room(a);
}

void play_continue(struct actor *a)
{
	struct plays *p = &a->plays;

	while (p->count > 0 && has_turn(a)) {
		struct plays_waiting *w = &p->waiting[p->first];
		unsigned row = 0;

		while (row < PLAYBOOKS_MAX && !(w->rows >> row & 1))
			row++;
		if (row == PLAYBOOKS_MAX) {
			p->first = (p->first + 1) % PLAY_WAITING_MAX;
			p->count--;
			continue;
		}
		w->rows &= ~(UINT32_C(1) << row);
		begin(a, &a->playbooks.rows[row], &w->message);
	}
}

static void refuse_all(struct actor *a, uint32_t rows, const struct actor_play *m)
{
	char why[PLAYBOOK_WHY_MAX];

	for (unsigned i = 0; i < PLAYBOOKS_MAX; i++) {
		struct playbooks_row *row = &a->playbooks.rows[i];

		if (!(rows >> i & 1) || !is_for(a, row, m))
			continue;
		struct act_request q = request_of(a, row, m);

		(void)!fill(m, why);
		refuse(a, &q, ERR_BUSY, "too many playbooks wait for their turn");
	}
}

enum err play_begin(struct actor *a, const struct actor_play *m)
{
	struct plays *p = &a->plays;
	uint32_t rows = 0;

	if (!is_sane(m))
		return ERR_PROTOCOL;
	for (unsigned i = 0; i < PLAYBOOKS_MAX; i++)
		rows |= (uint32_t)may_run(&a->playbooks.rows[i], m) << i;
	if (rows == 0)
		return ERR_OK;
	if (p->count == PLAY_WAITING_MAX) {
		refuse_all(a, rows, m);
		return ERR_OK;
	}
	p->waiting[(p->first + p->count++) % PLAY_WAITING_MAX] = (struct plays_waiting){rows, *m};
	play_continue(a);
	return ERR_OK;
}
