/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that caltropd has run. What it would start itself would have its filter of system calls and its few
 * capabilities, so a process is forked from it before it confines itself: the starter. That takes requests of a fixed
 * size over a socket pair, each about a program that root's settings declare, a service of this machine or its reboot.
 * For each it runs one program by its absolute path, within limits, and it ends when caltropd ends. It takes no path,
 * no command and no text but the checked arguments of a verb and a secret, so a captured caltropd gets no more of it
 * than those.
 */
#pragma once

#include "agent/actor/sys/service.h"
#include "agent/base/err.h"
#include "agent/common/settings.h"
#include "proto/verb.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define STARTER_JOBS_MAX 4u /* under way at one time */
#define STARTER_TEXT_MAX 96
#define STARTER_SECRET_MAX 64 /* characters and a NUL */

struct starter_request {
	uint32_t ticket; /* repeated in the result; not 0 */
	struct verb_args args;
	char secret[STARTER_SECRET_MAX]; /* reset: what the program gets; wipe the whole after use */
};

struct starter_result {
	uint32_t ticket;
	uint8_t err;		     /* enum err; ERR_OK: the program ended with status 0 */
	uint8_t begun;		     /* 1: the program was begun, however it ended */
	char text[STARTER_TEXT_MAX]; /* how it ended, and the first line that it wrote, if it got no secret; printable
					ASCII */
};

struct starter {
	int socket; /* to the starter, -1: there is none */
	pid_t pid;
	enum service_manager services; /* who managed services when it was started */
	uint32_t ticket;	       /* the last one given out */
	struct {
		uint32_t ticket; /* 0: the place is free */
		bool done;
		struct starter_result result;
	} jobs[STARTER_JOBS_MAX];
};

/*
 * Fork the starter, which keeps the settings as they are now. Call it before the process is confined and before it has
 * threads. Errors of socketpair(2) and fork(2): then socket is -1.
 */
ERR_CHECK enum err starter_start(struct starter *r, const struct settings *s);

/* Ask for what the arguments say. ERR_BUSY: as many as can be are under way; ERR_CLOSED: there is no starter. */
ERR_CHECK enum err starter_submit(struct starter *r, const struct verb_args *args, uint32_t *ticket);

/* The same for a reset, whose program gets the secret. ERR_TOO_LONG: it is longer than STARTER_SECRET_MAX. */
ERR_CHECK enum err starter_submit_secret(struct starter *r, const struct verb_args *args, const char *secret,
					 uint32_t *ticket);

/* Whether one more can be asked for now. */
bool starter_has_room(const struct starter *r);

/* The socket can be read: take the results that are there. ERR_CLOSED: the starter has ended. */
ERR_CHECK enum err starter_read(struct starter *r);

/* Take the result of a ticket. ERR_BUSY: it is under way; ERR_CLOSED: the starter has ended before it was over. */
ERR_CHECK enum err starter_take(struct starter *r, uint32_t ticket, struct starter_result *out);
