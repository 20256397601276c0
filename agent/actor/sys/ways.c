/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges accounts by the texts of passwd(5), shadow(5), group(5) and sudoers(5): first the grants, then each account
 * against them. Pure, and linear in the accounts but for WAYS_LOOKUPS_MAX looks into shadow.
 */
#include "agent/actor/sys/ways.h"

#include "agent/actor/sys/shadow.h"

/* A row of sudoers(5) that allows everything, or a group that usually may. */
struct grant {
	struct str name; /* of a user or group */
	bool is_group;
	bool free;	    /* without a password */
	struct str members; /* of the group, with commas */
	struct str gid;
};

struct judging {
	const struct ways *w;
	struct str account, home; /* of the one to be locked */
	struct grant grants[WAYS_GRANTS_MAX];
	unsigned grant_count;
	bool unsure;   /* sudoers may allow the account more than was understood */
	bool doubtful; /* sudoers takes back or asks for another's password: what it grants is not sure */
	unsigned lookups;
};

enum power { POWER_NONE, POWER_PASSWORD, POWER_FREE };

static struct str cut_word(struct str *rest)
{
	struct str word = str_trim(*rest);
	size_t len = 0;

	while (len < word.len && word.data[len] != ' ' && word.data[len] != '\t')
		len++;
	*rest = str_sub(word, len, SIZE_MAX);
	return str_sub(word, 0, len);
}

static void add_group(struct judging *j, struct grant *g)
{
	char name[64];
	struct str line = STR_NONE;

	if (str_copy(g->name, name, sizeof(name)) == ERR_OK)
		line = shadow_line(j->w->group, name);
	if (!line.data)
		return;
	g->gid = shadow_field(line, 2);
	g->members = shadow_field(line, 3);
	j->grants[j->grant_count++] = *g;
}

static void add_grant(struct judging *j, struct str who, bool free)
{
	struct grant g = {.name = who, .free = free};

	if (j->grant_count == WAYS_GRANTS_MAX) {
		j->unsure = true;
		return;
	}
	g.is_group = str_take(&g.name, STR("%"));
	if (g.is_group)
		add_group(j, &g);
	else
		j->grants[j->grant_count++] = g;
}

/* What follows "WHO HOST =": "(RUNAS) TAG: ALL", of which only the commands ALL as root grant everything. */
static bool grants_all(struct str rest, bool *free)
{
	rest = str_trim(rest);
	*free = false;
	if (str_take(&rest, STR("("))) {
		struct str as = str_cut(&rest, ')'), user = str_trim(str_cut(&as, ':'));

		if (!str_equal(user, STR("ALL")) && !str_equal(user, STR("root")))
			return false;
	}
	for (;;) {
		rest = str_trim(rest);
		if (str_take(&rest, STR("NOPASSWD:")))
			*free = true;
		else if (str_take(&rest, STR("PASSWD:")))
			*free = false;
		else if (!str_take(&rest, STR("SETENV:")))
			return str_equal(rest, STR("ALL"));
	}
}

/* Whether a row of Defaults makes sudo ask for the password of somebody else. */
static bool asks_another(struct str line)
{
	return str_find(line, STR("targetpw")) != SIZE_MAX || str_find(line, STR("rootpw")) != SIZE_MAX ||
	       str_find(line, STR("runaspw")) != SIZE_MAX;
}

/* A list, an alias, a number, a group of the network or of a directory: it may mean anybody. */
static bool may_be_anybody(struct str who)
{
	return str_ends(who, STR("User_Alias")) || str_starts(who, STR("+")) || str_starts(who, STR("%")) ||
	       str_equal(who, STR("ALL")) || str_find_byte(who, ',') != SIZE_MAX ||
	       str_find_byte(who, '\\') != SIZE_MAX;
}

static void read_row(struct judging *j, struct str line)
{
	struct str rest = line, who = cut_word(&rest), host = str_trim(str_cut(&rest, '='));
	bool free;

	if (str_starts(who, STR("Defaults")))
		j->doubtful |= asks_another(line);
	else if (str_find_byte(line, '!') != SIZE_MAX)
		j->doubtful = true;
	else if (str_equal(host, STR("ALL")) && grants_all(rest, &free))
		add_grant(j, who, free);
	else
		j->unsure |= may_be_anybody(who) || str_equal(who, j->account);
}

static void read_sudoers(struct judging *j)
{
	static const char *const usual[] = {"%sudo", "%wheel", "%admin"};
	struct str text = j->w->sudoers;

	for (unsigned i = 0; i < 3 && j->w->sudoers_unknown; i++)
		add_grant(j, str_from(usual[i]), false);
	while (!str_empty(text)) {
		struct str line = str_trim(str_cut(&text, '\n'));

		if (str_starts(line, STR("#include")) || str_starts(line, STR("@include")))
			j->unsure |= !str_ends(line, STR("/sudoers.d")); /* Others are not read. */
		else if (!str_empty(line) && line.data[0] != '#') /* "#1000", a user by number, is not counted. */
			read_row(j, line);
	}
}

static uint64_t number_or(struct str field, uint64_t otherwise)
{
	uint64_t number;

	return str_number(field, UINT32_MAX, &number) == ERR_OK ? number : otherwise;
}

