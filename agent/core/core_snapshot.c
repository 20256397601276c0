/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes and reads the saved state, which is all that the core remembers. The format is Caltrop's own, big-endian:
 *
 *	"CTST" version:u16 0:u16 mono_us:i64 wall_us:i64 { tag:u16 0:u16 len:u32 bytes }... crc:u32
 *
 * The CRC-32C is over all bytes before it. Unknown tags are ignored, so an older build can read a newer state. Times
 *are saved as ages or as time left, because the monotonic clock starts anew with each boot. When a table does not fit,
 *the entries used longest ago are left out and counted. A damaged state is not used, and health reports it.
 */
#include "agent/core/core_parts.h"

#include "agent/base/require.h"
#include "agent/base/view.h"

#include <string.h>

#define VERSION 3
#define VERSION_FIRST 1	  /* is migrated: no stacks, refusals were failures, no witness; 2: fixed arguments */
#define MAGIC 0x43545354u /* "CTST" */
#define ELAPSED_MAX_US (10 * 365 * 24 * HOUR_US)
#define PLACE_BYTES 36u
#define WANTED_BYTES 57u
#define ACTION_BYTES (2u + VERB_BYTES_MAX + 17u)
#define CRC_BYTES 4u
#define SECTION_BYTES 8u			    /* tag, zero and length */
#define ENDS_BYTES (CRC_BYTES + 16 * SECTION_BYTES) /* kept free for further sections' heads and the CRC */

enum tag {
	TAG_IDENTITY = 1, /* key 16, identity 16, unplaced 8 */
	TAG_PLACES = 2,	  /* crc of the path 4, inode 8, offset 8, head_crc 4, head_len 4, lag 8 */
	TAG_BANS = 3,
	TAG_INCIDENTS = 4,
	TAG_ACTIONS = 5,
	TAG_CONNECTIONS = 6,
	TAG_WANTED = 7,	 /* bans that were decided and have no answer yet, in their order */
	TAG_STACKS = 8,	 /* rules/attempt_stack.h */
	TAG_SERIES = 16, /* and the following numbers, one for each series: rules/state.h */
};

static size_t section_begin(struct buf *b, uint16_t tag)
{
	buf_be16(b, tag);
	buf_be16(b, 0);
	buf_be32(b, 0);
	return b->len;
}

static void section_end(struct buf *b, size_t start)
{
	struct buf len = buf_over(b->data + start - 4, 4);

	buf_be32(&len, (uint32_t)(b->len - start));
}

static void put_addr(struct buf *b, const struct addr *a)
{
	buf_be8(b, a->family);
	buf_be8(b, a->prefix);
	buf_bytes(b, a->bytes, sizeof(a->bytes));
}

static struct addr get_addr(struct view *v)
{
	struct addr a = {.family = view_be8(v)};

	a.prefix = view_be8(v);
	view_bytes(v, a.bytes, sizeof(a.bytes));
	if ((a.family != 4 && a.family != 6) || a.prefix > (a.family == 4 ? 32 : 128))
		return (struct addr){0};
	return addr_mask(&a, a.prefix);
}

static uint32_t path_crc(const struct core *c, unsigned source)
{
	return hash_crc32c(0, c->settings->files[source], strlen(c->settings->files[source]));
}

static void save_head(const struct core *c, struct buf *b)
{
	size_t start = section_begin(b, TAG_IDENTITY);

	buf_be64(b, c->key.k0);
	buf_be64(b, c->key.k1);
	buf_bytes(b, c->identity, sizeof(c->identity));
	buf_be64(b, c->unplaced);
	section_end(b, start);
	start = section_begin(b, TAG_PLACES);
	for (unsigned i = 0; i < c->settings->file_count && i < SETTINGS_FILES_MAX; i++) {
		if (!c->placed[i])
			continue;
		buf_be32(b, path_crc(c, i));
		buf_be64(b, c->places[i].inode);
		buf_be64(b, c->places[i].offset);
		buf_be32(b, c->places[i].head_crc);
		buf_be32(b, c->places[i].head_len);
		buf_be64(b, (uint64_t)core_lag_least(&c->lags[i]));
	}
	section_end(b, start);
}

