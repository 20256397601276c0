/* SPDX-License-Identifier: Apache-2.0 */
/* Compares claims with lists of the settings, byte for byte. Never gives a role that no list names. */
#include "server-stub/sso/grant.h"

#include "server-stub/sso/claims.h"

#include <stddef.h>

static bool has_one(const json_t *claims, const char *claim, const char *wanted)
{
	struct str rest = str_from(wanted);

	while (!str_empty(rest)) {
		struct str item = str_trim(str_cut(&rest, ';'));

		if (!str_empty(item) && claims_has(claims, claim, item))
			return true;
	}
	return false;
}

const char *grant_role(const struct grant *g, const json_t *claims)
{
	static const char *const names[GRANT_ROLES] = {"admin", "responder", "auditor", "viewer"};

	for (unsigned i = 0; i < GRANT_ROLES; i++)
		if (str_equal(str_from(g->groups[i]), STR("*")) || has_one(claims, g->claim, g->groups[i]))
			return names[i];
	return NULL;
}

bool grant_factor(const struct grant *g, const json_t *claims)
{
	return has_one(claims, "amr", g->amr) || has_one(claims, "acr", g->acr);
}
