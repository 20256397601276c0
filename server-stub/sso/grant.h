/* SPDX-License-Identifier: Apache-2.0 */
/* From a provider's claims to what somebody may do here: groups to a role, and whether there was a second factor. Pure.
 */
#pragma once

#include <jansson.h>

#include <stdbool.h>

#define GRANT_TEXT_MAX 256

enum grant_role { GRANT_ADMIN, GRANT_RESPONDER, GRANT_AUDITOR, GRANT_VIEWER, GRANT_ROLES };

/* As the settings say it. Lists have ';' between their items, around which spaces do not count. */
struct grant {
	char claim[64];				       /* the name of the claim with the groups */
	char groups[GRANT_ROLES][GRANT_TEXT_MAX];      /* whose members have that role; "*": everybody */
	char amr[GRANT_TEXT_MAX], acr[GRANT_TEXT_MAX]; /* values of these claims that stand for a second factor */
};

/* The name of the first role, in the order of the enum, of which a group is among the claims'; NULL: of none. */
const char *grant_role(const struct grant *g, const json_t *claims);

/* Whether the claims say that there was a second factor, in words that the settings trust. */
bool grant_factor(const struct grant *g, const json_t *claims);
