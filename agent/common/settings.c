/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of the guard's keys and the values that each takes. It turns text into one struct; settings_files.c reads
 * the files. A key that is not in the table is an error, because a misspelt never_ban must not be ignored.
 */
#include "agent/common/settings.h"

#include "agent/base/now.h"
#include "agent/base/severity.h"
#include "agent/base/users.h"
#include "agent/base/zero.h"
#include "agent/common/message.h"
#include "agent/common/settings_collect.h"
#include "agent/common/settings_decoder.h"
#include "agent/common/settings_firewall.h"
#include "agent/common/settings_format.h"
#include "agent/common/settings_hook.h"
#include "agent/common/settings_pack.h"
#include "agent/common/settings_response.h"
#include "agent/common/settings_steps.h"
#include "agent/common/settings_value.h"
#include "agent/common/settings_watched.h"

#include <stddef.h>
#include <stdio.h>

#define BUDGET_MAX 1000000
#define SPOOL_BYTES_MIN (64u << 10)
#define SPOOL_BYTES_MAX (1u << 30)
#define OBJECTS_BYTES_MAX (1u << 30)
#define OBJECTS_RATE_MIN 1024
#define OBJECTS_RATE_MAX (1u << 30)

/* The lists; `begun` of struct reader remembers which of them a text has assigned, because later values add to it. */
enum list {
	LIST_NONE,
	LIST_FILES,
	LIST_NEVER_BAN,
	LIST_PROTECT,
	LIST_ACCESS,
	LIST_PROXIES,
	LIST_NAT64,
	LIST_DECOYS,
	LIST_WATCHED,
	LIST_BAITS,
	LIST_SUIDS,
	LIST_CERTIFICATES,
	LIST_SHARED,
	LIST_COLLECT,
	LISTS_MAX
};

struct reader {
	struct settings *s;
	bool begun[LISTS_MAX];
	const struct settings_hearer *hearer; /* NULL: the first mistake ends the reading */
	struct settings_decoder_reader decoders;
};

struct key_row {
	const char *section; /* NULL: every [rule.NAME] */
	const char *key;
	enum err (*read)(struct settings_value *v);
	uint16_t offset;	/* in struct settings or settings_rule_row */
	uint16_t size;		/* of the member there */
	uint16_t list;		/* enum list */
	uint16_t second_offset; /* of the list's element count, or of the server's port */
	uint32_t min, max;
};

#define AT(member) offsetof(struct settings, member), sizeof(((struct settings *)0)->member)
#define AT_RULE(member) offsetof(struct settings_rule_row, member), sizeof(((struct settings_rule_row *)0)->member)
#define COUNT(member) offsetof(struct settings, member)

