/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated device's process. All that decides is the guard's own code; what agent/shell does around it is done
 * here in the plainest way that keeps its promises: a saved state waits until all records before it are synced.
 */
#include "tests/sim/device.h"

#include "agent/base/require.h"
#include "agent/core/core.h"
#include "agent/spool/spool.h"
#include "agent/uplink/uplink.h"
#include "tests/sim/disk.h"
#include "tests/sim/hands.h"
#include "tests/sim/ledger.h"
#include "tests/sim/porter.h"
#include "tests/sim/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MAX (4u << 20)
#define STATE_MAX_BYTES 65536u
#define REPLY_MAX 65536u
#define INODE 7

typedef void (*job)(const void *argument);

static struct device {
	struct world *world;
	struct net *net;
	struct disk disk;
	struct settings settings;
	struct core_limits limits;
	struct spool_limits spool_limits;
	struct spool_disk disk_ops;
	struct uplink_about about;
	bool powered, alive, reading, connecting;
	uint64_t life;	 /* of the process */
	int64_t boot_us; /* world time */
	struct core *core;
	struct spool *spool;
	struct uplink *uplink;
	void *core_memory, *spool_memory, *uplink_memory;
	uint64_t connection; /* of the network, ours */
	size_t log_len, log_read;
	int64_t wake_us;
	size_t state_len; /* waiting to be written */
	uint64_t state_needs;
	bool state_waiting;
	uint64_t wakes, token;
	size_t reply_len;
	char log[LOG_MAX];
	char state[STATE_MAX_BYTES];
	char reply[REPLY_MAX];
} device;

/* The process' memory is given back even when it died in the middle of something. */
static void free_process(void)
{
	free(device.core_memory);
	free(device.spool_memory);
	free(device.uplink_memory);
	device.core_memory = device.spool_memory = device.uplink_memory = NULL;
	device.core = NULL;
	device.spool = NULL;
	device.uplink = NULL;
	device.alive = device.state_waiting = device.reading = device.connecting = false;
	device.life++;
}

int64_t device_wall(void)
{
	return device.world->time_us + device.world->wall_offset_us;
}

struct now device_now(void)
{
	return (struct now){device.world->time_us - device.boot_us + 5 * SECOND_US, device_wall()};
}

uint64_t device_life(void)
{
	return device.life;
}

bool device_powered(void)
{
	return device.powered;
}

static void note_losses(void)
{
	struct spool_health health;

	if (!device.spool)
		return; /* it did not get that far */
	spool_health(device.spool, &health);
	ledger_dropped(health.dropped_low != 0, health.dropped_high != 0);
	ledger_survives(device.life, health.synced_seq > health.acked_seq ? health.synced_seq : health.acked_seq);
}

static void start_process(struct world *w, uint64_t life);
static void power_on(struct world *w, uint64_t life);

static void struck(enum world_mishap mishap)
{
	struct world *w = device.world;

	note_losses();
	free_process();
	if (mishap == MISHAP_CRASH) {
		w->core_crashes++;
		world_say(w, "the core dies");
		if (device.connection)
			net_close(device.net, false, true);
		device.connection = 0;
		world_after(w, 50 * MS_US + (int64_t)world_random(w, 3000) * MS_US, start_process, device.life);
		return;
	}
	w->power_cuts++;
	world_say(w, "the power is gone");
	device.powered = false;
	hands_lose_power();
	porter_lose_power();
	disk_lose(&device.disk);
	if (device.connection)
		net_close(device.net, false, world_chance(w, 500));
	device.connection = 0;
	world_after(w, SECOND_US + (int64_t)world_random(w, 30000) * MS_US, power_on, device.life);
}

static void settle(void);

/* Run something in the process, which may not survive it. */
static void in_process(job what, const void *argument)
{
	static job saved_what;
	static const void *saved_argument;

	if (!device.alive)
		return;
	saved_what = what;
	saved_argument = argument;
	int mishap = setjmp(device.world->mishap);

	if (mishap) {
		struck((enum world_mishap)mishap);
		return;
	}
	device.world->mishap_armed = true;
	saved_what(saved_argument);
	settle();
	device.world->mishap_armed = false;
}

