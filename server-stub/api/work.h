/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passwords (argon2id, libsodium crypto_pwhash_str) in worker threads: 64 MiB and some hundred milliseconds each, so
 * WORK_AT_ONCE of them run and WORK_WAITING_MAX more wait.
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
	char hash[WORK_HASH_MAX];	/* to compare with; "": a user there is not, which takes as long */
	char wanted[WORK_PASSWORD_MAX]; /* password to hash when the first one is right; "": none */
	char user[STORE_NAME_MAX];

	/* results, for `done` on the API's thread; done answers the call */
	bool is_right;
	char made[WORK_HASH_MAX]; /* hash of `wanted`; "": none or out of memory */
	void (*done)(struct work *w);
};

/* Start, or queue. Takes w (from calloc) over; the call is pending. false after an answer: too much waits. */
bool work_start(struct call *call, struct work *w);
