/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers the local command line: a request is a line of words, an answer is rows (base/rows.h). A long answer is made
 * piece by piece, when it is taken. Every user who can open the socket may ask; only root may change something.
 */
#include "agent/core/core_parts.h"

#include "agent/base/rows.h"
#include "agent/common/receipt.h"

#include <string.h>

/* Write rows from number r->row on. True: there are no more. */
typedef bool (*rows_of)(struct core *c, struct core_reply *r, struct buf *b);

static void end_row(struct buf *b, bool ok, enum err code, const char *text)
{
	rows_begin(b, ok ? "ok" : "error");
	rows_text(b, "code", str_from(err_name(code)));
	rows_text(b, "text", str_from(text));
	rows_end(b);
}

static void refuse(struct core *c, uint64_t token, enum err code, const char *text)
{
	struct buf b = effects_begin(&c->effects);

	end_row(&b, false, code, text);
	effects_end(&c->effects, &b, &(struct effect){.kind = EFFECT_REPLY, .token = token});
}

/* What the guard reads, as the settings or the machine say. */
static void put_sources(const struct core *c, struct buf *b)
{
	const struct settings *s = c->settings;
	char memory[SETTINGS_FILES_MAX * SETTINGS_PATH_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	for (unsigned i = 0; i < s->file_count; i++)
		buf_printf(&text, " %s", s->files[i]);
	buf_text(&text, s->journal ? " journal" : "");
	buf_printf(&text, "%s%s", s->syslog_socket[0] ? " " : "", s->syslog_socket);
	buf_text(&text, s->audit ? " audit" : "");
	rows_text(b, "sources", str_trim(buf_str(&text)));
}

static bool status(struct core *c, struct core_reply *r, struct buf *b)
{
	(void)r;
	rows_begin(b, "status");
	rows_text(b, "version", STR(CALTROP_VERSION));
	rows_text(b, "mode", str_from(settings_mode_name(c->settings)));
	if (IS_ENABLED(CONFIG_ACTION_BAN))
		rows_text(b, "packet_filter", str_from(settings_filter_name(c->settings)));
	rows_text(b, "server", str_from(c->settings->server_host));
	put_sources(c, b);
	rows_bool(b, "linked", c->health.linked);
	rows_int(b, "up_s", (c->now.mono_us - c->start_us) / SECOND_US);
	rows_int(b, "lines", (int64_t)c->lines);
	rows_int(b, "events", (int64_t)c->events);
	rows_int(b, "attempts", (int64_t)c->attempts.counted);
	rows_int(b, "incidents", c->incidents.open);
	rows_int(b, "bans", c->response.bans.table.count);
	rows_end(b);
	return true;
}

static bool bans(struct core *c, struct core_reply *r, struct buf *b)
{
	uint32_t row = 0;

	for (const struct ban *ban = lru_oldest(&c->response.bans.table); ban;
	     ban = lru_newer(&c->response.bans.table, ban), row++) {
		if (row < r->row || ban->expires_us <= c->now.mono_us)
			continue;
		if (b->len > CORE_PIECE_BYTES) {
			r->row = row;
			return false;
		}
		core_ban_row(c, ban, b);
	}
	return true;
}

static bool counters(struct core *c, struct core_reply *r, struct buf *b)
{
	struct record_health health;

	(void)r;
	health.counter_count = core_counters(c, &health);
	for (unsigned i = 0; i < health.counter_count; i++) {
		rows_begin(b, "counter");
		rows_text(b, "name", str_from(health.counters[i].name));
		rows_int(b, "value", (int64_t)health.counters[i].value);
		rows_end(b);
	}
	return true;
}

static bool health(struct core *c, struct core_reply *r, struct buf *b)
{
	const char *problems[RECORD_PROBLEMS_MAX];
	char texts[RECORD_PROBLEMS_MAX * 128];
	struct buf text = buf_over(texts, sizeof(texts));
	unsigned count = core_problems(c, &text, problems);

	rows_begin(b, "health");
	rows_bool(b, "well", count == 0);
	rows_end(b);
	for (unsigned i = 0; i < count; i++) {
		rows_begin(b, "problem");
		rows_text(b, "text", str_from(problems[i]));
		rows_end(b);
	}
	core_stack_rows(c, b);
	return counters(c, r, b);
}

static bool in_force(struct core *c, struct core_reply *r, struct buf *b)
{
	(void)r;
	core_force_rows(c, b);
	return true;
}

static bool table(struct core *c, struct core_reply *r, struct buf *b)
{
	return core_table_rows(c, r->table, &r->row, b);
}

/* clang-format off */
static const struct request {
	const char *name;
	rows_of rows;
} requests[] = {
	{"status", status},
	{"bans", bans},
	{"incidents", core_incident_rows},
	{"health", health},
	{"counters", counters},
	{"effects", in_force},
	{"table", table},
	IF_ENABLED(CONFIG_RULES_SIGMA, ({"rules", core_pack_rows},))
	IF_ENABLED(CONFIG_LOCAL_EXPLAIN, ({"explain", core_explain_rows},))
};
#define PACK_REQUEST IF_ENABLED(CONFIG_RULES_SIGMA, (", rules"))
#define RESTORE_REQUEST IF_ENABLED(CONFIG_ACTION_QUARANTINE, (", restore PATH"))
#define EXPLAIN_REQUEST IF_ENABLED(CONFIG_LOCAL_EXPLAIN, (", explain ADDRESS"))
/* clang-format on */

#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

/* Ask for a verb in root's name. */
static void ask(struct core *c, const struct input *input, const struct verb_args *args)
{
	if (response_local(&c->response, args, input->token, c->now) != ERR_OK)
		refuse(c, input->token, ERR_FULL, "too many requests wait for an answer");
}

/* Handle "unban ADDRESS". The ban may be that of the network which the address is in. */
static void unban(struct core *c, const struct input *input, struct str argument)
{
	struct addr addr;

	if (addr_parse_prefix(str_trim(argument), &addr) != ERR_OK) {
		refuse(c, input->token, ERR_INVALID, "unban takes an address or a network: unban 192.0.2.1");
		return;
	}
	if (!ban_find(&c->response.bans, &addr, c->now)) {
		struct addr net = near_net(&c->rules.near, &addr);

		if (ban_find(&c->response.bans, &net, c->now))
			addr = net;
	}
	rule_forget(&c->rules, rule_group(&c->rules, &addr, STR_NONE));
	if (response_unban(&c->response, &addr, input->token, c->now) != ERR_OK)
		refuse(c, input->token, ERR_FULL, "too many requests wait for an answer");
	core_touch(c, CORE_SOON);
}

/* Handle "maintenance MINUTES"; 0: it is over. */
static void maintenance(struct core *c, const struct input *input, struct str argument)
{
	struct verb_args args = {.verb = VERB_MAINTAIN};
	uint64_t minutes;

	if (str_number(str_trim(argument), VERB_DURATION_MAX_S / 60, &minutes) != ERR_OK) {
		refuse(c, input->token, ERR_INVALID, "maintenance takes minutes, 0 to end it: maintenance 30");
		return;
	}
	args.verb = minutes ? VERB_MAINTAIN : VERB_CONCLUDE;
	args.duration_s = (uint32_t)minutes * 60;
	ask(c, input, &args);
}

/* Handle "restore PATH". */
static void restore(struct core *c, const struct input *input, struct str argument)
{
	struct verb_args args = {.verb = VERB_RESTORE};
	char why[VERB_WHY_MAX] = "restore takes the path of a file in quarantine: restore /var/tmp/x";

	if (verb_arg_set(&args, verb_param(VERB_PATH), str_trim(argument), why) != ERR_OK ||
	    verb_args_check(&args, why) != ERR_OK) {
		refuse(c, input->token, ERR_INVALID, why);
		return;
	}
	ask(c, input, &args);
}

/* Handle "policy": what root wants of it lies where only the actor and root can write. */
static void policy(struct core *c, const struct input *input, struct str argument)
{
	(void)argument;
	ask(c, input, &(struct verb_args){.verb = VERB_POLICY});
}

/* Handle "credential ACCOUNT": what its password is to be lies there, too. */
static void credential(struct core *c, const struct input *input, struct str argument)
{
	struct verb_args args = {.verb = VERB_RESET};
	char why[VERB_WHY_MAX] = "credential takes the name of an account: credential alice";

	if (verb_arg_set(&args, verb_param(VERB_ACCOUNT), str_trim(argument), why) != ERR_OK ||
	    verb_args_check(&args, why) != ERR_OK) {
		refuse(c, input->token, ERR_INVALID, why);
		return;
	}
	ask(c, input, &args);
}

/* What changes something. NULL: this build cannot. */
static const struct command {
	const char *name, *denied; /* to whoever is not root */
	void (*run)(struct core *c, const struct input *input, struct str argument);
} commands[] = {
	{"unban", "only root may lift a ban", unban},
	{"maintenance", "only root may begin or end a maintenance", maintenance},
	{"restore", "only root may put a file back", IS_ENABLED(CONFIG_ACTION_QUARANTINE) ? restore : NULL},
	{"policy", "only root may change the packet-filter policy", IS_ENABLED(CONFIG_ACTION_POLICY) ? policy : NULL},
	{"credential", "only root may set a password", IS_ENABLED(CONFIG_ACTION_RESET) ? credential : NULL},
};

/* False: the word is none of them. */
static bool command(struct core *c, const struct input *input, struct str word, struct str argument)
{
	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!commands[i].run || !str_equal(word, str_from(commands[i].name)))
			continue;
		if (input->root)
			commands[i].run(c, input, argument);
		else
			refuse(c, input->token, ERR_DENIED, commands[i].denied);
		return true;
	}
	return false;
}

