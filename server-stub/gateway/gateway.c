/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the loops, the writer and the clerk, passes on what concerns connected devices, and ends it in good order. */
#include "server-stub/gateway/gateway.h"

#include "agent/base/clock.h"
#include "server-stub/gateway/follower.h"
#include "server-stub/gateway/librarian.h"
#include "server-stub/gateway/links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gateway {
	struct link_shared shared;
	struct writer *writer;
	struct follower *follower;
	struct librarian *librarian;
	unsigned ticks[FLEET_CONF_LOOPS_MAX]; /* of each loop, when gateway_turns() was called last */
};

static unsigned loops_wanted(const struct fleet_conf *conf)
{
	unsigned count = conf->loops;

	/* What may run here, not what is built in: containers have fewer. */
	if (count == 0)
		count = uv_available_parallelism();
	return count > FLEET_CONF_LOOPS_MAX ? FLEET_CONF_LOOPS_MAX : count;
}

static void post_all(struct gateway *g, const struct loop_mail *mail)
{
	for (unsigned i = 0; i < g->shared.loop_count; i++)
		if (g->shared.loops[i])
			(void)loop_post(&g->shared.loops[i]->loop, mail);
}

static enum err start_loops(struct gateway *g, char *error)
{
	enum err err = ERR_OK;

	for (unsigned i = 0; err == ERR_OK && i < g->shared.loop_count; i++)
		err = links_start(&g->shared, i, &g->shared.loops[i], error);
	return err;
}

static void say_store(const struct gateway_setup *setup, enum err err, char *error)
{
	snprintf(error, GATEWAY_ERROR_MAX, "%.200s: %s", setup->store_path,
		 setup->explain ? setup->explain(err) : err_text(err));
}

static enum err start_backs(struct gateway *g, const struct gateway_setup *setup, char *error)
{
	const struct writer_setup writer = {
		.path = setup->store_path,
		.fleet = setup->fleet->id,
		.object_quota = setup->conf->object_bytes,
		.silent_us = (int64_t)setup->conf->silent_seconds * SECOND_US,
		.news = setup->news,
	};
	enum err err = ticket_keys_open(setup->fleet->dir, clock_now().wall_us / SECOND_US, &g->shared.tickets);

	if (err != ERR_OK) {
		snprintf(error, GATEWAY_ERROR_MAX, "%.200s/ticket.key: %s", setup->fleet->dir, err_text(err));
		return err;
	}
	err = writer_start(&writer, &g->writer);
	if (err == ERR_OK)
		err = librarian_start(setup->store_path, setup->fleet->id, &g->librarian);
	if (err == ERR_OK)
		err = clerk_start(setup->fleet, setup->store_path, &g->shared.clerk);
	if (err != ERR_OK)
		say_store(setup, err, error);
	return err;
}

static void offer(void *context, const struct offer *what)
{
	const struct loop_mail mail = {.kind = LOOP_IMMUNITY, .offer = *what};

	post_all(context, &mail);
}

/* After the loops, to which it offers what it finds. */
static enum err start_follower(struct gateway *g, const struct gateway_setup *setup, char *error)
{
	const struct fleet_conf *conf = setup->conf;
	const struct follower_setup follower = {
		.path = setup->store_path,
		.fleet = setup->fleet->id,
		.retention =
			{
				.age_us = (int64_t)conf->retention_days * 86400 * SECOND_US,
				.low_age_us = (int64_t)conf->retention_low_days * 86400 * SECOND_US,
				.bytes_max = conf->retention_bytes,
			},
		.news = setup->news,
		.crowds = {conf->crowd_devices, conf->crowd_window_s * SECOND_US, conf->crowd_ban_s * SECOND_US, g,
			   offer},
	};
	enum err err = follower_start(&follower, &g->follower);

	if (err != ERR_OK)
		say_store(setup, err, error);
	return err;
}

enum err gateway_start(const struct gateway_setup *setup, struct gateway **out, char error[GATEWAY_ERROR_MAX])
{
	struct gateway *g = calloc(1, sizeof(*g));
	enum err err;

