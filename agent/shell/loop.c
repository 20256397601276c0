/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of caltrop-core: each turn polls, feeds the core, sends requests to the actor and writes records. Never
 * decides anything about security: the core does, and the actor carries it out.
 */
#include "agent/shell/loop.h"

#include "agent/base/key.h"
#include "agent/base/require.h"
#include "agent/common/core_fds.h"
#include "agent/common/lock.h"
#include "agent/shell/process.h"
#include "agent/shell/report.h"
#include "agent/shell/sandbox.h"
#include "agent/shell/uplink_tls.h"
#include "agent/source/log.h"

#include <string.h>
#include <unistd.h>

#define LOCK_SECONDS 10
#define SYNC_DELAY_US (5 * SECOND_US)

/* The head of a record that waits to be appended to the spool. */
struct staged {
	uint32_t len;
	uint32_t severity;
};

static void flush_records(struct loop *loop)
{
	struct now now = feed_now();

	for (size_t at = 0; at < loop->staged;) {
		struct staged head;

		memcpy(&head, loop->stage + at, sizeof(head));
		struct str bytes = {(const char *)loop->stage + at + sizeof(head), head.len};

		if (spool_append(loop->spool, head.severity, bytes, now) == ERR_TOO_LONG)
			loop->stage_lost++;
		at += sizeof(head) + head.len;
	}
	loop->staged = 0;
	if (IS_ENABLED(CONFIG_UPLINK))
		uplink_tls_wake(loop->link);
}

static void stage_record(struct loop *loop, const struct effect *effect)
{
	struct staged head = {(uint32_t)effect->bytes.len, effect->severity};

	if (effect->bytes.len > SPOOL_RECORD_MAX) {
		loop->stage_lost++;
		return;
	}
	if (sizeof(loop->stage) - loop->staged < sizeof(head) + head.len)
		flush_records(loop);
	memcpy(loop->stage + loop->staged, &head, sizeof(head));
	memcpy(loop->stage + loop->staged + sizeof(head), effect->bytes.data, head.len);
	loop->staged += sizeof(head) + head.len;
}

static void save_state(struct loop *loop, struct str bytes)
{
	struct spool_health health;

	if (loop->staged)
		flush_records(loop);
	spool_health(loop->spool, &health);
	state_file_save(&loop->state, bytes, health.next_seq - 1);
}

static void carry_out(void *context, const struct effect *effect)
{
	struct loop *loop = context;

	switch (effect->kind) {
	case EFFECT_ACT: actor_link_send(&loop->actor, ACTOR_ACT, effect->act); break;
	case EFFECT_ORDER:
		if (actor_link_send(&loop->actor, ACTOR_ORDER, effect->order) && IS_ENABLED(CONFIG_UPLINK))
			uplink_tls_order_seen(loop->link, effect->order);
		break;
	case EFFECT_PLAY: actor_link_send(&loop->actor, ACTOR_PLAY, effect->play); break;
	case EFFECT_RECORD: stage_record(loop, effect); break;
	case EFFECT_REPLY: control_socket_reply(&loop->control, effect); break;
	case EFFECT_SAVE: save_state(loop, effect->bytes); break;
	case EFFECT_LOG: log_line(effect->severity, "%.*s", (int)effect->bytes.len, effect->bytes.data); break;
	}
}

/* How many records the service does not have yet. The numbers have gaps, so this may be too many. */
static uint64_t spool_waiting(const struct spool_health *spool)
{
	uint64_t first = spool->acked_seq >= spool->oldest_seq ? spool->acked_seq + 1 : spool->oldest_seq;

	return spool->next_seq > first ? spool->next_seq - first : 0;
}

static void feed_health(void *context)
{
	struct loop *loop = context;
	struct core_shell_health shell = {.settings_digest = loop->settings_digest};
	struct input input = {.kind = INPUT_SHELL, .shell = &shell};
	struct spool_health spool;

	spool_health(loop->spool, &spool);
	loop->health.changed = false;
	health_fill(&loop->health, &shell);
	/* First: it must not be among those beyond CORE_COUNTERS_MAX, which are left out. */
	health_count(&shell, "lines_skipped", loop->feed.skipped.lines);
	sources_counters(&loop->sources, &shell);
	health_count(&shell, "spool_bytes", spool.bytes);
	health_count(&shell, "spool_records", spool_waiting(&spool));
	health_count(&shell, "spool_dropped_low", spool.dropped_low);
	health_count(&shell, "spool_dropped_high", spool.dropped_high);
	health_count(&shell, "spool_syncs", spool.syncs);
	health_count(&shell, "state_saves", loop->state.saves);
	health_count(&shell, "actor_dropped", loop->actor.dropped);
	if (IS_ENABLED(CONFIG_UPLINK))
		uplink_tls_health(loop->link, &shell);
	feed_input(&loop->feed, &input);
}

