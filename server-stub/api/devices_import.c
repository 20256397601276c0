/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that are made known before they join, from a roster (roster.h): all of them or none, in one transaction. A
 * dry run does the same and takes it back, so it finds what the import would find.
 */
#include "server-stub/api/devices.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "server-stub/api/body.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/fleet/fleet_expect.h"

#include <stdio.h>
#include <string.h>

#define TTL_DEFAULT_S (30 * 86400)
#define TTL_MAX_S (365 * 86400)
#define FAULTS_MAX 50 /* that an answer names; it counts all */

struct fault_line {
	unsigned line;
	char why[FLEET_EXPECT_WHY_MAX];
};

struct import {
	struct call *call;
	struct json *j;
	struct str text;
	int64_t ttl_s;
	bool dry_run;
	unsigned count, faults;
	struct fault_line wrong[FAULTS_MAX];
	char first[STORE_NAME_MAX], last[STORE_NAME_MAX];
};

static void add_fault(struct import *i, unsigned line, const char *why)
{
	struct fault_line *f = &i->wrong[i->faults];

	if (i->faults++ >= FAULTS_MAX)
		return;
	f->line = line;
	snprintf(f->why, sizeof(f->why), "%s", why);
}

static void put(struct import *i, unsigned line, const struct fleet_expect_result *made)
{
	struct json *j = i->j;

	json_begin_object(j);
	json_key(j, "line");
	json_int(j, line);
	if (!i->dry_run)
		reply_id(j, "id", made->device.id);
	json_key(j, "name");
	json_text(j, made->device.name);
	json_key(j, "group");
	json_text(j, made->device.group);
	json_words(j, "labels", str_from(made->device.labels));
	if (!i->dry_run && made->text[0]) {
		json_key(j, "token");
		json_text(j, made->text);
	}
	reply_time(j, "expires", made->token.expires_us);
	json_end_object(j);
}

/* False: the store failed, which is answered. */
static bool add_row(struct import *i, const struct roster_row *row)
{
	const struct api_env *env = &i->call->api->env;
	const struct fleet_expect_request request = {
		.row = row,
		.text = i->text,
		.token = {.created_by = i->call->user.name,
			  .host = env->link_host,
			  .port = env->link_port,
			  .ttl_s = i->ttl_s},
		.wall_us = clock_wall_us(),
	};
	struct fleet_expect_result made;
	enum err err = fleet_expect(env->fleet, env->store, &request, &made);

	if (err == ERR_OK) {
		put(i, row->line, &made);
		memcpy(i->count++ ? i->last : i->first, made.device.name, sizeof(i->first));
	} else if (made.why[0]) {
		add_fault(i, row->line, made.why);
	} else {
		reply_store(i->call, err, "device", made.device.name);
	}
	key_wipe(made.text, sizeof(made.text));
	return err == ERR_OK || made.why[0];
}

/* False: the store failed. */
static bool add_rows(struct import *i)
{
	char why[ROSTER_WHY_MAX];
	struct roster_row row;
	struct roster r;
	enum err err = roster_open(&r, i->text, why);

	if (err != ERR_OK)
		add_fault(i, r.line ? r.line : 1, why);
	while (err == ERR_OK) {
		err = roster_next(&r, &row, why);
		if (err == ERR_OK && !add_row(i, &row))
			return false;
		if (err == ERR_INVALID || err == ERR_FULL)
			add_fault(i, row.line, why);
		if (err == ERR_INVALID)
			err = ERR_OK;
	}
	if (r.rows == 0 && i->faults == 0)
		add_fault(i, r.line, "there is no device in it");
	return true;
}

/* An error as reply_error() writes it, with a member more. */
static void reply_faults(struct import *i)
{
	struct json *j =
		reply_fault(i->call, FAULT_INVALID, "No device was imported: what is wrong is named by its line.");

	json_key(j, "count");
	json_int(j, i->faults);
	json_key(j, "lines");
	json_begin_array(j);
	for (unsigned n = 0; n < i->faults && n < FAULTS_MAX; n++) {
		json_begin_object(j);
		json_key(j, "line");
		json_int(j, i->wrong[n].line);
		json_key(j, "message");
		json_text(j, i->wrong[n].why);
		json_end_object(j);
	}
	json_end_array(j);
	json_end_object(j);
	json_end_object(j);
}

static void answer(struct import *i)
{
	struct call *call = i->call;

	i->j = reply_json(call, i->dry_run ? 200 : 201);
	json_begin_object(i->j);
	json_key(i->j, "items");
	json_begin_array(i->j);
	if (!add_rows(i))
		return;
	if (i->faults > 0) {
		reply_faults(i);
		return;
	}
	json_end_array(i->j);
	json_key(i->j, "dry_run");
	json_bool(i->j, i->dry_run);
	json_end_object(i->j);
	snprintf(call->detail, sizeof(call->detail), "%u expected: %s%s%s%s", i->count, i->first,
		 i->count > 1 ? " to " : "", i->last, i->dry_run ? " (a dry run)" : "");
	if (i->dry_run)
		serve_undo(call);
}

/* The text of the roster, over the body. False after an answer. */
static bool read_csv(struct call *call, json_t *body, struct str *text)
{
	json_t *csv = json_object_get(body, "csv");

	if (!json_is_string(csv)) {
		reply_error(call, csv ? FAULT_INVALID : FAULT_MISSING, "The member 'csv' %s.",
			    csv ? "is not a text" : "is missing");
		return false;
	}
	*text = (struct str){json_string_value(csv), json_string_length(csv)};
	return true;
}

void devices_import(struct call *call)
{
	static struct import i; /* one thread answers all calls */
	json_t *body = body_read(call, "csv ttl_s dry_run");
	enum err err;

	i = (struct import){.call = call, .ttl_s = TTL_DEFAULT_S};
	if (!body)
		return;
	if (read_csv(call, body, &i.text) &&
	    body_number(call, body, &(struct body_number){"ttl_s", 1, TTL_MAX_S, &i.ttl_s}) &&
	    body_flag(call, body, "dry_run", &i.dry_run)) {
		err = serve_begin(call);
		if (err)
			reply_store(call, err, "device", "");
		else
			answer(&i);
	}
	json_decref(body);
}
