/* SPDX-License-Identifier: Apache-2.0 */
/* A direct-mapped cache; ids are random, so their first bytes spread well. */
#include "server-stub/api/names.h"

#include "agent/base/clock.h"
#include "agent/base/now.h"
#include "server-stub/api/reply.h"

#include <string.h>

#define KEEP_US (30 * SECOND_US)

static const struct names_entry *find(struct api *api, const uint8_t id[STORE_ID])
{
	struct names_entry *e = &api->names[(id[0] << 8 | id[1]) % NAMES_MAX];
	int64_t now_us = clock_mono_us();
	struct registry_device d;

	if (memcmp(e->id, id, STORE_ID) == 0 && e->until_us > now_us)
		return e;
	if (registry_device_row(api->env.store, id, &d))
		return NULL;
	memcpy(e->id, id, STORE_ID);
	memcpy(e->name, d.name, sizeof(e->name));
	memcpy(e->group, d.group, sizeof(e->group));
	e->until_us = now_us + KEEP_US;
	return e;
}

void names_put(struct api *api, struct json *j, const uint8_t id[STORE_ID])
{
	const struct names_entry *e = find(api, id);

	reply_id(j, "device", id);
	json_key(j, "device_name");
	json_text(j, e && e->name[0] ? e->name : NULL);
}

bool names_in_group(struct api *api, const uint8_t id[STORE_ID], const char *group)
{
	const struct names_entry *e = find(api, id);

	return e && strcmp(e->group, group) == 0;
}