static void look_after_disk(struct loop *loop)
{
	struct spool_health spool;

	spool_health(loop->spool, &spool);
	state_file_synced(&loop->state, spool.synced_seq);
	if (spool.disk == ERR_OK)
		health_set(&loop->health, HEALTH_SPOOL, NULL);
	else
		health_set(&loop->health, HEALTH_SPOOL,
			   "cannot write records to %s/core: %s; the latest records are kept in memory",
			   loop->settings.state_dir, err_text(spool.disk));
	if (loop->actor.dropped)
		health_set(&loop->health, HEALTH_ACTOR, "%llu requests to caltropd were dropped: the queue was full",
			   (unsigned long long)loop->actor.dropped);
	if (loop->state.err == ERR_OK)
		health_set(&loop->health, HEALTH_STATE, NULL);
	else
		health_set(&loop->health, HEALTH_STATE, "cannot save the state in %s/core: %s",
			   loop->settings.state_dir, err_text(loop->state.err));
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void timer_rang(uv_timer_t *timer);

static void arm(struct loop *loop)
{
	int64_t due = earlier(core_deadline(loop->core), spool_deadline(loop->spool));

	due = earlier(due, sources_deadline(&loop->sources));
	due = earlier(due, control_socket_deadline(&loop->control));
	if (IS_ENABLED(CONFIG_UPLINK))
		due = earlier(due, uplink_tls_deadline(loop->link));
	if (loop->leave_us)
		due = earlier(due, loop->leave_us);
	if (due == loop->timer_us)
		return;
	loop->timer_us = due;
	if (due == INT64_MAX) {
		uv_timer_stop(&loop->timer);
		return;
	}
	int64_t wait_us = due - feed_now().mono_us;

	uv_update_time(&loop->uv);
	uv_timer_start(&loop->timer, timer_rang, wait_us > 0 ? (uint64_t)(wait_us + 999) / 1000 : 0, 0);
}

static void timer_rang(uv_timer_t *timer)
{
	struct loop *loop = timer->data;
	struct now now = feed_now();

	loop->timer_us = 0;
	if (now.mono_us >= core_deadline(loop->core))
		feed_input_at(&loop->feed, &(struct input){.kind = INPUT_TICK}, now);
	if (now.mono_us >= spool_deadline(loop->spool))
		spool_tick(loop->spool, now);
	sources_tick(&loop->sources, now);
	control_socket_tick(&loop->control, now.mono_us);
	if (IS_ENABLED(CONFIG_UPLINK))
		uplink_tls_tick(loop->link, now);
}

/* Records that wait for others to be synced with them are synced now. */
static void hasten(struct loop *loop, struct spool_health *spool)
{
	struct now now = feed_now();

	now.mono_us += SYNC_DELAY_US;
	spool_tick(loop->spool, now);
	spool_health(loop->spool, spool);
}

/* Whether the program may end: all records and the state are on disk, or the time for that is over. */
static bool may_end(struct loop *loop)
{
	struct spool_health spool;

	if (feed_now().mono_us >= loop->leave_us)
		return true;
	hasten(loop, &spool);
	if (spool.disk)
		return !loop->state.is_writing;
	return spool.synced_seq + 1 == spool.next_seq && state_file_idle(&loop->state);
}

/* Root is answered when the state that knows what he did is on the disk, or cannot be. */
static void answer_held(struct loop *loop)
{
	struct spool_health spool;

	if (!control_socket_holds(&loop->control))
		return;
	hasten(loop, &spool);
	if (spool.disk ? !loop->state.is_writing : state_file_idle(&loop->state))
		control_socket_release(&loop->control);
}

/* The end of a turn. Feeding the core with health may make further records, so those are flushed once more. */
static void before_sleep(uv_prepare_t *prepare)
{
	struct loop *loop = prepare->data;

	if (loop->staged)
		flush_records(loop);
	look_after_disk(loop);
	if (IS_ENABLED(CONFIG_UPLINK)) {
		uplink_tls_before_sleep(loop->link);
		uplink_tls_trust(loop->link, loop->actor.trust_version);
		report_heard(loop);
		report_recorded(loop);
	}
	if (loop->health.changed) {
		feed_health(loop);
		if (loop->staged)
			flush_records(loop);
		if (IS_ENABLED(CONFIG_UPLINK))
			uplink_tls_before_sleep(loop->link);
	}
	if (sources_resume(&loop->sources))
		feed_again(&loop->feed);
	if (loop->actor.unopened == 0)
		control_socket_serve(&loop->control);
	answer_held(loop);
	alive_turn(&loop->alive);
	arm(loop);
	if (loop->leave_us && may_end(loop))
		uv_stop(&loop->uv);
}

static void turn_again(uv_idle_t *idle)
{
	struct loop *loop = idle->data;

	if (!sources_turn(&loop->sources))
		uv_idle_stop(idle);
}

static void catch_up(void *context)
{
	sources_catch_up(&((struct loop *)context)->sources);
}

static void again(void *context)
{
	struct loop *loop = context;

	uv_idle_start(&loop->again, turn_again);
}

static void leave(struct loop *loop)
{
	struct now now = feed_now();

	if (loop->leave_us)
		return;
	loop->leave_us = now.mono_us + LOOP_LEAVE_US;
	feed_input_at(&loop->feed, &(struct input){.kind = INPUT_SAVE}, now);
	if (IS_ENABLED(CONFIG_UPLINK))
		uplink_tls_close(loop->link);
}

static void terminated(uv_signal_t *signal, int number)
{
	(void)number;
	leave(signal->data);
}

static void source_opened(void *context, const struct actor_source *answer, int fd)
{
	struct loop *loop = context;

	sources_opened(&loop->sources, answer, fd);
}

static void object_answered(void *context, const struct actor_object_answer *answer)
{
	struct loop *loop = context;

	if (IS_ENABLED(CONFIG_OBJECTS))
		uplink_tls_object_answered(loop->link, answer);
	if (IS_ENABLED(CONFIG_RULES_SIGMA) && answer->put && answer->err == ERR_OK)
		pack_file_look(&loop->packs);
}

static void owner_answered(void *context, const struct actor_owner_answer *answer)
{
	struct loop *loop = context;

	sources_owned(&loop->sources, answer);
}

static void look_for_objects(void *context)
{
	struct loop *loop = context;

	if (IS_ENABLED(CONFIG_OBJECTS))
		uplink_tls_look(loop->link);
}

static bool ask(void *context, uint16_t type, const void *request)
{
	struct loop *loop = context;

	return actor_link_send(&loop->actor, type, request);
}

static void trust(void *context, struct str sealed)
{
	struct loop *loop = context;

	actor_link_trust(&loop->actor, sealed);
}

static void immunity(void *context, const struct actor_act *act)
{
	struct loop *loop = context;

	(void)actor_link_send(&loop->actor, ACTOR_ACT, act);
}

static bool busy(void *context)
{
	struct loop *loop = context;

	return actor_link_busy(&loop->actor);
}

static bool reload(void *context)
{
	struct loop *loop = context;

	return IS_ENABLED(CONFIG_UPLINK) && uplink_tls_reload(loop->link);
}

static void read_settings(struct loop *loop)
{
	static char text[INI_BYTES_MAX + 1];
	struct ini_error error = {0};
	ssize_t n = pread(CORE_FD_SETTINGS, text, sizeof(text), 0);

	settings_default(&loop->settings);
	if (n < 0)
		log_fatal("there are no settings; only caltropd can start caltrop-core");
	if (settings_read(&loop->settings, (struct str){text, (size_t)n}, &error) != ERR_OK) {
		log_line(SEV_HIGH, "settings, line %u: %s", error.line, error.text);
		log_fatal("the settings cannot be read");
	}
	if (IS_ENABLED(CONFIG_UPLINK))
		key_sha256(text, (size_t)n, loop->settings_digest);
	close(CORE_FD_SETTINGS);
}

/* Two cores in one directory would give one number to two records, so wait until another one has ended. */
static void lock_state(void)
{
	if (lock_take(CORE_FD_STATE, LOCK_SECONDS) != ERR_OK)
		log_fatal("the state directory is in use by another caltrop-core");
}

static struct spool_limits spool_bounds(const struct settings *settings)
{
	struct spool_limits limits = {.segment_bytes = CONFIG_SPOOL_SEGMENT_BYTES, .sync_delay_us = SYNC_DELAY_US};

	if (settings->spool_bytes_max / SPOOL_SEGMENTS_MAX > limits.segment_bytes)
		limits.segment_bytes = settings->spool_bytes_max / SPOOL_SEGMENTS_MAX;
	limits.segments_max = settings->spool_bytes_max / limits.segment_bytes;
	return limits;
}

static void records_synced(void *arg, uint64_t token, enum err err)
{
	struct loop *loop = arg;

	spool_synced(loop->spool, token, err, feed_now());
}

static void open_core(struct loop *loop)
{
	struct core_limits limits;
	struct spool_limits spool = spool_bounds(&loop->settings);
	struct core_random random;
	uint8_t spool_id[16];

	core_limits_default(&limits);
	process_random(&random, sizeof(random));
	process_random(spool_id, sizeof(spool_id));
	lock_state();
	if (IS_ENABLED(CONFIG_RECORDS))
		spool_disk_open(&loop->disk, &loop->uv, CORE_FD_STATE);
	loop->spool = spool_init(process_reserve(spool_size(&spool)), &spool, &loop->disk.ops, spool_id);
	loop->disk.synced = records_synced;
	loop->disk.arg = loop;
	loop->core = core_init(process_reserve(core_size(&limits)), &limits, &loop->settings, &random);
	state_file_open(&loop->state, &loop->uv, CORE_FD_STATE, limits.effects_bytes);
	loop->feed = (struct feed){
		.uv = &loop->uv,
		.settings = &loop->settings,
		.core = loop->core,
		.health = &loop->health,
		.context = loop,
		.carry_out = carry_out,
		.again = again,
		.catch_up = catch_up,
		.ask = ask,
		.trust = trust,
		.immunity = immunity,
		.busy = busy,
		.has_fd = process_has_fd,
		.reserve = process_reserve,
	};
}

static void open_sockets(struct loop *loop)
{
	actor_link_open(&loop->actor, &loop->feed, CORE_FD_ACTOR);
	alive_open(&loop->alive, &loop->actor, loop->settings.hang_s);
	loop->actor.source_opened = source_opened;
	loop->actor.object_waits = look_for_objects;
	loop->actor.object_answered = object_answered;
	loop->actor.owner_answered = owner_answered;
	control_socket_open(&loop->control, &loop->feed, process_has_fd(CORE_FD_LOCAL) ? CORE_FD_LOCAL : -1);
	loop->control.reload = reload;
	loop->control.look = look_for_objects;
	loop->control.fresh_health = feed_health;
}

static void open_handles(struct loop *loop)
{
	require(uv_loop_init(&loop->uv) == 0);
	uv_prepare_init(&loop->uv, &loop->sleeping);
	uv_timer_init(&loop->uv, &loop->timer);
	uv_idle_init(&loop->uv, &loop->again);
	uv_signal_init(&loop->uv, &loop->terminate);
	uv_signal_init(&loop->uv, &loop->interrupt);
	loop->sleeping.data = loop->timer.data = loop->again.data = loop;
	loop->terminate.data = loop->interrupt.data = loop;
	uv_prepare_start(&loop->sleeping, before_sleep);
	uv_signal_start(&loop->terminate, terminated, SIGTERM);
	uv_signal_start(&loop->interrupt, terminated, SIGINT);
}

void loop_init(struct loop *loop)
{
	read_settings(loop);
	open_handles(loop);
	open_core(loop);
	open_sockets(loop);
	sources_open(&loop->sources, &loop->feed);
	if (IS_ENABLED(CONFIG_UPLINK))
		loop->link = uplink_tls_open(&loop->feed, loop->spool);
}

int loop_run(struct loop *loop)
{
	struct input restore = {.kind = INPUT_RESTORE, .bytes = state_file_load(&loop->state)};

	feed_input(&loop->feed, &restore);
	if (core_unrestored(loop->core))
		state_file_set_aside(&loop->state, loop->settings.state_dir);
	IF_ENABLED(CONFIG_RULES_SIGMA, (pack_file_start(&loop->packs, &loop->feed);))
	actor_link_send(&loop->actor, ACTOR_READY, &(struct actor_header){0});
	sources_start(&loop->sources);
	if (IS_ENABLED(CONFIG_UPLINK))
		uplink_tls_reload(loop->link);
	loop->health.changed = true;
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	spool_close(loop->spool);
	return 0;
}
