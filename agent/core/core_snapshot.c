/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes and reads the saved state, which is all that the core remembers. The format is Caltrop's own, big-endian:
 *
 *	"CTST" version:u16 0:u16 mono_us:i64 wall_us:i64 { tag:u16 0:u16 len:u32 bytes }... crc:u32
 *
 * The CRC-32C is over all bytes before it. Unknown tags are ignored, so a build may add sections and keep the version.
 * Times are saved as ages or as time left, because the monotonic clock starts anew with each boot. When a table does
 * not fit, the entries used longest ago are left out and counted. A state of any earlier version is read; one that is
 * damaged, or of a later version, is not used, and health reports it.
 */
#include "agent/core/core_parts.h"

#include "agent/base/require.h"
#include "agent/base/view.h"
#include "agent/incident/incident_save.h"
#include "agent/response/response_save.h"
#include "agent/rules/rule_old.h"

#include <string.h>

#define VERSION 7
/* Is migrated: no stacks, refusals were failures, no witness; 2: fixed arguments; 3 and 4: rule_old.h; 5: no subjects;
 * 6: each finding is an incident. */
#define VERSION_FIRST 1
#define MAGIC 0x43545354u /* "CTST" */
#define ELAPSED_MAX_US (10 * 365 * 24 * HOUR_US)
#define PLACE_BYTES 36u
#define ZONE_BYTES 12u
#define HEAD_BYTES 24u
#define CRC_BYTES 4u
#define SECTION_BYTES 8u			    /* tag, zero and length */
#define ENDS_BYTES (CRC_BYTES + 16 * SECTION_BYTES) /* kept free for further sections' heads and the CRC */

enum tag {
	TAG_IDENTITY = 1, /* key 16, names of incidents 24 */
	TAG_PLACES = 2,	  /* crc of the path 4, inode 8, offset 8, head_crc 4, head_len 4, lag 8 */
	TAG_BANS = 3,
	TAG_FINDINGS = 4,
	TAG_ACTIONS = 5,
	TAG_CONNECTIONS = 6,
	TAG_WANTED = 7,	     /* bans that were decided and have no answer yet, in their order */
	TAG_STACKS = 8,	     /* rules/attempt_stack.h */
	TAG_RULES = 9,	     /* names of the rules that the others mention: rules/rule_set.h */
	TAG_SERIES = 10,     /* rules/state.h */
	TAG_ZONES = 11,	     /* where stamps have no zone: crc as in TAG_PLACES 4, how far behind the clock 8 */
	TAG_TALLY = 12,	     /* what correlations count: sigma/tally.h */
	TAG_INCIDENTS = 13,  /* before their findings */
	TAG_OFFENDERS = 14,  /* response/offender.h; before the bans, of which some ran out since */
	TAG_GUESTS = 15,     /* response/guest.h */
	TAG_SERIES_OLD = 16, /* up to version 4, and the following numbers: one for each place of rule_old_series() */
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

static void save_head(const struct core *c, struct buf *b)
{
	size_t start = section_begin(b, TAG_IDENTITY);

	buf_be64(b, c->key.k0);
	buf_be64(b, c->key.k1);
	incident_save_names(&c->incidents, b);
	section_end(b, start);
	start = section_begin(b, TAG_PLACES);
	for (unsigned i = 0; i < CORE_PLACES; i++) {
		if (!c->placed[i] || !c->path_crcs[i])
			continue;
		buf_be32(b, c->path_crcs[i]);
		buf_be64(b, c->places[i].inode);
		buf_be64(b, c->places[i].offset);
		buf_be32(b, c->places[i].head_crc);
		buf_be32(b, c->places[i].head_len);
		buf_be64(b, (uint64_t)core_lag_usual(&c->lags[i], c->now));
	}
	section_end(b, start);
}

static void save_zones(const struct core *c, struct buf *b)
{
	size_t start = section_begin(b, TAG_ZONES);

	for (unsigned i = 0; i < CORE_PLACES; i++) {
		int64_t usual_us = core_lag_usual(&c->local_lags[i], c->now);

		if (usual_us == INT64_MAX || !c->path_crcs[i])
			continue;
		buf_be32(b, c->path_crcs[i]);
		buf_be64(b, (uint64_t)usual_us);
	}
	section_end(b, start);
}

static void restore_zones(struct core *c, struct view *v)
{
	while (v->len >= ZONE_BYTES) {
		uint32_t crc = view_be32(v);
		int64_t usual_us = (int64_t)view_be64(v);

		for (unsigned i = 0; i < CORE_PLACES; i++)
			if (c->path_crcs[i] == crc)
				core_lag_init(&c->local_lags[i], usual_us);
	}
}

static void restore_places(struct core *c, struct view *v)
{
	while (v->len >= PLACE_BYTES) {
		struct core_place_saved saved = {.path_crc = view_be32(v)};

		saved.place.inode = view_be64(v);
		saved.place.offset = view_be64(v);
		saved.place.head_crc = view_be32(v);
		saved.place.head_len = view_be32(v);
		saved.lag_us = (int64_t)view_be64(v);
		core_place_restore(c, &saved);
	}
}

/* What may still be written, with room left for what must follow. */
static struct buf rest_of(const struct buf *b)
{
	size_t left = b->cap - b->len;

