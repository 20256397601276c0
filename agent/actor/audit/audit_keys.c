/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that let somebody log in by SSH: weak ones, those of accounts that are services' and not people's, and files of
 * keys that others can write. They are looked for where sshd(8) reads them, by its AuthorizedKeysFile, and dropbear(8).
 */
#include "agent/actor/audit/audit_sshd_config.h"

#include "agent/base/buf.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PEOPLE_FROM 1000u /* the first user id of people; login.defs(5) */
#define NOBODY 65534u
#define RSA_2048_TEXT 368u /* base64 characters of the shortest RSA key of 2048 bits, rounded down */

static const struct audit_risk weak = {"weak_key", SEV_MEDIUM, "replace it by one of ssh-keygen -t ed25519"};
static const struct audit_risk service = {"key_of_service", SEV_MEDIUM,
					  "remove it, or put command= or restrict in front of it"};
static const struct audit_risk open_to_all = {"writable_keys", SEV_HIGH, "chmod go-w PATH, chown USER PATH"};

#define PLACES_MAX 8u

/* Where sshd reads keys, as AuthorizedKeysFile has it: below the home, or from the root on where a '/' begins it. */
struct places {
	struct audit *a;
	unsigned count;
	bool set;	   /* outside of Match */
	bool said;	   /* that one is left out */
	bool said_command; /* whether a program gives keys */
	char paths[PLACES_MAX][SETTINGS_PATH_MAX];
};

struct reading {
	struct audit *a;
	const struct audit_account *account;
	char path[PATH_MAX]; /* without the first '/' */
	bool told;	     /* that it is a service's */
	bool weak_found;     /* a weak key was reported */
};

/* Take a word; one of options has quotes, in which a space ends nothing. */
static struct str take_word(struct str *rest)
{
	bool quoted = false;
	size_t len = 0;
	struct str word;

	*rest = str_trim(*rest);
	for (; len < rest->len && (quoted || (rest->data[len] != ' ' && rest->data[len] != '\t')); len++)
		if (rest->data[len] == '"' && (len == 0 || rest->data[len - 1] != '\\'))
			quoted = !quoted;
	word = str_sub(*rest, 0, len);
	*rest = str_trim(str_sub(*rest, len, SIZE_MAX));
	return word;
}

static bool is_type(struct str word)
{
	return str_starts(word, STR("ssh-")) || str_starts(word, STR("ecdsa-")) || str_starts(word, STR("sk-"));
}

/* Of a file the first weak one alone: a user's file with hundreds would leave no room for what else is found. */
static void look_at_key(struct reading *r, struct str type, struct str key, unsigned line)
{
	bool is_dsa = str_equal(type, STR("ssh-dss"));
	bool is_short = str_equal(type, STR("ssh-rsa")) && key.len < RSA_2048_TEXT;
	char object[PATH_MAX + 16];
	/* Its type, the exponent and three lengths take 22 bytes of it; RFC 4253 6.6. */
	unsigned bits = key.len < 64 ? 0 : (unsigned)(key.len / 4 * 3 - 22) * 8 / 64 * 64;

	if (r->weak_found || (!is_dsa && !is_short))
		return;
	r->weak_found = true;
	snprintf(object, sizeof(object), "/%s:%u", r->path, line);
	if (is_dsa)
		audit_found(r->a, &(struct audit_finding){&weak, str_from(object)}, "it is of the kind DSA");
	else
		audit_found(r->a, &(struct audit_finding){&weak, str_from(object)}, "it is RSA with about %u bits",
			    bits);
}

static bool is_service(const struct audit_account *account)
{
	return account->uid != 0 && (account->uid < PEOPLE_FROM || account->uid == NOBODY);
}

static void read_line(struct reading *r, struct str line, unsigned number)
{
	struct str options = STR_NONE, word = take_word(&line);
	char object[PATH_MAX + 1];

	if (str_empty(word) || word.data[0] == '#')
		return;
	if (!is_type(word)) {
		options = word;
		word = take_word(&line);
	}
	if (!is_type(word))
		return;
	look_at_key(r, word, take_word(&line), number);
	if (r->told || !is_service(r->account) || str_find(options, STR("command=")) != SIZE_MAX ||
	    str_find(options, STR("restrict")) != SIZE_MAX)
		return;
	r->told = true;
	snprintf(object, sizeof(object), "/%s", r->path);
	audit_found(r->a, &(struct audit_finding){&service, str_from(object)},
		    "whoever has the key can log in to user id %u, which is a service's", (unsigned)r->account->uid);
}

/* Whether others than the account and root can put keys there. */
static void look_at_modes(struct reading *r, const char *path)
{
	char object[PATH_MAX + 1];
	struct stat st;

	if (fstatat(r->a->root, path, &st, 0) != 0)
		return;
	snprintf(object, sizeof(object), "/%s", path);
	if (st.st_uid != 0 && st.st_uid != r->account->uid)
		audit_found(r->a, &(struct audit_finding){&open_to_all, str_from(object)},
			    "it belongs to user %u, who can add keys", (unsigned)st.st_uid);
	else if (st.st_mode & S_IWOTH && !(st.st_mode & S_ISVTX))
		audit_found(r->a, &(struct audit_finding){&open_to_all, str_from(object)},
			    "everybody can add keys (mode %04o)", (unsigned)st.st_mode & 07777);
}

/* The directory of a path in place of it. False: it has none. */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
	return slash && path[0];
}

