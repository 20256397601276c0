/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The courier brings messages out of the house. It is a process of its own (outside/aide.h). It speaks HTTPS and mail
 * over TLS by libcurl, with certificates that are verified; connects only to addresses that anybody may reach
 * or that the settings allow, and only to the ports that they name; and follows no redirect.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/err.h"

#include <stdint.h>

#define COURIER_AT_ONCE 8	 /* messages under way */
#define COURIER_MESSAGE_S 30	 /* that a message may take */
#define COURIER_ANSWER_S 45	 /* after which a message is given up: the courier crashed */
#define COURIER_ANSWER_MAX 65536 /* bytes of a far end's answer; they are not read */
#define COURIER_BODY_MAX 65536
#define COURIER_TEXT_MAX 256
#define COURIER_ALLOWED_MAX 16
#define COURIER_PORTS_MAX 16

struct courier_setup {
	char ca[512]; /* file of the certificates that are trusted; empty: the machine's */
	unsigned allowed_count, port_count;
	struct addr allowed[COURIER_ALLOWED_MAX]; /* addresses and networks that are not public, and may be reached */
	uint16_t ports[COURIER_PORTS_MAX];
};

struct courier_job {
	uint32_t number; /* the answer has it */
	uint32_t len;	 /* of the body */
	char method[8];	 /* POST or PUT, or MAIL */
	char url[768];
	char user[64], secret[256]; /* of a mail server; empty: none */
	char sender[256], receivers[512];
	char headers[768]; /* lines that end with LF */
	char body[COURIER_BODY_MAX];
};

struct courier_answer {
	uint32_t number;
	uint32_t good;		     /* 1: the far end took the message */
	char text[COURIER_TEXT_MAX]; /* what went wrong, a sentence */
};

struct aide;

/* Start the process, as aide_start() does; aide_fd(), aide_close(). */
ERR_CHECK enum err courier_start(const struct courier_setup *setup, struct aide **out);

/* Give it a message; at most COURIER_AT_ONCE may be without an answer. Errors of aide_send(). */
ERR_CHECK enum err courier_send(struct aide *c, const struct courier_job *job);

/* Take an answer without waiting; its text can be shown. Errors of aide_hear(). */
ERR_CHECK enum err courier_hear(struct aide *c, struct courier_answer *answer);
