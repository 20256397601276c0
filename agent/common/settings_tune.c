/* SPDX-License-Identifier: Apache-2.0 */
/* Judges what a service may change, before and after settings.c has read it. Reads no file. */
#include "agent/common/settings_tune.h"

#include "proto/tuning.h"

#include <stdio.h>
#include <string.h>

static enum err check_key(void *context, struct str section, struct str key, struct str value, struct ini_error *error)
{
	(void)context;
	(void)value;
	if (tuning_key(section, key))
		return ERR_OK;
	snprintf(error->text, sizeof(error->text), "[%.*s] %.*s: a service may not set this",
		 (int)(section.len < 40 ? section.len : 40), section.data, (int)(key.len < 40 ? key.len : 40),
		 key.data);
	return ERR_DENIED;
}

static enum err full(struct ini_error *error)
{
	snprintf(error->text, sizeof(error->text),
		 "[response] never_ban: with the device's own these are more than %d networks or %d names",
		 SETTINGS_NEVER_BAN_MAX, SETTINGS_NEVER_BAN_NAMES_MAX);
	return ERR_FULL;
}

static bool has_net(const struct settings *s, const struct addr *a)
{
	for (unsigned i = 0; i < s->never_ban_count; i++)
		if (addr_equal(&s->never_ban[i], a))
			return true;
	return false;
}

static bool has_name(const struct settings *s, const char *name)
{
	for (unsigned i = 0; i < s->never_ban_name_count; i++)
		if (strcmp(s->never_ban_names[i], name) == 0)
			return true;
	return false;
}

/* What the device never bans, it never bans. */
static enum err keep_never_ban(struct settings *s, const struct settings *own, struct ini_error *error)
{
	for (unsigned i = 0; i < own->never_ban_count; i++) {
		if (has_net(s, &own->never_ban[i]))
			continue;
		if (s->never_ban_count == SETTINGS_NEVER_BAN_MAX)
			return full(error);
		s->never_ban[s->never_ban_count++] = own->never_ban[i];
	}
	for (unsigned i = 0; i < own->never_ban_name_count; i++) {
		if (has_name(s, own->never_ban_names[i]))
			continue;
		if (s->never_ban_name_count == SETTINGS_NEVER_BAN_NAMES_MAX)
			return full(error);
		memcpy(s->never_ban_names[s->never_ban_name_count++], own->never_ban_names[i], SETTINGS_HOST_MAX);
	}
	return ERR_OK;
}

static bool is_harsh(const struct settings_rule_row *row)
{
	for (unsigned i = 0; i < SETTINGS_STEPS_MAX && row->steps[i] != VERB_NONE; i++)
		if (row->steps[i] != VERB_BAN && row->steps[i] != VERB_LIMIT)
			return true;
	return false;
}

/* Switching such a rule off, and the time of its bans, are the service's to say. */
static enum err check_rule(const struct settings_rule_row *is, const struct settings_rule_row *was, const char *name,
			   struct ini_error *error)
{
	bool changed = (is->enabled && !was->enabled) || is->count != was->count || is->window_us != was->window_us;

	if (!changed || !is_harsh(was))
		return ERR_OK;
	snprintf(error->text, sizeof(error->text),
		 "[rule.%s] enabled: a rule of this device that does more than ban is only switched off from afar",
		 name);
	return ERR_DENIED;
}

static enum err check_rules(const struct settings *s, const struct settings *own, struct ini_error *error)
{
	enum err err = ERR_OK;

	for (unsigned i = 0; i < RULES_MAX && err == ERR_OK; i++)
		err = check_rule(&s->rules[i], &own->rules[i], settings_rule_name((enum settings_rule)i), error);
	/* Sections are only added, so those of the device have their places. */
	for (unsigned i = 0; i < own->pack_rule_count && err == ERR_OK; i++)
		err = check_rule(&s->pack_rules[i].row, &own->pack_rules[i].row, own->pack_rules[i].id, error);
	return err;
}

enum err settings_tune(struct settings *s, const struct settings *own, struct str text, struct ini_error *error)
{
	enum err err = ini_read(text, check_key, NULL, error);

	if (err == ERR_OK)
		err = settings_read(s, text, error);
	if (err != ERR_OK)
		return err;
	*error = (struct ini_error){0};
	err = keep_never_ban(s, own, error);
	if (err == ERR_OK)
		err = check_rules(s, own, error);
	return err == ERR_OK ? settings_check(s, error) : err;
}
