/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes passwords (argon2id, libsodium's crypto_pwhash_str) in worker threads. A hash takes 64 MiB and some hundred
 * milliseconds, so at most WORK_AT_ONCE run at the same time and WORK_WAITING_MAX wait.
 */
#pragma once

#include "server-stub/api/call.h"

#include <stdbool.h>

#define WORK_AT_ONCE 2
#define WORK_WAITING_MAX 16
#define WORK_PASSWORD_MAX 256 /* a longer password is refused */
#define WORK_HASH_MAX 128     /* crypto_pwhash_STRBYTES */
#define WORK_OPS 3
#define WORK_MEMORY (64u << 20)

struct work {
	uv_work_t request;
	struct work *next;
	struct call *call;
	char password[WORK_PASSWORD_MAX];
	char hash[WORK_HASH_MAX];	/* to compare with; "": there is no such user, which takes the same time */
	char wanted[WORK_PASSWORD_MAX]; /* a password to hash if the first is right; "": none */
	char user[STORE_NAME_MAX];

	/* The results. `done` is called on the API's thread and answers the call. */
	bool is_right;
	char made[WORK_HASH_MAX]; /* hash of `wanted`; "": none or out of memory */
	void (*done)(struct work *w);
};

/* Start the work or queue it, and take w, which is from calloc, over. The call is pending. False after an error answer:
 * WORK_WAITING_MAX wait. */
bool work_start(struct call *call, struct work *w);
