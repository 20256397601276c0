/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passwords that a device is sold with: tried against the hash of each account that can log in by one, once for each
 * hash. No evidence has a password or a hash in it.
 */
#include "agent/actor/audit/audit_defaults.h"
#include "agent/actor/audit/audit_guess.h"
#include "agent/actor/audit/audit_tried.h"
#include "agent/actor/sys/shadow.h"
#include "agent/base/key.h"

#define VENDOR_MAX (32u << 10) /* bytes of the vendor's list */

static const struct audit_risk risk = {"default_password", SEV_CRITICAL,
				       IS_ENABLED(CONFIG_LOCAL_CREDENTIAL) ? "caltrop local credential set USER"
									   : "passwd USER"};

static const char *const evidence[AUDIT_DEFAULT_SOURCES] = {
	[AUDIT_DEFAULT_VENDOR] = "its password is the vendor's default",
	[AUDIT_DEFAULT_BOTNETS] = "its password is one that botnets try for it",
	[AUDIT_DEFAULT_NAME] = "its password is its name",
	[AUDIT_DEFAULT_OTHERS] = "its password is a default of another account",
};

struct trying {
	struct audit *a;
	struct str vendor;
	uint64_t lists; /* a digest of all passwords */
	uint64_t free;	/* bytes of memory; UINT64_MAX: not known */
	bool likely;	/* only passwords that are likely for the account */
};

static uint64_t free_bytes(struct audit *a, char *memory)
{
	struct str text, line;
	uint64_t kib;

	if (!audit_read(a, "proc/meminfo", memory, &text))
		return UINT64_MAX;
	while (!str_empty(text)) {
		line = str_cut(&text, '\n');
		if (!str_take(&line, STR("MemAvailable:")) || !str_take_back(&line, STR(" kB")))
			continue;
		return str_number(str_trim(line), UINT32_MAX, &kib) == ERR_OK ? kib << 10 : UINT64_MAX;
	}
	return UINT64_MAX;
}

/* Why such a hash cannot be tried now; NULL: it can. */
static const char *obstacle(const struct trying *t, struct str hash)
{
	uint64_t bytes = audit_guess_bytes(hash);

	if (!t->a->guess)
		return "its password was not tried: the process for that could not be started";
	if (bytes > AUDIT_GUESS_BYTES_MAX)
		return "its password was not tried: its hash takes more memory than is given";
	if (t->free < 2 * bytes)
		return "its password was not tried: less memory is free than twice what its hash takes";
	return NULL;
}

/*
 * Try on where the last round stopped, up to those that the lists have for other accounts if only the likely ones are
 * wanted. False: there are passwords left for the next one.
 */
static bool try_on(struct trying *t, struct audit_tried_row *row, struct str account, const char *hash)
{
	struct audit_defaults d = {.account = account, .vendor = t->vendor};
	enum audit_guess guess = AUDIT_GUESS_WRONG;
	char password[AUDIT_GUESS_PASSWORD_MAX];
	struct str text;
	unsigned place = 0;
	uint8_t source;

	while (row->guess == AUDIT_GUESS_WRONG && audit_defaults_next(&d, &text, &source)) {
		if (t->likely && source == AUDIT_DEFAULT_OTHERS)
			return false;
		if (place++ < row->tried)
			continue;
		if (str_copy(text, password, sizeof(password)) == ERR_OK)
			guess = t->a->guess(hash, password);
		if (guess == AUDIT_GUESS_LATER)
			return false;
		row->tried++;
		row->source = source;
		row->guess = (uint8_t)guess;
	}
	return true;
}

static void try_likely(struct trying *t, struct str account, struct str hash)
{
	struct audit_tried_row *row = audit_tried_row(t->a->tried, account, hash, t->lists);
	char text[AUDIT_GUESS_HASH_MAX];

	if (!obstacle(t, hash) && str_copy(hash, text, sizeof(text)) == ERR_OK)
		(void)try_on(t, row, account, text);
	key_wipe(text, sizeof(text));
}

