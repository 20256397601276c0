/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the stored health record of a device. A record that a device damaged says nothing. */
#include "server-stub/api/device_health.h"

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

void device_health_read(struct call *call, const uint8_t device[STORE_ID], struct device_health *out)
{
	static struct views_health stored;

	*out = (struct device_health){.record = NULL};
	if (views_health_get(call->api->env.store, device, &stored) != ERR_OK || stored.len == 0)
		return;
	out->wall_us = stored.wall_us;
	out->record = caltrop__v1__health__unpack(NULL, stored.len, stored.record);
}

void device_health_free(struct device_health *h)
{
	if (h->record)
		caltrop__v1__health__free_unpacked(h->record, NULL);
}

static bool counter(const Caltrop__V1__Health *h, const char *name, uint64_t *value)
{
	for (size_t i = 0; h && i < h->n_counters; i++)
		if (strcmp(h->counters[i]->name, name) == 0) {
			*value = h->counters[i]->value;
			return true;
		}
	return false;
}

static bool trust_of(const Caltrop__V1__Health *h, uint64_t *version)
{
	return counter(h, "trust_version", version);
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

/* The sentence of core_health.c; empty: they are in force. */
static struct str why_not_tuned(const Caltrop__V1__Health *h)
{
	for (size_t i = 0; h && i < h->n_problems; i++) {
		struct str text = str_from(h->problems[i]);

		if (str_take(&text, STR("settings of the service are not in force: ")))
			return text;
	}
	return STR("");
}

void device_health_put_tuning(struct json *j, const struct device_health *h)
{
	uint64_t version = 0;

	json_key(j, "tuning_version");
	if (counter(h->record, "tuning_version", &version) && version <= INT64_MAX)
		json_u64(j, version);
	else
		json_none(j);
	json_key(j, "tuning_problem");
	json_str(j, why_not_tuned(h->record));
}

void device_health_put(struct json *j, const struct device_health *h, uint64_t fleet_version)
{
	put_trust(j, h->record, fleet_version);
	put_settings(j, h->record);
	device_health_put_tuning(j, h);
	put_sources(j, h->record);
	reply_time(j, "health_time", h->wall_us);
}

bool device_health_is(const struct device_health *h, enum device_trust trust, uint64_t fleet_version)
{
	uint64_t version = 0;

	return trust_of(h->record, &version) && (version < fleet_version) == (trust == DEVICE_TRUST_BEHIND);
}
