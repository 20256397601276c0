/* SPDX-License-Identifier: Apache-2.0 */
/* The rails: pure, so that every one of them is a unit test. Gathering the facts is hosts.c's and procs.c's work. */
#include "agent/actor/rails/rails.h"

#include <stdio.h>
#include <string.h>

static const char *const kind_names[RAILS_KINDS] = {
	[RAILS_OWN] = "an address of this machine",
	[RAILS_GATEWAY] = "a default gateway",
	[RAILS_RESOLVER] = "a resolver of this machine",
	[RAILS_SERVER] = "the service",
};

void rails_hosts_clear(struct rails_hosts *h, enum rails_kind kind)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < h->count; i++)
		if (h->rows[i].kind != kind)
			h->rows[kept++] = h->rows[i];
	h->count = kept;
}

void rails_hosts_add(struct rails_hosts *h, enum rails_kind kind, const struct addr *a)
{
	for (unsigned i = 0; i < h->count; i++)
		if (h->rows[i].kind == kind && addr_equal(&h->rows[i].addr, a))
			return;
	if (h->count == RAILS_HOSTS_MAX) {
		h->left_out++;
		return;
	}
	h->rows[h->count].kind = (uint8_t)kind;
	h->rows[h->count++].addr = *a;
}

static enum err refuse(char why[RAILS_WHY_MAX], const char *what)
{
	snprintf(why, RAILS_WHY_MAX, "%s", what);
	return ERR_PROTECTED;
}

/* Which of the two a rule may have, policy.c decides. */
static bool prefix_supported(const struct addr *a)
{
	return a->prefix >= (a->family == 4 ? VERB_PREFIX4_MIN : VERB_PREFIX6_MIN);
}

enum err rails_ban(const struct settings *s, const struct rails_hosts *h, const struct addr *a, char why[RAILS_WHY_MAX])
{
	char text[ADDR_TEXT_MAX];

	if (!prefix_supported(a)) {
		snprintf(why, RAILS_WHY_MAX, "the widest networks that can be banned are /%d of IPv4 and /%d of IPv6",
			 VERB_PREFIX4_MIN, VERB_PREFIX6_MIN);
		return ERR_UNSUPPORTED;
	}
	if (addr_is_special(a))
		return refuse(why, "it is a loopback, unspecified, multicast or broadcast address");
	for (unsigned i = 0; i < s->never_ban_count; i++)
		if (addr_overlaps(&s->never_ban[i], a)) {
			snprintf(why, RAILS_WHY_MAX, "never_ban covers %s", addr_text(&s->never_ban[i], text));
			return ERR_PROTECTED;
		}
	for (unsigned i = 0; i < h->count; i++)
		if (addr_overlaps(&h->rows[i].addr, a)) {
			snprintf(why, RAILS_WHY_MAX, "%s is %s", addr_text(&h->rows[i].addr, text),
				 kind_names[h->rows[i].kind]);
			return ERR_PROTECTED;
		}
	return ERR_OK;
}

unsigned rails_nets(const struct rails_hosts *h, uint8_t bits, struct addr *out, unsigned max)
{
	unsigned count = 0, known;

	for (unsigned i = 0; i < h->count && count < max; i++) {
		struct addr net = addr_mask(&h->rows[i].addr, bits);

		if (net.family != 6 || addr_is_special(&net))
			continue;
		for (known = 0; known < count && !addr_equal(&out[known], &net); known++)
			;
		if (known == count)
			out[count++] = net;
	}
	return count;
}

enum err rails_account(const struct settings *s, const struct rails_account *account, char why[RAILS_WHY_MAX])
{
	if (account->origin != ORIGIN_RULE)
		return ERR_OK;
	if (account->is_root)
		return refuse(why, "only an order may do that to root");
	if (account->is_own)
		return refuse(why, "it is the user of the guard or of the service");
	for (unsigned i = 0; i < s->protect_count; i++)
		if (strcmp(s->protect[i], account->name) == 0)
			return refuse(why, "the account is in [response] protect");
	if (account->no_login) {
		snprintf(why, RAILS_WHY_MAX, "it is no account to log in with: %s", account->no_login);
		return ERR_PROTECTED;
	}
	if (account->twin[0]) {
		snprintf(why, RAILS_WHY_MAX, "it has the user id of '%s', which rules leave alone", account->twin);
		return ERR_PROTECTED;
	}
	return ERR_OK;
}

enum err rails_kill(const struct rails_process *process, char why[RAILS_WHY_MAX])
{
	if (process->pid == 1)
		return refuse(why, "pid 1 is the init system");
	if (process->guard)
		return refuse(why, "it is the guard itself");
	if (process->kernel_thread)
		return refuse(why, "it is a kernel thread");
	return ERR_OK;
}

enum err rails_suspend(const struct rails_process *process, int32_t root, char why[RAILS_WHY_MAX])
{
	char of_one[RAILS_WHY_MAX - 32];
	enum err err = rails_kill(process, why);

	if (err == ERR_OK && process->above_guard)
		err = refuse(why, "the guard runs below it");
	if (err == ERR_OK || process->pid == root)
		return err;
	snprintf(of_one, sizeof(of_one), "%.*s", (int)sizeof(of_one) - 1, why);
	snprintf(why, RAILS_WHY_MAX, "process %d of its tree: %s", (int)process->pid, of_one);
	return err;
}
