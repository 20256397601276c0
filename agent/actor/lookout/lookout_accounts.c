/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what may only root, and keeps of it what may be told. Never keeps a password's hash. */
#include "agent/actor/lookout/lookout_accounts.h"

#include "agent/base/hash.h"
#include "agent/base/key.h"
#include "agent/base/regular.h"
#include "agent/base/str.h"
#include "agent/event/account.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES (64 << 10) /* of each file */
#define RULES_MAX 64	      /* files in sudoers.d, and in doas.d */

enum password { PASSWORD_UNKNOWN, PASSWORD_EMPTY, PASSWORD_LOCKED, PASSWORD_SET };

struct account {
	char name[LOOKOUT_ACCOUNT_NAME + 1], shell[LOOKOUT_ACCOUNT_SHELL + 1];
	uint32_t id;
	uint8_t password; /* enum password */
	uint64_t digest;  /* of the password's hash, under our key */
};

struct member {
	char name[LOOKOUT_ACCOUNT_NAME + 1], group[LOOKOUT_ACCOUNT_NAME + 1];
};

struct table {
	unsigned count, members;
	bool goes_on, names; /* of sudoers and doas: the line before goes on, and names may still come */
	bool braces;	     /* of doas: variables of the environment */
	struct account rows[LOOKOUT_ACCOUNTS_MAX];
	struct member member[LOOKOUT_MEMBERS_MAX];
};

static struct {
	bool known, shadowed; /* there was a shadow */
	unsigned turn;	      /* which of the tables is the last one */
	struct hash_key key;
	struct table tables[2];
	char text[FILE_BYTES];
} accounts;

static struct account *find(struct table *t, struct str name)
{
	for (unsigned i = 0; i < t->count; i++)
		if (str_equal(str_from(t->rows[i].name), name))
			return &t->rows[i];
	return NULL;
}

static bool is_member(const struct table *t, const struct member *m)
{
	for (unsigned i = 0; i < t->members; i++)
		if (strcmp(t->member[i].name, m->name) == 0 && strcmp(t->member[i].group, m->group) == 0)
			return true;
	return false;
}

/* "!" and "*" begin what no password can be; crypt(5). */
static void set_password(struct account *a, struct str hash)
{
	a->digest = 0;
	if (str_empty(hash))
		a->password = PASSWORD_EMPTY;
	else if (hash.data[0] == '!' || hash.data[0] == '*')
		a->password = PASSWORD_LOCKED;
	else
		a->password = PASSWORD_SET;
	if (a->password == PASSWORD_SET)
		a->digest = hash_bytes(&accounts.key, hash.data, hash.len);
}

/* name:password:uid:gid:comment:home:shell */
static void take_passwd(struct table *t, struct str line)
{
	struct str name = str_cut(&line, ':'), password = str_cut(&line, ':'), id = str_cut(&line, ':');
	struct account *a = &t->rows[t->count];
	uint64_t number;

	for (unsigned i = 0; i < 3; i++)
		(void)str_cut(&line, ':');
	/* Of two lines of one name the first one counts, as for getpwnam(3). */
	if (t->count == LOOKOUT_ACCOUNTS_MAX || str_empty(name) || name.data[0] == '#' || find(t, name) ||
	    str_number(id, UINT32_MAX, &number) != ERR_OK)
		return;
	memset(a, 0, sizeof(*a));
	str_show(name, a->name, sizeof(a->name));
	str_show(line, a->shell, sizeof(a->shell));
	a->id = (uint32_t)number;
	if (!str_equal(password, STR("x")))
		set_password(a, password);
	t->count++;
}

static void take_shadow(struct table *t, struct str line)
{
	struct account *a = find(t, str_cut(&line, ':'));

	if (a && a->password == PASSWORD_UNKNOWN)
		set_password(a, str_cut(&line, ':'));
}

/* name:password:gid:members */
static void take_group(struct table *t, struct str line)
{
	struct str group = str_cut(&line, ':');

	for (unsigned i = 0; i < 2; i++)
		(void)str_cut(&line, ':');
	while (!str_empty(line) && t->members < LOOKOUT_MEMBERS_MAX) {
		struct member *m = &t->member[t->members];

		str_show(str_trim(str_cut(&line, ',')), m->name, sizeof(m->name));
		str_show(group, m->group, sizeof(m->group));
		t->members += m->name[0] != '\0';
	}
}

static void add_member(struct table *t, struct str name, const char *group)
{
	struct member m = {.name = ""};

	str_show(name, m.name, sizeof(m.name));
	str_show(str_from(group), m.group, sizeof(m.group));
	if (t->members < LOOKOUT_MEMBERS_MAX && m.name[0] && !is_member(t, &m))
		t->member[t->members++] = m;
}

