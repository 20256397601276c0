/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that let somebody log in by SSH: weak ones, those of accounts that are services' and not people's, and files of
 * keys that others can write. Only where sshd(8) and dropbear(8) look when nobody says otherwise.
 */
#include "agent/actor/audit/audit.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#define PEOPLE_FROM 1000u /* the first user id of people; login.defs(5) */
#define NOBODY 65534u
#define RSA_2048_TEXT 368u /* base64 characters of the shortest RSA key of 2048 bits, rounded down */

static const struct audit_risk weak = {"weak_key", SEV_MEDIUM, "replace it by one of ssh-keygen -t ed25519"};
static const struct audit_risk service = {"key_of_service", SEV_MEDIUM,
					  "remove it, or put command= or restrict in front of it"};
static const struct audit_risk open_to_all = {"writable_keys", SEV_HIGH, "chmod go-w PATH, chown USER PATH"};

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

static void look_at(struct reading *r, const char *dir, const char *above)
{
	static char memory[AUDIT_FILE_MAX];
	unsigned line = 0;
	struct str text;

	if (!audit_read(r->a, r->path, memory, &text))
		return;
	look_at_modes(r, above);
	look_at_modes(r, dir);
	look_at_modes(r, r->path);
	while (!str_empty(text))
		read_line(r, str_cut(&text, '\n'), ++line);
}

static void look_at_home(struct audit *a, const struct audit_account *account)
{
	static const char *const files[] = {"authorized_keys", "authorized_keys2"};
	char home[SETTINGS_PATH_MAX], dir[SETTINGS_PATH_MAX + 8];

	if (str_copy(str_sub(account->home, 1, SIZE_MAX), home, sizeof(home)) != ERR_OK || !home[0])
		return;
	snprintf(dir, sizeof(dir), "%s/.ssh", home);
	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct reading r = {.a = a, .account = account};

		snprintf(r.path, sizeof(r.path), "%s/%s", dir, files[i]);
		look_at(&r, dir, home);
	}
}

static void run(struct audit *a)
{
	static char passwd[AUDIT_FILE_MAX];
	static const struct audit_account root = {.uid = 0};
	struct reading dropbear = {.a = a, .account = &root, .path = "etc/dropbear/authorized_keys"};
	struct audit_account account;
	struct str text;

	look_at(&dropbear, "etc/dropbear", "etc");
	if (audit_read(a, "etc/passwd", passwd, &text))
		while (audit_account_next(&text, &account))
			if (str_starts(account.home, STR("/")))
				look_at_home(a, &account);
}

const struct audit_check audit_keys = {"keys", false, run};