void core_answer_local(struct core *c, uint64_t token, const struct actor_receipt *receipt)
{
	if (!receipt) {
		refuse(c, token, ERR_TIMEOUT, "caltropd has not answered");
		return;
	}
	struct buf b = effects_begin(&c->effects);
	bool ok = receipt->result == RECEIPT_DONE || receipt->result == RECEIPT_ALREADY;
	char addr[ADDR_TEXT_MAX], text[MESSAGE_TEXT_MAX + 1];

	str_show((struct str){receipt->text, strnlen(receipt->text, MESSAGE_TEXT_MAX)}, text, sizeof(text));
	rows_begin(&b, "receipt");
	rows_text(&b, "verb", str_from(verb_name(receipt->args.verb)));
	if (verb_takes(receipt->args.verb, VERB_ADDR))
		rows_text(&b, "addr", str_from(addr_text(&receipt->args.addr, addr)));
	rows_text(&b, "result", str_from(receipt_result_name(receipt->result)));
	rows_bool(&b, "verified", receipt->verified);
	rows_end(&b);
	end_row(&b, ok, ok ? ERR_OK : receipt->err, text);
	effects_end(&c->effects, &b, &(struct effect){.kind = EFFECT_REPLY, .token = token, .held = true});
	/* From an older state, a core that crashed would ask again for the ban that root was told is lifted. */
	c->save_us = c->now.mono_us;
}

