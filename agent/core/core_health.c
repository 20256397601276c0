/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Health: problems and counters of the shell, the actor and the core. They are recorded for the service when they
 * change and shown by `caltrop local health`. This file never repairs anything.
 */
#include "agent/core/core_parts.h"

#include <stdio.h>
#include <string.h>

#define HEALTH_FIRST_US (10 * SECOND_US) /* of the first record: the shell has opened all that it can by then */
#define HEALTH_APART_US (10 * SECOND_US) /* between records, however often problems come and go */
#define KEPT_US HOUR_US			 /* how long a problem is reported after it happened last */
#define RESPONSE_PROBLEM_TEXT 112
#define HEALTH_EVERY_US (10 * MINUTE_US) /* between records when only counters have changed */

void core_shell_health(struct core *c, const struct core_shell_health *shell)
{
	struct core_health *h = &c->health;
	unsigned problems = shell->problem_count < CORE_PROBLEMS_MAX ? shell->problem_count : CORE_PROBLEMS_MAX;

	h->changed |= problems != h->problem_count;
	for (unsigned i = 0; i < problems; i++) {
		char text[CORE_PROBLEM_TEXT];

		str_show(str_from(shell->problems[i]), text, sizeof(text));
		h->changed |= strcmp(text, h->problems[i]) != 0;
		memcpy(h->problems[i], text, sizeof(text));
	}
	h->problem_count = problems;
	h->counter_count = shell->counter_count < CORE_COUNTERS_MAX ? shell->counter_count : CORE_COUNTERS_MAX;
	for (unsigned i = 0; i < h->counter_count; i++) {
		str_show(str_from(shell->counters[i].name), h->counters[i].name, CORE_COUNTER_NAME);
		h->counters[i].value = shell->counters[i].value;
	}
	h->linked = shell->linked;
	h->settings_digest = shell->settings_digest;
	h->shell_known = true;
	if (h->changed)
		core_health_tick(c);
}

static void actor_log(struct core *c, const char *what, uint8_t was, uint8_t is)
{
	if (was == is)
		return;
	c->health.changed = true;
	if (is != ERR_OK)
		core_log(c, SEV_HIGH, "%s: %s", what, err_text(is));
	else
		core_log(c, SEV_INFO, "%s: it works again", what);
}

static bool wants_step(const struct rule_set *set, uint16_t verb)
{
	for (unsigned i = 0; i < set->loaded; i++)
		for (unsigned n = 0; set->rows[i].policy->enabled && n < SETTINGS_STEPS_MAX; n++)
			if (set->rows[i].policy->steps[n] == verb)
				return true;
	return false;
}

void core_actor_health(struct core *c, const struct actor_health *actor)
{
	struct actor_health was = c->health.actor;

	c->health.actor = *actor;
	c->health.actor_known = true;
	actor_log(c, "packet filter", was.firewall, actor->firewall);
	if (was.firewall != ERR_OK && actor->firewall == ERR_OK)
		response_can_ban(&c->response);
	actor_log(c, "log of packets", was.packets, actor->packets);
	actor_log(c, "undo journal", was.journal, actor->journal);
	c->health.changed |= was.trust != actor->trust || was.accounts != actor->accounts ||
			     was.core_restarts != actor->core_restarts || was.stuck != actor->stuck ||
			     was.effects_lost != actor->effects_lost || was.trust_version != actor->trust_version ||
			     was.trust_refused != actor->trust_refused ||
			     strncmp(was.trust_why, actor->trust_why, sizeof(was.trust_why)) != 0 ||
			     was.tuning_version != actor->tuning_version ||
			     strncmp(was.tuning_why, actor->tuning_why, sizeof(was.tuning_why)) != 0 ||
			     strncmp(was.immunity_why, actor->immunity_why, sizeof(was.immunity_why)) != 0 ||
			     strncmp(was.hosts_why, actor->hosts_why, sizeof(was.hosts_why)) != 0;
	if (c->health.changed)
		core_health_tick(c);
}

/* The sentences that are being collected. */
struct list {
	struct buf *texts;
	const char **problems;
	unsigned count;
};

static void add(struct list *l, const char *what, const char *why)
{
	size_t start = l->texts->len;

	if (l->count == RECORD_PROBLEMS_MAX)
		return;
	buf_text(l->texts, what);
	buf_text(l->texts, why);
	buf_bytes(l->texts, "", 1);
	if (l->texts->overflow)
		l->texts->len = start;
	else
		l->problems[l->count++] = l->texts->data + start;
}

static const char *journal_problem(uint8_t err)
{
	switch (err) {
	case ERR_CORRUPT: return "the undo journal lost records, journal.damaged is what it was: ";
	case ERR_KIND: return "the undo journal is something else: ";
	case ERR_NO_SPACE: return "the undo journal cannot grow: ";
	default: return "the undo journal cannot be written: ";
	}
}