	*out = NULL;
	snprintf(error, GATEWAY_ERROR_MAX, "%s", err_text(ERR_NO_MEMORY));
	if (!g)
		return ERR_NO_MEMORY;
	g->shared.fleet = setup->fleet;
	g->shared.conf = setup->conf;
	g->shared.store_path = setup->store_path;
	g->shared.loop_count = loops_wanted(setup->conf);
	g->shared.presence = presence_new(setup->conf->connections_max + g->shared.loop_count);
	err = g->shared.presence ? start_backs(g, setup, error) : ERR_NO_MEMORY;
	if (err == ERR_OK) {
		g->shared.writer = writer_queue(g->writer);
		err = start_loops(g, error);
	}
	if (err == ERR_OK)
		err = start_follower(g, setup, error);
	if (err == ERR_OK)
		*out = g;
	else
		gateway_stop(g);
	return err;
}

void gateway_push(struct gateway *g, const struct registry_order *order, const uint8_t (*devices)[STORE_ID],
		  unsigned device_count)
{
	struct loop_order *o = malloc(sizeof(*o) + (size_t)device_count * STORE_ID);
	struct loop_mail mail = {.kind = LOOP_ORDER, .order = o};

	/* Devices still get it when they connect the next time. */
	if (!o)
		return;
	o->users = g->shared.loop_count;
	o->order = *order;
	o->device_count = device_count;
	memcpy(o->devices, devices, (size_t)device_count * STORE_ID);
	post_all(g, &mail);
}

void gateway_offer(struct gateway *g, const uint8_t device[STORE_ID])
{
	struct loop_mail mail = {.kind = LOOP_OFFER};

	memcpy(mail.device, device, STORE_ID);
	post_all(g, &mail);
}

void gateway_revoke(struct gateway *g, const uint8_t device[STORE_ID])
{
	struct loop_mail mail = {.kind = LOOP_REVOKED};

	memcpy(mail.device, device, STORE_ID);
	post_all(g, &mail);
}

void gateway_trust(struct gateway *g)
{
	const struct loop_mail mail = {.kind = LOOP_TRUST};

	post_all(g, &mail);
}

void gateway_reload(struct gateway *g)
{
	const struct loop_mail mail = {.kind = LOOP_RELOAD};

	post_all(g, &mail);
}

void gateway_care(struct gateway *g, int64_t wall_s)
{
	enum err err = ticket_keys_rotate(g->shared.tickets, wall_s);

	if (err != ERR_OK)
		say(SAY_ERR, "the key of session tickets can't be changed: %s", err_text(err));
}

bool gateway_turns(struct gateway *g)
{
	bool all = true;

	for (unsigned i = 0; i < g->shared.loop_count; i++) {
		unsigned ticks = g->shared.loops[i]->loop.ticks;

		all = all && ticks != g->ticks[i];
		g->ticks[i] = ticks;
	}
	return all;
}

void gateway_figures(struct gateway *g, struct gateway_figures *out)
{
	out->connected = presence_count(g->shared.presence);
	out->handshakes = g->shared.handshakes;
	out->resumed = g->shared.resumed;
	out->refused = g->shared.refused;
	out->enroll_refused = g->shared.enroll_refused;
	out->object_bytes_out = g->shared.object_bytes_out;
	out->object_dropped = g->shared.object_dropped;
	writer_figures(g->writer, &out->writer);
	out->views_error = follower_error(g->follower);
	out->damage = librarian_damage(g->librarian);
}

void gateway_drain(struct gateway *g)
{
	const struct loop_mail mail = {.kind = LOOP_DEAF};

	post_all(g, &mail);
}

void gateway_stop(struct gateway *g)
{
	const struct loop_mail quiet = {.kind = LOOP_QUIET}, end = {.kind = LOOP_END};

	if (!g)
		return;
	post_all(g, &quiet);
	clerk_stop(g->shared.clerk);
	/* Stores and answers what the loops had passed on; then the answers are before LOOP_END in their mailboxes. */
	writer_stop(g->writer);
	librarian_stop(g->librarian);
	follower_stop(g->follower);
	post_all(g, &end);
	for (unsigned i = 0; i < g->shared.loop_count; i++)
		if (g->shared.loops[i])
			links_join(g->shared.loops[i]);
	writer_free(g->writer);
	clerk_free(g->shared.clerk);
	ticket_keys_close(g->shared.tickets);
	presence_free(g->shared.presence);
	free(g);
}
