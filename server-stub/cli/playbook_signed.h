/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `playbook sign` writes: JSON with the order that a playbook became, in base64, its signatures, and how many the
 * playbook asks for; or with the object that a bound one is (playbook_bound.h). The bytes of the order are what counts:
 * they are decoded and shown before anybody signs.
 */
#pragma once

#include "server-stub/cli/opts.h"

#include <jansson.h>

#include <stdio.h>

struct playbook_signed {
	json_t *order; /* the whole of the file, owned; NULL: the file is a playbook */
};

/* Read a file if it is one that was signed. OPTS_GO_ON, or the exit status after a message. */
int playbook_signed_read(const char *file, struct playbook_signed *out);

/*
 * The file with a signature more by each of these keys; no key signs twice. NULL after a message. The caller gives it
 * to json_decref().
 */
json_t *playbook_signed_add(const struct playbook_signed *s, const struct opts_list *keys, int *status);

/*
 * The body of POST /api/v1/orders, with these keys' signatures too, or of a bound playbook the whole of its file. NULL
 * after a message: too few have signed.
 */
json_t *playbook_signed_body(const struct playbook_signed *s, const struct opts_list *keys, int *status);

/* Say what was signed, for whom, until when and by how many. OPTS_GO_ON, or the exit status after a message. */
int playbook_signed_say(json_t *file, FILE *out);

/* Forget it. */
void playbook_signed_free(struct playbook_signed *s);