/* The log of packets has no other source than the packet filter; decoys need none. */
static void add_packets(struct list *l, const struct core *c)
{
	static const char *const lacks[ACTOR_LACKS] = {
		[ACTOR_LACKS_SOCKET] = "the kernel has no nft_socket",
		[ACTOR_LACKS_LIMIT] = "the kernel has no nft_limit",
		[ACTOR_LACKS_LOG] = "the kernel has no nft_log and nfnetlink_log",
		[ACTOR_LACKS_XT_SOCKET] = "the kernel has no xt_socket",
		[ACTOR_LACKS_XT_LIMIT] = "the kernel has no xt_limit",
		[ACTOR_LACKS_XT_PKTTYPE] = "the kernel has no xt_pkttype",
		[ACTOR_LACKS_XT_NFLOG] = "the kernel has no xt_NFLOG",
	};
	const struct actor_health *a = &c->health.actor;
	const char *why = a->lacks < ACTOR_LACKS && lacks[a->lacks] ? lacks[a->lacks] : err_text(a->packets);
	char text[RESPONSE_PROBLEM_TEXT];

	snprintf(text, sizeof(text), "%s; %s", why,
		 c->settings->decoy_count ? "connections to decoys are" : "a decoy of [firewall] would be");
	add(l, "packets to ports that nobody serves, and so scans, are not seen: ", text);
}

static void add_actor(struct list *l, const struct core *c)
{
	const struct actor_health *a = &c->health.actor;

	if (a->firewall != ERR_OK && wants_step(&c->set, VERB_BAN))
		add(l, "addresses cannot be banned: ", err_text(a->firewall));
	if (a->packets != ERR_OK)
		add_packets(l, c);
	if (a->journal != ERR_OK)
		add(l, journal_problem(a->journal), err_text(a->journal));
	if (a->accounts != ERR_OK && wants_step(&c->set, VERB_RESET))
		add(l, "credentials cannot be reset: ", err_text(a->accounts));
	if (a->accounts != ERR_OK && wants_step(&c->set, VERB_LOCK))
		add(l, "accounts cannot be locked: ", err_text(a->accounts));
	if (a->trust != ERR_OK && c->settings->server_host[0])
		add(l, "signed orders cannot be checked: ", err_text(a->trust));
	if (a->trust_refused != ERR_OK)
		add(l, "a trust bundle was refused: ", a->trust_why);
	if (a->playbook_why[0])
		add(l, "a playbook does not run: ", a->playbook_why);
	if (a->tuning_why[0])
		add(l, "settings of the service are not in force: ", a->tuning_why);
	if (a->immunity_why[0])
		add(l, "what operators delegated to the service is not in force: ", a->immunity_why);
	if (a->hosts_why[0])
		add(l, a->hosts_why, "");
	if (a->stuck != ERR_OK)
		add(l, "what is to be taken back cannot be, and is tried again: ", err_text(a->stuck));
	if (a->effects_lost > 0)
		add(l, "the journal tells of more bans and other effects than this build keeps",
		    "; EFFECTS_MAX is its limit");
}

/* Add the problems with steps that were decided and not done. */
static void add_response(struct list *l, const struct core *c)
{
	const struct response *r = &c->response;
	char text[RESPONSE_PROBLEM_TEXT];

	if (c->settings->quiet.on && c->now.wall_us < NOW_EARLIEST_S * SECOND_US)
		add(l, "quiet_hours are not kept: ", "the clock was never set");
	if (response_bans_wait(r, c->now)) {
		snprintf(text, sizeof(text), "%u bans wait: ", (unsigned)r->queue.waiting);
		add(l, text,
		    ban_queue_is_stuck(&r->queue) ? "caltropd cannot do them just now"
						  : "bans_per_minute allows no more");
	}
	if (r->overflow && c->now.mono_us - r->overflow_us < KEPT_US) {
		snprintf(text, sizeof(text), "%llu decided steps found no room (%u bans, %u others at a time)",
			 (unsigned long long)r->overflow, (unsigned)r->bans.table.capacity, RESPONSE_ACTIONS_MAX);
		add(l, text, "; each is decided again at its address's next attempt");
	}
	if (r->gave_up && c->now.mono_us - r->gave_up_us < KEPT_US) {
		snprintf(text, sizeof(text), "%llu decided steps failed for good", (unsigned long long)r->gave_up);
		add(l, text, "; their receipts say why");
	}
}