/* clang-format off */
static const struct key_row rows[] = {
	{"guard", "state_dir", settings_value_path, AT(state_dir), 0, 0, 0, 0},
	{"guard", "run_dir", settings_value_path, AT(run_dir), 0, 0, 0, 0},
	{"guard", "user", settings_value_name, AT(user), 0, 0, 0, 0},
	{"guard", "core", settings_value_path, AT(core), 0, 0, 0, 0},
	{"guard", "volatile", settings_value_bool, AT(is_volatile), 0, 0, 0, 0},
	{"guard", "hang_time", settings_value_seconds, AT(hang_s), 0, 0, 3, 3600},
	{"auth", "files", settings_value_files, AT(files), LIST_FILES, COUNT(file_count), 0, 0},
	{"auth", "syslog_socket", settings_value_path_or_none, AT(syslog_socket), 0, 0, 0, 0},
	{"auth", "audit", settings_value_bool, AT(audit), 0, 0, 0, 0},
	{"auth", "journal", settings_value_bool, AT(journal), 0, 0, 0, 0},
	{"auth", "journal_dir", settings_value_path_or_none, AT(journal_dir), 0, 0, 0, 0},
	{"auth", "pam_unix_alone", settings_value_bool, AT(pam_unix_alone), 0, 0, 0, 0},
	IF_ENABLED(CONFIG_ACCESS_LOGS,
		({"access", "format", settings_value_access, AT(access), LIST_ACCESS, COUNT(access_count), 0, 0},))
	IF_ENABLED(CONFIG_ACCESS_LOGS,
		({"access", "trusted_proxies", settings_value_networks, AT(proxies), LIST_PROXIES, COUNT(proxy_count),
		  0, 0},))
	{"process", "enabled", settings_value_bool, AT(process), 0, 0, 0, 0},
	{"process", "source", settings_value_watch, AT(process_source), 0, 0, 0, 0},
	{"process", "audit_rule", settings_value_bool, AT(process_audit_rule), 0, 0, 0, 0},
	{"process", "poll_interval", settings_value_seconds, AT(process_poll_s), 0, 0, 1, 3600},
	{"network", "enabled", settings_value_bool, AT(network), 0, 0, 0, 0},
	{"network", "source", settings_value_network, AT(network_source), 0, 0, 0, 0},
	{"network", "poll_interval", settings_value_seconds, AT(network_poll_s), 0, 0, 1, 3600},
	{"firewall", "enabled", settings_value_bool, AT(firewall), 0, 0, 0, 0},
	{"firewall", "log_group", settings_value_number, AT(firewall_group), 0, 0, 1, UINT16_MAX},
	{"firewall", "rate", settings_value_number, AT(firewall_rate), 0, 0, 1, 1000},
	{"firewall", "decoy", settings_value_ports, AT(decoys), LIST_DECOYS, COUNT(decoy_count), 0, 0},
	{"devices", "enabled", settings_value_bool, AT(devices), 0, 0, 0, 0},
	{"sessions", "enabled", settings_value_bool, AT(sessions), 0, 0, 0, 0},
	{"files", "enabled", settings_value_bool, AT(file_watch), 0, 0, 0, 0},
	{"files", "watch", settings_watched, AT(watched), LIST_WATCHED, COUNT(watched_count), 0, 0},
	{"files", "decoy", settings_baits, AT(baits), LIST_BAITS, COUNT(bait_count), 0, 0},
	{"exposure", "enabled", settings_value_bool, AT(exposure), 0, 0, 0, 0},
	{"exposure", "interval", settings_value_seconds, AT(exposure_interval_s), 0, 0, 60, 30 * 86400},
	{"exposure", "suid", settings_value_files, AT(suids), LIST_SUIDS, COUNT(suid_count), 0, 0},
	{"exposure", "certificates", settings_value_files, AT(certificates), LIST_CERTIFICATES,
	 COUNT(certificate_count), 0, 0},
	{"exposure", "passwords", settings_value_path_or_none, AT(passwords), 0, 0, 0, 0},
	{"exposure", "firmware_days", settings_value_number, AT(firmware_days), 0, 0, 0, 36500},
	{"response", "mode", settings_value_mode, AT(mode), 0, 0, 0, 0},
	{"response", "ban_time", settings_value_seconds, AT(ban_s), 0, 0, 1, 30 * 86400},
	{"response", "ban_time_max", settings_value_seconds, AT(ban_longest_s), 0, 0, 1, 30 * 86400},
	{"response", "ban_prefix6", settings_value_prefix6, AT(ban_prefix6), 0, 0, 0, 0},
	{"response", "ban_neighbours", settings_value_number, AT(ban_neighbours), 0, 0, 0, 256},
	{"response", "ban_neighbours_quiet", settings_value_seconds, AT(neighbours_quiet_s), 0, 0, 1, 366 * 86400},
	{"response", "packet_filter", settings_firewall_filter, AT(packet_filter), 0, 0, 0, 0},
	{"response", "nat64", settings_value_networks, AT(nat64), LIST_NAT64, COUNT(nat64_count), 0, 0},
	{"response", "bans_per_minute", settings_value_number, AT(bans_per_minute), 0, 0, 0, BUDGET_MAX},
	{"response", "limit_rate", settings_value_number, AT(limit_rate), 0, 0, 1, VERB_RATE_MAX},
	{"response", "quiet_hours", settings_response_hours, AT(quiet), 0, 0, 0, 0},
	{"response", "resets_per_hour", settings_value_number, AT(resets_per_hour), 0, 0, 0, BUDGET_MAX},
	{"response", "logouts_per_hour", settings_value_number, AT(logouts_per_hour), 0, 0, 0, BUDGET_MAX},
	{"response", "locks_per_hour", settings_value_number, AT(locks_per_hour), 0, 0, 0, BUDGET_MAX},
	{"response", "confirm_time", settings_value_seconds, AT(confirm_s), 0, 0, 5, 3600},
	{"response", "trust_logs", settings_value_bool, AT(trust_logs), 0, 0, 0, 0},
	{"response", "never_ban", settings_value_never_ban, AT(never_ban), LIST_NEVER_BAN, COUNT(never_ban_count), 0,
	 0},
	{"response", "protect", settings_value_accounts, AT(protect), LIST_PROTECT, COUNT(protect_count), 0, 0},
	{NULL, "enabled", settings_value_bool, AT_RULE(enabled), 0, 0, 0, 0},
	{NULL, "count", settings_value_number, AT_RULE(count), 0, 0, 1, 10000},
	{NULL, "window", settings_value_window, AT_RULE(window_us), 0, 0, 0, 0},
	{NULL, "steps", settings_value_steps, AT_RULE(steps), 0, 0, 0, 0},
	{NULL, "ban_time", settings_value_seconds, AT_RULE(ban_s), 0, 0, 0, 30 * 86400},
	IF_ENABLED(CONFIG_PLAYBOOKS, ({NULL, "witness", settings_value_bool, AT_RULE(witness), 0, 0, 0, 0},))
	IF_ENABLED(CONFIG_RULES_SIGMA, ({"rules", "enabled", settings_value_bool, AT(pack), 0, 0, 0, 0},))
	IF_ENABLED(CONFIG_RULES_SIGMA, ({"rules", "pack", settings_value_path_or_none, AT(pack_file), 0, 0, 0, 0},))
	IF_ENABLED(CONFIG_RULES_SIGMA, ({"rules", "level", settings_pack_level, AT(rules_level), 0, 0, 0, 0},))
	{"server", "address", settings_value_server, AT(server_host), 0, COUNT(server_port), 0, 0},
	{"spool", "size", settings_value_bytes, AT(spool_bytes_max), 0, 0, SPOOL_BYTES_MIN, SPOOL_BYTES_MAX},
	{"objects", "size", settings_value_bytes, AT(objects_bytes_max), 0, 0, 0, OBJECTS_BYTES_MAX},
	{"objects", "tuning", settings_value_bool, AT(tuning), 0, 0, 0, 0},
	{"objects", "rate", settings_value_bytes, AT(objects_rate), 0, 0, OBJECTS_RATE_MIN, OBJECTS_RATE_MAX},
	{"collect", "size", settings_value_bytes, AT(collect_bytes_max), 0, 0, COLLECT_BYTES_MIN,
	 COLLECT_BYTES_MAX},
	{"collect", "files", settings_value_files, AT(collect), LIST_COLLECT, COUNT(collect_count), 0, 0},
	{"accounts", "shadow", settings_value_path, AT(shadow), 0, 0, 0, 0},
	{"accounts", "shared", settings_value_accounts, AT(shared), LIST_SHARED, COUNT(shared_count), 0, 0},
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const char *const rule_names[RULES_MAX] = {
	[RULE_BRUTE_FORCE] = "brute_force", [RULE_ENUMERATION] = "enumeration", [RULE_SPRAYING] = "spraying",
	[RULE_PROBING] = "probing",	    [RULE_SCANNING] = "scanning",	[RULE_FLOODING] = "flooding",
	[RULE_BREACH] = "breach",	    [RULE_PORT_SCAN] = "port_scan",	[RULE_MANY_SCANS] = "many_scans",
	[RULE_DECOY_TOUCH] = "decoy_touch",
};

const char *settings_mode_name(const struct settings *s)
{
	return s->mode == MODE_ENFORCE ? "enforce" : "observe";
}

const char *settings_rule_name(enum settings_rule rule)
{
	return rule_names[rule];
}

/* The place of the rule of that name; RULES_MAX: there is none. */
static unsigned place_of(struct str name)
{
	unsigned i = 0;

	while (i < RULES_MAX && !str_equal(name, str_from(rule_names[i])))
		i++;
	return i;
}

const struct settings_rule_row *settings_rule_find(const struct settings *s, struct str name)
{
	unsigned place = place_of(name);

	return place < RULES_MAX ? &s->rules[place] : settings_pack_find(s, name);
}

static void copy(char *target, size_t size, const char *text)
{
	str_show(str_from(text), target, size);
}

static void default_rules(struct settings *s)
{
	for (unsigned i = 0; i < RULES_MAX; i++)
		s->rules[i] = (struct settings_rule_row){.enabled = true, .count = 5, .window_us = 10 * MINUTE_US};
	/*
	 * A step that can lock an operator out needs a setting, so the default answer to a breach is a ban, not a
	 * reset.
	 */
	for (unsigned i = 0; i < RULES_MAX && IS_ENABLED(CONFIG_ACTION_BAN); i++)
		s->rules[i].steps[0] = VERB_BAN;
	s->rules[RULE_PROBING].count = 10;
	/*
	 * Monitors connect and go away, once a minute to once a second, and ssh-keyscan makes five connections a host.
	 * So looking alone is told of, and banned only from a rate that neither has: thirty within ten seconds.
	 */
	s->rules[RULE_SCANNING].count = 10;
	s->rules[RULE_SCANNING].steps[0] = VERB_NONE;
	s->rules[RULE_FLOODING].count = 30;
	s->rules[RULE_FLOODING].window_us = 10 * SECOND_US;
	s->rules[RULE_BREACH].count = 3;
	/*
	 * The ban is not longer than those of other rules: three typing errors and a success look like a breach, too.
	 */
	s->rules[RULE_BREACH].window_us = HOUR_US;
	/*
	 * A client that looks for printers and shares tries some ten ports. Who sent a packet is not proven, so nobody
	 * is banned for a scan; a connection to a decoy is, and nobody makes it by mistake.
	 */
	s->rules[RULE_PORT_SCAN].count = 15;
	s->rules[RULE_PORT_SCAN].steps[0] = s->rules[RULE_MANY_SCANS].steps[0] = VERB_NONE;
	s->rules[RULE_MANY_SCANS].count = 1;
	s->rules[RULE_DECOY_TOUCH].count = 1;
}

void settings_default(struct settings *s)
{
	zero_fill(s, sizeof(*s));
	copy(s->state_dir, sizeof(s->state_dir), "/var/lib/caltrop");
	copy(s->run_dir, sizeof(s->run_dir), "/run/caltrop");
	copy(s->user, sizeof(s->user), USERS_GUARD);
	copy(s->files[0], sizeof(s->files[0]), "/var/log/auth.log");
	copy(s->shadow, sizeof(s->shadow), "/etc/shadow");
	s->file_count = 1;
	s->look = true;
	s->hang_s = 180;
	s->process_poll_s = 5;
	s->network_poll_s = 5;
	s->firewall_group = 4848;
	s->firewall_rate = 50;
	copy(s->watched[0], sizeof(s->watched[0]), SETTINGS_WATCHED_USUAL);
	s->watched_count = 1;
	s->exposure_interval_s = 86400;
	s->firmware_days = 365;
	s->mode = MODE_ENFORCE;
	s->ban_s = 600;
	s->ban_longest_s = 86400;
	s->ban_prefix6 = 64;
	s->neighbours_quiet_s = 30 * 86400;
	s->packet_filter = IS_ENABLED(CONFIG_FIREWALL_NFTABLES) ? FILTER_NF_TABLES : FILTER_IPTABLES;
	s->bans_per_minute = 1200;
	s->limit_rate = 20;
	s->resets_per_hour = 10;
	s->logouts_per_hour = 10;
	s->locks_per_hour = 10;
	s->confirm_s = 60;
	copy(s->protect[0], sizeof(s->protect[0]), "root");
	s->protect_count = 1;
	copy(s->shared[0], sizeof(s->shared[0]), "root");
	copy(s->shared[1], sizeof(s->shared[1]), "admin");
	s->shared_count = 2;
	s->server_port = 8443;
	s->spool_bytes_max = 4u << 20;
	s->objects_bytes_max = CONFIG_OBJECTS_BYTES;
	s->objects_rate = 256u << 10;
	s->tuning = true;
	settings_collect_default(s);
	default_rules(s);
	s->pack = IS_ENABLED(CONFIG_RULES_SIGMA);
	s->rules_level = SEV_LOW;
}

static void wrong(struct ini_error *error, struct str section, struct str key, const char *text)
{
	snprintf(error->text, sizeof(error->text), "[%.*s] %.*s: %s", (int)(section.len < 40 ? section.len : 40),
		 section.data, (int)(key.len < 40 ? key.len : 40), key.data, text);
}

/* The row of the rule of a section "rule.NAME"; NULL: the section is another one, or there is no room for its rule. */
static struct settings_rule_row *section_rule(struct settings *s, struct str section)
{
	if (!str_take(&section, STR("rule.")))
		return NULL;
	unsigned place = place_of(section);

	return place < RULES_MAX ? &s->rules[place] : settings_pack_add(s, section);
}

static bool section_known(struct str section)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].section && str_equal(section, str_from(rows[i].section)))
			return true;
	return false;
}

