/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a trust bundle that came over the link to the one in force. The judgement is proto/succession.c's; this only
 * stores what it lets pass and says what it does not. The loop's watch on the directory does the rest, as after an
 * enrolment.
 */
#include "agent/actor/trustee.h"

#include "agent/base/say.h"
#include "agent/common/trust_bundle.h"
#include "proto/succession.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

_Static_assert(SUCCESSION_WHY_MAX <= MESSAGE_WHY_MAX, "the reason fits into health");

void trustee_refresh(struct actor *a)
{
	mandate_refresh(&a->mandate, a->trust_path);
	a->health.trust = (uint8_t)a->mandate.trust_state;
	a->health.trust_version = a->mandate.trust.version;
}

static enum err keep(const struct actor *a, struct str sealed, char why[SUCCESSION_WHY_MAX])
{
	int dir = open(a->trust_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err = dir < 0 ? err_from_errno(errno) : trust_bundle_keep(dir, sealed);

	if (dir >= 0)
		close(dir);
	if (err != ERR_OK)
		snprintf(why, SUCCESSION_WHY_MAX, "the trust bundle cannot be stored: %s", err_text(err));
	return err;
}

static enum err judge(const struct actor *a, struct str sealed, char why[SUCCESSION_WHY_MAX])
{
	const struct mandate *m = &a->mandate;
	const struct trust *t = &m->trust;
	const struct succession_from from = {
		.version = t->version,
		.fleet = t->fleet,
		.digest = t->digest,
		.roots_needed = t->roots_needed,
		.root_count = t->root_count,
		.roots = t->roots,
		.order_keys_needed = m->signatures_min,
		.order_key_count = t->order_key_count,
		.order_keys = t->order_keys,
	};
	struct bundle bundle;

	if (m->trust_state == ERR_OK)
		return succession_check(&from, sealed, &bundle, why);
	snprintf(why, SUCCESSION_WHY_MAX, "%s",
		 m->trust_state == ERR_NOT_FOUND ? "this device is not enrolled, so it trusts nobody's trust bundle"
						 : "what this device trusts now cannot be read: enrol it again");
	return ERR_UNTRUSTED;
}

void trustee_take(struct actor *a, struct str sealed)
{
	char why[SUCCESSION_WHY_MAX] = "";
	enum err err;

	trustee_refresh(a);
	err = judge(a, sealed, why);
	/* Sent once more: it says nothing new, nor does it make good what was refused before. */
	if (err == ERR_EXISTS)
		return;
	if (err == ERR_OK)
		err = keep(a, sealed, why);
	if (err == ERR_OK) {
		trustee_refresh(a);
		why[0] = '\0';
		say(SAY_NOTICE, "trust bundle %llu is in force: %u order keys",
		    (unsigned long long)a->health.trust_version, a->mandate.trust.order_key_count);
	} else {
		say(SAY_WARNING, "a trust bundle was refused: %s", why);
	}
	a->health.trust_refused = (uint8_t)err;
	memset(a->health.trust_why, 0, sizeof(a->health.trust_why));
	snprintf(a->health.trust_why, sizeof(a->health.trust_why), "%s", why);
}
