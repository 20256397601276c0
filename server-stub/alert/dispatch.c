/* SPDX-License-Identifier: Apache-2.0 */
/* Each function is one transaction, so what an output knows and how it goes with it fit together after any crash. */
#include "server-stub/alert/dispatch.h"

#include "agent/base/key.h"
#include "agent/base/now.h"
#include "server-stub/alert/judge.h"

#include <stdio.h>
#include <string.h>

static enum err finish(struct dispatch *d, enum err err)
{
	if (err == ERR_OK)
		return store_commit(d->store);
	store_rollback(d->store);
	return err;
}

/* -- what changed -- */

static bool keep_output(void *arg, const struct store_output *o)
{
	struct dispatch *d = arg;

	d->outputs[d->output_count++] = *o;
	return d->output_count < STORE_OUTPUTS_MAX;
}

static enum err read_outputs(struct dispatch *d)
{
	struct store_output_waiting waiting;
	enum err err;

	d->output_count = 0;
	err = store_output_list(d->store, keep_output, d);
	for (unsigned i = 0; err == ERR_OK && i < d->output_count; i++) {
		err = store_output_waiting(d->store, d->outputs[i].name, &waiting);
		d->waiting[i] = waiting.count;
		d->lost[i] = 0;
	}
	return err;
}

/* The incident and its device. ERR_NOT_FOUND: it is kept no longer. A device that is gone has no name. */
static enum err read_case(struct dispatch *d, const struct store_output_item *ids, struct judge_case *c)
{
	enum err err = views_incident_of(d->store, ids->device, ids->incident, &d->incident);

	if (err != ERR_OK)
		return err;
	err = registry_device_row(d->store, ids->device, &d->device);
	if (err == ERR_NOT_FOUND)
		memset(&d->device, 0, sizeof(d->device));
	else if (err != ERR_OK)
		return err;
	c->incident = &d->incident;
	c->group = d->device.group;
	return ERR_OK;
}

static enum err look_for(struct dispatch *d, unsigned output, const struct store_output_item *ids,
			 const struct judge_case *c)
{
	const struct store_output *o = &d->outputs[output];
	struct store_output_item item = *ids;
	enum err err = store_output_item_get(d->store, o->name, &item);
	int64_t due_us;

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	due_us = item.due_us;
	if (!judge_look(o, &item, c))
		return ERR_OK;
	if (item.due_us != 0 && due_us == 0) {
		if (d->waiting[output] >= STORE_OUTPUT_FULL) {
			d->lost[output]++;
			return ERR_OK;
		}
		d->waiting[output]++;
	}
	return store_output_item_put(d->store, o->name, &item);
}

static enum err look_at_next(struct dispatch *d, int64_t wall_us)
{
	struct judge_case c = {.wall_us = wall_us};
	struct store_output_item ids;
	enum err err = store_output_changed_take(d->store, &ids);

	if (err != ERR_OK)
		return err;
	err = read_case(d, &ids, &c);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	for (unsigned i = 0; err == ERR_OK && i < d->output_count; i++)
		err = look_for(d, i, &ids, &c);
	return err;
}

static enum err count_lost(struct dispatch *d)
{
	struct store_output_state state;
	enum err err = ERR_OK;

	for (unsigned i = 0; err == ERR_OK && i < d->output_count; i++) {
		if (d->lost[i] == 0)
			continue;
		err = store_output_state_get(d->store, d->outputs[i].name, &state);
		state.lost += d->lost[i];
		if (err == ERR_OK)
			err = store_output_state_put(d->store, d->outputs[i].name, &state);
	}
	return err;
}

enum err dispatch_look(struct dispatch *d, int64_t wall_us, bool *more)
{
	enum err err = store_begin(d->store);

	*more = false;
	if (err != ERR_OK)
		return err;
	err = read_outputs(d);
	for (unsigned i = 0; err == ERR_OK && i < DISPATCH_LOOK; i++)
		err = look_at_next(d, wall_us);
	*more = err == ERR_OK;
	if (err == ERR_OK || err == ERR_NOT_FOUND)
		err = count_lost(d);
	return finish(d, err);
}

