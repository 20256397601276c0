/* SPDX-License-Identifier: Apache-2.0 */
/* Puts two states of one fleet's registry together: what was revoked in either is revoked. Over any kind of store. */
#include "server-stub/store/registry.h"

#include <string.h>

struct merge {
	struct store *to;
	struct registry_merged *out;
	uint8_t last[STORE_ID];
	unsigned count; /* of this page */
	enum err err;
};

static void take_device(struct merge *m, const struct registry_device *newer)
{
	struct registry_device have;
	bool revoke, renew;

	m->err = registry_device_get(m->to, newer->id, &have);
	if (m->err == ERR_NOT_FOUND) {
		m->out->added++;
		m->out->revoked += newer->state == DEVICE_REVOKED;
		m->err = registry_device_put(m->to, newer);
		return;
	}
	revoke = newer->state == DEVICE_REVOKED && have.state != DEVICE_REVOKED;
	renew = newer->cert_not_after_s > have.cert_not_after_s;
	if (m->err != ERR_OK || (!revoke && !renew))
		return;
	if (renew) {
		uint8_t state = have.state;

		have = *newer;
		have.state = state == DEVICE_REVOKED ? DEVICE_REVOKED : newer->state;
	} else {
		have.state = DEVICE_REVOKED;
	}
	m->out->revoked += revoke;
	m->out->renewed += renew;
	m->err = registry_device_put(m->to, &have);
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

static enum err merge_all(struct merge *m, struct store *from)
{
	const uint8_t *after = NULL;
	uint8_t place[STORE_ID];
	enum err err;

	do {
		m->count = 0;
		err = registry_device_list(from, NULL, after, STORE_PAGE_MAX, each_device, m);
		memcpy(place, m->last, sizeof(place));
		after = place;
	} while (err == ERR_OK && m->err == ERR_OK && m->count == STORE_PAGE_MAX);
	if (err == ERR_OK && m->err == ERR_OK)
		err = registry_token_list(from, each_token, m);
	return err == ERR_OK ? m->err : err;
}

enum err registry_merge(struct store *to, struct store *from, struct registry_merged *out)
{
	struct merge m = {.to = to, .out = out};
	enum err err = store_begin(to);

	memset(out, 0, sizeof(*out));
	if (err != ERR_OK)
		return err;
	err = merge_all(&m, from);
	if (err == ERR_OK)
		return store_commit(to);
	store_rollback(to);
	return err;
}
