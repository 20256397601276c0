/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core decides, told to a listener at the moment it is decided, for `caltrop replay`. The guard has no
 * listener, and nothing of this costs it more than a look at a pointer.
 */
#pragma once

#include "agent/core/core.h"
#include "agent/rules/attempt.h"
#include "proto/pack.h"

#include <stdint.h>

enum decision_kind {
	DECISION_ATTEMPT = 1, /* an attempt counts from now on; a refusal by one PAM module may still be cancelled */
	DECISION_CANCELLED,   /* `count` attempts that were told of count no more */
	DECISION_FINDING,     /* a rule opens an incident */
	DECISION_STEP,	      /* the actor is asked for a step */
	DECISION_ALERT,	      /* a rule of the pack matches an event */
	DECISION_IGNORED,     /* an event that counts for nothing, or a step that the policy refuses; `why` says it */
};

/* Pointers are valid during the call of the listener. */
struct decision {
	enum decision_kind kind;
	uint32_t count;			/* attempts that it stands for; 0: of none */
	uint8_t outcome;		/* enum auth_outcome; AUTH_INFO: of no attempt */
	const struct attempt *attempt;	/* ATTEMPT, CANCELLED, FINDING, IGNORED; else NULL */
	const struct event *event;	/* ALERT; else NULL */
	const struct pack_about *about; /* ALERT: the rule that matches; else NULL */
	struct str service;		/* name of a service without a number of its own (SERVICE_OTHER); else none */
	const char *rule;		/* FINDING, STEP, IGNORED of a step: the rule's id; else NULL */
	const struct actor_receipt *refusal; /* IGNORED: the step that is refused; else NULL */
	const struct actor_act *act;	     /* STEP; else NULL */
	const char *why;		     /* a sentence without its full stop; never NULL */
};

struct decision_listener {
	void (*tell)(void *owner, const struct decision *decision);
	void *owner;
};

/* Tell `listener` of every decision from now on; it must outlive the core, or NULL: nobody. It must not call the core.
 */
void core_listen(struct core *core, const struct decision_listener *listener);

/*
 * Have rules of the pack be about events of all kinds, whatever sensors the settings leave off. Before the pack is
 * loaded.
 */
void core_sense_all(struct core *core);

/* Give an event as a sensor or a decoder made it, in place of a line; of the input, its source and place count. */
void core_recorded(struct core *core, const struct input *input, const struct event *event, struct now now);
