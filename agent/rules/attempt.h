/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One try to log in leaves several traces; this counts it once, at the first of them.
 *
 * What sshd with PAM leaves behind for one wrong password, and when (OpenSSH 9.2, measured):
 *
 *   password                      pid       | keyboard-interactive                  pid
 *   Invalid user U from A         P    once | Invalid user U from A                 M    once a connection
 *   audit USER_AUTH res=failed    P         | audit USER_AUTH res=failed            C1   a new child for each try
 *   pam_unix: auth failure rhost  P    once | pam_unix: auth failure rhost=A        C1
 *   Failed password for U from A  P   +2 s  | error: PAM: Authentication failure    M
 *                                           | Failed keyboard-interactive/pam       M
 *
 * pam_unix logs the first failure of a PAM transaction only, so the second try of a password connection has no PAM
 * line. A witness is one kind of trace from one source; the same line read from two files is two witnesses. Per
 * connection each witness's traces are numbered, and its n-th trace is a new attempt only when fewer than n attempts
 * have been counted. How a trace finds its connection when their pids differ is described in attempt.c.
 *
 * What one PAM module refuses (TRACE_PAM, TRACE_MODULE) is no verdict: another one may still say yes, and every log-in
 * of a directory's user begins with a refusal by pam_unix. It claims an attempt, so that traces are matched as above,
 * but the attempt counts when the conversation has failed: by the daemon's verdict, by an audit record (which says what
 * the whole stack said), or by the end of the connection. A success forgives what its conversation refused before.
 *
 * Where a refusal by pam_unix is known to be final (attempt_stack.h), ATTEMPT_REFUSED comes with out->early: the caller
 * may ban before the verdict. Such an attempt enters no count, and the caller takes its ban back when an attempt with
 * `forgiven` follows.
 *
 * HTTP answers a request without credentials with a failure (401), and a client may send what is refused today and
 * granted a moment later, as digests with an old nonce are. So the failures of one request, method and URL, are taken
 * back by its success, and by nothing else: a page that everybody may see says nothing about a password. A success that
 * bears the failures' user takes back all of them, one without a user only one. A request without credentials that is
 * refused is none; again and again refused and never granted, it is a look.
 *
 * A vouched trace is one that no local user can have written. out->vouched is the number of attempts for which this
 * trace is the first vouched one, whether or not they were counted before.
 *
 * A trace without src counts for the address that another line has named with its pid, before or after. A host name
 * is its own src as long as no line has named an address with that pid.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/hash.h"
#include "agent/base/now.h"
#include "agent/base/saved.h"
#include "agent/base/str.h"
#include "agent/base/view.h"
#include "agent/event/event.h"
#include "agent/rules/attempt_stack.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ATTEMPT_WAYS 64u     /* connections in a hash set; a single src seldom has more at once */
#define ATTEMPT_SAVED 63u    /* bytes of one saved connection */
#define ATTEMPT_SAVED_V1 61u /* in states of version 1 */

/* Bits, so that a rule says with a mask what it looks at. */
enum attempt_class {
	ATTEMPT_FAILURE = 1,
	ATTEMPT_SUCCESS = 2, /* with something that can be guessed: a password */
	ATTEMPT_PROBE = 4,   /* a log-in with a name, given up before the verdict */
	ATTEMPT_KEY = 8,     /* success with a key or ticket */
	ATTEMPT_LOOK = 16,   /* a connection without any try to log in: scanners, and monitors */
};

/* One counted attempt. Strings are the event's. */
struct attempt {
	uint8_t class; /* enum attempt_class */
	uint8_t service;
	uint8_t method;
	bool unknown_user;  /* the log says that there is no such account */
	uint32_t weight;    /* how many: repeated lines stand for several */
	uint32_t vouched;   /* how many, by traces that no local user can write; also with ATTEMPT_AGAIN */
	uint32_t forgiven;  /* refusals that a success took back; with any verdict */
	uint32_t cancelled; /* failures that counted and do no more: the same request was granted */
	uint32_t known;	    /* of `weight`: how many came with ATTEMPT_REFUSED, for this src, before */
	bool early;	    /* ATTEMPT_REFUSED: a ban need not wait for the verdict */
	uint32_t pid;
	struct addr src; /* the event's, or what an earlier trace of the connection said */
	struct str host; /* when the src is a name */
	struct str user;
};

enum attempt_verdict {
	ATTEMPT_NONE,	 /* no attempt: information, or a method that clients try by themselves */
	ATTEMPT_AGAIN,	 /* a further trace of what has been counted */
	ATTEMPT_COUNTED, /* new: *out is filled */
	ATTEMPT_REFUSED, /* new, by one PAM module: counts for nothing until it is known to have failed */
};

struct attempts {
	uint8_t *entries;
	uint32_t sets;
	struct hash_key key;
	uint64_t evicted; /* connections that were not idle yet and had to make room */
	uint64_t counted;
	uint32_t srcless;    /* ticks of the last trace of a connection whose src is not known */
	uint32_t refused_at; /* ticks of the last refusal by a module */
	struct attempt_stacks stacks;
	uint64_t refused, forgiven;
};

/* Bytes of memory for `connections`, rounded to a multiple of ATTEMPT_WAYS. */
size_t attempt_size(uint32_t connections);

/* Begin empty in memory of attempt_size(connections) bytes, which must outlive the struct. */
void attempt_init(struct attempts *a, void *memory, uint32_t connections, struct hash_key key);

/*
 * An authentication event, how many it stands for (64 at most count), the number of the source that it was read from,
 * and the time that it counts for.
 */
struct attempt_trace {
	const struct auth_event *event;
	uint32_t count;
	uint16_t source;
	bool vouched; /* no local user can have written it */
	bool late;    /* it was written some time before it is read */
	struct now now;
};

/*
 * Match one trace with its connection and count it. *out is filled for ATTEMPT_COUNTED and ATTEMPT_REFUSED, and for
 * any verdict when out->vouched, out->forgiven or out->cancelled is not 0; otherwise it is zero. Its strings are the
 * event's.
 */
enum attempt_verdict attempt_feed(struct attempts *a, const struct attempt_trace *trace, struct attempt *out);

/* How many connections the table has room for. */
uint32_t attempt_slots(const struct attempts *a);

/* Append all connections that are not idle to the saved state. Returns how many found no room in b (base/saved.h). */
uint32_t attempt_save(const struct attempts *a, struct buf *b, struct now now);

/* Put saved connections back. In states of version 1 every attempt that a trace claimed had been counted as failed. */
void attempt_restore(struct attempts *a, struct view *v, const struct saved_as *as);
