/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the store and the courier: looks at incidents that changed, makes the message that is due for an output, and
 * writes down what became of it. What was sent is written down when its answer is there; so after a crash in between a
 * message may come twice, with the same delivery id.
 */
#pragma once

#include "server-stub/alert/courier.h"
#include "server-stub/alert/letter.h"
#include "server-stub/store/registry.h"
#include "server-stub/store/store_output.h"

#define DISPATCH_LOOK 200 /* incidents that are looked at in one transaction */
#define DISPATCH_AGAIN_S 15
#define DISPATCH_AGAIN_MAX_S 3600 /* the longest wait after failures, which begins with the other and doubles */

/* A message under way. */
struct dispatch_flight {
	bool used, is_test;
	uint32_t number;
	int64_t since_us;  /* by the monotonic clock; the caller's */
	int64_t wanted_us; /* of a test */
	char name[STORE_NAME_MAX];
	int64_t created_us; /* of the output */
	unsigned count;
	struct store_output_item items[LETTER_COUNT]; /* as they are when it has arrived */
};

struct dispatch {
	struct store *store;
	/* The outputs as of the last look, what waits for each, and what found no room. */
	unsigned output_count;
	struct store_output outputs[STORE_OUTPUTS_MAX];
	uint64_t waiting[STORE_OUTPUTS_MAX], lost[STORE_OUTPUTS_MAX];
	/* Of the last dispatch_write. The job's number is the caller's. */
	struct courier_job job;
	int64_t next_us;
	/* private */
	struct letter letter;
	struct views_incident incident;
	struct registry_device device;
};

/* Read the outputs anew, and look at some of the incidents that changed. *more: there are more. Errors of the store. */
ERR_CHECK enum err dispatch_look(struct dispatch *d, int64_t wall_us, bool *more);

/*
 * Make the message that is due for that one of d->outputs, or the test that somebody asked for. flight->used: there is
 * one, in d->job. Else d->next_us is when to ask again, by the wall clock; 0: when something changes.
 */
ERR_CHECK enum err dispatch_write(struct dispatch *d, unsigned output, int64_t wall_us, struct dispatch_flight *flight);

/* Write down what became of it: `wrong` is empty when it arrived. */
ERR_CHECK enum err dispatch_end(struct dispatch *d, const struct dispatch_flight *flight, const char *wrong,
				int64_t wall_us);
