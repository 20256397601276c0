/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outputs: to whom the service tells of incidents, of which it does, and what each was told already. Nothing is queued
 * as a message: an item says what of an incident the output was told last, and since when it waits to be told more. So
 * what waits survives a restart, a storm becomes one message, and what was told is not told again.
 */
#pragma once

#include "server-stub/store/store.h"

#define STORE_OUTPUT_URL 512
#define STORE_OUTPUT_SECRET 256
#define STORE_OUTPUT_LIST 512
#define STORE_OUTPUTS_MAX 32
#define STORE_OUTPUT_FULL 10000 /* incidents that may wait for one output; further ones are counted, not told */

/* What of an incident is told; the numbers are bits. */
enum store_output_change { CHANGE_OPENED = 1, CHANGE_WORSE = 2, CHANGE_CLOSED = 4 };

struct store_output {
	char name[STORE_NAME_MAX], kind[16]; /* a row's name of alert/letter.c */
	char url[STORE_OUTPUT_URL];
	char user[STORE_NAME_MAX]; /* of a mail server; empty: none */
	char secret[STORE_OUTPUT_SECRET];
	char sender[STORE_TEXT_MAX], receivers[STORE_OUTPUT_LIST]; /* of mail; receivers with blanks between */
	uint8_t changes;					   /* of enum store_output_change */
	uint8_t severity;					   /* the lowest that is told */
	char groups[STORE_OUTPUT_LIST], rules[STORE_OUTPUT_LIST];  /* words with blanks between; empty: all */
	uint32_t gather_s;					   /* how long a message waits for more to tell */
	uint32_t after_s; /* it is told of what nobody has taken on for that long; 0: of all, at once */
	/* Between these minutes of a day (UTC) what is below quiet_severity waits. Both the same: there are none. */
	uint16_t quiet_from, quiet_to;
	uint8_t quiet_severity;
	char created_by[STORE_NAME_MAX];
	int64_t created_us; /* also which one of that name it is */
};

/* How it goes with an output. */
struct store_output_state {
	int64_t good_us;	      /* when it was last told something; 0: never */
	int64_t next_us;	      /* not to be tried before */
	uint32_t failures;	      /* one after the other; 0: the last message arrived */
	uint64_t messages, lost;      /* that arrived; and incidents that found no room */
	char error[STORE_TEXT_MAX];   /* of the last failure */
	int64_t wanted_us, tested_us; /* a test was asked for, and its answer is there; tested_us is the
					 wanted_us that it answers */
	char test[STORE_TEXT_MAX];    /* what was wrong; empty: it arrived */
};

/* What an output knows of an incident. */
struct store_output_item {
	uint8_t device[STORE_ID], incident[STORE_ID];
	uint8_t told; /* enum views_incident_state; 0: nothing was told */
	uint8_t severity;
	uint32_t reopened;
	int64_t due_us; /* 0: there is nothing to tell */
};

/* Add an output. ERR_EXISTS: there is one of that name. ERR_FULL: there are STORE_OUTPUTS_MAX. */
ERR_CHECK enum err store_output_add(struct store *s, const struct store_output *o);
ERR_CHECK enum err store_output_get(struct store *s, const char *name, struct store_output *out);
/* List all, by name. */
ERR_CHECK enum err store_output_list(struct store *s, bool (*each)(void *arg, const struct store_output *o), void *arg);
/* Remove an output and its items. ERR_NOT_FOUND. */
ERR_CHECK enum err store_output_remove(struct store *s, const char *name);

ERR_CHECK enum err store_output_state_get(struct store *s, const char *name, struct store_output_state *out);
/* Change the state of an output; one that is not there any more is left alone. */
ERR_CHECK enum err store_output_state_put(struct store *s, const char *name, const struct store_output_state *state);

/* Note that an incident changed, for store_output_changed_take; nothing is noted while there is no output. */
ERR_CHECK enum err store_output_changed(struct store *s, const uint8_t device[STORE_ID],
					const uint8_t incident[STORE_ID]);
/* Take the next one that changed, in a transaction. ERR_NOT_FOUND: there is none. Of `out` the ids are set. */
ERR_CHECK enum err store_output_changed_take(struct store *s, struct store_output_item *out);

ERR_CHECK enum err store_output_item_put(struct store *s, const char *name, const struct store_output_item *item);
/* `item` has the ids. ERR_NOT_FOUND: the output was told nothing of it, and nothing waits. */
ERR_CHECK enum err store_output_item_get(struct store *s, const char *name, struct store_output_item *item);
/* List at most `max` items that are due until then, the first first. */
struct store_output_due {
	const char *name;
	int64_t until_us;
	unsigned max;
	bool (*each)(void *arg, const struct store_output_item *item);
	void *arg;
};
ERR_CHECK enum err store_output_due(struct store *s, const struct store_output_due *due);
/* How many wait, and since when the first is or will be due; 0: none. */
struct store_output_waiting {
	uint64_t count;
	int64_t first_us;
};
ERR_CHECK enum err store_output_waiting(struct store *s, const char *name, struct store_output_waiting *out);
/* Forget what outputs were told of incidents that are kept no longer. */
ERR_CHECK enum err store_output_retain(struct store *s);
