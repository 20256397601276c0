/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings of sshd(8) that let attackers in more easily: of a keyword the first value, and those behind a Match, which
 * is said. What no file sets has sshd's default, which is safe for all that is looked at.
 */
#include "agent/actor/audit/audit_sshd_config.h"

#include <string.h>

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
};

static void look_at_ciphers(struct audit *a, const struct audit_sshd_line *line)
{
	static const struct audit_risk risk = {"sshd_cipher", SEV_MEDIUM, "remove it from the list"};

	/* "-": it is taken out of sshd's own list. */
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]) && !str_starts(line->value, STR("-")); i++)
		if (str_equal_fold(line->keyword, str_from(ciphers[i].keyword)) &&
		    str_find(line->value, str_from(ciphers[i].part)) != SIZE_MAX)
			audit_found(a, &(struct audit_finding){&risk, line->keyword}, "/%s has %s", line->path,
				    ciphers[i].what);
}

static void take(void *context, const struct audit_sshd_line *line)
{
	struct reading *r = context;
	struct str value = line->value, first = audit_sshd_word(&value);

	look_at_ciphers(r->a, line);
	for (size_t i = 0; i < ROWS; i++) {
		if (!str_equal_fold(line->keyword, str_from(rows[i].keyword)) || r->set[i])
			continue;
		r->set[i] = !line->match;
		if (str_equal_fold(first, str_from(rows[i].value)))
			audit_found(r->a, &(struct audit_finding){&rows[i].risk, line->keyword}, "%s (/%s%s)",
				    rows[i].why, line->path, line->match ? ", in a Match" : "");
	}
}

static void run(struct audit *a)
{
	struct reading r = {.a = a};

	audit_sshd_config(a, take, &r);
}

const struct audit_check audit_sshd = {.name = "sshd", .run = run};
