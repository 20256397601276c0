/* SPDX-License-Identifier: Apache-2.0 */
/* The workflow of a CACAO playbook as steps, and their commands. Only for server-stub/playbook/cacao*.c. */
#pragma once

#include "server-stub/playbook/cacao.h"

#define CACAO_END ORDER_STEPS_MAX /* the place behind the last step */
#define CACAO_TARGET "x-caltrop:step"

/* Actions in the order in which they can be taken. */
struct cacao_walk {
	unsigned count;
	const char *ids[ORDER_STEPS_MAX]; /* borrowed from the document */
	const json_t *steps[ORDER_STEPS_MAX];
	uint8_t done[ORDER_STEPS_MAX], failed[ORDER_STEPS_MAX]; /* places of what follows, or CACAO_END */
};

/* Follow the workflow from its start. Errors of cacao_import(). */
ERR_CHECK enum err cacao_walk(const json_t *document, struct cacao_walk *out, char why[CACAO_WHY_MAX]);

/* The step that is taken next when step i was done, or was not; CACAO_END: none. */
unsigned cacao_next(const struct playbook *p, unsigned i, bool done);

/* Write a name of others as one of ours. */
void cacao_name(const char *name, char out[PLAYBOOK_NAME_MAX]);

/* The OpenC2 command of an action's first command, which the caller gives to json_decref(). NULL: there is none. */
json_t *cacao_command_of(const json_t *action);

/* The step in it, borrowed; NULL: it is of another profile, or has no verb. */
json_t *cacao_step_of(const json_t *openc2);

/* The OpenC2 command as the text of "content_b64"; NULL: there is no memory. */
json_t *cacao_command_text(const json_t *openc2);
