/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs and what they were told, in memory. */
#include "server-stub/store/memory.h"

#include "agent/base/str.h"

#include <string.h>

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
}

/* MEMORY_NONE: there is none of that name. */
static size_t find(struct store *s, const char *name)
{
	char key[STORE_NAME_MAX] = {0};

	str_show(str_from(name), key, sizeof(key));
	return memory_find(memory_of(s), MEMORY_OUTPUT, MEMORY_KEY(struct memory_output, output.name, key));
}

static struct memory_output *row_of(struct store *s, const char *name)
{
	size_t index = find(s, name);

	return index == MEMORY_NONE ? NULL : memory_row(memory_of(s), MEMORY_OUTPUT, index);
}

static enum err add(struct store *s, const struct store_output *o)
{
	struct memory_output row;

	if (row_of(s, o->name))
		return ERR_EXISTS;
	memset(&row, 0, sizeof(row));
	row.output = *o;
	memset(row.output.name, 0, sizeof(row.output.name));
	str_show(str_from(o->name), row.output.name, sizeof(row.output.name));
	return memory_set(memory_of(s), MEMORY_OUTPUT, MEMORY_NONE, &row);
}

static enum err get(struct store *s, const char *name, struct store_output *out)
{
	const struct memory_output *row = row_of(s, name);

	if (!row)
		return ERR_NOT_FOUND;
	*out = row->output;
	return ERR_OK;
}

static const struct memory_output *next_after(struct memory *m, const char *name)
{
	const struct memory_output *next = NULL;

	for (size_t i = 0; i < memory_count(m, MEMORY_OUTPUT); i++) {
		const struct memory_output *o = memory_row(m, MEMORY_OUTPUT, i);

		if (o && strcmp(o->output.name, name) > 0 && (!next || strcmp(o->output.name, next->output.name) < 0))
			next = o;
	}
	return next;
}

static enum err list(struct store *s, bool (*each)(void *, const struct store_output *), void *arg)
{
	struct store_output o = {.name = ""};
	const struct memory_output *next;

	while ((next = next_after(memory_of(s), o.name)) != NULL) {
		o = next->output;
		if (!each(arg, &o))
			break;
	}
	return ERR_OK;
}

static enum err remove_one(struct store *s, const char *name)
{
	struct memory *m = memory_of(s);
	size_t index = find(s, name);
	enum err err = ERR_OK;

	if (index == MEMORY_NONE)
		return ERR_NOT_FOUND;
	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_OUTPUT_ITEM); i++) {
		const struct memory_output_item *x = memory_row(m, MEMORY_OUTPUT_ITEM, i);

		if (x && strcmp(x->name, name) == 0)
			err = memory_set(m, MEMORY_OUTPUT_ITEM, i, NULL);
	}
	return err == ERR_OK ? memory_set(m, MEMORY_OUTPUT, index, NULL) : err;
}

static enum err state_get(struct store *s, const char *name, struct store_output_state *out)
{
	const struct memory_output *row = row_of(s, name);

	if (!row)
		return ERR_NOT_FOUND;
	*out = row->state;
	return ERR_OK;
}

static enum err state_put(struct store *s, const char *name, const struct store_output_state *state)
{
	size_t index = find(s, name);
	struct memory_output row;

	if (index == MEMORY_NONE)
		return ERR_OK;
	row = *(const struct memory_output *)memory_row(memory_of(s), MEMORY_OUTPUT, index);
	row.state = *state;
	return memory_set(memory_of(s), MEMORY_OUTPUT, index, &row);
}

/* -- what changed -- */

/* MEMORY_NONE: nothing of it is known. `name` "": of what changed. */
static size_t find_item(struct memory *m, const char *name, const struct store_output_item *ids)
{
	for (size_t i = 0; i < memory_count(m, MEMORY_OUTPUT_ITEM); i++) {
		const struct memory_output_item *x = memory_row(m, MEMORY_OUTPUT_ITEM, i);

		if (x && strcmp(x->name, name) == 0 && memcmp(x->item.device, ids->device, STORE_ID) == 0 &&
		    memcmp(x->item.incident, ids->incident, STORE_ID) == 0)
			return i;
	}
	return MEMORY_NONE;
}

static enum err item_put(struct store *s, const char *name, const struct store_output_item *item)
{
	struct memory_output_item row;