/* Add the problem that addresses could not be counted. */
static void add_rules(struct list *l, const struct core *c)
{
	const struct state *s = &c->rules.state;
	char text[RESPONSE_PROBLEM_TEXT];

	if (s->lost == 0 || state_ticks(c->now.mono_us) - s->lost_now > state_ticks(KEPT_US))
		return;
	snprintf(text, sizeof(text),
		 "%llu addresses were forgotten while they were counted: ", (unsigned long long)s->lost);
	add(l, text, "more failed at once than the tables hold");
}

/* Add the problem that a log tells of what was long ago. */
static void add_late(struct list *l, const struct core *c)
{
	const struct core_late *late = &c->late;
	const char *name = late->slot < SETTINGS_FILES_MAX ? core_place_path(c, late->slot) : "the journal";
	char text[CORE_PROBLEM_TEXT];

	if (late->read_us == 0 || c->now.mono_us - late->read_us > KEPT_US)
		return;
	snprintf(text, sizeof(text), "%.160s tells of log-ins %lld minutes ago, ", name,
		 (long long)(late->behind_us / MINUTE_US));
	add(l, text, "and nothing is done about what is over: it is an old log, or its writer's clock is wrong");
}

/* Logs that are not read, for their form. */
static void add_unread(struct list *l, const struct core *c)
{
	for (unsigned i = 0; i <= SETTINGS_FILES_MAX; i++)
		if (declared_unread(&c->streams[i]))
			add(l, i < SETTINGS_FILES_MAX ? core_place_path(c, i) : "syslog_socket",
			    declared_unread(&c->streams[i]));
}

/* Packs that are not used, and rules that are left out of the one that is. */
static void add_pack(struct list *l, const struct core *c)
{
	const struct detect_pack *p = detect_pack(&c->detect);
	char text[CORE_PROBLEM_TEXT];

	if (c->pack.problem[0])
		add(l, c->pack.problem, "");
	if (!p || p->counts[DETECT_TOO_MANY] == 0)
		return;
	snprintf(text, sizeof(text), "%u correlations of %s are not used: ", (unsigned)p->counts[DETECT_TOO_MANY],
		 c->pack.about);
	add(l, text, "they count more, or for longer, than this guard remembers; caltrop local rules names them");
}

const char *core_unread(const struct core *c, uint16_t source)
{
	return declared_unread(&c->streams[source < SETTINGS_FILES_MAX ? source : SETTINGS_FILES_MAX]);
}

/* Whether the problems have changed since the last check. */
static void watch_response(struct core *c)
{
	struct core_health *h = &c->health;
	bool wait = response_bans_wait(&c->response, c->now);

	h->changed |= wait != h->bans_wait || c->response.overflow != h->overflow ||
		      c->response.gave_up != h->gave_up || (c->rules.state.lost != 0) != h->srcs_lost;
	h->srcs_lost = c->rules.state.lost != 0;
	h->bans_wait = wait;
	h->overflow = c->response.overflow;
	h->gave_up = c->response.gave_up;
}

/* Whether there is a source of witnesses: any source but log files. */
static bool has_witness(const struct settings *s)
{
	return (IS_ENABLED(CONFIG_SOURCE_SYSLOG) && s->syslog_socket[0]) ||
	       (IS_ENABLED(CONFIG_SOURCE_AUDIT) && s->audit) || (IS_ENABLED(CONFIG_SOURCE_JOURNAL) && s->journal);
}

unsigned core_problems(const struct core *c, struct buf *texts, const char *problems[RECORD_PROBLEMS_MAX])
{
	struct list l = {texts, problems, 0};

	for (unsigned i = 0; i < c->health.problem_count; i++)
		add(&l, c->health.problems[i], "");
	if (c->health.actor_known)
		add_actor(&l, c);
	add_response(&l, c);
	add_rules(&l, c);
	add_late(&l, c);
	add_unread(&l, c);
	if (IS_ENABLED(CONFIG_RULES_SIGMA))
		add_pack(&l, c);
	const char *blind[CORE_SENSORS_MAX];
	unsigned blind_count = core_sensors_problems(c, blind, CORE_SENSORS_MAX);

	for (unsigned i = 0; i < blind_count; i++)
		add(&l, blind[i], "");
	if (c->health.unrestored)
		add(&l, "the saved state was not used, because it ", c->health.unrestored);
	for (unsigned i = 0; i < c->set.loaded; i++) {
		const struct rule_row *row = &c->set.rows[i];
		uint32_t kept;

		if (settings_needs_witness(c->settings, row->policy) && !has_witness(c->settings))
			add(&l, row->rule->id,
			    ": its steps other than bans need a witness, and there is no source of one: "
			    "set audit, journal, syslog_socket or trust_logs");
		if (!rule_fits(&c->rules, row, &kept))
			add(&l, row->rule->id, ": there is no memory for its count; a smaller one is used");
	}
	return l.count;
}