/* "#1000" is a user by number; all else that begins so is a comment or an include. */
static bool is_rule(struct str line)
{
	static const char *const others[] = {"Defaults",   "User_Alias", "Runas_Alias", "Host_Alias",
					     "Cmnd_Alias", "Cmd_Alias",	 "@include"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (str_starts(line, str_from(others[i])))
			return false;
	if (str_empty(line))
		return false;
	return line.data[0] != '#' || (line.len > 1 && line.data[1] >= '0' && line.data[1] <= '9');
}

/*
 * "alice, %wheel ALL = ...": the words before the first one that no comma follows or precedes. A line with a backslash
 * at its end goes on in the next one, in the middle of the names, too.
 */
static void take_rule(struct table *t, struct str line)
{
	bool begins = !t->goes_on, names = begins || t->names;

	t->goes_on = str_take_back(&line, STR("\\"));
	line = str_trim(line);
	t->names = false;
	if (!names || (begins && !is_rule(line)))
		return;
	while (names && !str_empty(line)) {
		size_t len = 0;

		while (len < line.len && line.data[len] != ',' && line.data[len] != ' ' && line.data[len] != '\t')
			len++;
		add_member(t, str_sub(line, 0, len), LOOKOUT_SUDOERS);
		line = str_trim(str_sub(line, len, SIZE_MAX));
		names = str_take(&line, STR(","));
		line = str_trim(line);
	}
	t->names = names;
}

/* A word, which quotes may stand around, or one of the braces. */
static struct str take_word(struct str *rest)
{
	size_t len = 0;
	struct str word;

	*rest = str_trim(*rest);
	if (str_take(rest, STR("\"")))
		return str_cut(rest, '"');
	while (len < rest->len && !memchr(" \t{}", rest->data[len], 5))
		len++;
	word = str_sub(*rest, 0, len ? len : 1);
	*rest = str_sub(*rest, word.len, SIZE_MAX);
	return word;
}

static bool is_option(struct str word)
{
	static const char *const options[] = {"nopass", "nolog", "persist", "keepenv", "setenv"};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (str_equal(word, str_from(options[i])))
			return true;
	return false;
}

/* "permit nopass setenv { A B=1 } alice as root cmd ls", or ":wheel" in place of alice; doas.conf(5). */
static void take_permit(struct table *t, struct str line)
{
	bool begins = !t->goes_on;
	struct str word;

	t->goes_on = str_take_back(&line, STR("\\"));
	if (begins) {
		t->names = str_equal(take_word(&line), STR("permit"));
		t->braces = false;
	}
	while (t->names && !str_empty(word = take_word(&line)) && word.data[0] != '#') {
		if (str_equal(word, STR("{")) || str_equal(word, STR("}"))) {
			t->braces = word.data[0] == '{';
		} else if (!t->braces && !is_option(word)) {
			add_member(t, word, LOOKOUT_DOAS);
			t->names = false;
		}
	}
}

/* False: it cannot be read, as while it is being replaced. */
static bool read_file(struct table *t, const char *dir, const char *name, void (*take)(struct table *, struct str))
{
	char path[256];
	struct str rest = {accounts.text, 0};
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (regular_follow(AT_FDCWD, path, O_RDONLY, &fd) != ERR_OK)
		return false;
	while (rest.len < FILE_BYTES && (got = read(fd, accounts.text + rest.len, FILE_BYTES - rest.len)) > 0)
		rest.len += (size_t)got;
	close(fd);
	t->goes_on = false;
	while (!str_empty(rest))
		take(t, str_cut(&rest, '\n'));
	key_wipe(accounts.text, sizeof(accounts.text));
	return true;
}

/* sudo(8) passes over names with a dot or a "~" at their end. */
static bool is_of_sudo(const char *name)
{
	return !strchr(name, '.') && !str_ends(str_from(name), STR("~"));
}

static bool is_of_doas(const char *name)
{
	return str_ends(str_from(name), STR(".conf"));
}

/* A file of rules, and those of the directory of that name that count. */
struct rules {
	const char *file, *more;
	bool (*counts)(const char *name);
	void (*take)(struct table *t, struct str line);
};

static void read_rules(struct table *t, const char *dir, const struct rules *rules)
{
	char path[256], name[NAME_MAX + sizeof("sudoers.d/")];
	const struct dirent *entry;
	DIR *list;

	(void)read_file(t, dir, rules->file, rules->take);
	snprintf(path, sizeof(path), "%s/%s", dir, rules->more);
	list = opendir(path);
	for (unsigned i = 0; list && i < RULES_MAX && (entry = readdir(list)) != NULL; i++) {
		if (!rules->counts(entry->d_name))
			continue;
		snprintf(name, sizeof(name), "%s/%s", rules->more, entry->d_name);
		(void)read_file(t, dir, name, rules->take);
	}
	if (list)
		closedir(list);
}

static void put(uint8_t *len, char *target, const char *text)
{
	*len = (uint8_t)strlen(text);
	memcpy(target, text, *len);
}

static void tell(const struct lookout_accounts_sink *sink, uint8_t action, const struct account *a, const char *group)
{
	struct lookout_account c;

	memset(&c, 0, sizeof(c));
	c.version = LOOKOUT_SAMPLE_VERSION;
	c.sensor = LOOKOUT_ACCOUNT;
	c.action = action;
	c.id = a->id;
	put(&c.name_len, c.name, a->name);
	put(&c.shell_len, c.shell, a->shell);
	put(&c.group_len, c.group, group);
	sink->change(sink->context, &c);
}

/* A new account's password comes a moment later; that it cannot log in yet is no news. */
static void compare_password(const struct account *was, const struct account *is,
			     const struct lookout_accounts_sink *sink)
{
	if (is->password == PASSWORD_EMPTY && was->password != PASSWORD_EMPTY)
		tell(sink, ACCOUNT_EMPTIED, is, "");
	else if (is->password == PASSWORD_LOCKED && was->password != PASSWORD_LOCKED &&
		 was->password != PASSWORD_UNKNOWN)
		tell(sink, ACCOUNT_LOCKED, is, "");
	else if (is->password == PASSWORD_SET && (was->password != PASSWORD_SET || was->digest != is->digest))
		tell(sink, ACCOUNT_PASSWORD, is, "");
}

static void compare_rows(struct table *was, struct table *is, const struct lookout_accounts_sink *sink)
{
	static const struct account none;

	for (unsigned i = 0; i < is->count; i++) {
		const struct account *a = &is->rows[i], *before = find(was, str_from(a->name));

		if (!before)
			tell(sink, ACCOUNT_ADDED, a, "");
		else if (before->id != a->id)
			tell(sink, ACCOUNT_UID, a, "");
		if (before && strcmp(before->shell, a->shell) != 0)
			tell(sink, ACCOUNT_SHELL, a, "");
		compare_password(before ? before : &none, a, sink);
	}
	for (unsigned i = 0; i < was->count; i++)
		if (!find(is, str_from(was->rows[i].name)))
			tell(sink, ACCOUNT_REMOVED, &was->rows[i], "");
}

/* Members of `is` that were none in `was`. A member need not be an account of passwd. */
static void compare_members(const struct table *was, struct table *is, uint8_t action,
			    const struct lookout_accounts_sink *sink)
{
	for (unsigned i = 0; i < is->members; i++) {
		const struct member *m = &is->member[i];
		const struct account *a = find(is, str_from(m->name));
		struct account stranger = {.id = UINT32_MAX};

		if (is_member(was, m))
			continue;
		memcpy(stranger.name, m->name, sizeof(stranger.name));
		tell(sink, action, a ? a : &stranger, m->group);
	}
}

void lookout_accounts_look(const char *dir, const struct lookout_accounts_sink *sink)
{
	struct table *was = &accounts.tables[accounts.turn], *is = &accounts.tables[1 - accounts.turn];
	bool shadowed;

	if (!accounts.known)
		(void)key_random_kernel.fill(NULL, (uint8_t *)&accounts.key, sizeof(accounts.key));
	is->count = is->members = 0;
	if (!read_file(is, dir, "passwd", take_passwd) || !read_file(is, dir, "group", take_group))
		return;
	read_rules(is, dir, &(struct rules){"sudoers", "sudoers.d", is_of_sudo, take_rule});
	read_rules(is, dir, &(struct rules){"doas.conf", "doas.d", is_of_doas, take_permit});
	/* Some systems have no shadow. Where there was one, all passwords would look new when it is back. */
	shadowed = read_file(is, dir, "shadow", take_shadow);
	if (accounts.shadowed && !shadowed)
		return;
	accounts.shadowed = shadowed;
	accounts.turn = 1 - accounts.turn;
	if (!accounts.known) {
		accounts.known = true;
		return;
	}
	compare_rows(was, is, sink);
	compare_members(was, is, ACCOUNT_JOINED, sink);
	compare_members(is, was, ACCOUNT_LEFT, sink);
}
