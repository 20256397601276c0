/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reboot that was ordered, from the order to the end of its rest: what is due next, as its record, the boot and the
 * time say. The record is on the disk before anything is done, so that the guard of the next boot knows of it, and so
 * does one that is started anew in between. Pure.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/now.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define RAILS_REBOOT_BOOT 8u
#define RAILS_REBOOT_DELAY_US (10 * SECOND_US) /* in which the receipt of the order leaves */
#define RAILS_REBOOT_GRACE_US (5 * MINUTE_US)  /* in which what runs may end */
#define RAILS_REBOOT_REST_US (15 * MINUTE_US)  /* of uptime before another one: a loop leaves time to end it */
#define RAILS_REBOOT_BYTES (2u + RAILS_REBOOT_BOOT + 8u)

enum rails_reboot_phase { RAILS_REBOOT_DUE, RAILS_REBOOT_ASKED, RAILS_REBOOT_REPORTED };

struct rails_reboot {
	uint8_t boot[RAILS_REBOOT_BOOT]; /* in which it was ordered */
	uint8_t phase;			 /* enum rails_reboot_phase */
	int64_t due_us;			 /* CLOCK_BOOTTIME of that boot */
};

enum rails_reboot_next {
	RAILS_REBOOT_WAIT,
	RAILS_REBOOT_ASK,    /* the init for it */
	RAILS_REBOOT_FAIL,   /* it did not come: say so, and forget it */
	RAILS_REBOOT_REPORT, /* this is another boot: say so, and note that it was said */
	RAILS_REBOOT_OVER,   /* the rest is over, too: forget it */
};

/* What is to be done at that time of that boot; with RAILS_REBOOT_WAIT, *until_us is when to ask again. */
enum rails_reboot_next rails_reboot_next(const struct rails_reboot *r, const uint8_t boot[RAILS_REBOOT_BOOT],
					 int64_t now_us, int64_t *until_us);

/* Append the bytes: version:u8 (1)  phase:u8  boot:u8 * 8  due_us:u64. */
void rails_reboot_encode(struct buf *b, const struct rails_reboot *r);

/* Read them back. ERR_INVALID: they are none of this version. */
ERR_CHECK enum err rails_reboot_decode(struct str bytes, struct rails_reboot *out);