static void look_at(struct trying *t, struct str account, struct str hash)
{
	struct audit_tried_row *row = audit_tried_row(t->a->tried, account, hash, t->lists);
	const char *why = row->guess == AUDIT_GUESS_WRONG ? obstacle(t, hash) : NULL;
	char text[AUDIT_GUESS_HASH_MAX];

	if (!why && str_copy(hash, text, sizeof(text)) != ERR_OK)
		why = "its password was not tried: its hash is none of crypt(3)";
	if (!why && !try_on(t, row, account, text))
		why = "not all passwords were tried yet: the next round goes on";
	key_wipe(text, sizeof(text));
	if (row->guess == AUDIT_GUESS_UNABLE)
		why = "its password was not tried: crypt(3) of this machine does not know hashes of its kind";
	if (row->guess == AUDIT_GUESS_GONE)
		why = "its password was not tried: that took too long, or more memory than is given";
	if (row->guess == AUDIT_GUESS_RIGHT && row->source < AUDIT_DEFAULT_SOURCES)
		audit_found(t->a, &(struct audit_finding){&risk, account}, "%s", evidence[row->source]);
	else if (why)
		audit_skipped(t->a, risk.id, account, why);
}

/* The hash of an account: that of passwd, or where that refers to shadow, the one there. */
static struct str hash_of(const struct audit_account *account, struct str shadow)
{
	char name[64];

	if (!str_equal(account->hash, STR("x")))
		return account->hash;
	if (str_copy(account->name, name, sizeof(name)) != ERR_OK)
		return STR_NONE;
	return shadow_field(shadow_line(shadow, name), 1);
}

static void read_vendor(struct trying *t, char *memory)
{
	const struct hash_key key = {0, 0};

	if (t->a->settings->passwords[0] && !audit_read(t->a, t->a->settings->passwords + 1, memory, &t->vendor))
		audit_skipped(t->a, risk.id, str_from(t->a->settings->passwords),
			      "the list of [exposure] passwords is empty, or there is none");
	if (t->vendor.len > VENDOR_MAX)
		audit_skipped(t->a, risk.id, str_from(t->a->settings->passwords),
			      "only the first 32 KiB of [exposure] passwords are used");
	t->vendor = str_sub(t->vendor, 0, VENDOR_MAX);
	t->lists = hash_bytes(&key, t->vendor.data, t->vendor.len) ^ hash_name(audit_defaults_botnets);
}

/* All accounts that somebody can log in to by a password. */
static void each(struct trying *t, struct str accounts, struct str hashes,
		 void (*look)(struct trying *t, struct str account, struct str hash))
{
	struct audit_account account;

	while (audit_account_next(&accounts, &account)) {
		struct str hash = hash_of(&account, hashes);

		if (!str_empty(hash) && shadow_usable(hash) && shadow_is_shell(account.shell))
			look(t, account.name, hash);
	}
}

/* A round has few tries: they go to what is likely of all accounts before what is unlikely of the first. */
static void run(struct audit *a)
{
	static char passwd[AUDIT_FILE_MAX], shadow[AUDIT_FILE_MAX], vendor[AUDIT_FILE_MAX];
	struct trying t = {.a = a, .vendor = STR_NONE};
	struct str accounts, hashes = STR_NONE;

	t.free = free_bytes(a, vendor);
	read_vendor(&t, vendor);
	audit_tried_begin(a->tried);
	if (audit_read(a, "etc/passwd", passwd, &accounts)) {
		(void)audit_read(a, a->settings->shadow + 1, shadow, &hashes);
		t.likely = true;
		each(&t, accounts, hashes, try_likely);
		t.likely = false;
		each(&t, accounts, hashes, look_at);
	}
	key_wipe(passwd, sizeof(passwd));
	key_wipe(shadow, sizeof(shadow));
}

const struct audit_check audit_passwords = {.name = "passwords", .accounts = true, .slow = true, .run = run};
