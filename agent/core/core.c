/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joins the stages. It owns their memory, gives each input to the file that handles its kind, and gives out effects:
 * first requests to the actor, then those of the queue, then effects that are made when they are taken (replies,
 * saves). Pure.
 */
#include "agent/core/core_parts.h"

#include "agent/sensors/log/custom.h"

#include "agent/base/require.h"

#include <string.h>

void core_limits_default(struct core_limits *limits)
{
	bool small = CONFIG_RULE_SRCS_MAX < 1024;

	*limits = (struct core_limits){
		.srcs_max = CONFIG_RULE_SRCS_MAX,
		.folds_max = small ? 64 : 128,
		.attempts_max = small ? 128 : 512,
		.incidents_max = CONFIG_INCIDENTS_MAX,
		.bans_max = small ? 256 : 1024,
		.evidence_bytes = small ? 4096 : 16384,
		.effects_bytes = small ? 65536 : 131072,
		.pack_bytes = IF_ENABLED(CONFIG_RULES_SIGMA, (CONFIG_RULES_BYTES_MAX +)) 0,
		.pack_rules = IF_ENABLED(CONFIG_RULES_SIGMA, (CONFIG_RULES_MAX +)) 0,
		.pack_groups = IF_ENABLED(CONFIG_RULES_SIGMA, (CONFIG_RULES_GROUPS_MAX +)) 0,
	};
}

static const struct rule_pack *pack_of(const struct core_limits *limits)
{
	return limits->rules ? limits->rules : &rule_builtin;
}

static size_t incidents_size(const struct core_limits *limits)
{
	return incident_size(&(struct incident_limits){limits->incidents_max, limits->evidence_bytes, NULL});
}

static struct detect_limits detect_limits_of(const struct core_limits *limits)
{
	return (struct detect_limits){limits->pack_bytes, limits->pack_rules, limits->pack_groups};
}

static size_t pack_size(const struct core_limits *limits)
{
	struct detect_limits own = detect_limits_of(limits);

	return IS_ENABLED(CONFIG_RULES_SIGMA) && limits->pack_bytes ? CORE_EVEN(detect_size(&own)) : 0;
}

size_t core_size(const struct core_limits *limits)
{
	return CORE_EVEN(sizeof(struct core)) + CORE_EVEN(rule_set_size(pack_of(limits)->count)) +
	       CORE_EVEN(rule_size(limits->srcs_max)) + CORE_EVEN(fold_size(limits->folds_max)) +
	       CORE_EVEN(attempt_size(limits->attempts_max)) + CORE_EVEN(incidents_size(limits)) +
	       CORE_EVEN(response_size(limits->bans_max)) + CORE_EVEN(limits->effects_bytes) + pack_size(limits) +
	       core_sensors_size();
}

static void *carve(uint8_t **at, size_t size)
{
	uint8_t *start = *at;

	*at += CORE_EVEN(size);
	return start;
}

struct core *core_init(void *memory, const struct core_limits *limits, const struct settings *settings,
		       const struct core_random *random)
{
	struct hash_key key = random->key;
	uint8_t *at = memory;
	struct core *c = carve(&at, sizeof(*c));

	require(((uintptr_t)memory & 15) == 0);
	memset(c, 0, sizeof(*c));
	c->settings = settings;
	c->key = key;
	core_place_init(c);
	c->clock_us = INT64_MIN;
	c->save_us = INT64_MAX;
	c->saved_us = INT64_MIN / 2;
	require(rule_set_init(&c->set, carve(&at, rule_set_size(pack_of(limits)->count)), pack_of(limits), settings) ==
		ERR_OK);
	rule_init(&c->rules, (struct lru_room){carve(&at, rule_size(limits->srcs_max)), limits->srcs_max}, &c->set,
		  key);
	fold_init(&c->fold, carve(&at, fold_size(limits->folds_max)), limits->folds_max, key);
	attempt_init(&c->attempts, carve(&at, attempt_size(limits->attempts_max)), limits->attempts_max, key);
	incident_init(&c->incidents, carve(&at, incidents_size(limits)),
		      &(struct incident_limits){limits->incidents_max, limits->evidence_bytes, random->identity},
		      &c->rules);
	incident_ask_kin(&c->incidents, (struct incident_kin){core_sensors_lineage, c});
	response_init(&c->response, (struct lru_room){carve(&at, response_size(limits->bans_max)), limits->bans_max},
		      &c->rules);
	declared_init(&c->declared, settings);
	for (unsigned i = 0; i <= SETTINGS_FILES_MAX; i++)
		declared_begin(&c->declared, i < settings->file_count ? i : DECLARED_NONE, &c->streams[i]);
	if (IS_ENABLED(CONFIG_CUSTOM_DECODERS))
		custom_use(settings->decoders, settings->decoder_count);
	c->attempts.stacks.unix_alone = settings->pam_unix_alone;
	effects_init(&c->effects, carve(&at, limits->effects_bytes), limits->effects_bytes);
	if (pack_size(limits)) {
		struct detect_limits own = detect_limits_of(limits);

		detect_init(&c->detect, carve(&at, pack_size(limits)), &own, settings);
		c->detect.key = key;
		c->detect.sensed = core_pack_sensed(settings);
	}
	c->sink = (struct sensors_sink){core_event, c};
	core_sensors_init(c, at);
	require(at + core_sensors_size() == (uint8_t *)memory + core_size(limits));
	return c;
}