	return buf_over(b->data + b->len, left > ENDS_BYTES ? left - ENDS_BYTES : 0);
}

/* A section that a module writes; left_out is how many of its entries found no room. */
static void save_part(struct core *c, struct buf *b, uint16_t tag)
{
	size_t start = section_begin(b, tag);
	struct buf part = rest_of(b);

	switch (tag) {
	case TAG_RULES: c->save_left_out += rule_set_save(&c->set, &part); break;
	case TAG_WANTED: c->save_left_out += response_save_wanted(&c->response, &part); break;
	case TAG_ACTIONS: c->save_left_out += response_save_actions(&c->response, &part); break;
	case TAG_INCIDENTS: c->save_left_out += incident_save(&c->incidents, &part, c->now); break;
	case TAG_FINDINGS: c->save_left_out += incident_save_findings(&c->incidents, &part, c->now); break;
	case TAG_STACKS: c->save_left_out += attempt_stack_save(&c->attempts.stacks, &part, c->now); break;
	case TAG_BANS: c->save_left_out += response_save_bans(&c->response, &part, c->now); break;
	case TAG_OFFENDERS: c->save_left_out += offender_save(&c->response.bans.offenders, &part, c->now); break;
	case TAG_GUESTS: c->save_left_out += guest_save(&c->response.guests, &part, c->now); break;
	case TAG_CONNECTIONS: c->save_left_out += attempt_save(&c->attempts, &part, c->now); break;
	case TAG_TALLY:
		IF_ENABLED(CONFIG_RULES_SIGMA,
			   (c->save_left_out += tally_save(&c->detect.tally, &part, c->now.mono_us);))
		break;
	case TAG_SERIES: c->save_left_out += state_save(&c->rules.state, &part, state_ticks(c->now.mono_us)); break;
	default: break;
	}
	b->len += part.len;
	section_end(b, start);
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
	save_zones(c, &b);
	save_part(c, &b, TAG_RULES); /* before what mentions rules: it is read in this order */
	save_part(c, &b, TAG_WANTED);
	save_part(c, &b, TAG_ACTIONS);
	save_part(c, &b, TAG_INCIDENTS);
	save_part(c, &b, TAG_FINDINGS);
	save_part(c, &b, TAG_STACKS);
	if (c->response.bans.offenders.table.count)
		save_part(c, &b, TAG_OFFENDERS);
	save_part(c, &b, TAG_BANS);
	if (c->settings->ban_neighbours)
		save_part(c, &b, TAG_GUESTS);
	save_part(c, &b, TAG_CONNECTIONS);
	save_part(c, &b, TAG_SERIES);
	if (IS_ENABLED(CONFIG_RULES_SIGMA) && c->rules.detect)
		save_part(c, &b, TAG_TALLY);
	buf_be32(&b, hash_crc32c(0, b.data, b.len));
	require(!b.overflow);
	effects_end(&c->effects, &b, &(struct effect){.kind = EFFECT_SAVE, .severity = SEV_INFO});
	c->snapshot_bytes = (uint32_t)b.len;
	c->saves++;
	if (c->health.recorded_us)
		c->health.unrestored = NULL; /* it was reported, and this save replaces the state */
	c->saved_us = c->now.mono_us;
	c->save_us = INT64_MAX;
}

static void restore_identity(struct core *c, struct view *v)
{
	struct hash_key key = {.k0 = view_be64(v)};

	key.k1 = view_be64(v);
	incident_restore_names(&c->incidents, v);
	c->key = c->rules.key = c->attempts.key = c->fold.key = c->response.bans.key = c->detect.key = key;
}

static void restore_series(struct core *c, uint16_t tag, struct view *v, const struct saved_as *as)
{
	struct state_times times = {state_ticks(c->now.mono_us), state_ticks(as->past_us)};

	if (tag == TAG_SERIES)
		state_restore(&c->rules.state, v, times);
	else if (tag >= TAG_SERIES_OLD && tag < TAG_SERIES_OLD + RULE_OLD_SERIES)
		state_restore_series(&c->rules.state, rule_old_series(tag - (unsigned)TAG_SERIES_OLD), v, times);
}

static void restore_section(struct core *c, uint16_t tag, struct view *v, const struct saved_as *as)
{
	switch (tag) {
	case TAG_IDENTITY: restore_identity(c, v); break;
	case TAG_PLACES: restore_places(c, v); break;
	case TAG_ZONES: restore_zones(c, v); break;
	case TAG_RULES: rule_set_restore(&c->set, v); break;
	case TAG_OFFENDERS: offender_restore(&c->response.bans.offenders, v, c->now, as->elapsed_us); break;
	case TAG_GUESTS: guest_restore(&c->response.guests, v, c->now); break;
	case TAG_BANS: response_restore_bans(&c->response, v, as); break;
	case TAG_INCIDENTS: incident_restore(&c->incidents, v, as); break;
	case TAG_FINDINGS: c->nobodys += incident_restore_findings(&c->incidents, v, as); break;
	case TAG_WANTED: c->nobodys += response_restore_wanted(&c->response, v, as); break;
	case TAG_ACTIONS: c->nobodys += response_restore_actions(&c->response, v, as); break;
	case TAG_CONNECTIONS: attempt_restore(&c->attempts, v, as); break;
	case TAG_TALLY:
		IF_ENABLED(CONFIG_RULES_SIGMA, (tally_restore(&c->detect.tally, v, c->now.mono_us, as->past_us);))
		break;
	case TAG_STACKS: attempt_stack_restore(&c->attempts.stacks, v, as->elapsed_us, c->now); break;
	default: restore_series(c, tag, v, as); break;
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

/* All sections were read. */
static void restored(struct core *c)
{
	if (c->nobodys)
		core_log(c, SEV_MEDIUM,
			 "%u incidents or requests of the saved state are left out: this build does not have their "
			 "rules",
			 (unsigned)c->nobodys);
	core_touch(c, CORE_LATER);
}

/* Why these bytes are no state that can be read, as core_unrestored() says; NULL: they are one. */
static const char *unreadable(struct str bytes)
{
	struct view v = view_over(bytes.data, bytes.len);

	if (bytes.len < HEAD_BYTES + CRC_BYTES || view_be32(&v) != MAGIC)
		return "is damaged";
	uint16_t version = view_be16(&v);
	struct view crc = view_over(bytes.data + bytes.len - CRC_BYTES, CRC_BYTES);

	if (version < VERSION_FIRST || view_be32(&crc) != hash_crc32c(0, bytes.data, bytes.len - CRC_BYTES))
		return "is damaged";
	return version > VERSION ? "is of a later version of the guard" : NULL;
}

const char *core_unrestored(const struct core *c)
{
	return c->health.unrestored;
}

void core_restore(struct core *c, struct str bytes)
{
	if (bytes.len == 0)
		return;
	c->health.unrestored = unreadable(bytes);
	if (c->health.unrestored) {
		core_log(c, SEV_HIGH, "the saved state %s and is not used", c->health.unrestored);
		return;
	}
	struct view v = view_over(bytes.data + 4, bytes.len - 4 - CRC_BYTES);
	struct saved_as as = {.version = view_be16(&v), .now = c->now};

	view_be16(&v);
	int64_t mono_us = (int64_t)view_be64(&v), wall_us = (int64_t)view_be64(&v);

	as.elapsed_us = elapsed_since(c, mono_us, wall_us);
	if (as.version <= RULE_OLD_VERSION)
		rule_old_meet(&c->set);
	if (c->now.mono_us >= mono_us && mono_us >= 0) {
		/* This seems to be the same boot, so a change of the difference shows that the clock was set. */
		c->clock_us = wall_us - mono_us;
		core_watch_clock(c);
	}
	as.past_us = core_past(c, wall_us);
	while (v.len) {
		uint16_t tag = view_be16(&v);

		view_be16(&v);
		uint32_t len = view_be32(&v);
		const uint8_t *section = view_borrow(&v, len);

		if (!section)
			break;
		struct view inside = view_over(section, len);

		restore_section(c, tag, &inside, &as);
	}
	restored(c);
}