static void restore_places(struct core *c, struct view *v)
{
	while (v->len >= PLACE_BYTES) {
		uint32_t crc = view_be32(v);
		struct core_place place = {.inode = view_be64(v)};

		place.offset = view_be64(v);
		place.head_crc = view_be32(v);
		place.head_len = view_be32(v);
		int64_t lag_us = (int64_t)view_be64(v);

		for (unsigned i = 0; i < c->settings->file_count && i < SETTINGS_FILES_MAX; i++) {
			if (path_crc(c, i) != crc)
				continue;
			c->places[i] = place;
			c->placed[i] = true;
			core_lag_init(&c->lags[i], lag_us < 0 ? INT64_MAX : lag_us, c->now);
		}
	}
}

/* Whether another `bytes` fit, with room left for what must follow. False is counted. */
static bool fits(struct core *c, const struct buf *b, size_t bytes)
{
	bool fit = b->len + bytes + ENDS_BYTES <= b->cap;

	c->save_left_out += !fit;
	return fit;
}

static void save_wanted(struct core *c, struct buf *b)
{
	size_t start = section_begin(b, TAG_WANTED);

	for (const struct ban *ban = c->response.queue.first; ban; ban = ban->behind) {
		if (!fits(c, b, WANTED_BYTES))
			continue;
		put_addr(b, &ban->addr);
		put_addr(b, &ban->src);
		buf_bytes(b, ban->incident, sizeof(ban->incident));
		buf_be32(b, ban->wanted_s);
		buf_be8(b, ban->rule);
	}
	section_end(b, start);
}

static void restore_wanted(struct core *c, struct view *v)
{
	while (v->len >= WANTED_BYTES) {
		struct response_action a = {.origin = ORIGIN_RULE, .args = {.verb = VERB_BAN, .addr = get_addr(v)}};
		struct addr src = get_addr(v);

		view_bytes(v, a.incident, sizeof(a.incident));
		a.args.duration_s = view_be32(v);
		a.rule = view_be8(v);
		a.decided_us = c->now.mono_us;
		if (addr_contains(&a.args.addr, &src) && a.rule < RULES_MAX && verb_args_valid(&a.args))
			response_restore(&c->response, &a, &src, c->now);
	}
}

static void save_bans(struct core *c, struct buf *b)
{
	size_t start = section_begin(b, TAG_BANS);

	for (const struct ban *ban = lru_newest(&c->response.bans.table); ban;
	     ban = lru_older(&c->response.bans.table, ban)) {
		if (ban->state == BAN_ASKED || ban->expires_us <= c->now.mono_us || !fits(c, b, 41))
			continue; /* save_wanted() saves a ban that is asked for */
		put_addr(b, &ban->addr);
		buf_be8(b, ban->state);
		buf_be8(b, ban->origin);
		buf_be8(b, ban->rule);
		buf_be32(b, ban->duration_s);
		buf_be64(b, (uint64_t)(ban->expires_us - c->now.mono_us));
		buf_be64(b, (uint64_t)ban->since_wall_us);
	}
	section_end(b, start);
}

static void restore_bans(struct core *c, struct view *v, int64_t elapsed_us)
{
	while (v->len) {
		struct addr addr = get_addr(v);
		uint8_t state = view_be8(v), origin = view_be8(v), rule = view_be8(v);
		uint32_t duration_s = view_be32(v);
		uint64_t left = view_be64(v);
		int64_t since = (int64_t)view_be64(v);

		if (v->short_read)
			return;
		if (addr.family == 0 || left > 366 * 24 * (uint64_t)HOUR_US || (int64_t)left <= elapsed_us ||
		    lru_full(&c->response.bans.table))
			continue;
		struct ban *ban = ban_get(&c->response.bans, &addr, c->now);

		ban->state = state == BAN_OBSERVED ? BAN_OBSERVED : BAN_RESTORED;
		ban->origin = origin;
		ban->rule = rule < RULES_MAX ? rule : BAN_RULE_NONE;
		ban->duration_s = duration_s;
		ban->since_wall_us = since;
		ban_set_expiry(&c->response.bans, ban, c->now.mono_us + (int64_t)left - elapsed_us);
	}
}

