/* SPDX-License-Identifier: Apache-2.0 */
/* The stock of prepared passwords; the worker makes them (worker_secret.c), reset.c uses them. */
#include "agent/actor/verb/secrets.h"

#include "agent/actor/verb/actor.h"
#include "agent/base/say.h"

#include <stdio.h>
#include <string.h>

static bool same_key(const struct key_der *a, const struct key_der *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static bool resets(const struct settings_rule_row *rule)
{
	for (unsigned step = 0; step < SETTINGS_STEPS_MAX; step++)
		if (rule->enabled && rule->steps[step] == VERB_RESET)
			return true;
	return false;
}

static bool may_be_needed(const struct actor *a)
{
	bool needed = a->mandate.trust_state == ERR_OK && a->mandate.trust.order_key_count > 0;

	for (unsigned i = 0; i < RULES_MAX; i++)
		needed = needed || resets(&a->settings.rules[i]);
	for (unsigned i = 0; i < a->settings.pack_rule_count; i++)
		needed = needed || resets(&a->settings.pack_rules[i].row);
	return IS_ENABLED(CONFIG_ACTION_RESET) && needed;
}

static void forget(struct secrets *s)
{
	key_wipe(s->ready, sizeof(s->ready));
	s->count = 0;
}

void secrets_refill(struct actor *a)
{
	struct worker_job job = {.kind = WORKER_SECRET, .key = a->mandate.trust.escrow};

	if (!same_key(&a->secrets.escrow, &a->mandate.trust.escrow)) {
		forget(&a->secrets);
		a->secrets.escrow = a->mandate.trust.escrow;
		a->secrets.stale += a->worker.preparing;
	}
	if (!may_be_needed(a))
		return;
	while (a->secrets.count + a->worker.preparing - a->secrets.stale < SECRETS_MAX)
		if (!worker_submit(&a->worker, &job))
			break;
}

void secrets_add(struct actor *a, const struct worker_result *result)
{
	if (a->secrets.stale > 0) {
		a->secrets.stale--;
		return;
	}
	a->health.accounts = result->err;
	if (result->err == ERR_OK && a->secrets.count < SECRETS_MAX)
		a->secrets.ready[a->secrets.count++] = result->secret;
	if (result->err != ERR_OK)
		say(SAY_ERR, "cannot prepare a password: %s", err_text((enum err)result->err));
}

enum err secrets_use(struct actor *a, struct worker_secret *out)
{
	if (!same_key(&a->secrets.escrow, &a->mandate.trust.escrow))
		secrets_refill(a);
	if (a->secrets.count == 0)
		return IS_ENABLED(CONFIG_ACTION_RESET) ? worker_prepare(&a->mandate.trust.escrow, out)
						       : ERR_UNSUPPORTED;
	*out = a->secrets.ready[--a->secrets.count];
	key_wipe(&a->secrets.ready[a->secrets.count], sizeof(*out));
	return ERR_OK;
}
