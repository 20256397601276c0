/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes passwords (argon2id, libsodium's crypto_pwhash_str) in worker threads. A hash takes 64 MiB and some hundred
 * milliseconds, so at most WORK_AT_ONCE run at the same time and WORK_WAITING_MAX wait. Those of fewer failed tries
 * come first and push the others out, so that whoever guesses from many addresses keeps nobody else waiting.
 */
#pragma once

#include "server-stub/api/call.h"
#include "server-stub/api/passcode.h"
#include "server-stub/fleet/fleet_password.h"

#include <stdbool.h>

#define WORK_AT_ONCE 2
#define WORK_WAITING_MAX 64
#define WORK_PASSWORD_MAX 256 /* a longer password is refused */

struct work {
	uv_work_t request;
	struct work *next;
	struct call *call;
	unsigned rank; /* failed tries of whoever asks; fewer come first, then whoever waits longer */
	char password[WORK_PASSWORD_MAX];
	bool only_hash;			     /* there is nothing to compare: hash `wanted` */
	char hash[FLEET_PASSWORD_HASH];	     /* to compare with; "": there is no such user, which takes the same time */
	char wanted[WORK_PASSWORD_MAX];	     /* a password to hash if the first is right; "": none */
	char user[STORE_NAME_MAX], role[16]; /* the role of an operator to be added */
	char code[PASSCODE_MAX];	     /* of the second factor; "": none was sent */

	/* The results. `done` is called on the API's thread and answers the call. */
	bool is_right;
	char made[FLEET_PASSWORD_HASH]; /* hash of `wanted`; "": none or out of memory */
	void (*done)(struct work *w);
};

/*
 * Start the work or queue it, and take w, which is from calloc, over. The call is pending. False after an error answer:
 * WORK_WAITING_MAX wait, none of a higher rank. Work of the highest rank may be given up later for one of a lower: then
 * its call gets that answer instead of `done`.
 */
bool work_start(struct call *call, struct work *w);
