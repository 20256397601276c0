/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is sent to an output: one message about one incident or many, in the form of the output's kind. All texts of
 * devices are escaped, and control characters become '?'. Pure.
 */
#pragma once

#include "server-stub/alert/courier.h"
#include "server-stub/store/store_output.h"
#include "server-stub/store/views.h"

#include <stdbool.h>

#define LETTER_LINES 20	  /* incidents that a message shows; of further ones it says how many they are */
#define LETTER_COUNT 1000 /* incidents that a message is about, at most */

/* An incident as a message shows it. */
struct letter_line {
	unsigned change; /* enum store_output_change */
	uint8_t id[STORE_ID], device[STORE_ID];
	uint8_t severity;
	bool is_open;
	uint32_t count;
	int64_t first_us, last_us;
	char title[160], rule[STORE_NAME_MAX], name[STORE_NAME_MAX], group[STORE_NAME_MAX];
	char src[STORE_NAME_MAX], user[STORE_NAME_MAX];
};

struct letter {
	bool is_test;
	int64_t wall_us;
	uint8_t id[STORE_ID];	 /* the same when the same is sent again */
	unsigned count, highest; /* incidents that it is about, and the highest severity of them */
	unsigned line_count;
	struct letter_line lines[LETTER_LINES];
};

/* What an incident is in a message; `name` and `group` are its device's. */
void letter_line(struct letter_line *out, const struct views_incident *i, const char *name, const char *group);

/* Make the message for that output. The number of the job is left alone. */
void letter_write(const struct letter *l, const struct store_output *o, struct courier_job *out);

/*
 * What is wrong with an output's kind, address, secret and so on, as a sentence that ends without a full stop; NULL:
 * nothing. *port is the one of its address.
 */
const char *letter_wrong(const struct store_output *o, uint16_t *port);

/* The part of an output's address that may be shown: scheme, host and port. A path may be a secret. */
void letter_place(const char *url, char *out, size_t cap);
