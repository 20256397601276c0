/* SPDX-License-Identifier: Apache-2.0 */
/* A playbook while it is read. Only for server-stub/playbook/recipe*.c. */
#pragma once

#include "server-stub/playbook/recipe.h"
#include "server-stub/sigma/doc.h"

struct recipe {
	struct playbook *out;
	struct recipe_mistakes *mistakes;
	bool used[PLAYBOOK_INPUTS_MAX]; /* inputs that a step wants */
	bool broken;			/* a step before has a mistake, so nothing is said of what they are together */
};

/* Note what is wrong at a place in the file. */
void recipe_note(struct recipe_mistakes *m, unsigned line, unsigned column, const char *why);

/* Note a mistake at a value, in the manner of printf(3). Returns false. */
bool recipe_wrong(struct recipe *r, const struct doc *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same at its key. */
bool recipe_wrong_key(struct recipe *r, const struct doc *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Read the list of steps. */
void recipe_steps(struct recipe *r, const struct doc *list);