static void save_incidents(struct core *c, struct buf *b)
{
	size_t start = section_begin(b, TAG_INCIDENTS);

	for (const struct incident *i = lru_newest(&c->incidents.open); i; i = lru_older(&c->incidents.open, i)) {
		if (!fits(c, b, 100u + i->user_len + i->host_len))
			continue;
		buf_be64(b, i->group);
		buf_be64(b, (uint64_t)i->first_wall_us);
		buf_be64(b, (uint64_t)i->last_wall_us);
		buf_be64(b, (uint64_t)(c->now.mono_us - i->last_us));
		buf_be64(b, (uint64_t)(c->now.mono_us - i->recorded_us));
		buf_be64(b, (uint64_t)(c->now.mono_us - i->acted_us));
		buf_be32(b, i->count);
		buf_be32(b, i->recorded);
		buf_bytes(b, i->id, sizeof(i->id));
		put_addr(b, &i->src);
		buf_be8(b, i->rule);
		buf_be8(b, i->service);
		buf_be8(b, i->updates);
		buf_be32(b, i->refused);
		buf_be8(b, (uint8_t)(i->early | i->win_vouched << 1 | (i->witness_us != 0) << 2));
		buf_be8(b, i->user_len);
		buf_be8(b, i->host_len);
		buf_bytes(b, i->user, i->user_len);
		buf_bytes(b, i->host, i->host_len);
	}
	section_end(b, start);
}

/* The age of a state, and its version. */
struct saved_as {
	int64_t elapsed_us;
	uint16_t version;
};

static int64_t get_age(struct view *v, const struct core *c, int64_t elapsed_us)
{
	uint64_t age = view_be64(v);

	if (age > (uint64_t)ELAPSED_MAX_US)
		age = (uint64_t)ELAPSED_MAX_US;
	return c->now.mono_us - (int64_t)age - elapsed_us;
}

static void restore_flags(struct core *c, struct incident *i, uint8_t flags)
{
	i->early = flags & 1;
	i->win_vouched = flags & 2;
	i->witness_us = flags & 4 ? c->now.mono_us + RESPONSE_WITNESS_US : 0;
	core_wait_witness(c, i);
}

static void restore_incidents(struct core *c, struct view *v, struct saved_as as)
{
	int64_t elapsed_us = as.elapsed_us;

	while (v->len) {
		struct incident i = {.group = view_be64(v)};

		i.first_wall_us = (int64_t)view_be64(v);
		i.last_wall_us = (int64_t)view_be64(v);
		i.last_us = get_age(v, c, elapsed_us);
		i.recorded_us = get_age(v, c, elapsed_us);
		i.acted_us = get_age(v, c, elapsed_us);
		i.count = view_be32(v);
		i.recorded = view_be32(v);
		view_bytes(v, i.id, sizeof(i.id));
		i.src = get_addr(v);
		i.rule = view_be8(v);
		i.service = view_be8(v);
		i.updates = view_be8(v);
		i.refused = as.version > 2 ? view_be32(v) : view_be8(v);
		restore_flags(c, &i, as.version > 1 ? view_be8(v) : 0);
		i.user_len = view_be8(v);
		i.host_len = view_be8(v);
		if (i.rule >= RULES_MAX || i.user_len > INCIDENT_USER_MAX || i.host_len > INCIDENT_HOST_MAX)
			return;
		view_bytes(v, i.user, i.user_len);
		view_bytes(v, i.host, i.host_len);
		if (v->short_read)
			return;
		incident_restore(&c->incidents, &i);
	}
}

static void save_actions(struct core *c, struct buf *b)
{
	size_t start = section_begin(b, TAG_ACTIONS);

	for (unsigned n = 0; n < RESPONSE_ACTIONS_MAX; n++) {
		const struct response_action *a = &c->response.actions[n];

		if (a->request_id == 0 || a->origin != ORIGIN_RULE || !fits(c, b, ACTION_BYTES))
			continue;
		buf_be16(b, a->args.verb);
		verb_args_encode(b, &a->args);
		buf_bytes(b, a->incident, sizeof(a->incident));
		buf_be8(b, a->rule);
	}
	section_end(b, start);
}

