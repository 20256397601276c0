/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be done so that devices are as they are wanted: what each has against what it is to have, who gets a
 * change in which wave, and whether the next wave may begin. It asks nobody: who calls it has fetched what is known.
 */
#pragma once

#include "proto/object.h"
#include "server-stub/desired/desired.h"

#include <stdbool.h>
#include <stdint.h>

#define PLAN_ITEMS_MAX 64 /* of a group: settings, rules, policy, playbooks, and playbooks that are to go */

/* One object that devices are to keep under its kind and name. */
struct plan_item {
	char kind[16];
	char name[OBJECT_NAME_MAX];
	uint8_t sha256[32];
	bool goes; /* it takes the place of one that is to run no more: who never had that one needs nothing */
};

enum plan_sent { PLAN_PENDING = 1, PLAN_DONE, PLAN_FAILED };

/* The newest object of that kind and name that was made for a device. */
struct plan_kept {
	uint8_t sha256[32];
	uint64_t version;
	uint8_t sent; /* enum plan_sent: what the device said of it */
};

/* What a device tells of the settings that are in force on it. */
struct plan_tuning {
	uint64_t version; /* 0: none, or it has told nothing */
	uint64_t failed;  /* that it took back, 0: none */
};

enum plan_state {
	PLAN_SAME,    /* the device has it */
	PLAN_MISSING, /* it was never sent */
	PLAN_OTHER,   /* the device has another one, or is about to */
	PLAN_WAITS,   /* it is on its way, or on trial */
	PLAN_REFUSED, /* the device did not take it */
	PLAN_BACK,    /* the device took it and went back to the one before */
	PLAN_STATES,
};

/* "as wanted", "missing", ... */
const char *plan_state_name(enum plan_state state);

/* `kept` NULL: no such object was ever made for the device. */
enum plan_state plan_judge(const struct plan_item *item, const struct plan_kept *kept,
			   const struct plan_tuning *tuning);

/* Whether the item has to be sent to a device in this state. */
bool plan_sends(enum plan_state state);

struct plan_device {
	uint8_t id[16];
	bool connected;
	uint8_t wave;	/* from 0 */
	uint64_t place; /* by which waves are drawn: another order for each group, and always the same one */
	void *row;	/* the caller's */
};

/* Give each device its wave, and sort them by it. All are in the last one at the latest. */
void plan_waves(const struct desired *d, struct plan_device *devices, unsigned count);

/* How the devices of one wave are, each counted once, as its item that is worst off. */
struct plan_wave {
	unsigned same;	 /* have all */
	unsigned away;	 /* have not, and are not connected: they get it when they are */
	unsigned waits;	 /* are about to have all */
	unsigned failed; /* refused something or took it back */
};

enum plan_gate {
	PLAN_GO,     /* the next wave may begin */
	PLAN_HOLD,   /* devices are still at it */
	PLAN_STOP,   /* a device refused it or took it back: nobody else gets it */
	PLAN_NOBODY, /* all that are to show whether it is good are away */
};
enum plan_gate plan_gate(const struct plan_wave *w);
