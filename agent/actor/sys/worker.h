/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread for what takes milliseconds and must not hold up a ban: syncing the journal, signing the chain of
 * receipts, putting objects in place, and preparing secrets with their slow hash and sealed box before they are needed.
 * Jobs and results are messages over two pipes; nothing is shared.
 */
#pragma once

#include "agent/actor/sys/object_file.h"
#include "agent/base/err.h"
#include "agent/base/key.h"
#include "agent/common/password.h"
#include "proto/chain.h"

#include <stdbool.h>
#include <stdint.h>

#define WORKER_SECRET_MAX 24 /* characters and a NUL */
#define WORKER_SEALED_MAX 256

enum worker_kind { WORKER_SYNC = 1, WORKER_SECRET = 2, WORKER_SIGN = 3, WORKER_OBJECT = 4 };

/* The last place of the chain of receipts (proto/chain.h), and the signature of the statement about it. */
struct worker_head {
	uint64_t seq;
	uint8_t hash[CHAIN_HASH];
	uint16_t signature_len; /* 0: not signed */
	uint8_t signature[KEY_SIGNATURE_MAX];
};

struct worker_job {
	uint8_t kind;
	int fd;			 /* sync: of the journal, or of a directory; sign: of the chain's file, -1 for none */
	bool close_fd;		 /* sync: and close it then */
	struct key_der key;	 /* secret: the escrow key, len 0 for none; sign: the private key */
	struct worker_head head; /* sign: seq and hash */
	struct object_file_job object;
};

/* A new password, ready to be put in. Wipe it after use. */
struct worker_secret {
	char secret[WORKER_SECRET_MAX];
	char hash[PASSWORD_HASH_MAX];
	uint16_t sealed_len; /* 0: no escrow key */
	uint8_t sealed[WORKER_SEALED_MAX];
};

struct worker_result {
	uint8_t kind;
	uint8_t err; /* enum err */
	struct worker_secret secret;
	struct worker_head head;
};

struct worker {
	int jobs;	    /* write end */
	int results;	    /* read end, for poll */
	unsigned syncing;   /* sync jobs under way */
	unsigned preparing; /* secret jobs under way */
	unsigned signing;   /* sign jobs under way */
	unsigned putting;   /* object jobs under way */
};

/* Start the thread. Errors of pipe2(2) and pthread_create(3). */
ERR_CHECK enum err worker_start(struct worker *w);

/* Give a copy of the job to the thread. False: too many jobs wait, and nothing was done. */
bool worker_submit(struct worker *w, const struct worker_job *job);

/* Take the next result. False: there is none now. */
bool worker_take(struct worker *w, struct worker_result *out);

/* What the thread does for a WORKER_SECRET job; also called directly when no prepared one is left. */
ERR_CHECK enum err worker_prepare(const struct key_der *escrow, struct worker_secret *out);
