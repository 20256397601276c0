/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interface of a verb: one row of the table in table.c, one file per row. An action runs through
 *
 *	policy (policy.h) -> rails -> budget -> apply -> verify -> receipt
 *
 * and the dispatcher (act.c) stamps the time of each step. A step that has to wait returns ERR_BUSY and is called
 * again, without blocking anybody, until its deadline.
 */
#pragma once

#include "agent/actor/verb/means.h"
#include "agent/base/err.h"
#include "agent/common/message.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define ACTION_WHY_MAX 96
#define ACTION_PROCESSES_MAX 64 /* whose end one action watches over */

struct actor;
struct action;
struct effect_more;

enum action_flags {
	ACTION_NEEDS_EXPIRY = 1, /* ends by itself; duration_s 0 takes the verb's, or the setting */
	ACTION_SYNC_BEFORE = 2,	 /* its undo record is on the disk before it acts */
	ACTION_NEEDS_FIREWALL = 4,
	ACTION_PROVEN_LATER = 8, /* what came of it is read back for a further receipt */
};

enum action_budget {
	ACTION_FREE,
	ACTION_BANS,
	ACTION_RESETS,
	ACTION_LOGOUTS,
	ACTION_LOCKS,
	ACTION_MAINTENANCES,
	ACTION_QUARANTINES,
	ACTION_KILLS,
	ACTION_LIMITS,
	ACTION_CUTS,
	ACTION_HOOKS,
	ACTION_SERVICES,
	ACTION_BUDGETS
};

struct action_row {
	uint16_t verb;
	uint16_t flags;
	uint8_t budget;			/* enum action_budget; orders spend none */
	uint32_t retry_ms, deadline_ms; /* of steps that return ERR_BUSY */

	/* May it be done? Changes nothing. Otherwise ERR_PROTECTED and the like, with action->why filled. */
	enum err (*rails)(struct actor *actor, struct action *action);

	/* Do it, journal first; set receipt.result when it is not RECEIPT_DONE. */
	enum err (*apply)(struct actor *actor, struct action *action);

	/* Read it back. ERR_UNVERIFIED when it is not as wanted. */
	enum err (*verify)(struct actor *actor, struct action *action);

	/* -- of a verb whose effect is in the ledger; NULL otherwise -- */

	/*
	 * Take the effect back, at its end or by the verb that undoes it; again and again until it succeeds. `more` is
	 * NULL for an address, or when the ledger knows of no such effect. ERR_NOT_FOUND: it was not there;
	 * ERR_EXISTS: an older one took its place, and the effect, which was amended, goes on as that one's. `text`
	 * says what was found, or why it failed.
	 */
	enum err (*revert)(struct actor *actor, const struct verb_args *args, const struct effect_more *more,
			   char text[ACTION_WHY_MAX]);

	/* Make the machine agree with the ledger; adds to *missing how many effects were not there any more. */
	enum err (*reconcile)(struct actor *actor, unsigned *missing);

	/* The settings or the machine's addresses changed: what is in force may have to change, too. */
	void (*recheck)(struct actor *actor);

	/* The service was heard. */
	void (*heard)(struct actor *actor);

	const struct means *means[MEANS_OF_ROW]; /* what it works with; NULL: no more */
};

enum action_phase { ACTION_APPLY, ACTION_VERIFY };

/* One action under way; everything that will be in its receipt is filled in as it becomes known. */
struct action {
	const struct action_row *row; /* NULL: this place is free */
	uint8_t phase;		      /* enum action_phase */
	bool tried;		      /* the current step was called before */
	bool proven;		      /* reset, isolate: apply has read it back, under the lock or before it cut */
	int64_t again_us, deadline_us;
	uint32_t retry_ms, deadline_ms; /* of one that waits otherwise than its row says; 0: as that says */
	int64_t known_us;		/* see struct act_request */
	int64_t wall_us;		/* reset: when, for the names of what it puts aside */
	size_t keys_at;	 /* reset: where its text says that keys were left, which verify looks at again; 0: none were */
	uid_t uid;	 /* logout: of the account */
	uint32_t round;	 /* audit, collect: which it began; hook, reset: its ticket; stop, disable: 1 once noted; kill:
			    its pen */
	bool keys_again; /* logout: the account's processes had put SSH keys there since its reset */
	char why[ACTION_WHY_MAX];
	struct actor_receipt receipt;
	void (*note)(struct actor *actor, struct actor_receipt *receipt); /* see struct act_request */
	struct {
		int32_t pid;
		int fd; /* pidfd, -1: gone */
	} processes[ACTION_PROCESSES_MAX];
	unsigned process_count;
};

/* The rows of this build; NULL ends them. The process hands them to the actor, so that no dispatcher names a verb. */
extern const struct action_row *const verb_table[];
