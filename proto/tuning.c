/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what a service may set, and the forms of values. Reads no settings: it knows only their names. */
#include "proto/tuning.h"

#include "agent/base/addr.h"
#include "agent/base/severity.h"

#include <stdio.h>
#include <string.h>

#define MONTH_S (30u * 86400)

static const struct tuning_key keys[] = {
	{"response", "mode", TUNING_MODE, 0, 0},
	{"response", "ban_time", TUNING_SPAN, 1, MONTH_S},
	{"response", "ban_time_max", TUNING_SPAN, 1, MONTH_S},
	{"response", "ban_neighbours", TUNING_NUMBER, 0, 256},
	{"response", "ban_neighbours_quiet", TUNING_SPAN, 1, 366 * 86400},
	{"response", "bans_per_minute", TUNING_NUMBER, 0, 1000000},
	{"response", "limit_rate", TUNING_NUMBER, 1, 1000000},
	{"response", "quiet_hours", TUNING_HOURS, 0, 0},
	{"response", "never_ban", TUNING_NETS, 0, 0},
	{"rule.", "enabled", TUNING_TRUTH, 0, 0},
	{"rule.", "count", TUNING_NUMBER, 1, 10000},
	{"rule.", "window", TUNING_SPAN, 1, 7 * 86400},
	{"rule.", "ban_time", TUNING_SPAN, 0, MONTH_S},
	{"rules", "level", TUNING_LEVEL, 0, 0},
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

const struct tuning_key *tuning_key_at(unsigned place)
{
	return place < KEYS ? &keys[place] : NULL;
}

static bool is_section(const char *row, struct str section)
{
	struct str name = str_from(row);

	if (name.data[name.len - 1] != '.')
		return str_equal(section, name);
	return str_starts(section, name) && section.len > name.len;
}

const struct tuning_key *tuning_key(struct str section, struct str key)
{
	for (size_t i = 0; i < KEYS; i++)
		if (is_section(keys[i].section, section) && str_equal(key, str_from(keys[i].key)))
			return &keys[i];
	return NULL;
}

static bool is_one_of(struct str value, const char *const *names)
{
	for (; *names; names++)
		if (str_equal(value, str_from(*names)))
			return true;
	return false;
}

/* Seconds of "90", "90s", "10m", "2h" and "7d". */
static bool span(struct str value, uint64_t *out)
{
	static const struct {
		char unit;
		uint32_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	uint32_t factor = 1;

	for (size_t i = 0; value.len && i < sizeof(units) / sizeof(units[0]); i++)
		if (value.data[value.len - 1] == units[i].unit) {
			factor = units[i].seconds;
			value.len--;
			break;
		}
	if (str_number(value, UINT32_MAX, out) != ERR_OK)
		return false;
	*out *= factor;
	return true;
}

static bool is_within(const struct tuning_key *key, struct str value)
{
	uint64_t number = 0;
	bool good = key->type == TUNING_SPAN ? span(value, &number) : str_number(value, UINT32_MAX, &number) == ERR_OK;

	return good && number >= key->min && number <= key->max;
}

/* "22:00-06:00", and the device judges what stands behind it. */
static bool is_hours(struct str value)
{
	static const char form[] = "dd:dd-dd:dd";

	if (value.len < sizeof(form) - 1 || (value.len > sizeof(form) - 1 && value.data[sizeof(form) - 1] != ' '))
		return false;
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == 'd' ? value.data[i] < '0' || value.data[i] > '9' : value.data[i] != form[i])
			return false;
	return true;
}

static bool is_level(struct str value)
{
	for (unsigned level = SEV_INFO; level <= SEV_CRITICAL; level++)
		if (str_equal(value, str_from(severity_name(level))))
			return true;
	return false;
}

static bool is_net(struct str value)
{
	struct addr addr;

	return addr_parse(value, &addr) == ERR_OK || addr_parse_prefix(value, &addr) == ERR_OK;
}

static bool is_good(const struct tuning_key *key, struct str value)
{
	static const char *const modes[] = {"observe", "enforce", NULL}, *const truths[] = {"yes", "no", NULL};

	switch (key->type) {
	case TUNING_MODE: return is_one_of(value, modes);
	case TUNING_TRUTH: return is_one_of(value, truths);
	case TUNING_LEVEL: return is_level(value);
	case TUNING_HOURS: return is_hours(value);
	case TUNING_NETS: return is_net(value);
	default: return is_within(key, value);
	}
}

enum err tuning_value(const struct tuning_key *key, struct str value, char why[TUNING_WHY_MAX])
{
	static const char *const takes[] = {
		[TUNING_MODE] = "is neither observe nor enforce",
		[TUNING_TRUTH] = "is neither yes nor no",
		[TUNING_LEVEL] = "is none of informational, low, medium, high and critical",
		[TUNING_HOURS] = "is no time of day; write \"22:00-06:00\"",
		[TUNING_NETS] = "is no address and no network",
	};

	if (is_good(key, value))
		return ERR_OK;
	if (key->type == TUNING_NUMBER)
		snprintf(why, TUNING_WHY_MAX, "is no whole number from %u to %u", key->min, key->max);
	else if (key->type == TUNING_SPAN)
		snprintf(why, TUNING_WHY_MAX, "is no time from %u to %u seconds; write 90s, 10m, 2h or 7d", key->min,
			 key->max);
	else
		snprintf(why, TUNING_WHY_MAX, "%s", takes[key->type]);
	return ERR_INVALID;
}
