/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device by what a person typed: its id in hex, the beginning of it, or its name. Works over any kind of store.
 * Never guesses: two that fit are an error, except that a device in use wins over a revoked one of its name.
 */
#include "server-stub/store/registry.h"

#include "agent/base/hex.h"
#include "server-stub/store/kind.h"

#include <stdio.h>
#include <string.h>

#define PREFIX_DIGITS_MIN 4

/* The digits at the front of an id, the rest zero. 0: the text is not hex. */
static unsigned id_digits(const char *text, uint8_t id[STORE_ID])
{
	unsigned digits = 0;

	memset(id, 0, STORE_ID);
	for (; *text; text++) {
		int value = hex_digit(*text);

		if (*text == '-' && digits > 0)
			continue;
		if (value < 0 || digits == 2 * STORE_ID)
			return 0;
		id[digits / 2] |= (uint8_t)(digits % 2 ? value : value << 4);
		digits++;
	}
	return digits;
}

static bool id_starts(const uint8_t id[STORE_ID], const uint8_t prefix[STORE_ID], unsigned digits)
{
	if (memcmp(id, prefix, digits / 2) != 0)
		return false;
	return digits % 2 == 0 || id[digits / 2] >> 4 == prefix[digits / 2] >> 4;
}

struct found {
	struct registry_device device[2];
	unsigned count;
	const uint8_t *prefix;
	unsigned digits;
};

static bool note(void *arg, const struct registry_device *d)
{
	struct found *f = arg;

	if (d->is_deleted)
		return true;
	for (unsigned i = 0; i < f->count; i++)
		if (memcmp(f->device[i].id, d->id, STORE_ID) == 0)
			return true;
	if (f->count < 2)
		f->device[f->count++] = *d;
	return f->count < 2;
}

static bool note_near(void *arg, const struct registry_device *d)
{
	struct found *f = arg;

	return id_starts(d->id, f->prefix, f->digits) && note(f, d);
}

/* The list starts behind an id: one below the prefix. */
static enum err find_prefix(struct store *s, const uint8_t prefix[STORE_ID], unsigned digits, struct found *found)
{
	struct registry_device_query q = {NULL, NULL, STORE_PAGE_MAX, note_near, found};
	uint8_t before[STORE_ID];
	int i = STORE_ID - 1;

	memcpy(before, prefix, STORE_ID);
	while (i >= 0 && before[i]-- == 0)
		i--;
	if (i >= 0)
		q.after = before;
	found->prefix = prefix;
	found->digits = digits;
	return s->kind->registry->device_list(s, &q);
}

/* By name, or the beginning of the id. */
static enum err find_fits(struct store *s, const char *text, struct found *found)
{
	uint8_t id[STORE_ID];
	unsigned digits = id_digits(text, id);
	enum err err = s->kind->registry->device_by_name(s, text, found->device, &found->count);

	if (found->count == 2 && found->device[0].state != DEVICE_REVOKED && found->device[1].state == DEVICE_REVOKED)
		found->count = 1;
	if (err == ERR_OK && digits >= PREFIX_DIGITS_MIN)
		err = find_prefix(s, id, digits, found);
	return err;
}

enum err registry_device_find(struct store *s, const char *text, struct registry_device *out)
{
	struct found found = {.count = 0};
	uint8_t id[STORE_ID];
	enum err err;

	if (id_digits(text, id) == 2 * STORE_ID) {
		err = s->kind->registry->device_get(s, id, out);
		return err == ERR_OK && out->is_deleted ? ERR_NOT_FOUND : err;
	}
	err = find_fits(s, text, &found);
	if (err == ERR_OK && found.count != 1)
		err = found.count == 0 ? ERR_NOT_FOUND : ERR_EXISTS;
	if (err == ERR_OK)
		*out = found.device[0];
	return err;
}

bool registry_device_rivals(struct store *s, const char *text, struct registry_device out[2])
{
	struct found found = {.count = 0};

	if (find_fits(s, text, &found) != ERR_OK || found.count != 2)
		return false;
	memcpy(out, found.device, sizeof(found.device));
	return true;
}

enum err registry_device_call(struct store *s, struct registry_device *d, const char *own)
{
	struct registry_device other;
	enum err err;

	if (d->name[0] != '\0' || own[0] == '\0')
		return ERR_OK;
	err = registry_device_find(s, own, &other);
	if (err != ERR_OK && err != ERR_NOT_FOUND && err != ERR_EXISTS)
		return err;
	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && (other.state == DEVICE_REVOKED || memcmp(other.id, d->id, STORE_ID) == 0)))
		snprintf(d->name, sizeof(d->name), "%s", own);
	else
		snprintf(d->name, sizeof(d->name), "%.*s-%02x%02x%02x", (int)sizeof(d->name) - 8, own, d->id[0],
			 d->id[1], d->id[2]);
	return ERR_OK;
}
