/* SPDX-License-Identifier: Apache-2.0 */
/* Mail as RFC 5322 and MIME (RFC 2045) have it: a head of ASCII, and a body in base64. Pure. */
#pragma once

#include "agent/base/buf.h"
#include "server-stub/alert/courier.h"

#include <stdint.h>

#define LETTER_MAIL_HEAD_MAX 2048 /* room before the body, which letter_mail_head fills */

struct letter_mail {
	const char *sender, *receivers; /* receivers with blanks between */
	const char *subject;
	int64_t wall_us;
	const uint8_t *id; /* STORE_ID bytes */
};

/* Append the body: the text in base64, in lines of 76. */
void letter_mail_body(struct buf *b, struct str text);

/* Put the head before the body that is in the job. */
void letter_mail_head(const struct letter_mail *mail, struct courier_job *job);

/* What is wrong with these addresses; NULL: nothing. */
const char *letter_mail_wrong(const char *sender, const char *receivers);
