/* SPDX-License-Identifier: Apache-2.0 */
/* A core on a bench: lines, receipts, time and requests go in by one call each, and all that it says is kept. */
#pragma once

#include "agent/core/core.h"

#include "caltrop/v1/record.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { KEPT = 64, LONG = 200000 };

/* A core with everything it said since the last look. */
struct bench {
	struct settings settings;
	struct core_limits limits;
	struct core *core;
	void *memory;
	struct now now;
	uint64_t offset;
	unsigned acts, plays, records, saves, orders, findings, receipts, auths, healths, drops;
	uint32_t folded;
	struct actor_act act[KEPT];
	struct actor_play play[KEPT];
	uint8_t incident[KEPT][16];
	int state[KEPT];
	char rule[KEPT][MESSAGE_RULE_MAX];
	char about[KEPT][128]; /* src, kind of subject and subject of the finding, between bars */
	uint8_t saved[LONG];
	size_t saved_len, reply_len;
	char reply[LONG], log[LONG];
	char health[LONG]; /* mode, digest and sources of the last health record */
	size_t log_len;
	enum severity log_severity; /* of the last line */
	char module[128];	    /* the last one that was told of: its name, and who loaded it */
};

static inline void boot(struct bench *b, uint8_t identity)
{
	struct core_random random = {{identity, 5}, {identity}};

	free(b->memory);
	b->memory = aligned_alloc(16, (core_size(&b->limits) + 15) / 16 * 16);
	memset(b->memory, 0xa5, core_size(&b->limits));
	b->core = core_init(b->memory, &b->limits, &b->settings, &random);
}

static inline int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	settings_default(&b->settings);
	core_limits_default(&b->limits);
	b->limits.pack_bytes = 8192;
	b->limits.pack_rules = b->limits.pack_groups = 16;
	b->settings.rules[RULE_BREACH].count = 3;
	b->now = (struct now){100 * SECOND_US, 1700000000 * SECOND_US};
	boot(b, 1);
	*state = b;
	return 0;
}

static inline int teardown(void **state)
{
	struct bench *b = *state;

	free(b->memory);
	free(b);
	return 0;
}

static inline void look_at_health(struct bench *b, const Caltrop__V1__Health *h)
{
	int len = snprintf(b->health, sizeof(b->health), "%s %zu", h->mode, h->settings_digest.len);

	for (size_t i = 0; i < h->n_sources; i++)
		len += snprintf(b->health + len, sizeof(b->health) - (size_t)len, " %s %lld", h->sources[i]->name,
				(long long)(h->sources[i]->newest_wall_us / SECOND_US));
}

static inline void look_at_module(struct bench *b, const Caltrop__V1__Module *m)
{
	snprintf(b->module, sizeof(b->module), "%.*s %.*s %s %u %s", (int)m->name.len, (const char *)m->name.data,
		 (int)m->image.len, (const char *)m->image.data, m->user, m->pid, m->loginuid);
}

static inline void look_at_record(struct bench *b, struct str bytes)
{
	Caltrop__V1__Record *r = caltrop__v1__record__unpack(NULL, bytes.len, (const uint8_t *)bytes.data);

	assert_non_null(r);
	b->records++;
	if (r->body_case == CALTROP__V1__RECORD__BODY_FINDING) {
		assert_int_equal(r->finding->incident_id.len, 16);
		memcpy(b->incident[b->findings % KEPT], r->finding->incident_id.data, 16);
		snprintf(b->rule[b->findings % KEPT], MESSAGE_RULE_MAX, "%s", r->finding->rule_id);
		snprintf(b->about[b->findings % KEPT], sizeof(b->about[0]), "%s|%s|%.*s", r->finding->src,
			 r->finding->subject_kind, (int)r->finding->subject.len,
			 (const char *)r->finding->subject.data);
		b->state[b->findings++ % KEPT] = (int)r->finding->state;
	} else if (r->body_case == CALTROP__V1__RECORD__BODY_AUTH) {
		b->auths++;
		b->folded += r->auth->count;
	}
	if (r->body_case == CALTROP__V1__RECORD__BODY_MODULE)
		look_at_module(b, r->module);
	b->receipts += r->body_case == CALTROP__V1__RECORD__BODY_RECEIPT;
	b->healths += r->body_case == CALTROP__V1__RECORD__BODY_HEALTH;
	if (r->body_case == CALTROP__V1__RECORD__BODY_HEALTH)
		look_at_health(b, r->health);
	b->drops += r->body_case == CALTROP__V1__RECORD__BODY_DROPPED;
	caltrop__v1__record__free_unpacked(r, NULL);
}

