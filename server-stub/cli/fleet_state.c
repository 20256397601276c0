/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what devices keep, and compares. Changes nothing. */
#include "server-stub/cli/fleet_state.h"

#include "agent/base/clock.h"
#include "agent/base/hex.h"
#include "agent/base/key.h"
#include "agent/cli/command.h"
#include "server-stub/cli/list.h"

#include <mbedtls/base64.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- reading -- */

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static uint64_t number_of(json_t *object, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(object, key));

	return n > 0 ? (uint64_t)n : 0;
}

/* Hex digits; what is none becomes zero, which is no device's and no object's. */
static void hex_of(json_t *object, const char *key, uint8_t *out, size_t len)
{
	const char *text = text_of(object, key);

	if (!hex_read(str_from(text), out, len))
		memset(out, 0, len);
}

int fleet_state_read(struct rest *r, const struct desired *d, struct fleet_state *out)
{
	static const struct list kept = {.limit = 0};
	struct list_url url = {.text = "/api/v1/kept"};
	struct list l = kept;
	int status;

	*out = (struct fleet_state){.items = json_array()};
	list_param(&url, "group", d->group);
	l.path = url.text;
	status = list_fetch(r, &l, out->items);
	if (status != OPTS_GO_ON)
		return status;
	out->count = (unsigned)json_array_size(out->items);
	if (out->count == 0)
		fprintf(stderr, "%s: no approved device is in this group\n", d->group);
	out->devices = calloc(out->count + 1, sizeof(out->devices[0]));
	if (!out->devices)
		return opts_failed(COMMAND_FAILED, "out of memory");
	for (unsigned i = 0; i < out->count; i++) {
		struct plan_device *device = &out->devices[i];

		device->row = json_array_get(out->items, i);
		device->connected = json_is_true(json_object_get(device->row, "connected"));
		hex_of(device->row, "device", device->id, sizeof(device->id));
	}
	plan_waves(d, out->devices, out->count);
	return OPTS_GO_ON;
}

void fleet_state_free(struct fleet_state *s)
{
	json_decref(s->items);
	free(s->devices);
	*s = (struct fleet_state){.items = NULL};
}

/* -- comparing -- */

json_t *fleet_state_object(const struct plan_device *device, const char *kind, const char *name)
{
	json_t *object;
	size_t i;

	json_array_foreach(json_object_get(device->row, "objects"), i, object)
	{
		if (strcmp(text_of(object, "kind"), kind) == 0 && strcmp(text_of(object, "name"), name) == 0)
			return object;
	}
	return NULL;
}

json_t *fleet_state_newest(const struct fleet_state *s, const char *kind, const char *name)
{
	json_t *newest = NULL;

	for (unsigned i = 0; i < s->count; i++) {
		json_t *object = fleet_state_object(&s->devices[i], kind, name);

		if (object && (!newest || number_of(object, "version") > number_of(newest, "version")))
			newest = object;
	}
	return newest;
}

static uint8_t sent_of(json_t *object)
{
	const char *state = text_of(object, "state");

	return strcmp(state, "done") == 0 ? PLAN_DONE : strcmp(state, "refused") == 0 ? PLAN_FAILED : PLAN_PENDING;
}

/* "version 7: ..." is about the settings of that version. */
static uint64_t failed_of(json_t *device)
{
	unsigned long long version = 0;

	return sscanf(text_of(device, "tuning_problem"), "version %llu:", &version) == 1 ? version : 0;
}

enum plan_state fleet_state_of(const struct plan_device *device, const struct fleet_item *item)
{
	json_t *object = fleet_state_object(device, item->plan.kind, item->plan.name);
	const struct plan_tuning tuning = {number_of(device->row, "tuning_version"), failed_of(device->row)};
	struct plan_kept kept;

	if (!object)
		return plan_judge(&item->plan, NULL, &tuning);
	kept.version = number_of(object, "version");
	kept.sent = sent_of(object);
	hex_of(object, "sha256", kept.sha256, sizeof(kept.sha256));
	return plan_judge(&item->plan, &kept, &tuning);
}

/* -- playbooks -- */

