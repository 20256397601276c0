/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A playbook as its author writes it, in YAML:
 *
 *	name: botnet_dropper
 *	description: End what somebody fetched and started, and shut him out.
 *	on:                               # or: on: manual
 *	  rules: [breach, 2b7bb6dd-...]   # incidents of one of these rules,
 *	  tags: [attack.t1105]            # or with one of these tags,
 *	  level: high                     # of at least this level
 *	expires: 90d                      # how long after its signature it may run
 *	approvals: 2                      # signatures at least (default: 1)
 *	inputs:                           # of manual ones: what the operator has to say
 *	  who: whose sessions end
 *	steps:
 *	  - verb: kill
 *	    pid: $incident.pid            # a field of the incident, an input ($input.who), or a value
 *	    tree: yes
 *	    on_failure:                   # a step that is taken if this one is not done
 *	      verb: suspend
 *	      pid: $incident.pid
 *	  - verb: ban
 *	    addr: $incident.addr
 *	    when: done                    # or failed: the outcome of the step that was taken last; default: always
 *
 * Steps are taken from the first to the last, each at most once; nothing jumps, so nothing can go in circles.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/str.h"
#include "proto/playbook.h"

#include <stdbool.h>

#define RECIPE_BYTES_MAX (256u << 10)
#define RECIPE_MISTAKES_MAX 16
#define RECIPE_WHY_MAX 240

struct recipe_mistake {
	unsigned line, column; /* from 1; 0: the whole file */
	char why[RECIPE_WHY_MAX];
};

/* What is wrong, by its place; of more than fit, those that were found first. */
struct recipe_mistakes {
	unsigned count;
	struct recipe_mistake list[RECIPE_MISTAKES_MAX];
};

/*
 * Read a playbook. True: it has no mistake, and *out is whole but for its signature's time (until_s). False: *mistakes
 * says why not, and what to write instead.
 */
bool recipe_read(struct str text, struct playbook *out, struct recipe_mistakes *mistakes);

/* Append what stands under the key `cacao`: the document that the playbook was imported from. False: nothing does. */
bool recipe_kept(struct str text, struct buf *out);
