/* SPDX-License-Identifier: Apache-2.0 */
/* Adds an output. What it must be is said by alert/letter.h, and where it may be by the service's settings. */
#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/severity.h"
#include "server-stub/alert/letter.h"
#include "server-stub/api/body.h"
#include "server-stub/api/outputs.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"

#include <sodium.h>

#include <stdio.h>
#include <string.h>

#define GATHER_DEFAULT_S 30
#define GATHER_MAX_S 3600
#define AFTER_MAX_S (7 * 86400)
#define SECRET_BYTES 24

static const char members[] = "name kind url secret user from to changes severity groups rules gather_s after_s quiet "
			      "quiet_severity";

static bool wrong(struct call *call, const char *sentence)
{
	reply_error(call, FAULT_INVALID, "%s.", sentence);
	return false;
}

/* The first letter as a sentence has it stays as the member is spelt: "url has to be ...". */
static bool read_texts(struct call *call, json_t *body, struct store_output *o)
{
	const struct body_text texts[] = {
		{"name", o->name, sizeof(o->name), true},
		{"kind", o->kind, sizeof(o->kind), true},
		{"url", o->url, sizeof(o->url), true},
		{"secret", o->secret, sizeof(o->secret), false},
		{"user", o->user, sizeof(o->user), false},
		{"from", o->sender, sizeof(o->sender), false},
		{"to", o->receivers, sizeof(o->receivers), false},
		{"groups", o->groups, sizeof(o->groups), false},
		{"rules", o->rules, sizeof(o->rules), false},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!body_text(call, body, &texts[i]))
			return false;
	return body_plain(call, "An output's", o->name);
}

static bool read_level(struct call *call, json_t *body, const char *name, uint8_t *out)
{
	char text[16];

	if (!body_text(call, body, &(struct body_text){name, text, sizeof(text), false}))
		return false;
	for (unsigned i = SEV_INFO; text[0] && i <= SEV_CRITICAL; i++)
		if (strcmp(severity_name(i), text) == 0) {
			*out = (uint8_t)i;
			return true;
		}
	return !text[0] || wrong(call, "severity and quiet_severity are info, low, medium, high or critical");
}

static bool read_changes(struct call *call, json_t *body, uint8_t *out)
{
	static const struct {
		const char *word;
		uint8_t bit;
	} words[] = {{"opened", CHANGE_OPENED}, {"worse", CHANGE_WORSE}, {"closed", CHANGE_CLOSED}};
	char text[64];
	struct str rest;

	if (!body_text(call, body, &(struct body_text){"changes", text, sizeof(text), false}))
		return false;
	rest = str_from(text);
	if (rest.len > 0)
		*out = 0;
	while (rest.len > 0) {
		struct str word = str_cut(&rest, ' ');
		uint8_t bit = 0;

		for (size_t i = 0; i < 3; i++)
			if (str_equal(word, str_from(words[i].word)))
				bit = words[i].bit;
		if (bit == 0)
			return wrong(call, "changes has the words opened, worse and closed, with one blank between");
		*out |= bit;
	}
	return true;
}

/* "22:00". False: it is none. */
static bool take_minute(struct str *text, uint16_t *out)
{
	uint64_t hour, minute;

	if (str_number(str_sub(*text, 0, 2), 23, &hour) != ERR_OK || text->len < 5 || text->data[2] != ':' ||
	    str_number(str_sub(*text, 3, 2), 59, &minute) != ERR_OK)
		return false;
	*out = (uint16_t)(hour * 60 + minute);
	*text = str_sub(*text, 5, SIZE_MAX);
	return true;
}

static bool read_quiet(struct call *call, json_t *body, struct store_output *o)
{
	char text[16];
	struct str rest;

	o->quiet_severity = SEV_CRITICAL;
	if (!body_text(call, body, &(struct body_text){"quiet", text, sizeof(text), false}) ||
	    !read_level(call, body, "quiet_severity", &o->quiet_severity))
		return false;
	rest = str_from(text);
	if (rest.len == 0)
		return true;
	return (take_minute(&rest, &o->quiet_from) && str_take(&rest, STR("-")) && take_minute(&rest, &o->quiet_to) &&
		rest.len == 0 && o->quiet_from != o->quiet_to) ||
	       wrong(call, "quiet is two times of a day in UTC, as 22:00-06:00");
}

