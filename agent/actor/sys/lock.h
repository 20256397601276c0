/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locking an account and taking it back. Its password field of shadow(5) gets a "!" in front, as usermod(8) -L does,
 * and its SSH keys are set aside (ssh_keys.h). Every other byte of the file, its owner, mode and attributes stay.
 *
 * A lock does not end what runs, and does not close: su(1) and sudo(8) from other accounts, cron(8) jobs of the
 * account, keys that sshd reads from elsewhere, certificates, tickets and trusted hosts. Those that sshd_config(5)
 * shows are named in the text of lock_apply.
 *
 * The order: lock_look, then the caller puts the record where a power cut leaves it, then lock_apply. From then on the
 * record alone is enough for lock_release, in whatever state a crash left the machine, also when nothing was done yet.
 */
#pragma once

#include "agent/actor/sys/account.h"
#include "agent/actor/sys/ssh_keys.h"
#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/common/settings.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define LOCK_WHY_MAX 96	  /* of a refusal, with its NUL */
#define LOCK_TEXT_MAX 160 /* of what was done, with its NUL */
#define LOCK_PRINT 16	  /* bytes by which a password field is recognised: the start of its SHA-256 */
#define LOCK_UNDO_MAX 384 /* bytes of an encoded record */

struct lock_job {
	const struct settings *settings; /* [accounts] shadow, beside which are passwd and the others */
	const char *account;
	int64_t wall_s; /* seconds since 1970: for names of what is put aside, and to know expired accounts */
	bool last_way;	/* an order says so: also the last way in, and keys that another account has, too */
};

/* The record. It holds no secret: the password field only by its print. */
struct lock_undo {
	uid_t uid;
	bool password;		   /* the field let somebody in, so it gets the "!" */
	uint8_t field[LOCK_PRINT]; /* print of the field as it was */
	char home[ACCOUNT_HOME_MAX];
	struct ssh_keys_aside keys;
};

/*
 * Look at the account, judge, and make the record. Changes nothing. Errors fill why:
 * ERR_NOT_FOUND: no such account, or it has no line in shadow, so its password could not be locked.
 * ERR_EXISTS: it is locked: no password lets in and it has no SSH keys.
 * ERR_PROTECTED: the last way in for an administrator (ways.h), or its keys are another account's, too; not if
 * last_way. ERR_TOO_LONG: a password field of more than 512 bytes. Others: what could not be read.
 */
ERR_CHECK enum err lock_look(const struct lock_job *job, struct lock_undo *out, char why[LOCK_WHY_MAX]);

/* Whether lock_apply could have the account files now. ERR_BUSY: another program is changing them. Changes nothing. */
ERR_CHECK enum err lock_try(const struct lock_job *job, char why[LOCK_WHY_MAX]);

/*
 * Lock the password, then set the keys aside; both are on the disk when it returns. May be called again: it locks what
 * is not locked any more. ERR_BUSY: another program is changing accounts (call again), or the password is not the one
 * of the record (look again): text says which. ERR_READ_ONLY, ERR_UNVERIFIED (the disk does not show it) and others:
 * some of it may be done; lock_release takes that back. text is what was done, or why not.
 */
ERR_CHECK enum err lock_apply(const struct lock_job *job, const struct lock_undo *undo, char text[LOCK_TEXT_MAX]);

/*
 * Whether the files on the disk show the lock: no password lets in and no SSH keys are where sshd looks. false fills
 * why: which of both, or why it could not be seen.
 */
bool lock_is_held(const struct lock_job *job, const struct lock_undo *undo, char why[LOCK_WHY_MAX]);

/*
 * Take back what lock_apply did, and only that. A password that somebody set meanwhile stays, and only our "!" goes
 * from it; one that would be empty without it keeps it, unless it was empty before. Keys that were changed or made
 * meanwhile stay, ours aside. text says what was found. May be called again. ERR_BUSY: another program is changing
 * accounts. ERR_NOT_FOUND: the account is gone or a new one of that name; nothing was changed, and never will be.
 */
ERR_CHECK enum err lock_release(const struct lock_job *job, const struct lock_undo *undo, char text[LOCK_TEXT_MAX]);

/* Pure: the record as bytes, appended to b; and back. ERR_INVALID: no record of this version. */
void lock_undo_encode(struct buf *b, const struct lock_undo *undo);
ERR_CHECK enum err lock_undo_decode(struct str bytes, struct lock_undo *out);
