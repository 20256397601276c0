/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People: the operators, their sessions, and the audit log of what they did.
 */
#pragma once

#include "server-stub/store/store.h"

#define PERSON_IDLE_US (INT64_C(3600) * 1000000)
#define PERSON_TOTP 20	    /* bytes of an app's secret */
#define PERSON_TOTP_KEPT 68 /* as it is kept, sealed (fleet_seal.h) */
#define PERSON_RECOVERY_MAX 10
#define PERSON_PASSKEYS_MAX 8	/* of one operator */
#define PERSON_PASSKEY_ID 256	/* bytes; authenticators name theirs with 16 to 64 */
#define PERSON_SSO "!"		/* in place of a hash: nobody's password; a provider lets them in (api/sso.h) */
#define PERSON_SSO_FRONT "sso:" /* the names of such operators begin with it, and no others */
#define PERSON_DISABLED "*"	/* in place of a hash: nobody's password, as in shadow(5) */

struct person {
	char name[STORE_NAME_MAX];
	char role[16];		 /* viewer, responder, admin, auditor */
	char password[128];	 /* argon2id string (libsodium crypto_pwhash_str), or PERSON_DISABLED */
	bool must_change;	 /* one-time password: only a new password may be set with it */
	uint32_t failures;	 /* wrong codes since the last right one */
	int64_t locked_until_us; /* no code is tried before */
	/* The second factor (passcode.h); zeros: there is none. */
	uint8_t totp[PERSON_TOTP_KEPT], totp_next[PERSON_TOTP_KEPT]; /* in force; shown, and waiting for a code */
	int64_t totp_step;					     /* of the last code that was used */
	uint8_t recovery[PERSON_RECOVERY_MAX][STORE_HASH];	     /* of codes that were not used yet */
	uint32_t passkeys;					     /* rows of person_passkey that are theirs */
};

/* Whether codes of an app are in force; whether a second factor is, be it that or a passkey. */
bool person_has_app(const struct person *u);
bool person_has_factor(const struct person *u);
/* Whether a provider lets them in, or did until they were shut out. */
bool person_is_sso(const struct person *u);

/* A key pair of an operator's authenticator (Web Authentication); its private half never leaves that. */
struct person_passkey {
	uint8_t id_sha256[STORE_HASH]; /* of the id, by which it is found */
	char user[STORE_NAME_MAX], name[STORE_NAME_MAX];
	uint8_t id[PERSON_PASSKEY_ID]; /* as its authenticator chose it */
	uint32_t id_len;
	uint8_t point[64]; /* the public half: x and y on P-256 */
	uint32_t counter;  /* of its last signature; 0: it has none */
	int64_t created_us, used_us;
};

enum person_session_kind {
	SESSION_PROGRAM = 0, /* whoever sends its token as bearer */
	SESSION_BROWSER,     /* its token is a cookie; it also ends when nothing used it for PERSON_IDLE_US */
	SESSION_TOKEN,	    /* an API token: made by its operator for a program, to last, and for less than he may do */
	SESSION_SSO,	    /* as SESSION_BROWSER, by single sign-on */
	SESSION_SSO_FACTOR, /* the same, and the provider saw a second factor */
	SESSION_DESK,	    /* as SESSION_PROGRAM, of who signed in with a browser */
	SESSION_DESK_FACTOR, /* the same, of a SESSION_SSO_FACTOR */
	SESSION_KINDS,
};

struct person_session {
	uint8_t token_sha256[STORE_HASH];
	char user[STORE_NAME_MAX];
	int64_t created_us, expires_us;
	int64_t used_us; /* its last call, as far as that was written down */
	uint8_t kind;	 /* enum person_session_kind */
	/* Of an API token: what it is for, the role that it has, and the actions that it may do, each as in the audit
	 * log or "incident.*", separated by spaces; "": all of the role. */
	char name[STORE_NAME_MAX], role[16], scope[STORE_TEXT_MAX];
};