/* -- a message -- */

static bool keep_item(void *arg, const struct store_output_item *item)
{
	struct dispatch_flight *flight = arg;

	flight->items[flight->count++] = *item;
	return flight->count < LETTER_COUNT;
}

static void add_line(struct dispatch *d, unsigned change)
{
	struct letter *l = &d->letter;

	l->count++;
	if (d->incident.severity > l->highest)
		l->highest = d->incident.severity;
	if (l->line_count == LETTER_LINES)
		return;
	letter_line(&l->lines[l->line_count], &d->incident, d->device.name, d->device.group);
	l->lines[l->line_count++].change = change;
}

/*
 * What is due is looked at once more: somebody may have taken it on, it may be over, or not as severe any more as what
 * breaks quiet hours. *stays: it is told.
 */
static enum err add_item(struct dispatch *d, const struct store_output *o, struct store_output_item *item, bool *stays)
{
	struct judge_case c = {.wall_us = d->letter.wall_us};
	enum err err = read_case(d, item, &c);
	unsigned change = 0;
	int64_t awake_us = 0;

	*stays = false;
	if (err == ERR_OK) {
		change = judge_change(o, item, &c);
		awake_us = judge_awake(o, d->incident.severity, c.wall_us);
	} else if (err != ERR_NOT_FOUND) {
		return err;
	}
	if (change == 0 || awake_us > c.wall_us) {
		item->due_us = change == 0 ? 0 : awake_us;
		return store_output_item_put(d->store, o->name, item);
	}
	*stays = true;
	add_line(d, change);
	judge_heard(item, &d->incident);
	return ERR_OK;
}

/* The same name, incidents and changes make the same id. */
static void name_letter(struct dispatch *d, const struct store_output *o, const struct dispatch_flight *flight)
{
	uint8_t digest[STORE_HASH] = {0};
	char memory[STORE_HASH + STORE_NAME_MAX + 2 * STORE_ID + 32];

	for (unsigned i = 0; i <= flight->count; i++) {
		const struct store_output_item *x = i > 0 ? &flight->items[i - 1] : NULL;
		struct buf b = buf_over(memory, sizeof(memory));

		buf_bytes(&b, digest, sizeof(digest));
		if (x) {
			buf_bytes(&b, x->device, STORE_ID);
			buf_bytes(&b, x->incident, STORE_ID);
			buf_be8(&b, x->told);
			buf_be8(&b, x->severity);
			buf_be32(&b, x->reopened);
		} else {
			buf_text(&b, o->name);
			buf_be64(&b, (uint64_t)o->created_us);
			buf_be64(&b, (uint64_t)flight->wanted_us);
		}
		key_sha256(b.data, b.len, digest);
	}
	memcpy(d->letter.id, digest, STORE_ID);
}

static void begin_flight(struct dispatch *d, const struct store_output *o, int64_t wall_us,
			 struct dispatch_flight *flight)
{
	flight->is_test = flight->used = false;
	flight->wanted_us = 0;
	flight->count = 0;
	snprintf(flight->name, sizeof(flight->name), "%s", o->name);
	flight->created_us = o->created_us;
	memset(&d->letter, 0, sizeof(d->letter));
	d->letter.wall_us = wall_us;
}

static enum err gather(struct dispatch *d, const struct store_output *o, struct dispatch_flight *flight)
{
	struct store_output_due due = {.name = o->name, .max = LETTER_COUNT, .each = keep_item, .arg = flight};
	unsigned found, count = 0;
	bool stays;
	enum err err;

	/* With what is due now goes what only waits for more to tell. */
	due.until_us = d->letter.wall_us + (o->gather_s > o->after_s ? o->gather_s - o->after_s : 0) * SECOND_US;
	err = store_output_due(d->store, &due);
	found = flight->count;
	for (unsigned i = 0; err == ERR_OK && i < found; i++) {
		err = add_item(d, o, &flight->items[i], &stays);
		if (stays)
			flight->items[count++] = flight->items[i];
	}
	flight->count = count;
	return err;
}

