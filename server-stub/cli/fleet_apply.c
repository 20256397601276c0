/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waves and their gates. All that decides is read anew from the service for each step, and nothing is kept beside it:
 * an apply that was killed is run again.
 */
#include "server-stub/cli/fleet_apply.h"

#include "agent/base/clock.h"
#include "agent/cli/command.h"
#include "server-stub/cli/grid.h"
#include "server-stub/cli/object_bytes.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define LOOK_MS 500 /* between two looks at a wave; what devices say of objects is no stream of the API */

/* -- sending -- */

static const char *name_of(const struct plan_device *device)
{
	const char *name = json_string_value(json_object_get(device->row, "device_name"));
	const char *id = json_string_value(json_object_get(device->row, "device"));

	return name ? name : id ? id : "?";
}

static struct object_bytes_offer offer_of(const struct fleet_apply *a, const struct fleet_item *item)
{
	return (struct object_bytes_offer){.kind = item->plan.kind,
					   .name = item->plan.name,
					   .keys = a->keys->count ? a->keys : NULL,
					   .bytes = {item->bytes, item->len}};
}

/* One statement for all waves, and only for this group, where operators sign. */
static int seal(const struct fleet_apply *a, const struct fleet_group *g, struct fleet_item *item)
{
	struct object_bytes_offer offer = offer_of(a, item);
	int status = OPTS_GO_ON;

	if (item->sealed || !offer.keys)
		return OPTS_GO_ON;
	offer.group = g->desired.group;
	item->sealed = object_bytes_seal(a->r, &offer, &status);
	return item->sealed ? OPTS_GO_ON : status;
}

static int send_to(const struct fleet_apply *a, const struct fleet_group *g, struct fleet_item *item,
		   const struct opts_list *devices)
{
	struct object_bytes_offer offer = offer_of(a, item);
	json_t *answer = NULL;
	int status = seal(a, g, item);

	if (status != OPTS_GO_ON)
		return status;
	offer.devices = devices;
	offer.sealed = item->sealed;
	status = object_bytes_offer(a->r, item->from, &offer, &answer);
	json_decref(answer);
	return status == COMMAND_OK ? OPTS_GO_ON : status;
}

/* A wave of a group, as its devices are before it. */
struct wave {
	struct fleet_group *group;
	const struct fleet_state *state;
	unsigned number;
};

/* One item to all of the wave that have to get it. */
static int send_item(const struct fleet_apply *a, const struct wave *w, struct fleet_item *item)
{
	const struct fleet_group *g = w->group;
	const struct fleet_state *s = w->state;
	struct opts_list devices = {.count = 0};
	unsigned sent = 0;
	int status = OPTS_GO_ON;

	for (unsigned i = 0; i < s->count && status == OPTS_GO_ON; i++) {
		const struct plan_device *device = &s->devices[i];

		if (device->wave == w->number && plan_sends(fleet_state_of(device, item)))
			devices.items[devices.count++] = json_string_value(json_object_get(device->row, "device"));
		if (devices.count < OPTS_ARGS_MAX && (i + 1 < s->count || devices.count == 0))
			continue;
		status = send_to(a, g, item, &devices);
		sent += devices.count;
		devices.count = 0;
	}
	if (sent > 0 && status == OPTS_GO_ON && !opts_common.json)
		printf("%s: wave %u of %u: %s %s goes to %u device%s\n", g->desired.group, w->number + 1,
		       g->desired.wave_count, item->plan.kind, item->plan.name, sent, sent == 1 ? "" : "s");
	return status;
}

/* -- waiting -- */

static void count_device(struct plan_wave *w, const struct plan_device *device, struct fleet_group *g)
{
	unsigned failed = 0, open = 0;

	for (unsigned k = 0; k < g->count; k++) {
		enum plan_state state = fleet_state_of(device, &g->items[k]);

		failed += state == PLAN_REFUSED || state == PLAN_BACK;
		open += state != PLAN_SAME;
	}
	if (failed)
		w->failed++;
	else if (open == 0)
		w->same++;
	else if (device->connected)
		w->waits++;
	else
		w->away++;
}

