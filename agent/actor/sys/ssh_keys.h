/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An account's SSH keys: seen, set aside, put back. Setting aside is a rename within the same directory, so that nobody
 * logs in by them and nothing is lost. The directories are the account's own, so nothing in them is trusted: no link is
 * followed below HOME, and names that are put aside hold a random number, so that nobody can occupy them before.
 *
 * Keys that sshd reads from elsewhere (AuthorizedKeysFile, AuthorizedKeysCommand, sshd_config(5)) are not these.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Where keys are looked for. In a record each is a bit, so the numbers stay. */
enum ssh_keys_place {
	SSH_KEYS_FIRST = 0,    /* HOME/.ssh/authorized_keys */
	SSH_KEYS_SECOND = 1,   /* HOME/.ssh/authorized_keys2 */
	SSH_KEYS_LINK = 2,     /* HOME/.ssh where that is a symbolic link: sshd follows it, so the link itself moves */
	SSH_KEYS_DROPBEAR = 3, /* ETC/dropbear/authorized_keys: user id 0 alone, as OpenWrt's dropbear has it */
	SSH_KEYS_PLACES = 4,
};

#define SSH_KEYS_PRINT 16 /* bytes that a file's content is recognised by: the start of a SHA-256 */

/* Whose keys. The texts are borrowed. */
struct ssh_keys_owner {
	const char *home;
	const char *etc; /* the directory that holds passwd(5), without a slash at its end */
	uid_t uid;
};

/* What is put aside, all that it takes to put it back: NAME becomes NAME.caltrop-SECONDS-NUMBER, NUMBER in hex. */
struct ssh_keys_aside {
	int64_t wall_s;
	uint32_t number;
	uint8_t places; /* a bit for each that had something */
	uint8_t prints[SSH_KEYS_PLACES][SSH_KEYS_PRINT];
};

/* What became of the places of a record when they were put back: a bit for each in one of these. */
struct ssh_keys_back {
	uint8_t back;	 /* put back now */
	uint8_t there;	 /* nothing is aside: never set aside, put back before, or taken away by somebody else */
	uint8_t changed; /* what is aside is not what was set aside; left aside */
	uint8_t in_way;	 /* somebody made a new one in its place, which stays; left aside */
};

/*
 * A bit for each place that has something now. What belongs to neither the account nor root is none: sshd refuses it.
 * ERR_DENIED, ERR_IO and the like: it could not be seen, so nothing is known.
 */
ERR_CHECK enum err ssh_keys_present(const struct ssh_keys_owner *owner, uint8_t *places);

/*
 * Whether one of them surely lets somebody in to work: a line that starts with a type of key, so without options (which
 * may force a command), in a plain file of its owner or root that nobody else may write.
 */
bool ssh_keys_let_in(const struct ssh_keys_owner *owner);

/* Whether it has SSH keys in one of the places, or had before somebody set them aside. False where nothing is seen. */
bool ssh_keys_ever(const struct ssh_keys_owner *owner);

/* Plan to set aside what is present. Changes nothing. Errors as ssh_keys_present. */
ERR_CHECK enum err ssh_keys_plan(const struct ssh_keys_owner *owner, int64_t wall_s, struct ssh_keys_aside *out);

/* Appends where a plan puts keys, as full paths with a space between them, for people. */
void ssh_keys_text(struct buf *b, const struct ssh_keys_owner *owner, const struct ssh_keys_aside *aside);

/* Who syncs a directory whose names have changed. `dir` is borrowed for the call. */
struct ssh_keys_sync {
	enum err (*sync)(void *context, int dir);
	void *context;
};

/*
 * Set aside all that is present; may be called again, also after a crash in the middle of it. A place that is not in
 * the plan, or that got new keys since, is set aside under another number and so is not put back by the plan. Each
 * directory is synced before the call returns; or, where `later` is not NULL, handed to it.
 */
ERR_CHECK enum err ssh_keys_set_aside(const struct ssh_keys_owner *owner, const struct ssh_keys_aside *aside,
				      const struct ssh_keys_sync *later);

/* Put back what was set aside and is still the same, synced; may be called again. On an error *out says how far. */
ERR_CHECK enum err ssh_keys_put_back(const struct ssh_keys_owner *owner, const struct ssh_keys_aside *aside,
				     struct ssh_keys_back *out);