/* A clock that was set back must not keep an output waiting. */
static bool is_later(int64_t next_us, int64_t wall_us)
{
	return next_us > wall_us && next_us <= wall_us + 2 * DISPATCH_AGAIN_MAX_S * SECOND_US;
}

static enum err fill(struct dispatch *d, const struct store_output *o, struct dispatch_flight *flight)
{
	struct store_output_state state;
	struct store_output_waiting waiting = {0, 0};
	int64_t wall_us = d->letter.wall_us;
	enum err err = store_output_state_get(d->store, o->name, &state);

	if (err == ERR_OK && state.wanted_us != state.tested_us) {
		flight->wanted_us = state.wanted_us;
		flight->is_test = d->letter.is_test = flight->used = true;
		return ERR_OK;
	}
	if (err == ERR_OK)
		err = store_output_waiting(d->store, o->name, &waiting);
	if (err != ERR_OK || waiting.count == 0)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	d->next_us = is_later(state.next_us, wall_us) ? state.next_us : waiting.first_us;
	if (d->next_us > wall_us)
		return ERR_OK;
	err = gather(d, o, flight);
	flight->used = err == ERR_OK && flight->count > 0;
	d->next_us = wall_us; /* what is left is looked at again */
	return err;
}

enum err dispatch_write(struct dispatch *d, unsigned output, int64_t wall_us, struct dispatch_flight *flight)
{
	const struct store_output *o = &d->outputs[output];
	enum err err = store_begin(d->store);

	d->next_us = 0;
	begin_flight(d, o, wall_us, flight);
	if (err != ERR_OK)
		return err;
	err = finish(d, fill(d, o, flight));
	if (err != ERR_OK)
		flight->used = false;
	if (!flight->used)
		return err;
	name_letter(d, o, flight);
	letter_write(&d->letter, o, &d->job);
	return ERR_OK;
}

/* -- what became of it -- */

static void note_failure(struct store_output_state *state, const char *wrong, int64_t wall_us)
{
	int64_t wait_s = DISPATCH_AGAIN_S;

	for (uint32_t i = 0; i < state->failures && wait_s < DISPATCH_AGAIN_MAX_S; i++)
		wait_s *= 2;
	if (wait_s > DISPATCH_AGAIN_MAX_S)
		wait_s = DISPATCH_AGAIN_MAX_S;
	state->failures++;
	state->next_us = wall_us + wait_s * SECOND_US;
	snprintf(state->error, sizeof(state->error), "%s", wrong);
}

/* What changed in the meantime is found by looking again. */
static enum err note_arrival(struct dispatch *d, const struct dispatch_flight *flight)
{
	enum err err = ERR_OK;

	for (unsigned i = 0; err == ERR_OK && i < flight->count; i++) {
		const struct store_output_item *item = &flight->items[i];

		err = store_output_item_put(d->store, flight->name, item);
		if (err == ERR_OK)
			err = store_output_changed(d->store, item->device, item->incident);
	}
	return err;
}

static enum err note_end(struct dispatch *d, const struct dispatch_flight *flight, const char *wrong, int64_t wall_us)
{
	struct store_output_state state;
	struct store_output o;
	enum err err = store_output_get(d->store, flight->name, &o);

	if (err == ERR_OK)
		err = store_output_state_get(d->store, flight->name, &state);
	/* It was deleted, or another one has its name now. */
	if (err == ERR_NOT_FOUND || (err == ERR_OK && o.created_us != flight->created_us))
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	if (flight->is_test) {
		state.tested_us = flight->wanted_us;
		snprintf(state.test, sizeof(state.test), "%s", wrong);
	} else if (wrong[0]) {
		note_failure(&state, wrong, wall_us);
	} else {
		state.messages++;
		state.failures = 0;
		state.error[0] = '\0';
		state.good_us = wall_us;
		err = note_arrival(d, flight);
	}
	return err == ERR_OK ? store_output_state_put(d->store, flight->name, &state) : err;
}

enum err dispatch_end(struct dispatch *d, const struct dispatch_flight *flight, const char *wrong, int64_t wall_us)
{
	enum err err = store_begin(d->store);

	return err == ERR_OK ? finish(d, note_end(d, flight, wrong, wall_us)) : err;
}
