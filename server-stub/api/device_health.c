/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the stored health record of a device. A record that a device damaged says nothing. */
#include "server-stub/api/device_health.h"

#include "caltrop/v1/record.pb-c.h"
#include "server-stub/api/reply.h"
#include "server-stub/fleet/fleet_bundle.h"
#include "server-stub/store/views.h"

#include <string.h>

#define DIGEST 32

uint64_t device_health_trust(const struct call *call)
{
	static struct fleet_bundle now; /* one thread answers all calls */

	return fleet_bundle_read(call->api->env.fleet->dir, &now) == ERR_OK && now.len > 0 ? now.bundle.version : 0;
}

/* NULL: there is none. Free it with caltrop__v1__health__free_unpacked. */
static Caltrop__V1__Health *read_health(struct call *call, const uint8_t *device, int64_t *wall_us)
{
	static struct views_health health;

	if (views_health_get(call->api->env.store, device, &health) != ERR_OK || health.len == 0)
		return NULL;
	*wall_us = health.wall_us;
	return caltrop__v1__health__unpack(NULL, health.len, health.record);
}

static bool trust_of(const Caltrop__V1__Health *h, uint64_t *version)
{
	for (size_t i = 0; h && i < h->n_counters; i++)
		if (strcmp(h->counters[i]->name, "trust_version") == 0) {
			*version = h->counters[i]->value;
			return true;
		}
	return false;
}

static void put_trust(struct json *j, const Caltrop__V1__Health *h, uint64_t fleet_version)
{
	uint64_t version = 0;
	bool known = trust_of(h, &version);

	json_key(j, "trust_version");
	if (known)
		json_u64(j, version);
	else
		json_none(j);
	json_key(j, "trust_behind");
	if (known)
		json_bool(j, version < fleet_version);
	else
		json_none(j);
}

static void put_settings(struct json *j, const Caltrop__V1__Health *h)
{
	json_key(j, "mode");
	if (h && h->mode[0])
		json_text(j, h->mode);
	else
		json_none(j);
	json_key(j, "settings_digest");
	if (h && h->settings_digest.len == DIGEST)
		json_hex(j, h->settings_digest.data, DIGEST);
	else
		json_none(j);
}

static void put_sources(struct json *j, const Caltrop__V1__Health *h)
{
	json_key(j, "sources");
	json_begin_array(j);
	for (size_t i = 0; h && i < h->n_sources; i++) {
		json_begin_object(j);
		json_key(j, "name");
		json_text(j, h->sources[i]->name);
		reply_time(j, "newest", h->sources[i]->newest_wall_us);
		json_end_object(j);
	}
	json_end_array(j);
}

void device_health_put(struct call *call, const uint8_t device[STORE_ID], uint64_t fleet_version)
{
	struct json *j = &call->json;
	int64_t wall_us = 0;
	Caltrop__V1__Health *h = read_health(call, device, &wall_us);

	put_trust(j, h, fleet_version);
	put_settings(j, h);
	put_sources(j, h);
	reply_time(j, "health_time", wall_us);
	if (h)
		caltrop__v1__health__free_unpacked(h, NULL);
}

bool device_health_is(struct call *call, const uint8_t device[STORE_ID], enum device_trust trust,
		      uint64_t fleet_version)
{
	int64_t wall_us;
	uint64_t version = 0;
	Caltrop__V1__Health *h = read_health(call, device, &wall_us);
	bool known = trust_of(h, &version);

	if (h)
		caltrop__v1__health__free_unpacked(h, NULL);
	return known && (version < fleet_version) == (trust == DEVICE_TRUST_BEHIND);
}
