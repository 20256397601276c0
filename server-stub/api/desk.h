/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Desks that wait for a session: command lines whose operators sign in with a browser. The flow is that of RFC 8628
 * with one step more, because there whoever sends somebody the address of a desk of his own gets that person's session:
 *
 *   the desk tells the SHA-256 of a secret (RFC 7636), gets a code, and shows it with the address of our page;
 *   the page shows, to whoever is signed in there, which machine asks from where, and what it would get;
 *   when that person confirms, the page shows a number, and only the desk at which it is typed has the session.
 *
 * So a code, an address and a confirmation together are worth nothing without the secret of the desk that began and the
 * number, which the person is told to type at their own terminal only. A desk is good for DESK_GOOD_US, once, and
 * forgotten after DESK_TRIES wrong numbers. Nothing is stored: a service that starts anew knows of no desks.
 *
 * The caller has the clock and sends everything to one book from one thread.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define DESK_MAX 256  /* that wait at one time */
#define DESK_OF_NET 4 /* of one network; beyond it the oldest of them is forgotten */
#define DESK_GOOD_US (INT64_C(300) * 1000000)
#define DESK_TRIES 3
#define DESK_CODE 10	/* BCDF-GHJK and its NUL: 20^8 */
#define DESK_NUMBER 8	/* 123-456 and its NUL */
#define DESK_MACHINE 65 /* what the desk calls itself, and its NUL */
#define DESK_ADDRESS 64
#define DESK_HASH 32

struct desk {
	char code[DESK_CODE];
	char number[DESK_NUMBER];	   /* "": nobody has confirmed it */
	char machine[DESK_MACHINE];	   /* what it says of itself */
	char address[DESK_ADDRESS];	   /* where it asked from */
	char net[DESK_ADDRESS];		   /* of which that is: an IPv6 caller has as many addresses as it likes */
	uint8_t proof[DESK_HASH];	   /* SHA-256 of its secret */
	uint8_t session_sha256[DESK_HASH]; /* of the token of the session that confirmed it */
	int64_t until_us;		   /* 0: the place is free */
	unsigned wrong;			   /* numbers */
};

struct desk_book {
	struct desk places[DESK_MAX];
};

/* Let a desk wait, with a code of libsodium's random bytes. Only machine, address, net and proof of `wanted` are read.
 * NULL: DESK_MAX others wait. */
const struct desk *desk_begin(struct desk_book *book, const struct desk *wanted, int64_t mono_us);

/* The desk that waits under a code; letters of either case, with or without the dash. NULL: there is none. */
struct desk *desk_find(struct desk_book *book, struct str code, int64_t mono_us);

/* A session confirms the desk, which gets a number. False: one did before. */
bool desk_confirm(struct desk *desk, const uint8_t session_sha256[DESK_HASH]);

/*
 * Whether the desk that has this secret may have the session now. ERR_SIGNATURE: it is not the desk that began;
 * ERR_NOT_FOUND: nobody has confirmed it yet; ERR_INVALID: the number is wrong; ERR_FULL: it was wrong for the last
 * time, and the desk is forgotten. The number's spaces and dashes do not count.
 */
ERR_CHECK enum err desk_check(struct desk *desk, struct str secret, struct str number);

/* Forget the desk, and its secrets. */
void desk_end(struct desk *desk);