/* Find the table that is asked for. False: there is none of that name, or nothing fills it; the request was refused. */
static bool find_table(struct core *c, uint64_t token, struct str name, uint8_t *number)
{
	char memory[256];
	struct buf b = buf_over(memory, sizeof(memory) - 1);
	const char *off = NULL;

	if (core_table_find(str_trim(name), number)) {
		off = core_table_off(c, *number);
		if (off)
			refuse(c, token, ERR_NOT_FOUND, off);
		return !off;
	}
	buf_text(&b, "this guard's tables are: ");
	core_table_names(&b);
	memory[b.len] = '\0';
	refuse(c, token, ERR_INVALID, memory);
	return false;
}

/* Read what the request is about into `r`. False: it makes no sense; the request was refused. */
static bool read_argument(struct core *c, struct str word, struct str line, struct core_reply *r)
{
	const char *why;

	line = str_trim(line);
	if (str_equal(word, STR("table")))
		return find_table(c, r->token, line, &r->table);
	if (str_equal(word, STR("incidents")) && line.len) {
		why = core_incident_named(c, line, r->incident);
		r->of_one = true;
		if (why)
			refuse(c, r->token, ERR_NOT_FOUND, why);
		return !why;
	}
	if (IS_ENABLED(CONFIG_LOCAL_EXPLAIN) && str_equal(word, STR("explain")) &&
	    addr_parse(line, &r->addr) != ERR_OK) {
		refuse(c, r->token, ERR_INVALID, "explain takes an address: explain 192.0.2.1");
		return false;
	}
	return true;
}

void core_control(struct core *c, const struct input *input)
{
	struct str line = str_trim(input->bytes);
	struct str word = str_cut(&line, ' ');
	struct core_reply reply = {.token = input->token};

	if (command(c, input, word, line) || !read_argument(c, word, line, &reply))
		return;
	for (uint8_t i = 0; i < REQUESTS; i++) {
		if (!str_equal(word, str_from(requests[i].name)))
			continue;
		for (unsigned n = 0; n < CORE_REPLIES_MAX; n++) {
			if (c->replies[n].token)
				continue;
			reply.kind = i;
			c->replies[n] = reply;
			return;
		}
		refuse(c, input->token, ERR_FULL, "too many requests wait for an answer");
		return;
	}
	refuse(c, input->token, ERR_INVALID,
	       "a request is status, bans, effects, incidents, incidents ID, health, counters" PACK_REQUEST
	       ", table NAME" EXPLAIN_REQUEST ", maintenance MINUTES" RESTORE_REQUEST " or unban ADDRESS");
}

bool core_reply_piece(struct core *c)
{
	for (unsigned n = 0; n < CORE_REPLIES_MAX; n++) {
		struct core_reply *r = &c->replies[n];
		uint64_t token = r->token;

		if (token == 0)
			continue;
		struct buf b = effects_begin(&c->effects);
		bool done = requests[r->kind].rows(c, r, &b);

		if (done) {
			end_row(&b, true, ERR_OK, "");
			r->token = 0;
		}
		effects_end(&c->effects, &b, &(struct effect){.kind = EFFECT_REPLY, .token = token, .more = !done});
		return true;
	}
	return false;
}