static inline void take(struct bench *b)
{
	struct effect e;

	while (core_take(b->core, &e)) {
		switch (e.kind) {
		case EFFECT_ACT: b->act[b->acts++ % KEPT] = *e.act; break;
		case EFFECT_ORDER: b->orders++; break;
		case EFFECT_PLAY: b->play[b->plays++ % KEPT] = *e.play; break;
		case EFFECT_RECORD: look_at_record(b, e.bytes); break;
		case EFFECT_SAVE:
			b->saves++;
			assert_true(e.bytes.len <= sizeof(b->saved));
			memcpy(b->saved, e.bytes.data, b->saved_len = e.bytes.len);
			break;
		case EFFECT_REPLY:
			assert_true(b->reply_len + e.bytes.len < sizeof(b->reply));
			memcpy(b->reply + b->reply_len, e.bytes.data, e.bytes.len);
			b->reply[b->reply_len += e.bytes.len] = '\0';
			break;
		case EFFECT_LOG:
			b->log_severity = e.severity;
			if (b->log_len + e.bytes.len + 2 < sizeof(b->log)) {
				memcpy(b->log + b->log_len, e.bytes.data, e.bytes.len);
				b->log_len += e.bytes.len;
				memcpy(b->log + b->log_len++, "\n", 2);
			}
			break;
		}
	}
}

static inline void feed(struct bench *b, const struct input *input)
{
	core_feed(b->core, input, b->now);
	take(b);
}

/* Time passes, with a tick wherever the core wants one. */
static inline void wait_us(struct bench *b, int64_t us)
{
	int64_t until = b->now.mono_us + us;

	while (core_deadline(b->core) <= until) {
		int64_t step = core_deadline(b->core) - b->now.mono_us;

		b->now.mono_us += step > 0 ? step : 0;
		b->now.wall_us += step > 0 ? step : 0;
		feed(b, &(struct input){.kind = INPUT_TICK});
		assert_true(core_deadline(b->core) > b->now.mono_us);
	}
	b->now.wall_us += until - b->now.mono_us;
	b->now.mono_us = until;
}

static inline void line(struct bench *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void line(struct bench *b, const char *format, ...)
{
	char text[4096];
	time_t now = (time_t)(b->now.wall_us / SECOND_US);
	struct tm tm;
	size_t start = strftime(text, 64, "%b %e %H:%M:%S device ", gmtime_r(&now, &tm));
	va_list args;

	va_start(args, format);
	vsnprintf(text + start, sizeof(text) - start, format, args);
	va_end(args);
	b->offset += strlen(text) + 1;
	feed(b, &(struct input){.kind = INPUT_LINE, .place = {9, b->offset, 77, 256}, .bytes = str_from(text)});
}

static inline void fail_by(struct bench *b, const char *addr, unsigned pid, const char *user)
{
	line(b, "sshd[%u]: Failed password for %s from %s port 4000 ssh2", pid, user, addr);
}

static inline void win_by(struct bench *b, const char *addr, unsigned pid, const char *user)
{
	line(b, "sshd[%u]: Accepted password for %s from %s port 4000 ssh2", pid, user, addr);
}

static inline struct actor_receipt receipt_for(const struct actor_act *act, uint8_t result, enum err err)
{
	struct actor_receipt r = {.header = {MESSAGE_VERSION, ACTOR_RECEIPT, sizeof(r), act->header.request_id}};

	r.origin = act->origin;
	r.result = result;
	r.err = (uint8_t)err;
	r.args = act->args;
	memcpy(r.rule, act->rule, sizeof(r.rule));
	memcpy(r.incident, act->incident, sizeof(r.incident));
	snprintf(r.text, sizeof(r.text), "as told");
	return r;
}

static inline void answer(struct bench *b, const struct actor_act *act, uint8_t result, enum err err)
{
	struct actor_receipt r = receipt_for(act, result, err);

	feed(b, &(struct input){.kind = INPUT_RECEIPT, .receipt = &r});
}

static inline const char *ask(struct bench *b, const char *request, bool root)
{
	b->reply_len = 0;
	b->reply[0] = '\0';
	feed(b, &(struct input){.kind = INPUT_CONTROL, .bytes = str_from(request), .token = 42, .root = root});
	return b->reply;
}

/* What the core says when it is asked to explain this contains the text. */
static inline void explains(struct bench *b, const char *addr, const char *text)
{
	char request[128];

	snprintf(request, sizeof(request), "explain %s", addr);
	ask(b, request, false);
	if (!strstr(b->reply, text))
		fail_msg("%s is not in: %s", text, b->reply);
}

static inline void brute_force(struct bench *b, const char *addr)
{
	for (unsigned i = 0; i < 5; i++)
		fail_by(b, addr, 100 + i, "root");
}

static inline void save(struct bench *b)
{
	b->saved_len = 0;
	feed(b, &(struct input){.kind = INPUT_SAVE});
	assert_true(b->saved_len > 0);
}

static inline void restart(struct bench *b, int64_t away_us, bool rebooted)
{
	boot(b, 2);
	b->acts = b->findings = b->receipts = 0;
	b->now.wall_us += away_us;
	b->now.mono_us = rebooted ? 3 * SECOND_US : b->now.mono_us + away_us;
	feed(b, &(struct input){.kind = INPUT_RESTORE, .bytes = {(const char *)b->saved, b->saved_len}});
}
