/* SPDX-License-Identifier: Apache-2.0 */
/* Puts two states of one fleet's registry together: the last word about a device holds, and in doubt it is revoked.
 * Over any kind of store. */
#include "server-stub/store/registry.h"

#include "server-stub/store/store_factory.h"

#include <string.h>

struct merge {
	struct store *to, *from;
	struct registry_merged *out;
	uint8_t last[STORE_ID];
	unsigned count; /* of this page */
	enum err err;
};

/* The token for one device by which it enrolled last. */
struct word {
	const struct registry_device *device;
	bool found;
	struct registry_token token;
};

static bool each_word(void *arg, const struct registry_token *t)
{
	struct word *w = arg;

	w->found =
		memcmp(t->id, w->device->token, sizeof(t->id)) == 0 && memcmp(t->device, w->device->id, STORE_ID) == 0;
	if (w->found)
		w->token = *t;
	return !w->found;
}

/*
 * Whether an operator has let the device in since the other store was what it is: by a token that is not used there.
 * Tokens are never removed from a registry.
 */
static enum err let_in_since(const struct registry_device *d, struct store *at, struct store *other, bool *out)
{
	struct word w = {.device = d};
	struct registry_token there;
	enum err err = d->state == DEVICE_REVOKED ? ERR_OK : registry_token_list(at, each_word, &w);

	*out = false;
	if (err != ERR_OK || !w.found)
		return err;
	err = registry_token_get(other, w.token.secret_sha256, &there);
	*out = err == ERR_NOT_FOUND || (err == ERR_OK && there.uses < w.token.uses);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* What `to` has is older about the certificate, about being revoked, or about neither. */
static void take_newer(struct merge *m, const struct registry_device *newer, struct registry_device *have)
{
	bool is_let_in = false, stays_let_in = false, revoke, renew;

	if (have->state == DEVICE_REVOKED)
		m->err = let_in_since(newer, m->from, m->to, &is_let_in);
	else if (newer->state == DEVICE_REVOKED)
		m->err = let_in_since(have, m->to, m->from, &stays_let_in);
	revoke = newer->state == DEVICE_REVOKED && have->state != DEVICE_REVOKED;
	renew = newer->cert_not_after_s > have->cert_not_after_s;
	if (m->err != ERR_OK || stays_let_in || (!revoke && !renew && !is_let_in))
		return;
	if (renew || is_let_in) {
		bool stays_revoked = have->state == DEVICE_REVOKED && !is_let_in;

		*have = *newer;
		have->state = stays_revoked ? DEVICE_REVOKED : newer->state;
	} else {
		have->state = DEVICE_REVOKED;
	}
	m->out->revoked += revoke;
	m->out->renewed += renew;
	m->out->let_in += is_let_in;
	m->err = registry_device_put(m->to, have);
}

static void take_device(struct merge *m, const struct registry_device *newer)
{
	struct registry_device have;

	m->err = registry_device_get(m->to, newer->id, &have);
	if (m->err == ERR_OK) {
		take_newer(m, newer, &have);
	} else if (m->err == ERR_NOT_FOUND) {
		m->out->added++;
		m->out->revoked += newer->state == DEVICE_REVOKED;
		m->err = registry_device_put(m->to, newer);
	}
}

static bool each_device(void *arg, const struct registry_device *d)
{
	struct merge *m = arg;

	memcpy(m->last, d->id, STORE_ID);
	m->count++;
	take_device(m, d);
	return m->err == ERR_OK;
}

static bool each_token(void *arg, const struct registry_token *newer)
{
	struct merge *m = arg;
	struct registry_token have;

	m->err = registry_token_get(m->to, newer->secret_sha256, &have);
	if (m->err == ERR_NOT_FOUND) {
		m->out->added++;
		m->err = registry_token_put(m->to, newer);
	} else if (m->err == ERR_OK) {
		m->out->revoked += newer->revoked && !have.revoked;
		have.revoked |= newer->revoked;
		have.uses = newer->uses > have.uses ? newer->uses : have.uses;
		m->err = registry_token_put(m->to, &have);
	}
	return m->err == ERR_OK;
}

/* Who was removed since, stays removed. */
static bool each_factory(void *arg, const struct store_factory *newer)
{
	struct merge *m = arg;

	m->err = store_factory_put(m->to, newer);
	return m->err == ERR_OK;
}

static bool each_origin(void *arg, const struct store_origin *newer)
{
	struct merge *m = arg;

	m->err = store_origin_put(m->to, newer);
	return m->err == ERR_OK;
}

static enum err merge_all(struct merge *m)
{
	const uint8_t *after = NULL;
	uint8_t place[STORE_ID];
	enum err err;

	do {
		m->count = 0;
		err = registry_device_list(m->from, NULL, after, STORE_PAGE_MAX, each_device, m);
		memcpy(place, m->last, sizeof(place));
		after = place;
	} while (err == ERR_OK && m->err == ERR_OK && m->count == STORE_PAGE_MAX);
	if (err == ERR_OK && m->err == ERR_OK)
		err = registry_token_list(m->from, each_token, m);
	if (err == ERR_OK && m->err == ERR_OK)
		err = store_factory_list(m->from, each_factory, m);
	if (err == ERR_OK && m->err == ERR_OK)
		err = store_origin_list(m->from, each_origin, m);
	return err == ERR_OK ? m->err : err;
}

enum err registry_merge(struct store *to, struct store *from, struct registry_merged *out)
{
	struct merge m = {.to = to, .from = from, .out = out};
	enum err err = store_begin(to);

	memset(out, 0, sizeof(*out));
	if (err != ERR_OK)
		return err;
	err = merge_all(&m);
	if (err == ERR_OK)
		return store_commit(to);
	store_rollback(to);
	return err;
}