/* Effects of the core. */

static void append(const struct effect *e)
{
	struct spool_health before;

	spool_health(device.spool, &before);
	if (e->bytes.len > SPOOL_RECORD_MAX)
		world_fail(device.world, "a record of %zu bytes", e->bytes.len);
	/* Booked first: the append may be the last thing that happens. */
	ledger_appended(device.life, before.next_seq, e->severity, e->bytes);
	enum err err = spool_append(device.spool, e->severity, e->bytes, device_now());

	world_say(device.world, "record %llu severity %u: %s", (unsigned long long)before.next_seq, e->severity,
		  err_text(err));

	if (err != ERR_OK && e->severity >= SEV_MEDIUM)
		ledger_dropped(true, true);
}

static void save(const struct effect *e)
{
	struct spool_health health;

	require(e->bytes.len <= STATE_MAX_BYTES);
	spool_health(device.spool, &health);
	memcpy(device.state, e->bytes.data, e->bytes.len);
	device.state_len = e->bytes.len;
	device.state_needs = device.world->broken == BREAK_SAVE_BEFORE_SYNC ? 0 : health.next_seq - 1;
	device.state_waiting = true;
}

static void take_core(void)
{
	struct effect e;

	while (core_take(device.core, &e)) {
		switch (e.kind) {
		case EFFECT_ACT: hands_act(e.act, device.life); break;
		case EFFECT_ORDER:
			hands_order(e.order, device.life);
			uplink_order_seen(device.uplink, e.order->order, device_now());
			break;
		case EFFECT_RECORD: append(&e); break;
		case EFFECT_SAVE: save(&e); break;
		case EFFECT_REPLY:
			require(device.reply_len + e.bytes.len <= REPLY_MAX);
			memcpy(device.reply + device.reply_len, e.bytes.data, e.bytes.len);
			device.reply_len += e.bytes.len;
			break;
		case EFFECT_LOG: world_say(device.world, "  %.*s", (int)e.bytes.len, e.bytes.data); break;
		default: break;
		}
	}
}

static void feed(const struct input *input)
{
	core_feed(device.core, input, device_now());
	take_core();
}

/* Effects of the uplink. */

static void connected(struct world *w, uint64_t life);

static void take_uplink(void)
{
	struct uplink_effect e;

	while (uplink_take(device.uplink, &e)) {
		switch (e.action) {
		case UPLINK_CONNECT:
			device.connecting = true;
			world_after(device.world, 1000 + (int64_t)world_random(device.world, 50000), connected,
				    device.life);
			break;
		case UPLINK_SEND:
			porter_sent(e.bytes);
			net_send(device.net, NET_SERVICE, e.bytes);
			uplink_pending(device.uplink, net_pending(device.net, NET_SERVICE));
			break;
		case UPLINK_CLOSE:
			world_say(device.world, "uplink closes: %s", e.text);
			device.connecting = false;
			if (device.connection)
				net_close(device.net, false, true);
			device.connection = 0;
			break;
		case UPLINK_OBJECT: porter_ask(e.object, device.life); break;
		case UPLINK_ORDER: feed(&(struct input){.kind = INPUT_ORDER, .order = e.order}); break;
		case UPLINK_ACKED: world_say(device.world, "acknowledged up to %llu", (unsigned long long)e.seq); break;
		default: break;
		}
	}
}

static void do_connected(const void *unused)
{
	(void)unused;
	porter_connected(device.uplink);
	uplink_connected(device.uplink, device_now());
}

static void do_refused(const void *unused)
{
	(void)unused;
	uplink_disconnected(device.uplink, "connection refused", device_now());
}