static void say_failed(const struct fleet_group *g, const struct fleet_state *s, unsigned wave)
{
	char why[GRID_CELL_MAX];

	for (unsigned i = 0; i < s->count; i++)
		for (unsigned k = 0; k < g->count; k++) {
			const struct plan_device *device = &s->devices[i];
			const struct fleet_item *item = &g->items[k];
			enum plan_state state = fleet_state_of(device, item);
			json_t *object = fleet_state_object(device, item->plan.kind, item->plan.name);
			json_t *from = state == PLAN_BACK ? device->row : object;

			/* The device's own words. */
			grid_text(from, state == PLAN_BACK ? "tuning_problem" : "text", why);
			if (device->wave == wave && (state == PLAN_REFUSED || state == PLAN_BACK))
				fprintf(stderr, "%s: %s %s: %s: %s\n", name_of(device), item->plan.kind,
					item->plan.name, plan_state_name(state), why);
		}
}

/* How a wave is now. */
static int look(const struct fleet_apply *a, struct fleet_group *g, unsigned wave, struct plan_wave *w)
{
	struct fleet_state s;
	int status = fleet_state_read(a->r, &g->desired, &s);

	*w = (struct plan_wave){0};
	for (unsigned i = 0; status == OPTS_GO_ON && i < s.count; i++)
		if (s.devices[i].wave == wave)
			count_device(w, &s.devices[i], g);
	if (status == OPTS_GO_ON && w->failed > 0)
		say_failed(g, &s, wave);
	fleet_state_free(&s);
	return status;
}

static int await(struct fleet_apply *a, struct fleet_group *g, unsigned wave)
{
	const struct timespec pause = {0, LOOK_MS * 1000000L};
	int64_t end_us = clock_mono_us() + a->timeout_s * SECOND_US;
	const char *name = g->desired.group;
	struct plan_wave w;
	int status = look(a, g, wave, &w);

	while (status == OPTS_GO_ON && plan_gate(&w) == PLAN_HOLD && clock_mono_us() < end_us) {
		(void)nanosleep(&pause, NULL);
		status = look(a, g, wave, &w);
	}
	if (status != OPTS_GO_ON)
		return status;
	a->away += w.away;
	switch (plan_gate(&w)) {
	case PLAN_GO: return OPTS_GO_ON;
	case PLAN_STOP:
		return opts_failed(COMMAND_FAILED, "%s: stopped in wave %u: %u of it refused it or went back", name,
				   wave + 1, w.failed);
	case PLAN_NOBODY:
		return opts_failed(COMMAND_UNREACHABLE, "%s: stopped in wave %u: none of its %u devices is connected",
				   name, wave + 1, w.away);
	default:
		return opts_failed(COMMAND_UNREACHABLE,
				   "%s: stopped in wave %u: %u of it had not finished in time; run it again to go on",
				   name, wave + 1, w.waits);
	}
}

/* -- the whole -- */

static int run_wave(struct fleet_apply *a, struct fleet_group *g, unsigned wave)
{
	struct fleet_state s;
	const struct wave w = {g, &s, wave};
	int status = fleet_state_read(a->r, &g->desired, &s);

	for (unsigned k = 0; k < g->count && status == OPTS_GO_ON; k++)
		status = send_item(a, &w, &g->items[k]);
	fleet_state_free(&s);
	return status == OPTS_GO_ON ? await(a, g, wave) : status;
}

static bool is_sent(const struct fleet_state *s, const struct fleet_item *item)
{
	for (unsigned i = 0; i < s->count; i++)
		if (plan_sends(fleet_state_of(&s->devices[i], item)))
			return true;
	return false;
}

/* Before anything is sent. */
static int check_signers(const struct fleet_apply *a, const struct fleet_group *g, const struct fleet_state *s)
{
	unsigned have = a->keys->count ? a->keys->count : 1;

	for (unsigned k = 0; k < g->count; k++)
		if (g->items[k].signatures > have && is_sent(s, &g->items[k]))
			return opts_failed(COMMAND_CONFLICT, "%s: needs %u signatures: give --order-key as often",
					   g->items[k].from, g->items[k].signatures);
	return OPTS_GO_ON;
}

int fleet_apply_group(struct fleet_apply *a, struct fleet_group *g)
{
	struct fleet_state s;
	int status = fleet_state_read(a->r, &g->desired, &s);

	if (status == OPTS_GO_ON)
		status = fleet_state_finish(a->r, g, &s);
	if (status == OPTS_GO_ON)
		status = check_signers(a, g, &s);
	a->empty += status == OPTS_GO_ON && s.count == 0;
	fleet_state_free(&s);
	for (unsigned wave = 0; wave < g->desired.wave_count && status == OPTS_GO_ON; wave++)
		status = run_wave(a, g, wave);
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}