unsigned core_counters(const struct core *c, struct record_health *out)
{
	const struct {
		const char *name;
		uint64_t value;
	} own[] = {{"lines", c->lines},
		   {"events", c->events},
		   {"attempts", c->attempts.counted},
		   {"refusals", c->attempts.refused},
		   {"refusals_forgiven", c->attempts.forgiven},
		   {"events_late", c->late.count},
		   {"findings", c->rules.fired},
		   {"incidents_opened", c->incidents.opened},
		   {"incidents_open", c->incidents.open},
		   {"incidents_merged", c->incidents.merged},
		   {"incidents_reopened", c->incidents.reopened},
		   {"bans", c->response.bans.table.count},
		   {"bans_waiting", c->response.queue.waiting},
		   {"networks_banned", c->response.neighbours},
		   {"networks_spared", c->response.spared},
		   {"srcs_lost", c->rules.state.lost},
		   {"actions_asked", c->response.asked},
		   {"actions_refused", c->response.refused},
		   {"actions_failed", c->response.failed},
		   {"actions_overflow", c->response.overflow},
		   {"records", c->records},
		   {"events_dropped", c->fold.dropped_all},
		   {"effects_lost", c->effects.lost},
		   {"sources_evicted", state_evicted(&c->rules.state)},
		   {"connections_evicted", c->attempts.evicted},
		   {"incidents_overflow", c->incidents.overflow},
		   {"incident_rules_left_out", c->incidents.parts_left_out},
		   {"incident_keys_left_out", c->incidents.keys_left_out},
		   {"bans_evicted", c->response.bans.table.evicted},
		   {"saves", c->saves},
		   {"state_left_out", c->save_left_out},
		   {"snapshot_bytes", c->snapshot_bytes},
		   {"core_restarts", c->health.actor.core_restarts},
		   {"actor_refused", c->health.actor.refused},
		   {"actor_restored", c->health.actor.reconciled},
		   {"actor_bans", c->health.actor.bans},
		   {"trust_version", c->health.actor.trust_version},
		   {"tuning_version", c->health.actor.tuning_version},
		   {"playbooks", c->health.actor.playbooks},
		   IF_ENABLED(CONFIG_RULES_SIGMA,
			      ({"rules_active", core_pack_active(c)}, {"rules_evaluated", c->detect.evaluated},
			       {"rules_matched", c->detect.matched}, {"rules_groups_lost", c->detect.tally.lost},
			       {"rules_overflow", c->detect.dropped + c->set.rowless}, ))};
	struct sensors_counter sensors[CORE_SENSORS_MAX * SENSORS_COUNTERS_MAX];
	unsigned count = 0, sensor_count = core_sensors_counters(c, sensors, sizeof(sensors) / sizeof(sensors[0]));

	_Static_assert(sizeof(own) / sizeof(own[0]) + sizeof(sensors) / sizeof(sensors[0]) + CORE_COUNTERS_MAX <=
			       RECORD_COUNTERS_MAX,
		       "all have room");
	for (; count < sizeof(own) / sizeof(own[0]); count++)
		out->counters[count] = (struct record_counter){own[count].name, own[count].value};
	for (unsigned i = 0; i < c->health.counter_count; i++)
		out->counters[count++] =
			(struct record_counter){c->health.counters[i].name, c->health.counters[i].value};
	for (unsigned i = 0; i < sensor_count; i++)
		out->counters[count++] = (struct record_counter){sensors[i].name, sensors[i].value};
	return count;
}

int64_t core_health_deadline(const struct core *c)
{
	const struct core_health *h = &c->health;

	if (h->recorded_us == 0)
		return c->start_us + (h->shell_known ? 0 : HEALTH_FIRST_US);
	if (h->changed)
		return h->recorded_us + HEALTH_APART_US;
	return c->lines != h->recorded_lines ? h->recorded_us + HEALTH_EVERY_US : INT64_MAX;
}

void core_health_tick(struct core *c)
{
	struct record_health health;
	char texts[RECORD_PROBLEMS_MAX * 128];
	struct buf text = buf_over(texts, sizeof(texts));
	enum severity severity;

	watch_response(c);
	if (c->now.mono_us < core_health_deadline(c) || core_full(c))
		return;
	health.counter_count = core_counters(c, &health);
	health.problem_count = core_problems(c, &text, health.problems);
	health.mode = settings_mode_name(c->settings);
	health.settings_digest = c->health.settings_digest;
	core_heard_list(c, &health);
	severity = health.problem_count ? SEV_MEDIUM : SEV_INFO;
	struct buf b = core_record_begin(c);

	record_health(&b, core_head(c, severity), &health);
	core_record_end(c, &b, severity);
	c->health.recorded_us = c->now.mono_us;
	c->health.recorded_lines = c->lines;
	c->health.changed = false;
}
