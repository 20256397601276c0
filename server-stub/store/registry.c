/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of registry.h. Finding a device by what a person typed is in registry_find.c: they check the caller's
 * bounds and call the functions of the store that was opened. */
#include "server-stub/store/registry.h"

#include "agent/base/require.h"
#include "server-stub/store/kind.h"

#include <string.h>

static bool is_either(const uint8_t serial[16], const uint8_t cert[16], const uint8_t next[16])
{
	return memcmp(serial, cert, 16) == 0 || memcmp(serial, next, 16) == 0;
}

bool registry_device_uses(const struct registry_device *d, const uint8_t serial[16])
{
	return is_either(serial, d->cert_serial, d->next_serial);
}

bool registry_pass_uses(const struct registry_pass *p, const uint8_t serial[16])
{
	return is_either(serial, p->cert_serial, p->next_serial);
}

enum err registry_device_put(struct store *s, const struct registry_device *d)
{
	return s->kind->registry->device_put(s, d);
}

enum err registry_device_get(struct store *s, const uint8_t id[STORE_ID], struct registry_device *out)
{
	return s->kind->registry->device_get(s, id, out);
}

enum err registry_device_row(struct store *s, const uint8_t id[STORE_ID], struct registry_device *out)
{
	return s->kind->registry->device_row(s, id, out);
}

enum err registry_device_pass(struct store *s, const uint8_t id[STORE_ID], struct registry_pass *out)
{
	return s->kind->registry->device_pass(s, id, out);
}

enum err registry_device_by_csr(struct store *s, const uint8_t csr_sha256[STORE_HASH], struct registry_device *out)
{
	return s->kind->registry->device_by_csr(s, csr_sha256, out);
}

enum err registry_device_list(struct store *s, const char *group, const uint8_t after[STORE_ID], unsigned max,
			      bool (*each)(void *arg, const struct registry_device *d), void *arg)
{
	const struct registry_device_query q = {group, after, store_page(max), each, arg};

	return s->kind->registry->device_list(s, &q);
}

enum err registry_device_presence(struct store *s, const struct registry_presence *p)
{
	return s->kind->registry->device_presence(s, p);
}

enum err registry_device_absent(struct store *s, const struct registry_absence *when,
				bool (*each)(void *arg, const struct registry_device *d), void *arg)
{
	const struct registry_absent_query q = {when->after_us, when->until_us, each, arg};

	return s->kind->registry->device_absent(s, &q);
}

enum err registry_device_census(struct store *s, const struct registry_absence *when, struct registry_census *out)
{
	return s->kind->registry->device_census(s, when, out);
}

enum err registry_device_absent_all(struct store *s)
{
	return s->kind->registry->device_absent_all(s);
}

enum err registry_token_put(struct store *s, const struct registry_token *t)
{
	return s->kind->registry->token_put(s, t);
}

enum err registry_token_get(struct store *s, const uint8_t secret_sha256[STORE_HASH], struct registry_token *out)
{
	return s->kind->registry->token_get(s, secret_sha256, out);
}

enum err registry_token_list(struct store *s, bool (*each)(void *arg, const struct registry_token *t), void *arg)
{
	return s->kind->registry->token_list(s, each, arg);
}

enum err registry_order_put(struct store *s, const struct registry_order *o, const uint8_t (*devices)[STORE_ID],
			    unsigned device_count)
{
	require(o->order_len <= STORE_ORDER_MAX && o->signature_count <= STORE_SIGNATURES_MAX);
	return s->kind->registry->order_put(s, o, devices, device_count);
}

enum err registry_order_get(struct store *s, const uint8_t id[STORE_ID], struct registry_order *out)
{
	return s->kind->registry->order_get(s, id, out);
}

enum err registry_order_list(struct store *s, uint64_t before, unsigned max,
			     bool (*each)(void *arg, uint64_t rowid, const struct registry_order *o), void *arg)
{
	const struct registry_order_query q = {before, store_page(max), each, arg};

	return s->kind->registry->order_list(s, &q);
}

enum err registry_target_put(struct store *s, const struct registry_target *t)
{
	return s->kind->registry->target_put(s, t);
}

enum err registry_target_get(struct store *s, const uint8_t order_id[STORE_ID], const uint8_t device[STORE_ID],
			     struct registry_target *out)
{
	return s->kind->registry->target_get(s, order_id, device, out);
}

enum err registry_target_is(struct store *s, const uint8_t order_id[STORE_ID], const uint8_t device[STORE_ID])
{
	return s->kind->registry->target_is(s, order_id, device);
}

enum err registry_target_list(struct store *s, const uint8_t order_id[STORE_ID],
			      bool (*each)(void *arg, const struct registry_target *t), void *arg)
{
	return s->kind->registry->target_list(s, order_id, each, arg);
}

enum err registry_target_waiting(struct store *s, const uint8_t device[STORE_ID], int64_t wall_s,
				 bool (*each)(void *arg, const struct registry_order *o), void *arg)
{
	const struct registry_waiting_query q = {device, wall_s, each, arg};

	return s->kind->registry->target_waiting(s, &q);
}

enum err registry_target_expire(struct store *s, int64_t wall_s, unsigned *count)
{
	return s->kind->registry->target_expire(s, wall_s, count);
}

enum err registry_order_hold(struct store *s, const uint8_t id[STORE_ID])
{
	return s->kind->registry->order_hold(s, id);
}

enum err registry_order_sign(struct store *s, const struct registry_order *o)
{
	return s->kind->registry->order_sign(s, o);
}

enum err registry_order_release(struct store *s, const uint8_t id[STORE_ID], int64_t wall_us)
{
	return s->kind->registry->order_release(s, id, wall_us);
}

enum err registry_target_cancel(struct store *s, const uint8_t order_id[STORE_ID], int64_t wall_us, unsigned *count)
{
	return s->kind->registry->target_cancel(s, order_id, wall_us, count);
}
