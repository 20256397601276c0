/* SPDX-License-Identifier: Apache-2.0 */
/* A table of desks that wait. Their places become free by time; nothing walks over them but the calls. */
#include "server-stub/api/desk.h"

#include "agent/base/key.h"

#include <sodium.h>

#include <stdio.h>
#include <string.h>

/* No vowels, so that no words come out, and no Y (RFC 8628 section 6.1). */
#define LETTERS "BCDFGHJKLMNPQRSTVWXZ"

_Static_assert(sizeof(LETTERS) == 21, "as many as the header says");

static bool waits(const struct desk *d, int64_t mono_us)
{
	return d->until_us > mono_us;
}

static void make_code(char code[DESK_CODE])
{
	for (unsigned i = 0; i < DESK_CODE - 1; i++)
		code[i] = i == 4 ? '-' : LETTERS[randombytes_uniform(sizeof(LETTERS) - 1)];
	code[DESK_CODE - 1] = '\0';
}

/* A free place, or that of the oldest of its network if that has enough. NULL: there is none. */
static struct desk *place(struct desk_book *book, const char *net, int64_t mono_us)
{
	struct desk *free_place = NULL, *oldest = NULL;
	unsigned count = 0;

	for (unsigned i = 0; i < DESK_MAX; i++) {
		struct desk *d = &book->places[i];

		if (!waits(d, mono_us)) {
			free_place = d;
			continue;
		}
		if (strcmp(d->net, net) != 0)
			continue;
		count++;
		if (!oldest || d->until_us < oldest->until_us)
			oldest = d;
	}
	return count < DESK_OF_NET ? free_place : oldest;
}

const struct desk *desk_begin(struct desk_book *book, const struct desk *wanted, int64_t mono_us)
{
	struct desk *d = place(book, wanted->net, mono_us);
	struct desk fresh = {.until_us = mono_us + DESK_GOOD_US};

	if (!d)
		return NULL;
	memcpy(fresh.machine, wanted->machine, sizeof(fresh.machine));
	memcpy(fresh.address, wanted->address, sizeof(fresh.address));
	memcpy(fresh.net, wanted->net, sizeof(fresh.net));
	memcpy(fresh.proof, wanted->proof, sizeof(fresh.proof));
	do
		make_code(fresh.code);
	while (desk_find(book, str_from(fresh.code), mono_us));
	*d = fresh;
	return d;
}

/* Of the text's bytes those that count, as upper case. False: they are not as many as there have to be. */
static bool read_plain(struct str text, char *out, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '-' || c == ' ')
			continue;
		if (n == len)
			return false;
		out[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	return n == len;
}

struct desk *desk_find(struct desk_book *book, struct str code, int64_t mono_us)
{
	char wanted[DESK_CODE - 2], own[DESK_CODE - 2];

	if (!read_plain(code, wanted, sizeof(wanted)))
		return NULL;
	for (unsigned i = 0; i < DESK_MAX; i++) {
		struct desk *d = &book->places[i];

		if (waits(d, mono_us) && read_plain(str_from(d->code), own, sizeof(own)) &&
		    memcmp(own, wanted, sizeof(own)) == 0)
			return d;
	}
	return NULL;
}

bool desk_confirm(struct desk *desk, const uint8_t session_sha256[DESK_HASH])
{
	if (desk->number[0])
		return false;
	memcpy(desk->session_sha256, session_sha256, DESK_HASH);
	snprintf(desk->number, sizeof(desk->number), "%03u-%03u", randombytes_uniform(1000), randombytes_uniform(1000));
	return true;
}

enum err desk_check(struct desk *desk, struct str secret, struct str number)
{
	char wanted[DESK_NUMBER - 2], said[DESK_NUMBER - 2] = "";
	uint8_t hash[DESK_HASH];

	key_sha256(secret.data, secret.len, hash);
	if (!key_equal(hash, desk->proof, sizeof(hash)))
		return ERR_SIGNATURE;
	if (!read_plain(str_from(desk->number), wanted, sizeof(wanted)))
		return ERR_NOT_FOUND;
	if (read_plain(number, said, sizeof(said)) && key_equal(said, wanted, sizeof(wanted)))
		return ERR_OK;
	if (++desk->wrong < DESK_TRIES)
		return ERR_INVALID;
	desk_end(desk);
	return ERR_FULL;
}

void desk_end(struct desk *desk)
{
	key_wipe(desk, sizeof(*desk));
}