/* Up to version 2 the arguments had fixed places. */
static void get_fixed_args(struct view *v, struct verb_args *args)
{
	args->duration_s = view_be32(v);
	args->addr = get_addr(v);
	args->pid = (int32_t)view_be32(v);
	view_bytes(v, args->account, VERB_ACCOUNT_MAX);
}

static void restore_actions(struct core *c, struct view *v, struct saved_as as)
{
	while (v->len) {
		struct response_action a = {.origin = ORIGIN_RULE};
		char why[VERB_WHY_MAX];

		a.args.verb = view_be16(v);
		if (as.version > 2 && verb_args_decode(v, &a.args, why) != ERR_OK)
			return;
		if (as.version <= 2)
			get_fixed_args(v, &a.args);
		view_bytes(v, a.incident, sizeof(a.incident));
		a.rule = view_be8(v);
		a.decided_us = c->now.mono_us;
		if (v->short_read)
			return;
		/* After a restart of the device a process number stands for another process. */
		if (a.rule < RULES_MAX && verb_args_valid(&a.args) && !a.args.pid)
			response_restore(&c->response, &a, &a.args.addr, c->now);
	}
}

static void save_connections(struct core *c, struct buf *b)
{
	size_t start = section_begin(b, TAG_CONNECTIONS);
	uint8_t bytes[ATTEMPT_SAVED];

	for (uint32_t slot = 0; slot < attempt_slots(&c->attempts); slot++)
		if (attempt_save(&c->attempts, slot, c->now, bytes) && fits(c, b, sizeof(bytes)))
			buf_bytes(b, bytes, sizeof(bytes));
	section_end(b, start);
}

static void restore_connections(struct core *c, struct view *v, struct saved_as as)
{
	const uint8_t *one;

	if (as.version == 1)
		while (v->len && (one = view_borrow(v, ATTEMPT_SAVED_V1)) != NULL)
			attempt_restore_v1(&c->attempts, one, as.elapsed_us, c->now);
	else
		while (v->len && (one = view_borrow(v, ATTEMPT_SAVED)) != NULL)
			attempt_restore(&c->attempts, one, as.elapsed_us, c->now);
}

static void save_stacks(struct core *c, struct buf *b)
{
	size_t start = section_begin(b, TAG_STACKS);

	if (fits(c, b, SERVICE_MAX * ATTEMPT_STACK_SAVED))
		attempt_stack_save(&c->attempts.stacks, b, c->now);
	section_end(b, start);
}

static void save_series(struct core *c, struct buf *b)
{
	for (uint8_t i = 0; i < STATE_MAX; i++) {
		size_t start = section_begin(b, (uint16_t)(TAG_SERIES + i));
		size_t left = b->cap - b->len;
		size_t share = left > ENDS_BYTES ? (left - ENDS_BYTES) / (STATE_MAX - i) : 0;

		struct buf part = buf_over(b->data + b->len, share);

		c->save_left_out += state_save(&c->rules.state, i, &part, state_ticks(c->now.mono_us));
		b->len += part.len;
		section_end(b, start);
	}
}

void core_save(struct core *c)
{
	struct buf b = effects_begin(&c->effects);

	c->save_left_out = 0;
	buf_be32(&b, MAGIC);
	buf_be16(&b, VERSION);
	buf_be16(&b, 0);
	buf_be64(&b, (uint64_t)c->now.mono_us);
	buf_be64(&b, (uint64_t)c->now.wall_us);
	save_head(c, &b);
	save_wanted(c, &b);
	save_actions(c, &b);
	save_incidents(c, &b);
	save_stacks(c, &b);
	save_bans(c, &b);
	save_connections(c, &b);
	save_series(c, &b);
	buf_be32(&b, hash_crc32c(0, b.data, b.len));
	require(!b.overflow);
	effects_end(&c->effects, &b, &(struct effect){.kind = EFFECT_SAVE, .severity = SEV_INFO});
	c->snapshot_bytes = (uint32_t)b.len;
	c->saves++;
	c->health.restore_damaged &= c->health.recorded_us == 0; /* it was reported, and this save replaces the state */
	c->saved_us = c->now.mono_us;
	c->save_us = INT64_MAX;
}

