/* SPDX-License-Identifier: Apache-2.0 */
/* An account event: who may log in, or what somebody may do, was changed. Its rows are in account.c. */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum account_action {
	ACCOUNT_ADDED = 0,
	ACCOUNT_REMOVED = 1,
	ACCOUNT_UID = 2,      /* it has another number */
	ACCOUNT_PASSWORD = 3, /* it has another password, or one at all */
	ACCOUNT_LOCKED = 4,   /* no password is right any more */
	ACCOUNT_EMPTIED = 5,  /* it needs no password */
	ACCOUNT_SHELL = 6,
	ACCOUNT_JOINED = 7, /* a group */
	ACCOUNT_LEFT = 8,   /* a group */
	ACCOUNT_ACTIONS = 9,
};

struct account_event {
	uint8_t action;	  /* enum account_action */
	bool root;	  /* its number is 0 */
	bool admin;	  /* the group is one whose members can become root */
	bool update;	  /* while a package manager had its lock */
	bool maintenance; /* while the device was maintained */
	uint32_t pid;	  /* of the process that did it; 0: not known */
	struct str name;  /* of the account */
	struct str id;	  /* its number; a text, because 0 has a meaning */
	struct str group;
	struct str shell;
	struct str image; /* the path of that process's program */
	struct str user;  /* who that process ran as: "root", or the number of another user */
};
