/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways in to a machine: who can log in and administer it, and whether locking an account would take the last such
 * way. Pure; ways_files.c reads what it judges.
 *
 * It counts another account only where it is sure, because to lock the last way in is worse than to refuse a lock that
 * would have done no harm, and takes the account itself for an administrator wherever it might be one.
 */
#pragma once

#include "agent/actor/sys/ssh_keys.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define WAYS_GRANTS_MAX 32     /* rows of sudoers(5) that are judged; of more, the rest is not known */
#define WAYS_LOOKUPS_MAX 256   /* accounts whose password is looked up before the search is given up: none found */
#define WAYS_HOME_MAX 256      /* bytes of a home directory's path with its NUL */
#define WAYS_SSHD_TEXT_MAX 128 /* of ways_sshd_text */

/* What sshd_config(5) says about keys. */
struct ways_sshd {
	bool home_keys; /* keys in ~/.ssh surely let in whoever owns them */
	bool root_keys; /* root's too */
	uint8_t others; /* enum ways_other, a bit each: ways in that neither the password nor those keys close */
};

enum ways_other {
	WAYS_KEYS_ELSEWHERE = 1, /* AuthorizedKeysFile names other files */
	WAYS_KEYS_COMMAND = 2,	 /* AuthorizedKeysCommand */
	WAYS_CERTIFICATES = 4,	 /* TrustedUserCAKeys */
	WAYS_HOSTS = 8,		 /* HostbasedAuthentication; hosts.equiv(5) or shosts.equiv */
	WAYS_TICKETS = 16,	 /* GSSAPIAuthentication or KerberosAuthentication */
};

struct ways {
	struct str passwd, shadow, group;
	struct str sudoers;   /* sudoers(5) and the files of sudoers.d behind it */
	bool sudoers_unknown; /* not all of it could be read (then it is empty), or another tool (doas) decides: the
			       * names of groups count */
	uint32_t today;	      /* days since 1970-01-01, to know expired accounts */
	struct ways_sshd sshd;
	/* Whether SSH keys surely let the account in (ssh_keys_let_in). Only called for accounts with a shell. */
	bool (*keys)(void *context, const char *home, uid_t uid);
	void *context;
};

/*
 * The text of sshd_config(5), the files it includes behind it. A setting counts wherever it stands, also in a Match
 * block: then nothing is sure.
 */
struct ways_sshd ways_sshd_read(struct str config);

/* Names of the ways in `others`, "" for none, for a receipt: "AuthorizedKeysCommand, hosts.equiv". */
void ways_sshd_text(uint8_t others, char text[WAYS_SSHD_TEXT_MAX]);

/*
 * Whether locking that account, which somebody can come in by, leaves nobody else who can log in and administer: an
 * account with a shell, not expired, that is user id 0 or that sudoers allows everything, with a password, or with keys
 * where it needs no password to administer. An account that surely administers nothing is the last way in only if no
 * other account lets anybody in. An account without a shell never is.
 */
bool ways_is_last(const struct ways *w, const char *account);

/*
 * The name of another account with a shell and that home directory, but another user id, whose keys are therefore the
 * same; data NULL: there is none.
 */
struct str ways_home_twin(struct str passwd, const char *account);