int fleet_state_bytes(struct rest *r, json_t *object, char **bytes, size_t *len)
{
	struct list_url url = {.text = "/api/v1/objects/"};
	size_t size = (size_t)number_of(object, "size"), at = 0;
	char path[LIST_URL_MAX + 64];
	int status = OPTS_GO_ON;

	*bytes = size <= OBJECT_BYTES_MAX ? malloc(size + 1) : NULL;
	if (!*bytes || !rest_encode(url.text, sizeof(url.text), text_of(object, "id")))
		status = opts_failed(COMMAND_FAILED, "the service: its answer names no object");
	while (status == OPTS_GO_ON && at < size) {
		json_t *answer = NULL;
		size_t got = 0;

		snprintf(path, sizeof(path), "%s/bytes?offset=%zu", url.text, at);
		status = rest_call(r, &(struct rest_call){.method = "GET", .path = path}, &answer);
		const char *data = text_of(answer, "data");

		if (status == OPTS_GO_ON && (mbedtls_base64_decode((unsigned char *)*bytes + at, size - at, &got,
								   (const unsigned char *)data, strlen(data)) != 0 ||
					     got == 0))
			status = opts_failed(COMMAND_FAILED, "the service: the object's bytes end too early");
		at += got;
		json_decref(answer);
	}
	*len = size;
	if (status != OPTS_GO_ON) {
		free(*bytes);
		*bytes = NULL;
	}
	return status;
}

/* Whether the bytes are this playbook, signed, with at least half of its time left. */
static bool is_good(const struct playbook *p, struct str bytes)
{
	static struct playbook have;
	char one[PLAYBOOK_BYTES_MAX], other[PLAYBOOK_BYTES_MAX], why[PLAYBOOK_WHY_MAX];
	struct buf a = buf_over(one, sizeof(one)), b = buf_over(other, sizeof(other));
	int64_t left_s;

	if (playbook_decode(bytes, &have, why) != ERR_OK)
		return false;
	left_s = have.until_s - clock_wall_s();
	have.until_s = 0;
	return left_s >= (int64_t)p->lasts_s / 2 && playbook_encode(&a, &have, why) == ERR_OK &&
	       playbook_encode(&b, p, why) == ERR_OK && str_equal(buf_str(&a), buf_str(&b));
}

static int make_bytes(struct fleet_item *item)
{
	char why[PLAYBOOK_WHY_MAX], *bytes = malloc(PLAYBOOK_BYTES_MAX);
	struct buf b = buf_over(bytes, PLAYBOOK_BYTES_MAX);
	enum err err = bytes ? ERR_OK : ERR_NO_MEMORY;

	snprintf(why, sizeof(why), "out of memory");
	item->playbook->until_s = clock_wall_s() + item->playbook->lasts_s;
	if (err == ERR_OK)
		err = playbook_encode(&b, item->playbook, why);
	item->playbook->until_s = 0;
	if (err != ERR_OK) {
		free(bytes);
		return opts_failed(COMMAND_FAILED, "%s: %s", item->from, why);
	}
	fleet_folder_set(item, bytes, b.len);
	return OPTS_GO_ON;
}

static int finish_playbook(struct rest *r, struct fleet_item *item, const struct fleet_state *s)
{
	json_t *newest = fleet_state_newest(s, PLAYBOOK_KIND, item->plan.name);
	char *bytes = NULL;
	size_t len = 0;
	int status = newest ? fleet_state_bytes(r, newest, &bytes, &len) : OPTS_GO_ON;

	if (status != OPTS_GO_ON)
		return status;
	if (bytes && is_good(item->playbook, (struct str){bytes, len})) {
		fleet_folder_set(item, bytes, len);
		return OPTS_GO_ON;
	}
	free(bytes);
	return make_bytes(item);
}

/* One that some device keeps and the folder does not list. */
static int remove_playbook(struct fleet_group *g, json_t *object)
{
	const char *name = text_of(object, "name");
	struct fleet_item *item;
	char *bytes;

	if (strcmp(text_of(object, "kind"), PLAYBOOK_KIND) != 0)
		return OPTS_GO_ON;
	for (unsigned i = 0; i < g->count; i++)
		if (strcmp(g->items[i].plan.kind, PLAYBOOK_KIND) == 0 && strcmp(g->items[i].plan.name, name) == 0)
			return OPTS_GO_ON;
	bytes = strdup(PLAYBOOK_WITHDRAWN);
	item = bytes ? fleet_folder_add(g, PLAYBOOK_KIND, name) : NULL;
	if (!item) {
		free(bytes);
		return COMMAND_FAILED;
	}
	item->plan.goes = true;
	fleet_folder_set(item, bytes, strlen(bytes));
	return OPTS_GO_ON;
}

int fleet_state_finish(struct rest *r, struct fleet_group *g, const struct fleet_state *s)
{
	int status = OPTS_GO_ON;
	json_t *object;
	size_t i;

	for (unsigned k = 0; k < g->count && status == OPTS_GO_ON; k++)
		if (g->items[k].playbook)
			status = finish_playbook(r, &g->items[k], s);
	for (unsigned k = 0; k < s->count && g->desired.has_playbooks; k++)
		json_array_foreach(json_object_get(s->devices[k].row, "objects"), i, object)
		{
			if (status == OPTS_GO_ON)
				status = remove_playbook(g, object);
		}
	return status;
}