static void connected(struct world *w, uint64_t life)
{
	(void)w;
	if (life != device.life || !device.connecting)
		return;
	device.connecting = false;
	if (device.net->connection || !service_up() || !net_connect(device.net)) {
		in_process(do_refused, NULL);
		return;
	}
	device.connection = device.net->connection;
	service_connected();
	in_process(do_connected, NULL);
}

static void do_arrived(const void *argument)
{
	const struct str *bytes = argument;

	uplink_pending(device.uplink, net_pending(device.net, NET_SERVICE));
	uplink_feed(device.uplink, *bytes, device_now());
}

void device_arrived(struct str bytes)
{
	in_process(do_arrived, &bytes);
}

static void do_broke(const void *unused)
{
	(void)unused;
	device.connection = 0;
	uplink_disconnected(device.uplink, "connection reset", device_now());
}

void device_broke(void)
{
	device.connection = 0;
	in_process(do_broke, NULL);
}

/* What the shell does before it sleeps. */

static void wake(struct world *w, uint64_t life);

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void settle(void)
{
	struct spool_health health;
	int64_t now = device_now().mono_us;

	spool_health(device.spool, &health);
	if (device.state_waiting && health.synced_seq >= device.state_needs &&
	    disk_replace(&device.disk, "state", (struct str){device.state, device.state_len}) == ERR_OK)
		device.state_waiting = false;
	uplink_wake(device.uplink, device_now());
	take_uplink();
	int64_t due = earlier(earlier(core_deadline(device.core), spool_deadline(device.spool)),
			      uplink_deadline(device.uplink));

	if (device.state_waiting)
		due = earlier(due, now + SECOND_US);
	if (due == INT64_MAX)
		return;
	due += device.boot_us - 5 * SECOND_US;
	if (device.wake_us > device.world->time_us && device.wake_us <= due)
		return;
	device.wake_us = due > device.world->time_us ? due : device.world->time_us;
	world_after(device.world, device.wake_us - device.world->time_us, wake, device.life);
}

static void do_wake(const void *unused)
{
	struct now now = device_now();

	(void)unused;
	device.wakes++;
	if (now.mono_us >= core_deadline(device.core))
		feed(&(struct input){.kind = INPUT_TICK});
	if (now.mono_us >= spool_deadline(device.spool))
		spool_tick(device.spool, now);
	if (now.mono_us >= uplink_deadline(device.uplink))
		uplink_tick(device.uplink, now);
}

static void wake(struct world *w, uint64_t life)
{
	if (life != device.life || w->time_us < device.wake_us)
		return;
	device.wake_us = 0;
	in_process(do_wake, NULL);
}

struct sync_end {
	uint64_t token;
	enum err err;
};

static void do_synced(const void *argument)
{
	const struct sync_end *end = argument;

	if (porter_owns(end->token))
		uplink_objects_synced(device.uplink);
	else
		spool_synced(device.spool, end->token, end->err, device_now());
}

static void synced(struct world *w, uint64_t tag)
{
	struct sync_end end;

	(void)w;
	if (disk_synced(&device.disk, tag, &end.token, &end.err))
		in_process(do_synced, &end);
}

/* The log. */

static void do_read(const void *unused)
{
	(void)unused;
	device.reading = false;
	while (device.log_read < device.log_len) {
		const char *line = device.log + device.log_read;
		size_t len = (size_t)((const char *)memchr(line, '\n', device.log_len - device.log_read) - line);
		size_t ahead = device.world->broken == BREAK_PLACE_AHEAD ? 400 : 0;

		device.log_read += len + 1;
		feed(&(struct input){
			.kind = INPUT_LINE,
			.bytes = {line, len},
			.place = {.inode = INODE, .offset = device.log_read + ahead, .head_crc = 1, .head_len = 1},
		});
	}
}

static void read_log(struct world *w, uint64_t life)
{
	(void)w;
	if (life == device.life && device.reading)
		in_process(do_read, NULL);
}

static void read_soon(void)
{
	if (!device.alive || device.reading)
		return;
	device.reading = true;
	world_after(device.world, 50 + (int64_t)world_random(device.world, 2000), read_log, device.life);
}

