/* SPDX-License-Identifier: Apache-2.0 */
/* The rails: pure, so that every one of them is a unit test. Gathering the facts is hosts.c's and procs.c's work. */
#include "agent/actor/rails/rails.h"

#include "agent/base/hash.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned max;
} kinds[RAILS_KINDS] = {
	[RAILS_OWN] = {"an address of this machine", RAILS_OWN_MAX},
	[RAILS_GATEWAY] = {"a default gateway", RAILS_GATEWAYS_MAX},
	[RAILS_RESOLVER] = {"a resolver of this machine", RAILS_RESOLVERS_MAX},
	[RAILS_SERVER] = {"the service", RAILS_SERVERS_MAX},
	[RAILS_FRIEND] = {"an address of a name in never_ban", RAILS_FRIENDS_MAX},
};

uint32_t rails_name(const char *text)
{
	return hash_crc32c(0, text, strlen(text));
}

/* `name` NULL: whatever it is. */
static void remove_rows(struct rails_hosts *h, enum rails_kind kind, const uint32_t *name)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < h->count; i++) {
		if (h->rows[i].kind == kind && (!name || h->rows[i].name == *name))
			h->of[kind]--;
		else
			h->rows[kept++] = h->rows[i];
	}
	h->count = kept;
}

void rails_hosts_clear(struct rails_hosts *h, enum rails_kind kind)
{
	remove_rows(h, kind, NULL);
	h->left_out[kind] = 0;
}

void rails_hosts_forget(struct rails_hosts *h, enum rails_kind kind, uint32_t name)
{
	remove_rows(h, kind, &name);
}

void rails_hosts_put(struct rails_hosts *h, const struct rails_host *host)
{
	for (unsigned i = 0; i < h->count; i++)
		if (h->rows[i].kind == host->kind && h->rows[i].name == host->name &&
		    addr_equal(&h->rows[i].addr, &host->addr))
			return;
	if (h->of[host->kind] == kinds[host->kind].max) {
		h->left_out[host->kind]++;
		return;
	}
	h->of[host->kind]++;
	h->rows[h->count++] = *host;
}

void rails_hosts_add(struct rails_hosts *h, enum rails_kind kind, const struct addr *a)
{
	rails_hosts_put(h, &(struct rails_host){.kind = (uint8_t)kind, .addr = *a});
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

/* Whether banning drops packets of that host. */
static bool covers(const struct addr *ban, const struct addr *host)
{
	struct addr plain = addr_plain(host);

	return addr_overlaps(&plain, ban) || addr_overlaps(host, ban);
}

enum err rails_ban(const struct settings *s, const struct rails_hosts *h, const struct addr *a, char why[RAILS_WHY_MAX])
{
	struct addr ban = addr_plain(a);
	char text[ADDR_TEXT_MAX];

	if (!prefix_supported(&ban)) {
		snprintf(why, RAILS_WHY_MAX, "the widest networks that can be banned are /%d of IPv4 and /%d of IPv6",
			 VERB_PREFIX4_MIN, VERB_PREFIX6_MIN);
		return ERR_UNSUPPORTED;
	}
	if (addr_is_special(&ban))
		return refuse(why, "it is a loopback, unspecified, multicast or broadcast address");
	if (addr_holds_nat64(&ban))
		return refuse(why, "it is all of IPv4, as NAT64 carries it");
	for (unsigned i = 0; i < s->never_ban_count; i++)
		if (addr_overlaps(&s->never_ban[i], &ban)) {
			snprintf(why, RAILS_WHY_MAX, "never_ban covers %s", addr_text(&s->never_ban[i], text));
			return ERR_PROTECTED;
		}
	for (unsigned i = 0; i < h->count; i++)
		if (covers(&ban, &h->rows[i].addr)) {
			snprintf(why, RAILS_WHY_MAX, "%s is %s", addr_text(&h->rows[i].addr, text),
				 kinds[h->rows[i].kind].name);
			return ERR_PROTECTED;
		}
	return ERR_OK;
}

bool rails_is_friend(const struct settings *s, const struct rails_hosts *h, const struct addr *a)
{
	struct addr plain = addr_plain(a);

	for (unsigned i = 0; i < s->never_ban_count; i++)
		if (addr_contains(&s->never_ban[i], &plain))
			return true;
	for (unsigned i = 0; i < h->count; i++)
		if (h->rows[i].kind == RAILS_FRIEND && covers(&plain, &h->rows[i].addr))
			return true;
	return false;
}

unsigned rails_nets(const struct rails_hosts *h, uint8_t bits, struct addr *out, unsigned max)
{
	/* A machine may have more networks of its own than are told; what others it needs comes first. */
	static const uint8_t order[RAILS_KINDS] = {RAILS_FRIEND, RAILS_SERVER, RAILS_GATEWAY, RAILS_RESOLVER,
						   RAILS_OWN};
	unsigned count = 0, known;

	for (unsigned i = 0; i < h->count * RAILS_KINDS && count < max; i++) {
		const struct rails_host *host = &h->rows[i % h->count];
		struct addr net = addr_mask(&host->addr, bits);

		if (host->kind != order[i / h->count] || net.family != 6 || addr_is_special(&net))
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
	if (!message_by_itself(account->origin))
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
	if (process->by_rule && process->way_in)
		return refuse(why, "people log in through it; only an order may do that");
	if (process->by_rule && process->daemon)
		return refuse(why, "it is one of the system's services; only an order may do that");
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
