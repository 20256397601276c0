/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings of sshd(8) that let attackers in more easily: sshd_config(5) with its Include, as sshd reads it: the first
 * value of a keyword counts, and those behind a Match count for some connections, which is said. What no file sets has
 * sshd's default, which is safe for all that is looked at.
 */
#include "agent/actor/audit/audit.h"

#include "agent/base/buf.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define CONFIG "etc/ssh/sshd_config"
#define FILES_MAX 32 /* included */
#define DEPTH_MAX 4

static const struct sshd_row {
	const char *keyword, *value;
	struct audit_risk risk;
	const char *why;
} rows[] = {
	{"PermitEmptyPasswords",
	 "yes",
	 {"sshd_setting", SEV_CRITICAL, "PermitEmptyPasswords no"},
	 "no password is asked for"},
	{"PermitRootLogin",
	 "yes",
	 {"sshd_setting", SEV_MEDIUM, "PermitRootLogin prohibit-password"},
	 "root's password can be guessed"},
	{"PermitUserEnvironment",
	 "yes",
	 {"sshd_setting", SEV_MEDIUM, "PermitUserEnvironment no"},
	 "users choose what their commands load"},
	{"HostbasedAuthentication",
	 "yes",
	 {"sshd_setting", SEV_MEDIUM, "HostbasedAuthentication no"},
	 "other hosts are believed who a user is"},
	{"IgnoreRhosts",
	 "no",
	 {"sshd_setting", SEV_MEDIUM, "IgnoreRhosts yes"},
	 "users choose which hosts are believed"},
	{"StrictModes", "no", {"sshd_setting", SEV_MEDIUM, "StrictModes yes"}, "keys count that others can write"},
	{"Protocol", "1", {"sshd_setting", SEV_HIGH, "remove the line"}, "version 1 of the protocol is broken"},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct {
	const char *keyword, *part, *what;
} ciphers[] = {
	{"Ciphers", "3des", "3DES"},
	{"Ciphers", "arcfour", "RC4"},
	{"Ciphers", "blowfish", "Blowfish"},
	{"MACs", "hmac-md5", "MD5"},
	{"KexAlgorithms", "group1-sha1", "a group of 1024 bits"},
	{"HostKeyAlgorithms", "ssh-dss", "DSA"},
};

struct reading {
	struct audit *a;
	bool set[ROWS]; /* outside of Match */
	bool match;	/* what follows is in a Match, until its file ends */
	unsigned files;
};

static void read_file(struct reading *r, const char *path, unsigned depth);

/* Take the next word, which quotes may stand around. */
static struct str take_word(struct str *rest)
{
	*rest = str_trim(*rest);
	if (str_take(rest, STR("\"")))
		return str_cut(rest, '"');
	return str_cut(rest, ' ');
}

/* The files of a directory that fit, in the order of their names, as glob(3) gives them. */
static void include_files(struct reading *r, const char *pattern, unsigned depth)
{
	static struct audit_names found[DEPTH_MAX];
	char path[SETTINGS_PATH_MAX + NAME_MAX + 2];

	audit_names_read(r->a, pattern, &found[depth]);
	for (unsigned i = 0; i < found[depth].count; i++) {
		snprintf(path, sizeof(path), "%s/%s", found[depth].dir, found[depth].names[i]);
		read_file(r, path, depth + 1);
	}
}

static void include(struct reading *r, struct str value, unsigned depth)
{
	char path[SETTINGS_PATH_MAX];
	struct str word;

	while (!str_empty(word = take_word(&value))) {
		struct buf b = buf_over(path, sizeof(path) - 1);

		if (!str_take(&word, STR("/")))
			buf_text(&b, "etc/ssh/");
		buf_bytes(&b, word.data, word.len);
		if (buf_check(&b) != ERR_OK || depth + 1 >= DEPTH_MAX) {
			audit_skipped(r->a, "sshd_setting", word, "an Include that is too long or too deep");
			continue;
		}
		path[b.len] = '\0';
		include_files(r, path, depth);
	}
}

static void look_at_ciphers(struct reading *r, struct str keyword, struct str value, const char *path)
{
	static const struct audit_risk risk = {"sshd_cipher", SEV_MEDIUM, "remove it from the list"};

	/* "-": it is taken out of sshd's own list. */
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]) && !str_starts(value, STR("-")); i++)
		if (str_equal_fold(keyword, str_from(ciphers[i].keyword)) &&
		    str_find(value, str_from(ciphers[i].part)) != SIZE_MAX)
			audit_found(r->a, &(struct audit_finding){&risk, keyword}, "/%s has %s", path, ciphers[i].what);
}

static void read_line(struct reading *r, struct str line, const char *path, unsigned depth)
{
	struct str value = str_trim(line), keyword, first;
	size_t len = 0;

	while (len < value.len && value.data[len] != ' ' && value.data[len] != '\t' && value.data[len] != '=')
		len++;
	keyword = str_sub(value, 0, len);
	value = str_trim(str_sub(value, len, SIZE_MAX));
	(void)str_take(&value, STR("="));
	if (str_empty(keyword) || keyword.data[0] == '#')
		return;
	if (str_equal_fold(keyword, STR("Include"))) {
		include(r, value, depth);
		return;
	}
	if (str_equal_fold(keyword, STR("Match"))) {
		r->match = true;
		return;
	}
	look_at_ciphers(r, keyword, value, path);
	first = take_word(&value);
	for (size_t i = 0; i < ROWS; i++) {
		if (!str_equal_fold(keyword, str_from(rows[i].keyword)) || r->set[i])
			continue;
		r->set[i] = !r->match;
		if (str_equal_fold(first, str_from(rows[i].value)))
			audit_found(r->a, &(struct audit_finding){&rows[i].risk, keyword}, "%s (/%s%s)", rows[i].why,
				    path, r->match ? ", in a Match" : "");
	}
}

/* A Match lasts until the end of the file that it is in. */
static void read_file(struct reading *r, const char *path, unsigned depth)
{
	static char memory[DEPTH_MAX][AUDIT_FILE_MAX];
	bool match = r->match;
	struct str text;

	if (r->files++ >= FILES_MAX) {
		audit_skipped(r->a, "sshd_setting", str_from(path), "more files than are read");
		return;
	}
	if (audit_read(r->a, path, memory[depth], &text))
		while (!str_empty(text))
			read_line(r, str_cut(&text, '\n'), path, depth);
	r->match = match;
}

static void run(struct audit *a)
{
	struct reading r = {.a = a};

	read_file(&r, CONFIG, 0);
}

const struct audit_check audit_sshd = {"sshd", false, run};
