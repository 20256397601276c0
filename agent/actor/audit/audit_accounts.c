/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts: who has no password, a hash that is guessed fast, or root's rights under another name. */
#include "agent/actor/audit/audit.h"

#include "agent/actor/sys/shadow.h"

#include <string.h>

#define DES_LEN 13

static const struct audit_risk empty = {"empty_password", SEV_CRITICAL, "passwd USER, or lock it: passwd -l USER"};
static const struct audit_risk twin = {"second_root", SEV_HIGH,
				       "give it a user id of its own, or remove it: userdel USER"};
static const struct audit_risk weak = {"weak_hash", SEV_MEDIUM,
				       "passwd USER, after ENCRYPT_METHOD in /etc/login.defs is YESCRYPT or SHA512"};
static const struct audit_risk readable = {"hash_in_passwd", SEV_MEDIUM, "pwconv moves hashes to /etc/shadow"};

/* Kinds of crypt(5) of which a desktop machine tries millions a second. */
static const char *weak_kind(struct str hash)
{
	if (str_starts(hash, STR("$1$")))
		return "MD5";
	if (str_starts(hash, STR("$3$")))
		return "NT";
	if (str_starts(hash, STR("$sha1$")))
		return "SHA-1";
	if (str_starts(hash, STR("_")))
		return "BSDi DES";
	return hash.len == DES_LEN && hash.data[0] != '$' ? "DES" : NULL;
}

/*
 * Whether a hash of a good kind was made with so few rounds that it is guessed as fast as a bad one: below the 5,000
 * that SHA-crypt has when nobody says, or 2^8 of bcrypt.
 */
static bool has_few_rounds(struct str hash)
{
	uint64_t rounds;

	if (str_take(&hash, STR("$5$rounds=")) || str_take(&hash, STR("$6$rounds=")))
		return str_number(str_cut(&hash, '$'), UINT32_MAX, &rounds) == ERR_OK && rounds < 5000;
	if (!str_take(&hash, STR("$2")))
		return false;
	(void)str_cut(&hash, '$');
	return str_number(str_cut(&hash, '$'), 31, &rounds) == ERR_OK && rounds < 8;
}

static bool is_locked(struct str hash)
{
	return str_starts(hash, STR("!")) || str_starts(hash, STR("*")) || str_equal(hash, STR("x"));
}

static void look_at_hash(struct audit *a, struct str name, struct str hash, const char *file)
{
	const char *kind = weak_kind(hash);

	if (str_empty(hash))
		audit_found(a, &(struct audit_finding){&empty, name}, "no password is asked for (%s)", file);
	else if (!is_locked(hash) && kind)
		audit_found(a, &(struct audit_finding){&weak, name}, "its hash is of the kind %s (%s)", kind, file);
	else if (has_few_rounds(hash))
		audit_found(a, &(struct audit_finding){&weak, name}, "its hash has few rounds (%s)", file);
}

static void run(struct audit *a)
{
	static char memory[AUDIT_FILE_MAX];
	struct audit_account account;
	struct str text;

	if (audit_read(a, "etc/passwd", memory, &text))
		while (audit_account_next(&text, &account)) {
			look_at_hash(a, account.name, account.hash, "/etc/passwd");
			if (!str_empty(account.hash) && !is_locked(account.hash))
				audit_found(a, &(struct audit_finding){&readable, account.name},
					    "everybody can read its hash in /etc/passwd");
			if (account.uid == 0 && !str_equal(account.name, STR("root")))
				audit_found(a, &(struct audit_finding){&twin, account.name}, "its user id is 0");
		}
	if (audit_read(a, a->settings->shadow + 1, memory, &text))
		while (!str_empty(text)) {
			struct str line = str_cut(&text, '\n'), name = shadow_field(line, 0);

			if (!str_empty(name) && str_find_byte(line, ':') != SIZE_MAX)
				look_at_hash(a, name, shadow_field(line, 1), "/etc/shadow");
		}
	memset(memory, 0, sizeof(memory));
}

const struct audit_check audit_accounts = {.name = "accounts", .accounts = true, .run = run};