static bool read_numbers(struct call *call, json_t *body, struct store_output *o)
{
	int64_t gather_s = GATHER_DEFAULT_S, after_s = 0;

	if (!body_number(call, body, &(struct body_number){"gather_s", 0, GATHER_MAX_S, &gather_s}) ||
	    !body_number(call, body, &(struct body_number){"after_s", 0, AFTER_MAX_S, &after_s}))
		return false;
	o->gather_s = (uint32_t)gather_s;
	o->after_s = (uint32_t)after_s;
	return true;
}

static bool is_port(const struct api_env *env, uint16_t port)
{
	for (unsigned i = 0; i < env->output_port_count; i++)
		if (env->output_ports[i] == port)
			return true;
	return false;
}

/* A webhook without a secret gets one. */
static bool check(struct call *call, struct store_output *o, char made[SECRET_BYTES * 2 + 1])
{
	uint8_t bytes[SECRET_BYTES];
	uint16_t port = 0;
	const char *what;

	made[0] = '\0';
	if (strcmp(o->kind, "webhook") == 0 && !o->secret[0]) {
		randombytes_buf(bytes, sizeof(bytes));
		sodium_bin2hex(made, SECRET_BYTES * 2 + 1, bytes, sizeof(bytes));
		snprintf(o->secret, sizeof(o->secret), "%s", made);
		key_wipe(bytes, sizeof(bytes));
	}
	what = letter_wrong(o, &port);
	if (what)
		return wrong(call, what);
	if (is_port(&call->api->env, port))
		return true;
	reply_error(call, FAULT_INVALID,
		    "Port %u is not among those to which this service connects: [alerts] ports of "
		    "server.conf names them.",
		    port);
	return false;
}

static bool read_all(struct call *call, struct store_output *o, char made[SECRET_BYTES * 2 + 1])
{
	json_t *body = body_read(call, members);
	bool good;

	if (!body)
		return false;
	good = read_texts(call, body, o) && read_level(call, body, "severity", &o->severity) &&
	       read_changes(call, body, &o->changes) && read_quiet(call, body, o) && read_numbers(call, body, o);
	json_decref(body);
	return good && check(call, o, made);
}

static void add(struct call *call, struct store_output *o, const char *made)
{
	const struct store_output_state state = {.good_us = 0};
	enum err err = serve_begin(call);

	snprintf(o->created_by, sizeof(o->created_by), "%s", call->user.name);
	snprintf(call->detail, sizeof(call->detail), "%s, %s", o->name, o->kind);
	o->created_us = clock_wall_us();
	if (!err)
		err = store_output_add(call->api->env.store, o);
	if (err == ERR_FULL)
		reply_error(call, FAULT_IN_USE, "There are %d outputs, which is the limit; delete one first.",
			    STORE_OUTPUTS_MAX);
	else if (err == ERR_EXISTS)
		reply_error(call, FAULT_ALREADY_USED, "There is an output %s already; delete it first.", o->name);
	else if (err)
		reply_store(call, err, "output", o->name);
	else
		outputs_put(reply_json(call, 201), o, &state, made[0] ? made : NULL);
	outputs_wake(call);
}

void outputs_add(struct call *call)
{
	struct store_output o = {.severity = SEV_MEDIUM, .changes = CHANGE_OPENED | CHANGE_WORSE};
	char made[SECRET_BYTES * 2 + 1];

	if (!call->api->env.output)
		reply_error(call, FAULT_NOT_READY, "This service was built without CONFIG_ALERTS: it tells no output.");
	else if (read_all(call, &o, made))
		add(call, &o, made);
	key_wipe(&o, sizeof(o));
	key_wipe(made, sizeof(made));
}