/* A rule of a pack has its count and its window in the pack. */
static bool is_the_packs(const struct settings *s, const struct settings_rule_row *rule, const struct key_row *key)
{
	return (rule < s->rules || rule >= s->rules + RULES_MAX) && !key->section &&
	       (key->offset == offsetof(struct settings_rule_row, count) ||
		key->offset == offsetof(struct settings_rule_row, window_us));
}

static const struct key_row *find_row(struct str section, struct str key, bool rule)
{
	for (size_t i = 0; i < ROWS; i++)
		if (str_equal(key, str_from(rows[i].key)) &&
		    (rows[i].section ? str_equal(section, str_from(rows[i].section)) : rule))
			return &rows[i];
	return NULL;
}

/* Whether the key says where log lines come from, so that nothing is looked for. */
static bool names_source(struct str section, struct str key)
{
	static const char *const keys[] = {"files", "journal", "syslog_socket", "audit"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (str_equal(section, STR("auth")) && str_equal(key, str_from(keys[i])))
			return true;
	return false;
}

/* Whether this is the text's first assignment of a list, which replaces the list. */
static bool begins_list(struct reader *r, const struct key_row *row)
{
	bool begins = row->list != LIST_NONE && !r->begun[row->list];

	r->begun[row->list] = true;
	return begins;
}

/* The names in never_ban are a second list, which begins and grows with that of its addresses. */
static void begin_list(struct settings *s, const struct key_row *row, const struct settings_value *v)
{
	*(unsigned *)v->second = 0;
	if (row->list != LIST_NEVER_BAN)
		return;
	s->never_ban_name_count = 0;
	zero_fill(s->never_ban_names, sizeof(s->never_ban_names));
}

static enum err read_key(void *context, struct str section, struct str key, struct str value, struct ini_error *error)
{
	struct reader *r = context;
	struct settings_rule_row *rule = section_rule(r->s, section);
	const struct key_row *row = find_row(section, key, rule != NULL);
	struct settings_value v = {.text = value};
	struct str name = section;
	enum err err;

	if (str_take(&name, STR("decoder ")))
		return settings_decoder_read(&r->decoders, r->s,
					     &(struct settings_decoder_key){str_trim(name), key, value}, error);
	if (str_take(&name, STR("file ")))
		return settings_format_read(r->s, str_trim(name), &(struct ini_pair){key, value}, error);
	if (settings_hook_is(section))
		return settings_hook_read(r->s, section, &(struct ini_pair){key, value}, error);
	if (!row || (rule && is_the_packs(r->s, rule, row))) {
		wrong(error, section, key,
		      rule || section_known(section)	  ? "there is no such key"
		      : settings_pack_full(r->s, section) ? "there are too many sections of rules"
							  : "there is no such section");
		return ERR_INVALID;
	}
	v.target = (row->section ? (char *)r->s : (char *)rule) + row->offset;
	v.size = row->size;
	v.second = row->second_offset ? (char *)r->s + row->second_offset : NULL;
	v.names = r->s->never_ban_names;
	v.name_count = &r->s->never_ban_name_count;
	v.min = row->min;
	v.max = row->max;
	if (names_source(section, key))
		r->s->look = false;
	if (begins_list(r, row))
		begin_list(r->s, row, &v);
	err = row->read(&v);
	if (err != ERR_OK)
		wrong(error, section, key, v.why);
	/* Whoever names the journal wants no file that he did not name. */
	if (v.target == (char *)&r->s->journal && r->s->journal && !r->begun[LIST_FILES])
		r->s->file_count = 0;
	return err;
}

static void tell(void *context, const struct ini_error *error)
{
	const struct reader *r = context;

	r->hearer->mistake(r->hearer->context, error);
}

/* What is found out of everything at once: the first mistake, or with a hearer each of them. */
struct findings {
	const struct settings_hearer *hearer;
	struct ini_error *error; /* the first one */
	enum err first;
};

static bool goes_on(const struct findings *f)
{
	return f->first == ERR_OK || f->hearer;
}

static void find(struct findings *f, enum err err, const struct ini_error *error)
{
	if (err == ERR_OK)
		return;
	if (f->first == ERR_OK) {
		f->first = err;
		*f->error = *error;
	}
	if (f->hearer)
		f->hearer->mistake(f->hearer->context, error);
}

enum err settings_read_all(struct settings *s, struct str text, const struct settings_hearer *hearer,
			   struct ini_error *error)
{
	struct reader r = {.s = s, .hearer = hearer};
	const struct ini_hearer keys = {read_key, hearer ? tell : NULL, &r};
	struct findings f = {hearer, error, ini_read_all(text, &keys, error)};

	for (unsigned i = 0; i < s->decoder_count && goes_on(&f); i++) {
		struct ini_error now = {0};

		find(&f, settings_decoder_check(&r.decoders, s, i, &now), &now);
	}
	settings_decoder_drop(&r.decoders, s);
	return f.first;
}

enum err settings_read(struct settings *s, struct str text, struct ini_error *error)
{
	return settings_read_all(s, text, NULL, error);
}

/* A declared format must be of a file that is read. */
static enum err check_access(const struct settings *s, unsigned row, struct ini_error *error)
{
	if (settings_format_file(s, str_from(s->access[row].file)) < s->file_count)
		return ERR_OK;
	snprintf(error->text, sizeof(error->text), "[access] format: '%.60s' is not one of [auth] files",
		 s->access[row].file);
	return ERR_INVALID;
}

static enum err check_sources(const struct settings *s, struct ini_error *error)
{
	if (s->file_count > 0 || (IS_ENABLED(CONFIG_SOURCE_SYSLOG) && s->syslog_socket[0] != '\0') ||
	    (IS_ENABLED(CONFIG_SOURCE_AUDIT) && s->audit) || (IS_ENABLED(CONFIG_SOURCE_JOURNAL) && s->journal))
		return ERR_OK;
	snprintf(error->text, sizeof(error->text),
		 "[auth] names no source: set files, journal, syslog_socket or audit");
	return ERR_INVALID;
}

enum err settings_check_all(const struct settings *s, const struct settings_hearer *hearer, struct ini_error *error)
{
	struct findings f = {hearer, error, ERR_OK};
	struct ini_error now = {0};

	*error = now;
	for (unsigned i = 0; i < RULES_MAX && goes_on(&f); i++)
		if (s->rules[i].enabled) {
			find(&f, settings_steps_check(&s->rules[i], rule_names[i], &now), &now);
			find(&f, settings_firewall_check(s, (enum settings_rule)i, &now), &now);
		}
	for (unsigned i = 0; i < s->pack_rule_count && goes_on(&f); i++)
		if (s->pack_rules[i].row.enabled)
			find(&f, settings_steps_check(&s->pack_rules[i].row, s->pack_rules[i].id, &now), &now);
	if (goes_on(&f))
		find(&f, settings_response_check(s, &now), &now);
	if (goes_on(&f))
		find(&f, settings_watched_check(s, &now), &now);
	if (hearer && hearer->partial)
		return f.first;
	for (unsigned i = 0; i < s->declared_count && goes_on(&f); i++)
		find(&f, settings_format_check(s, i, &now), &now);
	for (unsigned i = 0; i < s->access_count && goes_on(&f); i++)
		find(&f, check_access(s, i, &now), &now);
	if (goes_on(&f))
		find(&f, check_sources(s, &now), &now);
	if (goes_on(&f))
		find(&f, settings_hook_check(s, &now), &now);
	return f.first;
}

enum err settings_check(const struct settings *s, struct ini_error *error)
{
	return settings_check_all(s, NULL, error);
}