bool device_log(const char *line)
{
	size_t len = strlen(line);

	if (!device.powered)
		return false;
	require(device.log_len + len + 1 <= LOG_MAX);
	memcpy(device.log + device.log_len, line, len);
	device.log[device.log_len + len] = '\n';
	device.log_len += len + 1;
	read_soon();
	return true;
}

/* Start and end. */

static bool found(void *arg, uint64_t seq, unsigned severity, struct str bytes)
{
	uint64_t *last = arg;

	(void)severity;
	*last = seq;
	ledger_found(bytes);
	return true;
}

static void do_start(const void *unused)
{
	struct core_random random;
	struct hash_key jitter;
	struct core_place place;
	struct core_shell_health shell = {0};
	uint8_t spool_id[16];
	uint64_t last = 0;
	struct world *w = device.world;

	(void)unused;
	world_bytes(w, &random, sizeof(random));
	world_bytes(w, &jitter, sizeof(jitter));
	world_bytes(w, spool_id, sizeof(spool_id));
	device.spool = spool_init(device.spool_memory, &device.spool_limits, &device.disk_ops, spool_id);
	device.core = core_init(device.core_memory, &device.limits, &device.settings, &random);
	device.uplink = uplink_init(device.uplink_memory, device.spool, &device.about, jitter);
	if (spool_read(device.spool, 0, found, &last) != ERR_OK)
		world_fail(w, "the spool cannot be read at start");
	feed(&(struct input){.kind = INPUT_RESTORE, .bytes = disk_get(&device.disk, "state")});
	device.log_read = core_place(device.core, 0, &place) ? (size_t)place.offset : 0;
	if (device.log_read > device.log_len)
		device.log_read = device.log_len; /* only with a place ahead of itself */
	feed(&(struct input){.kind = INPUT_SHELL, .shell = &shell});
	porter_open(device.uplink, &device.disk_ops);
	uplink_start(device.uplink, device_now());
}

static void ready(struct world *w, uint64_t life)
{
	(void)w;
	if (life != device.life || !device.alive)
		return;
	hands_ready(life);
	read_soon();
}

static void start_process(struct world *w, uint64_t life)
{
	if (life != device.life || !device.powered)
		return;
	device.life++;
	device.core_memory = aligned_alloc(16, (core_size(&device.limits) + 15) / 16 * 16);
	device.spool_memory = aligned_alloc(16, (spool_size(&device.spool_limits) + 15) / 16 * 16);
	device.uplink_memory = aligned_alloc(16, (uplink_size() + 15) / 16 * 16);
	memset(device.uplink_memory, 0, uplink_size());
	device.disk_ops = disk_ops(&device.disk, synced);
	device.wake_us = 0;
	device.alive = true;
	world_say(w, "the core starts, life %llu", (unsigned long long)device.life);
	/* When a write is the last thing that happens. */
	device.disk.strike_power = device.disk.strike_crash = 0;
	if (w->scenario->power_cut_writes)
		device.disk.strike_power = device.disk.writes + 1 + world_random(w, 2 * w->scenario->power_cut_writes);
	if (w->scenario->core_crash_writes)
		device.disk.strike_crash = device.disk.writes + 1 + world_random(w, 2 * w->scenario->core_crash_writes);
	world_after(w, 200 + (int64_t)world_random(w, 5000), ready, device.life);
	in_process(do_start, NULL);
}

static void power_on(struct world *w, uint64_t life)
{
	if (life != device.life)
		return;
	world_say(w, "the power is back");
	device.powered = true;
	device.boot_us = w->time_us;
	porter_check();
	start_process(w, life);
}