struct person_audit {
	int64_t wall_us;
	char user[STORE_NAME_MAX], action[STORE_NAME_MAX], detail[STORE_TEXT_MAX], address[STORE_NAME_MAX];
	uint16_t status;
	/* The store's: of this row and all before it (proto/audit_chain.h); zeros: of a store that had no chain then.
	 */
	uint8_t hash[STORE_HASH];
};

ERR_CHECK enum err person_put(struct store *s, const struct person *u);
ERR_CHECK enum err person_get(struct store *s, const char *name, struct person *out);
/* List all, by name. */
ERR_CHECK enum err person_list(struct store *s, bool (*each)(void *arg, const struct person *u), void *arg);
/*
 * In a transaction: write an operator back whose role or password changed, and end all of their sessions, which were of
 * the one before.
 */
ERR_CHECK enum err person_change(struct store *s, const struct person *u);
/* The same with a one-time password of that hash, or with PERSON_SSO, and without a second factor: who was shut out,
 * waited after failures or lost the device that shows codes or has the passkeys is let in. */
ERR_CHECK enum err person_readmit(struct store *s, struct person *u, const char *hash);
/* Write a passkey, in place of the one with its id if there is one. Whoever adds or removes one counts it in
 * person.passkeys, in the same transaction. */
ERR_CHECK enum err person_passkey_put(struct store *s, const struct person_passkey *p);
ERR_CHECK enum err person_passkey_get(struct store *s, const uint8_t id_sha256[STORE_HASH], struct person_passkey *out);
ERR_CHECK enum err person_passkey_remove(struct store *s, const uint8_t id_sha256[STORE_HASH]);
/* List an operator's passkeys, the oldest first. */
ERR_CHECK enum err person_passkey_list(struct store *s, const char *user,
				       bool (*each)(void *arg, const struct person_passkey *p), void *arg);
ERR_CHECK enum err person_session_put(struct store *s, const struct person_session *x);
ERR_CHECK enum err person_session_get(struct store *s, const uint8_t token_sha256[STORE_HASH],
				      struct person_session *out);
/* Write down that a session was used. One that is not there any more is not made again. */
ERR_CHECK enum err person_session_use(struct store *s, const uint8_t token_sha256[STORE_HASH], int64_t wall_us);
/* Whether a session is a page's, whose token is a cookie. */
bool person_session_is_page(const struct person_session *x);
/* Whether a session has ended by that time. */
bool person_session_over(const struct person_session *x, int64_t wall_us);
ERR_CHECK enum err person_session_remove(struct store *s, const uint8_t token_sha256[STORE_HASH]);
/* Remove all sessions of a user except the one of this token. */
ERR_CHECK enum err person_session_keep(struct store *s, const char *user, const uint8_t token_sha256[STORE_HASH]);
/* List all sessions, also those that have ended and were not removed yet, by user and time. */
ERR_CHECK enum err person_session_list(struct store *s, bool (*each)(void *arg, const struct person_session *x),
				       void *arg);
/* Remove the sessions that ended before. */
ERR_CHECK enum err person_session_expire(struct store *s, int64_t wall_us);
/*
 * In a transaction: append a row to the audit log, behind the hash of the one before. Rows from before there were
 * hashes are read once, for the first row with one. No call changes or removes a row.
 */
ERR_CHECK enum err person_audit_put(struct store *s, const struct person_audit *a);
/* The number and the hash of the last row; 0 and zeros: there is none. */
ERR_CHECK enum err person_audit_last(struct store *s, uint64_t *row, uint8_t hash[STORE_HASH]);
/* List rows, the newest first, or from the oldest on: those before or behind a row, 0: all. */
ERR_CHECK enum err person_audit_list(struct store *s, uint64_t before, unsigned max,
				     bool (*each)(void *arg, uint64_t rowid, const struct person_audit *a), void *arg);
ERR_CHECK enum err person_audit_follow(struct store *s, uint64_t behind, unsigned max,
				       bool (*each)(void *arg, uint64_t rowid, const struct person_audit *a),
				       void *arg);
