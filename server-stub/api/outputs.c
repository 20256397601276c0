/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs in JSON, and the calls that make none. Adding one is in outputs_add.c. */
#include "server-stub/api/outputs.h"

#include "agent/base/clock.h"
#include "agent/base/severity.h"
#include "server-stub/alert/letter.h"
#include "server-stub/api/page.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"

#include <stdio.h>
#include <string.h>

static void put_number(struct json *j, const char *key, uint64_t number)
{
	json_key(j, key);
	json_u64(j, number);
}

static void put_filter(struct json *j, const struct store_output *o)
{
	char quiet[32];
	char changes[32];

	snprintf(changes, sizeof(changes), "%s%s%s", o->changes & CHANGE_OPENED ? "opened" : "",
		 o->changes & CHANGE_WORSE ? " worse" : "", o->changes & CHANGE_CLOSED ? " closed" : "");
	json_words(j, "changes", str_from(changes[0] == ' ' ? changes + 1 : changes));
	json_member(j, "severity", str_from(severity_name(o->severity)));
	json_words(j, "groups", str_from(o->groups));
	json_words(j, "rules", str_from(o->rules));
	put_number(j, "gather_s", o->gather_s);
	put_number(j, "after_s", o->after_s);
	snprintf(quiet, sizeof(quiet), "%02u:%02u-%02u:%02u", o->quiet_from / 60u, o->quiet_from % 60u,
		 o->quiet_to / 60u, o->quiet_to % 60u);
	json_member(j, "quiet", o->quiet_from == o->quiet_to ? STR_NONE : str_from(quiet));
	json_member(j, "quiet_severity",
		    o->quiet_from == o->quiet_to ? STR_NONE : str_from(severity_name(o->quiet_severity)));
}

static void put_state(struct json *j, const struct store_output_state *state)
{
	bool was_tested = state->tested_us != 0, waits = state->wanted_us != state->tested_us;

	put_number(j, "messages", state->messages);
	put_number(j, "lost", state->lost);
	put_number(j, "failures", state->failures);
	json_member(j, "error", state->error[0] ? str_from(state->error) : STR_NONE);
	reply_time(j, "last_good", state->good_us);
	reply_time(j, "next_try", state->failures ? state->next_us : 0);
	json_member(j, "test",
		    waits	     ? STR("running")
		    : !was_tested    ? STR_NONE
		    : state->test[0] ? STR("failed")
				     : STR("passed"));
	json_member(j, "test_error", !waits && state->test[0] ? str_from(state->test) : STR_NONE);
}

void outputs_put(struct json *j, const struct store_output *o, const struct store_output_state *state,
		 const char *secret)
{
	char place[STORE_TEXT_MAX];

	letter_place(o->url, place, sizeof(place));
	json_begin_object(j);
	json_member(j, "name", str_from(o->name));
	json_member(j, "kind", str_from(o->kind));
	json_member(j, "place", str_from(place));
	if (secret)
		json_member(j, "secret", str_from(secret));
	json_member(j, "user", o->user[0] ? str_from(o->user) : STR_NONE);
	json_member(j, "from", o->sender[0] ? str_from(o->sender) : STR_NONE);
	json_words(j, "to", str_from(o->receivers));
	put_filter(j, o);
	put_state(j, state);
	json_member(j, "created_by", str_from(o->created_by));
	reply_time(j, "created", o->created_us);
	json_end_object(j);
}

struct list {
	struct page page;
	struct store_output outputs[STORE_OUTPUTS_MAX];
	unsigned count;
};

static bool keep(void *arg, const struct store_output *o)
{
	struct list *l = arg;

	l->outputs[l->count++] = *o;
	return l->count < STORE_OUTPUTS_MAX;
}

void outputs_list(struct call *call)
{
	static struct list l;
	struct store_output_state state;
	enum err err;

	l.count = 0;
	if (!page_begin(&l.page, call))
		return;
	l.page.limit = UINT32_MAX;
	err = store_output_list(call->api->env.store, keep, &l);
	for (unsigned i = 0; err == ERR_OK && i < l.count && page_room(&l.page); i++) {
		err = store_output_state_get(call->api->env.store, l.outputs[i].name, &state);
		if (err == ERR_OK)
			outputs_put(l.page.j, &l.outputs[i], &state, NULL);
	}
	if (err)
		reply_store(call, err, "output", "");
	else
		page_end(&l.page);
}

/* The output that the path names; false after an answer. */
static bool find(struct call *call, struct store_output *o, struct store_output_state *state)
{
	char name[STORE_NAME_MAX];
	enum err err = str_copy(call->arg, name, sizeof(name)) == ERR_OK ? ERR_OK : ERR_NOT_FOUND;

	if (err == ERR_OK)
		err = store_output_get(call->api->env.store, name, o);
	if (err == ERR_OK)
		err = store_output_state_get(call->api->env.store, name, state);
	if (err == ERR_OK) {
		snprintf(call->detail, sizeof(call->detail), "%s", o->name);
		return true;
	}
	str_show(call->arg, name, sizeof(name));
	reply_store(call, err, "output", name);
	return false;
}

static bool begin(struct call *call, struct store_output *o, struct store_output_state *state)
{
	enum err err = serve_begin(call);

	if (err == ERR_OK)
		return find(call, o, state);
	reply_store(call, err, "output", "");
	return false;
}

void outputs_show(struct call *call)
{
	struct store_output o;
	struct store_output_state state;

	if (find(call, &o, &state))
		outputs_put(reply_json(call, 200), &o, &state, NULL);
}

void outputs_delete(struct call *call)
{
	struct store_output o;
	struct store_output_state state;
	enum err err;

	if (!begin(call, &o, &state))
		return;
	err = store_output_remove(call->api->env.store, o.name);
	if (err)
		reply_store(call, err, "output", o.name);
	else
		reply_nothing(call);
}

static void wake(struct call *call)
{
	call->api->env.output(call->api->env.context);
}

void outputs_wake(struct call *call)
{
	call->committed = wake;
}

void outputs_test(struct call *call)
{
	struct store_output o;
	struct store_output_state state;
	enum err err;

	if (!call->api->env.output) {
		reply_error(call, FAULT_NOT_READY, "This service was built without CONFIG_ALERTS: it tells no output.");
		return;
	}
	if (!begin(call, &o, &state))
		return;
	/* One that is under way is not the one that is asked for now. */
	state.wanted_us = clock_wall_us() > state.wanted_us ? clock_wall_us() : state.wanted_us + 1;
	err = store_output_state_put(call->api->env.store, o.name, &state);
	if (err) {
		reply_store(call, err, "output", o.name);
		return;
	}
	outputs_wake(call);
	outputs_put(reply_json(call, 202), &o, &state, NULL);
}