void device_begin(struct world *w, struct net *n)
{
	static const char *const features[] = {NULL};

	memset(&device, 0, offsetof(struct device, log));
	device.world = w;
	device.net = n;
	disk_begin(&device.disk, w);
	porter_begin(w, &device.disk);
	settings_default(&device.settings);
	device.settings.rules[RULE_BREACH].count = 3;
	device.settings.rules[RULE_BREACH].steps[1] = VERB_RESET;
	device.settings.trust_logs = true; /* the world has but one log file */
	device.limits = (struct core_limits){
		.srcs_max = 128,
		.folds_max = 32,
		.attempts_max = 128,
		.incidents_max = 64,
		.bans_max = 128,
		.evidence_bytes = 2048,
		.effects_bytes = STATE_MAX_BYTES,
	};
	device.spool_limits = (struct spool_limits){
		.segment_bytes = 16384,
		.segments_max = w->scenario->spool_segments,
		.sync_delay_us = 2 * SECOND_US,
	};
	device.about = (struct uplink_about){
		.version = "sim", .hostname = "sim", .kernel = "sim", .arch = "sim", .features = features};
	world_bytes(w, device.about.boot_id, sizeof(device.about.boot_id));
	device.powered = true;
	start_process(w, device.life);
}

void device_end(void)
{
	free_process();
	disk_end(&device.disk);
}

/* The actor. */

static void do_receipt(const void *argument)
{
	feed(&(struct input){.kind = INPUT_RECEIPT, .receipt = argument});
}

void device_receipt(const struct actor_receipt *receipt, uint64_t life)
{
	if (life == device.life)
		in_process(do_receipt, receipt);
}

static void do_told(const void *argument)
{
	feed(&(struct input){.kind = argument ? INPUT_EFFECT : INPUT_SYNCED, .effect = argument});
}

void device_told(const struct actor_effect *told, uint64_t life)
{
	if (life == device.life)
		in_process(do_told, told);
}

/* Objects. */

static void do_object_answer(const void *argument)
{
	uplink_objects_answer(device.uplink, argument, device_now());
}

void device_object_answer(const struct actor_object_answer *answer, uint64_t life)
{
	if (life == device.life)
		in_process(do_object_answer, answer);
}

static void do_look_objects(const void *unused)
{
	(void)unused;
	uplink_objects_look(device.uplink);
}

void device_look_objects(void)
{
	in_process(do_look_objects, NULL);
}

static bool waits(void *arg, uint64_t seq, unsigned severity, struct str bytes)
{
	(void)severity;
	(void)bytes;
	*(uint64_t *)arg = seq;
	return false;
}

/* While batches are under way the window may be full. */
void device_check_overtaking(void)
{
	struct uplink_health up;
	uint64_t seq = 0;

	uplink_health(device.uplink, &up);
	if (up.sent_seq != up.acked_seq || spool_read(device.spool, up.sent_seq, waits, &seq) != ERR_OK || seq == 0)
		return;
	world_fail(device.world, "a piece of an object was sent before record %llu", (unsigned long long)seq);
}

/* Mishaps. */

void device_power_cut(void)
{
	if (device.alive)
		struck(MISHAP_POWER);
}

void device_crash(void)
{
	if (device.alive)
		struck(MISHAP_CRASH);
}

void device_disk_trouble(bool on)
{
	device.disk.trouble = !on ? ERR_OK : world_chance(device.world, 500) ? ERR_NO_SPACE : ERR_READ_ONLY;
}

/* The end. */

static void do_ask(const void *request)
{
	device.reply_len = 0;
	feed(&(struct input){.kind = INPUT_CONTROL, .bytes = str_from(request), .token = ++device.token, .root = true});
}

struct str device_ask(const char *request)
{
	in_process(do_ask, request);
	return (struct str){device.reply, device.reply_len};
}

bool device_quiet(const char **why)
{
	struct spool_health health;

	*why = "it is not running";
	if (!device.alive)
		return false;
	spool_health(device.spool, &health);
	*why = "records have not been acknowledged";
	if (health.acked_seq + 1 < health.next_seq || health.held)
		return false;
	*why = "its state is not saved";
	if (device.state_waiting)
		return false;
	if (!porter_done(why))
		return false;
	note_losses();
	ledger_survives(device.life, UINT64_MAX);
	return true;
}