static void order(struct core *c, const struct actor_order *order)
{
	struct actor_order copy = *order;

	copy.header = (struct actor_header){MESSAGE_VERSION, ACTOR_ORDER, sizeof(copy), c->response.next_request++};
	effects_put(&c->effects, &(struct effect){.kind = EFFECT_ORDER},
		    (struct str){(const char *)&copy, sizeof(copy)});
}

static void dispatch(struct core *c, const struct input *input)
{
	switch (input->kind) {
	case INPUT_LINE: core_line(c, input); break;
	case INPUT_SAMPLE: core_sample(c, input); break;
	case INPUT_RECEIPT: core_receipt(c, input->receipt); break;
	case INPUT_CHAIN_HEAD: core_chain_head(c, input->chain_head); break;
	case INPUT_NETS: near_learn(&c->rules.near, input->nets); break;
	case INPUT_EFFECT: core_effect(c, input->effect); break;
	case INPUT_ACTOR_HEALTH: core_actor_health(c, input->health); break;
	case INPUT_ORDER: order(c, input->order); break;
	case INPUT_CONTROL: core_control(c, input); break;
	case INPUT_SHELL: core_shell_health(c, input->shell); break;
	case INPUT_RESTORE: core_restore(c, input->bytes); break;
	case INPUT_SYNCED:
		response_synced(&c->response, c->now);
		core_touch(c, CORE_SOON);
		break;
	case INPUT_SKIPPED: core_skipped(c, input); break;
	case INPUT_FILE: core_place_name(c, input); break;
	case INPUT_PACK: IF_ENABLED(CONFIG_RULES_SIGMA, (core_pack_load(c, input);)) break;
	case INPUT_SAVE: c->save_us = c->now.mono_us; break;
	default: break;
	}
}

/* Do what the time has come for. */
static void tick(struct core *c)
{
	uint64_t token;

	while ((token = response_tick(&c->response, c->now)) != 0)
		core_answer_local(c, token, NULL);
	core_incidents_tick(c);
	core_sensors_tick(c);
	if (IS_ENABLED(CONFIG_RULES_SIGMA))
		core_pack_watch(c);
	core_health_tick(c);
}

static void begin(struct core *c, struct now now)
{
	require(!core_full(c));
	c->now = now;
	core_watch_clock(c);
	if (c->start_us == 0) {
		c->start_us = now.mono_us;
		guest_watch(&c->response.guests, now);
	}
}

void core_recorded(struct core *c, const struct input *input, const struct event *event, struct now now)
{
	begin(c, now);
	core_given(c, input, event);
}

void core_sense_all(struct core *c)
{
	c->detect.sensed = UINT16_MAX;
}

void core_feed(struct core *c, const struct input *input, struct now now)
{
	begin(c, now);
	dispatch(c, input);
	if (input->kind == INPUT_TICK)
		tick(c);
}

bool core_is_behind(const struct core *c, struct now now)
{
	return response_is_behind(&c->response, now);
}

/* Make a record of the next events that were counted together. One call makes one record. */
static bool folded_record(struct core *c)
{
	struct folded folded;
	bool all = c->now.mono_us >=
		   c->save_us; /* a save has the places behind these lines, so their records are appended first */
	uint64_t dropped = 0;

	if (fold_take(&c->fold, all, c->now, &folded)) {
		struct buf b = core_record_begin(c);

		record_folded(&b, core_head(c, SEV_INFO), &folded);
		core_record_end(c, &b, SEV_INFO);
		return true;
	}
	dropped = fold_dropped(&c->fold, all, c->now);
	if (dropped) {
		struct buf b = core_record_begin(c);

		record_dropped(&b, core_head(c, SEV_LOW), "events", dropped);
		core_record_end(c, &b, SEV_LOW);
	}
	return dropped != 0;
}

/* Make an effect that no input asked for. The queue is empty, so the effect may use all of its memory. */
static bool on_demand(struct core *c)
{
	if (folded_record(c) || core_reply_piece(c))
		return true;
	if (c->now.mono_us < c->save_us)
		return false;
	core_save(c);
	return true;
}

bool core_take(struct core *c, struct effect *effect)
{
	if (response_take(&c->response, c->now, &c->act)) {
		*effect = (struct effect){.kind = EFFECT_ACT, .act = &c->act};
		if (c->listener)
			core_decided(c, &(struct decision){
						.kind = DECISION_STEP, .act = &c->act, .rule = c->act.rule, .why = ""});
		core_touch(c, CORE_SOON);
		return true;
	}
	while (effects_empty(&c->effects))
		if (!on_demand(c))
			return false;
	return effects_take(&c->effects, effect);
}

int64_t core_deadline(const struct core *c)
{
	int64_t times[] = {
		response_deadline(&c->response),
		incident_deadline(&c->incidents),
		fold_deadline(&c->fold),
		core_health_deadline(c),
		core_sensors_deadline(c),
		c->save_us,
		IS_ENABLED(CONFIG_RULES_SIGMA) ? core_pack_deadline(c) : INT64_MAX,
	};
	int64_t next = INT64_MAX;

	for (unsigned i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (times[i] < next)
			next = times[i];
	return next;
}
