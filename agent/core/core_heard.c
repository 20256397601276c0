/* SPDX-License-Identifier: Apache-2.0 */
/* When the newest line of each source was read, for health records: a log that fell silent is seen from the desk. */
#include "agent/core/core_parts.h"

/* The place in heard_us; CORE_HEARD_MAX: the source has none. The files of a pattern have one together. */
static unsigned place_of(const struct core *c, uint16_t source)
{
	switch (source) {
	case CORE_SOURCE_JOURNAL: return CORE_HEARD_JOURNAL;
	case CORE_SOURCE_SYSLOG: return CORE_HEARD_SYSLOG;
	case CORE_SOURCE_AUDIT: return CORE_HEARD_AUDIT;
	default: return source < SETTINGS_FILES_MAX ? c->rows[source] : CORE_HEARD_MAX;
	}
}

void core_heard_line(struct core *c, uint16_t source)
{
	unsigned place = place_of(c, source);

	if (place < CORE_HEARD_MAX)
		c->heard_us[place] = c->now.mono_us;
}

void core_heard_sample(struct core *c, unsigned sensor)
{
	c->heard_us[CORE_HEARD_SENSOR + sensor] = c->now.mono_us;
}

static void add(const struct core *c, const char *name, unsigned place, struct record_health *out)
{
	int64_t heard_us = c->heard_us[place];

	out->sources[out->source_count++] = (struct record_source){
		.name = name,
		.newest_wall_us = heard_us == 0 ? 0 : c->now.wall_us - (c->now.mono_us - heard_us),
	};
}

/* Whether the sensor is the first one of those that are on and read its source. */
static bool speaks_for_its_source(const struct settings *s, unsigned sensor)
{
	if (sensors_rows[sensor]->off(s))
		return false;
	for (unsigned i = 0; i < sensor; i++)
		if (sensors_rows[i]->source == sensors_rows[sensor]->source && !sensors_rows[i]->off(s))
			return false;
	return true;
}

void core_heard_list(const struct core *c, struct record_health *out)
{
	const struct settings *s = c->settings;

	_Static_assert(CORE_HEARD_MAX <= RECORD_SOURCES_MAX, "all have room");
	out->source_count = 0;
	for (unsigned i = 0; i < s->file_count; i++)
		add(c, s->files[i], i, out);
	if (s->journal)
		add(c, "journal", CORE_HEARD_JOURNAL, out);
	if (s->syslog_socket[0])
		add(c, s->syslog_socket, CORE_HEARD_SYSLOG, out);
	if (s->audit)
		add(c, "audit", CORE_HEARD_AUDIT, out);
	for (unsigned i = 0; sensors_rows[i]; i++)
		if (speaks_for_its_source(s, i))
			add(c, sensors_rows[i]->section, CORE_HEARD_SENSOR + i, out);
}