static bool is_member(struct str members, struct str name)
{
	while (!str_empty(members))
		if (str_equal(str_trim(str_cut(&members, ',')), name))
			return true;
	return false;
}

/* Whether the account of that line is in the group of that number and those members. */
static bool is_in(struct str gid, struct str members, struct str line)
{
	return (!str_empty(gid) && str_equal(gid, shadow_field(line, 3))) || is_member(members, shadow_field(line, 0));
}

/* The last row that fits decides, as sudoers(5) has it. */
static enum power power_of(const struct judging *j, struct str line)
{
	struct str name = shadow_field(line, 0);
	enum power power = POWER_NONE;

	if (number_or(shadow_field(line, 2), 1) == 0)
		return POWER_FREE;
	for (unsigned i = 0; i < j->grant_count && !j->doubtful; i++) {
		const struct grant *g = &j->grants[i];

		if (g->is_group ? is_in(g->gid, g->members, line) : str_equal(g->name, name))
			power = g->free ? POWER_FREE : POWER_PASSWORD;
	}
	return power;
}

/* Expired itself, or its password for longer than it may be; pam_unix(8) then refuses keys, too. 0 is ambiguous. */
static bool is_expired(struct str entry, uint32_t today)
{
	uint64_t changed = number_or(shadow_field(entry, 2), 0), age_max = number_or(shadow_field(entry, 4), 0);
	uint64_t inactive = number_or(shadow_field(entry, 6), UINT64_MAX);

	if (number_or(shadow_field(entry, 7), UINT64_MAX) <= today)
		return true;
	return changed > 0 && age_max > 0 && inactive != UINT64_MAX && changed + age_max + inactive < today;
}

static bool has_keys(const struct judging *j, struct str line)
{
	uint64_t uid = number_or(shadow_field(line, 2), UINT32_MAX);
	struct str home = shadow_field(line, 5);
	char path[WAYS_HOME_MAX];

	/* Keys in a home that both have go with the account's. */
	if (uid == UINT32_MAX || str_equal(home, j->home) || !j->w->sshd.home_keys ||
	    (uid == 0 && !j->w->sshd.root_keys))
		return false;
	return str_copy(home, path, sizeof(path)) == ERR_OK && j->w->keys(j->w->context, path, (uid_t)uid);
}

/* Whether the account of that line lets somebody in: by a password, or, where `by_keys`, by keys. */
static bool lets_in(struct judging *j, struct str line, bool by_keys)
{
	struct str hash = shadow_field(line, 1), entry = STR_NONE;
	char name[64];

	if (++j->lookups > WAYS_LOOKUPS_MAX)
		return false;
	if (str_equal(hash, STR("x"))) {
		if (str_copy(shadow_field(line, 0), name, sizeof(name)) != ERR_OK)
			return false;
		entry = shadow_line(j->w->shadow, name);
		if (!entry.data || is_expired(entry, j->w->today))
			return false;
		hash = shadow_field(entry, 1);
	}
	return shadow_usable(hash) || (by_keys && has_keys(j, line));
}

/* Accounts but the one: is there one that administers (`power`), or one that lets anybody in? */
static bool any_other(struct judging *j, bool power)
{
	struct str passwd = j->w->passwd;

	j->lookups = 0;
	while (!str_empty(passwd)) {
		struct str line = str_cut(&passwd, '\n');
		enum power has;

		if (str_empty(shadow_field(line, 0)) || str_equal(shadow_field(line, 0), j->account) ||
		    str_empty(shadow_field(line, 2)) || !shadow_is_shell(shadow_field(line, 6)))
			continue;
		has = power_of(j, line);
		if (power ? has != POWER_NONE && lets_in(j, line, has == POWER_FREE) : lets_in(j, line, true))
			return true;
	}
	return false;
}

static bool may_administer(const struct judging *j, struct str line)
{
	static const char *const usual[] = {"sudo", "wheel", "admin"};
	bool may = j->unsure || j->doubtful || j->w->sudoers_unknown || power_of(j, line) != POWER_NONE;

	for (unsigned i = 0; i < 3 && !may; i++) {
		struct str group = shadow_line(j->w->group, usual[i]);

		may = group.data && is_in(shadow_field(group, 2), shadow_field(group, 3), line);
	}
	return may;
}

bool ways_is_last(const struct ways *w, const char *account)
{
	struct judging j = {.w = w, .account = str_from(account)};
	struct str line = shadow_line(w->passwd, account);

	if (!line.data || !shadow_is_shell(shadow_field(line, 6)))
		return false;
	j.home = shadow_field(line, 5);
	read_sudoers(&j);
	if (any_other(&j, true))
		return false;
	return may_administer(&j, line) || !any_other(&j, false);
}

struct str ways_home_twin(struct str passwd, const char *account)
{
	struct str own = shadow_line(passwd, account);

	while (own.data && !str_empty(passwd)) {
		struct str line = str_cut(&passwd, '\n');

		if (shadow_is_shell(shadow_field(line, 6)) && !str_empty(shadow_field(line, 0)) &&
		    str_equal(shadow_field(line, 5), shadow_field(own, 5)) &&
		    !str_equal(shadow_field(line, 2), shadow_field(own, 2)))
			return shadow_field(line, 0);
	}
	return STR_NONE;
}
