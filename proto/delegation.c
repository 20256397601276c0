/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a delegation and judges a ban by it. It knows no clock: the time is a parameter. */
#include "proto/delegation.h"

#include "agent/base/ini.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct key {
	const char *name;
	uint32_t min, max;
} keys[] = {
	{"most", 0, DELEGATION_MOST_MAX},
	{"widest4", DELEGATION_WIDEST4_MIN, 32},
	{"widest6", DELEGATION_WIDEST6_MIN, 128},
	{"longest", 1, DELEGATION_LONGEST_MAX},
	{"expires", 1, UINT32_MAX},
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

struct reading {
	uint64_t values[KEYS];
	unsigned given; /* a bit for each */
};

static enum err on_key(void *context, struct str section, struct str key, struct str value, struct ini_error *error)
{
	struct reading *r = context;
	size_t i = 0;

	while (i < KEYS && !str_equal(key, str_from(keys[i].name)))
		i++;
	if (!str_equal(section, STR("immunity")) || i == KEYS || (r->given & 1u << i)) {
		snprintf(error->text, sizeof(error->text), "%s",
			 i < KEYS && (r->given & 1u << i) ? "a key stands there twice"
							  : "it is no key of a delegation");
		return ERR_INVALID;
	}
	if (str_number(value, keys[i].max, &r->values[i]) != ERR_OK || r->values[i] < keys[i].min) {
		snprintf(error->text, sizeof(error->text), "%s is no whole number from %u to %u", keys[i].name,
			 (unsigned)keys[i].min, (unsigned)keys[i].max);
		return ERR_INVALID;
	}
	r->given |= 1u << i;
	return ERR_OK;
}

enum err delegation_read(struct str text, struct delegation *out, char why[DELEGATION_WHY_MAX])
{
	struct reading r = {{0}, 0};
	struct ini_error error = {0};
	enum err err = text.len <= DELEGATION_BYTES_MAX ? ini_read(text, on_key, &r, &error) : ERR_INVALID;

	memset(out, 0, sizeof(*out));
	if (err != ERR_OK) {
		snprintf(why, DELEGATION_WHY_MAX, "line %u: %.70s", error.line,
			 error.text[0] ? error.text : "it is no delegation");
		return ERR_INVALID;
	}
	if (r.given != (1u << KEYS) - 1) {
		snprintf(why, DELEGATION_WHY_MAX, "it has not all of most, widest4, widest6, longest and expires");
		return ERR_INVALID;
	}
	*out = (struct delegation){.most = (uint32_t)r.values[0],
				   .widest4 = (uint8_t)r.values[1],
				   .widest6 = (uint8_t)r.values[2],
				   .longest_s = (uint32_t)r.values[3],
				   .expires_s = (int64_t)r.values[4]};
	return ERR_OK;
}

void delegation_put(struct buf *b, const struct delegation *d)
{
	buf_printf(b, "[immunity]\nmost = %u\nwidest4 = %u\nwidest6 = %u\nlongest = %u\nexpires = %lld\n",
		   (unsigned)d->most, (unsigned)d->widest4, (unsigned)d->widest6, (unsigned)d->longest_s,
		   (long long)d->expires_s);
}

enum err delegation_allows(const struct delegation *d, const struct delegation_ask *ask, uint32_t *duration_s,
			   char why[DELEGATION_WHY_MAX])
{
	unsigned widest = ask->addr.family == 4 ? d->widest4 : d->widest6;
	int64_t left_s = d->expires_s - ask->wall_s;

	if (d->most == 0) {
		snprintf(why, DELEGATION_WHY_MAX, "no delegation lets the service ban for the group");
		return ERR_DENIED;
	}
	if (left_s <= 0) {
		snprintf(why, DELEGATION_WHY_MAX, "the delegation has expired");
		return ERR_EXPIRED;
	}
	if (ask->addr.prefix < widest) {
		snprintf(why, DELEGATION_WHY_MAX, "the delegation's widest prefix is /%u", widest);
		return ERR_DENIED;
	}
	if (ask->in_force >= d->most) {
		snprintf(why, DELEGATION_WHY_MAX, "the delegation is for %u addresses at a time", (unsigned)d->most);
		return ERR_BUDGET;
	}
	if (*duration_s == 0 || *duration_s > d->longest_s)
		*duration_s = d->longest_s;
	if (*duration_s > left_s)
		*duration_s = (uint32_t)left_s;
	return ERR_OK;
}
