/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far each source was read. A place belongs to a path, by which the saved state knows it, and is kept at the number
 * of the source; which file a number of none in the settings is, INPUT_FILE says. Reads no file.
 */
#include "agent/core/core_parts.h"

#include "agent/common/file_pattern.h"

static uint32_t crc_of(struct str path)
{
	return hash_crc32c(0, path.data, path.len);
}

void core_place_init(struct core *c)
{
	for (unsigned i = 0; i < c->settings->file_count; i++) {
		const char *path = c->settings->files[i];

		c->named[i] = !file_pattern_is(path);
		c->has_patterns |= !c->named[i];
		c->path_crcs[i] = c->named[i] ? crc_of(str_from(path)) : 0;
	}
	c->named[SETTINGS_FILES_MAX] = c->settings->journal;
	c->path_crcs[SETTINGS_FILES_MAX] = c->settings->journal ? crc_of(STR("journal:")) : 0;
	for (unsigned i = 0; i < CORE_PLACES; i++) {
		c->rows[i] = (uint8_t)i;
		core_lag_init(&c->lags[i], INT64_MAX);
		core_lag_init(&c->local_lags[i], INT64_MAX);
	}
}

/* The number that has this path; CORE_PLACES: none. */
static unsigned find(const struct core *c, uint32_t crc)
{
	unsigned i = 0;

	while (i < CORE_PLACES && c->path_crcs[i] != crc)
		i++;
	return i;
}

/* One that no file of the settings has, and nothing of the saved state. */
static unsigned find_spare(const struct core *c)
{
	for (unsigned i = 0; i < SETTINGS_FILES_MAX && c->has_patterns; i++)
		if (!c->named[i] && c->path_crcs[i] == 0)
			return i;
	return CORE_PLACES;
}

void core_place_restore(struct core *c, const struct core_place_saved *saved)
{
	unsigned i = find(c, saved->path_crc);

	if (i == CORE_PLACES)
		i = find_spare(c);
	if (i == CORE_PLACES)
		return;
	c->path_crcs[i] = saved->path_crc;
	c->places[i] = saved->place;
	c->placed[i] = true;
	core_lag_init(&c->lags[i], saved->lag_us);
}

/* What is known of a file by its path. */
struct known {
	uint32_t crc;
	bool placed;
	struct core_place place;
	struct core_lag lag, local_lag;
};

static struct known at(const struct core *c, unsigned slot)
{
	return (struct known){c->path_crcs[slot], c->placed[slot], c->places[slot], c->lags[slot], c->local_lags[slot]};
}

static void put(struct core *c, unsigned slot, const struct known *known)
{
	c->path_crcs[slot] = known->crc;
	c->placed[slot] = known->placed;
	c->places[slot] = known->place;
	c->lags[slot] = known->lag;
	c->local_lags[slot] = known->local_lag;
}

static void swap(struct core *c, unsigned x, unsigned y)
{
	const struct known was = at(c, x), other = at(c, y);

	put(c, x, &other);
	put(c, y, &was);
}

static void forget(struct core *c, unsigned slot)
{
	c->path_crcs[slot] = 0;
	c->placed[slot] = false;
	core_lag_init(&c->lags[slot], INT64_MAX);
	core_lag_init(&c->local_lags[slot], INT64_MAX);
}

/*
 * What the saved state has at this number may be the place of a file that is told of later, so it changes numbers with
 * this one, or with a spare one if there is any.
 */
void core_place_name(struct core *c, const struct input *input)
{
	unsigned slot = input->source, has = find(c, crc_of(input->bytes)), spare = find_spare(c);

	if (slot >= SETTINGS_FILES_MAX)
		return;
	if (has != slot && has != CORE_PLACES && !c->named[has]) {
		swap(c, has, slot);
		if (c->named[slot])
			forget(c, has);
	} else if (has != slot) {
		if (!c->named[slot] && c->path_crcs[slot] && spare != CORE_PLACES)
			swap(c, slot, spare);
		forget(c, slot);
	}
	c->path_crcs[slot] = crc_of(input->bytes);
	c->named[slot] = true;
	c->rows[slot] = (uint8_t)declared_row(c->settings, input->bytes);
	declared_begin(&c->declared, c->rows[slot], &c->streams[slot]);
}

const char *core_place_path(const struct core *c, unsigned slot)
{
	return c->rows[slot] < c->settings->file_count ? c->settings->files[c->rows[slot]] : "a log";
}

bool core_place(const struct core *c, uint16_t source, struct core_place *out)
{
	unsigned slot = core_slot(source);

	if (slot == CORE_PLACES || !c->placed[slot])
		return false;
	*out = c->places[slot];
	return true;
}