	memset(&row, 0, sizeof(row));
	str_show(str_from(name), row.name, sizeof(row.name));
	row.item = *item;
	return memory_set(memory_of(s), MEMORY_OUTPUT_ITEM, find_item(memory_of(s), row.name, item), &row);
}

static enum err changed(struct store *s, const uint8_t *device, const uint8_t *incident)
{
	struct store_output_item item;

	if (!next_after(memory_of(s), ""))
		return ERR_OK;
	memset(&item, 0, sizeof(item));
	memcpy(item.device, device, STORE_ID);
	memcpy(item.incident, incident, STORE_ID);
	return item_put(s, "", &item);
}

static enum err changed_take(struct store *s, struct store_output_item *out)
{
	struct memory *m = memory_of(s);

	for (size_t i = 0; i < memory_count(m, MEMORY_OUTPUT_ITEM); i++) {
		const struct memory_output_item *x = memory_row(m, MEMORY_OUTPUT_ITEM, i);

		if (x && x->name[0] == '\0') {
			*out = x->item;
			return memory_set(m, MEMORY_OUTPUT_ITEM, i, NULL);
		}
	}
	return ERR_NOT_FOUND;
}

static enum err item_get(struct store *s, const char *name, struct store_output_item *item)
{
	size_t index = find_item(memory_of(s), name, item);

	if (index == MEMORY_NONE)
		return ERR_NOT_FOUND;
	*item = ((const struct memory_output_item *)memory_row(memory_of(s), MEMORY_OUTPUT_ITEM, index))->item;
	return ERR_OK;
}

/* The first one that is due after `last`; NULL: there is none. */
static const struct store_output_item *next_due(struct memory *m, const char *name,
						const struct store_output_item *last)
{
	const struct store_output_item *next = NULL;

	for (size_t i = 0; i < memory_count(m, MEMORY_OUTPUT_ITEM); i++) {
		const struct memory_output_item *x = memory_row(m, MEMORY_OUTPUT_ITEM, i);
		int order;

		if (!x || strcmp(x->name, name) != 0 || x->item.due_us == 0 || x->item.due_us < last->due_us)
			continue;
		order = memcmp(x->item.device, last->device, (size_t)2 * STORE_ID);
		if (x->item.due_us == last->due_us && order <= 0)
			continue;
		if (!next || x->item.due_us < next->due_us ||
		    (x->item.due_us == next->due_us && memcmp(x->item.device, next->device, (size_t)2 * STORE_ID) < 0))
			next = &x->item;
	}
	return next;
}

static enum err due(struct store *s, const struct store_output_due *d)
{
	struct store_output_item item = {.due_us = 0};
	const struct store_output_item *next;

	for (unsigned i = 0; i < d->max; i++) {
		next = next_due(memory_of(s), d->name, &item);
		if (!next || next->due_us > d->until_us)
			break;
		item = *next;
		if (!d->each(d->arg, &item))
			break;
	}
	return ERR_OK;
}

static enum err waiting(struct store *s, const char *name, struct store_output_waiting *out)
{
	struct store_output_item item = {.due_us = 0};
	const struct store_output_item *next;

	*out = (struct store_output_waiting){0, 0};
	while ((next = next_due(memory_of(s), name, &item)) != NULL) {
		item = *next;
		out->first_us = out->count++ == 0 ? item.due_us : out->first_us;
	}
	return ERR_OK;
}

static enum err retain(struct store *s)
{
	struct memory *m = memory_of(s);
	struct views_incident incident;
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_OUTPUT_ITEM); i++) {
		const struct memory_output_item *x = memory_row(m, MEMORY_OUTPUT_ITEM, i);

		if (x && views_incident_of(s, x->item.device, x->item.incident, &incident) == ERR_NOT_FOUND)
			err = memory_set(m, MEMORY_OUTPUT_ITEM, i, NULL);
	}
	return err;
}

const struct store_output_kind memory_output = {
	.add = add,
	.get = get,
	.list = list,
	.remove = remove_one,
	.state_get = state_get,
	.state_put = state_put,
	.changed = changed,
	.changed_take = changed_take,
	.item_put = item_put,
	.item_get = item_get,
	.due = due,
	.waiting = waiting,
	.retain = retain,
};
