/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facets of a record: what a search can ask it for, whatever its kind. A filter compares with them, and a digest
 * (digest.h) keeps them, so that both mean the same. Pure.
 */
#pragma once

#include "agent/base/str.h"
#include "caltrop/v1/record.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

enum facet_name {
	FACET_SRC = 1,
	FACET_HOST, /* a src that is a host name: upper and lower case are the same */
	FACET_USER,
	FACET_OUTCOME,
	FACET_RULE,    /* of findings and receipts: its id */
	FACET_PROGRAM, /* its path, and what is left of that behind each slash; or a number in a finding's subject */
	FACET_PID,     /* a number */
	FACET_KIND,    /* a number: the tag of the record's body */
	FACET_DEVICE,  /* 16 bytes; of the batch, never of a record */
};

struct facet {
	enum facet_name name;
	struct str text; /* never empty, but for the two that are numbers */
	uint32_t number;
};

/* Call `each` for every facet of the record but its device, until it returns false. */
void facet_each(const Caltrop__V1__Record *r, bool (*each)(void *arg, const struct facet *f), void *arg);

/* "opened" for a finding's state. */
const char *facet_state(int state);