/* The file with its directory and the one above, as the home of a `.ssh`. */
static void look_at(struct reading *r)
{
	static char memory[AUDIT_FILE_MAX];
	char dir[PATH_MAX], above[PATH_MAX];
	unsigned line = 0;
	struct str text;

	if (!audit_read(r->a, r->path, memory, &text))
		return;
	memcpy(dir, r->path, sizeof(dir));
	if (go_up(dir)) {
		memcpy(above, dir, sizeof(above));
		if (go_up(above))
			look_at_modes(r, above);
		look_at_modes(r, dir);
	}
	look_at_modes(r, r->path);
	while (!str_empty(text))
		read_line(r, str_cut(&text, '\n'), ++line);
}

/* Fill in a place's tokens; sshd_config(5) TOKENS. False: there is no such token. */
static bool put_place(struct buf *b, struct str place, const struct audit_account *account)
{
	for (size_t i = 0; i < place.len; i++) {
		if (place.data[i] != '%') {
			buf_char(b, place.data[i]);
			continue;
		}
		switch (++i < place.len ? place.data[i] : '\0') {
		case '%': buf_char(b, '%'); break;
		case 'h': buf_put(b, account->home); break;
		case 'u': buf_put(b, account->name); break;
		case 'U': buf_printf(b, "%lu", (unsigned long)account->uid); break;
		default: return false;
		}
	}
	return true;
}

static void add_place(struct places *p, struct str place)
{
	static const struct audit_account nobody = {.uid = NOBODY};
	char path[SETTINGS_PATH_MAX];
	struct buf b = buf_over(path, sizeof(path));
	bool fits = place.len < SETTINGS_PATH_MAX && put_place(&b, place, &nobody);

	(void)str_take(&place, STR("%h/"));
	for (unsigned i = 0; i < p->count; i++)
		if (str_equal(str_from(p->paths[i]), place))
			return;
	if (fits && p->count < PLACES_MAX) {
		str_show(place, p->paths[p->count++], SETTINGS_PATH_MAX);
		return;
	}
	if (!p->said)
		audit_skipped(p->a, "weak_key", place,
			      fits ? "more places of keys than are looked at"
				   : "a place of keys that is too long or has an unknown token");
	p->said = true;
}

/* The first one counts; one in a Match for some accounts, so it is looked at as well. */
static void take_places(struct places *p, const struct audit_sshd_line *line)
{
	struct str value = line->value, word;

	if (p->set && !line->match)
		return;
	p->set |= !line->match;
	while (!str_empty(word = audit_sshd_word(&value)) && word.data[0] != '#')
		if (!str_equal_fold(word, STR("none")))
			add_place(p, word);
}

static void take_command(struct places *p, const struct audit_sshd_line *line)
{
	if (!p->said_command && !str_equal_fold(line->value, STR("none")))
		audit_skipped(p->a, "weak_key", line->keyword, "keys that a program gives are not looked at");
	p->said_command = true;
}

static void take(void *context, const struct audit_sshd_line *line)
{
	if (str_equal_fold(line->keyword, STR("AuthorizedKeysFile")))
		take_places(context, line);
	else if (str_equal_fold(line->keyword, STR("AuthorizedKeysCommand")))
		take_command(context, line);
}

static void find_places(struct places *p)
{
	struct stat st;

	audit_sshd_config(p->a, take, p);
	if (!p->set || fstatat(p->a->root, "etc/dropbear", &st, 0) == 0)
		add_place(p, STR(".ssh/authorized_keys"));
	if (!p->set)
		add_place(p, STR(".ssh/authorized_keys2"));
}

/* A place that is the same for all accounts. */
static bool is_common(const char *place)
{
	return place[0] == '/' && !strstr(place, "%h") && !strstr(place, "%u") && !strstr(place, "%U");
}

static struct str without_root(struct str path)
{
	while (str_take(&path, STR("/")))
		;
	return path;
}

/* Read the account's keys there. */
static void look_at_place(struct audit *a, const char *place, const struct audit_account *account)
{
	struct reading r = {.a = a, .account = account};
	char memory[PATH_MAX];
	struct buf full = buf_over(r.path, sizeof(r.path) - 1), b = buf_over(memory, sizeof(memory));
	struct str path;

	if (!put_place(&b, str_from(place), account) || buf_check(&b) != ERR_OK)
		return;
	path = buf_str(&b);
	if (!str_starts(path, STR("/"))) {
		if (!str_starts(account->home, STR("/")))
			return;
		buf_put(&full, without_root(account->home));
		if (full.len)
			buf_char(&full, '/');
	}
	buf_put(&full, without_root(path));
	if (buf_check(&full) != ERR_OK)
		return;
	r.path[full.len] = '\0';
	look_at(&r);
}

/* Keys that are everybody's: sshd takes them for the file's owner, and for all if that is root. */
static void look_at_common(struct audit *a, const char *place)
{
	struct audit_account owner = {.uid = 0};
	struct stat st;

	if (fstatat(a->root, place + 1, &st, 0) == 0)
		owner.uid = st.st_uid;
	look_at_place(a, place, &owner);
}

static void run(struct audit *a)
{
	static char passwd[AUDIT_FILE_MAX];
	static const struct audit_account root = {.uid = 0};
	static struct places places;
	struct audit_account account;
	struct str text;

	memset(&places, 0, sizeof(places));
	places.a = a;
	find_places(&places);
	look_at_place(a, "/etc/dropbear/authorized_keys", &root);
	if (audit_read(a, "etc/passwd", passwd, &text))
		while (audit_account_next(&text, &account))
			for (unsigned i = 0; i < places.count; i++)
				if (!is_common(places.paths[i]))
					look_at_place(a, places.paths[i], &account);
	for (unsigned i = 0; i < places.count; i++)
		if (is_common(places.paths[i]))
			look_at_common(a, places.paths[i]);
}

const struct audit_check audit_keys = {.name = "keys", .run = run};
