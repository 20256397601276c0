/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passwords that devices are sold with: those that botnets are known to try, and the vendor's own. Both are text with
 * USER:PASSWORD in each line. Pure.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum audit_default_source {
	AUDIT_DEFAULT_VENDOR,  /* the vendor's list has it for this account */
	AUDIT_DEFAULT_BOTNETS, /* that of botnets has */
	AUDIT_DEFAULT_NAME,    /* it is the account's name */
	AUDIT_DEFAULT_OTHERS,  /* one of the lists has it for another account */
	AUDIT_DEFAULT_SOURCES,
};

/* The built-in list: that of Mirai and of its successors. */
extern const char audit_defaults_botnets[];

/* The passwords to try for one account, the likeliest first, each once as far as its list goes. */
struct audit_defaults {
	struct str account, vendor; /* the vendor's list; empty: none */
	uint8_t place;		    /* where they are looked for now; zero to begin */
	struct str rest;	    /* of the list that is walked */
	bool begun;
};

/* The next one, and which list it is of. False: there is no more. */
bool audit_defaults_next(struct audit_defaults *d, struct str *password, uint8_t *source);