static void restore_identity(struct core *c, struct view *v)
{
	struct hash_key key = {.k0 = view_be64(v)};

	key.k1 = view_be64(v);
	view_bytes(v, c->identity, sizeof(c->identity));
	c->unplaced = view_be64(v);
	c->key = c->rules.key = c->attempts.key = c->fold.key = c->response.bans.key = key;
}

static void restore_section(struct core *c, uint16_t tag, struct view *v, struct saved_as as)
{
	switch (tag) {
	case TAG_IDENTITY: restore_identity(c, v); break;
	case TAG_PLACES: restore_places(c, v); break;
	case TAG_BANS: restore_bans(c, v, as.elapsed_us); break;
	case TAG_INCIDENTS: restore_incidents(c, v, as); break;
	case TAG_WANTED: restore_wanted(c, v); break;
	case TAG_ACTIONS: restore_actions(c, v, as); break;
	case TAG_CONNECTIONS: restore_connections(c, v, as); break;
	case TAG_STACKS: attempt_stack_restore(&c->attempts.stacks, v, as.elapsed_us, c->now); break;
	default:
		if (tag >= TAG_SERIES && tag < TAG_SERIES + STATE_MAX)
			state_restore(&c->rules.state, (uint8_t)(tag - TAG_SERIES), v,
				      (struct state_times){state_ticks(c->now.mono_us), state_ticks(as.elapsed_us)});
		break;
	}
}

/*
 * The time since the state was saved: the larger of what the two clocks say. The monotonic clock counts only within one
 * boot, and the wall clock only if it was not set back. An error makes the state look older than it is; bans do not
 * depend on it, because the actor keeps them.
 */
static int64_t elapsed_since(const struct core *c, int64_t mono_us, int64_t wall_us)
{
	int64_t mono = c->now.mono_us >= mono_us && mono_us >= 0 ? c->now.mono_us - mono_us : 0;
	int64_t wall = wall_us >= 0 && c->now.wall_us >= wall_us ? c->now.wall_us - wall_us : 0;
	int64_t elapsed = mono > wall ? mono : wall;

	return elapsed < ELAPSED_MAX_US ? elapsed : ELAPSED_MAX_US;
}

void core_restore(struct core *c, struct str bytes)
{
	struct view v = view_over(bytes.data, bytes.len);

	if (bytes.len == 0)
		return;
	bool good = bytes.len > CRC_BYTES && view_be32(&v) == MAGIC;
	struct saved_as as = {.version = view_be16(&v)};

	good = good && as.version >= VERSION_FIRST && as.version <= VERSION;
	v.len -= good ? CRC_BYTES : 0;
	view_be16(&v);
	int64_t mono_us = (int64_t)view_be64(&v), wall_us = (int64_t)view_be64(&v);
	struct view tail = view_over(bytes.data + bytes.len - (good ? CRC_BYTES : 0), CRC_BYTES);

	good = good && !v.short_read && view_be32(&tail) == hash_crc32c(0, bytes.data, bytes.len - CRC_BYTES);
	if (!good) {
		c->health.restore_damaged = true;
		core_log(c, SEV_HIGH, "the saved state is damaged and is not used");
		return;
	}
	as.elapsed_us = elapsed_since(c, mono_us, wall_us);
	if (c->now.mono_us >= mono_us && mono_us >= 0) {
		/* This seems to be the same boot, so a change of the difference shows that the clock was set. */
		c->clock_us = wall_us - mono_us;
		core_watch_clock(c);
	}
	while (v.len) {
		uint16_t tag = view_be16(&v);

		view_be16(&v);
		uint32_t len = view_be32(&v);
		const uint8_t *section = view_borrow(&v, len);

		if (!section)
			break;
		struct view inside = view_over(section, len);

		restore_section(c, tag, &inside, as);
	}
	core_touch(c, CORE_LATER);
}
