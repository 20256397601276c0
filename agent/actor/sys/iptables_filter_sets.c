/* SPDX-License-Identifier: Apache-2.0 */
/* Makes, fills, reads and removes the policy's sets; what they are for stands in iptables_filter.h. */
#include "agent/actor/sys/iptables_filter_sets.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_SET 24

_Static_assert(FILTER_NETS_MAX <= IPSET_BULK_MAX && NFT_FILTER_HOSTS_MAX <= FILTER_NETS_MAX, "room for every list");

static struct ipset_kind kind_of(const struct iptables_filter_sets *s, unsigned set, char name[NAME_MAX_SET])
{
	char own[FILTER_SET_NAME_MAX];

	snprintf(name, NAME_MAX_SET, "caltrop_%c_%s", s->turn, filter_set_name(set, s->family, own));
	return (struct ipset_kind){name, s->family, true};
}

static bool is_in(const struct ipset_element *all, unsigned count, const struct addr *a)
{
	for (unsigned i = 0; i < count; i++)
		if (addr_equal(&all[i].addr, a))
			return true;
	return false;
}

/* What a set has to hold, each once and without an end. */
static unsigned list(const struct iptables_filter_sets *s, const struct nft_filter *f, unsigned set,
		     struct ipset_element out[FILTER_NETS_MAX])
{
	const struct filter *p = f->policy;
	const struct addr *all = NULL;
	unsigned count = 0, made = 0;

	if (set == FILTER_SERVICE && p->drops[FILTER_OUT]) {
		all = f->service;
		count = f->service_count;
	} else if (set == FILTER_RESOLVERS && p->drops[FILTER_OUT]) {
		all = f->resolvers;
		count = f->resolver_count;
	} else if (set <= p->net_lists) {
		all = &p->nets[p->nets_of[set - 1].first];
		count = p->nets_of[set - 1].count;
	}
	for (unsigned i = 0; i < count; i++)
		if (all[i].family == s->family && !is_in(out, made, &all[i]))
			out[made++] = (struct ipset_element){all[i], 0};
	return made;
}

static enum err find(struct iptables *t, const struct ipset_kind *k, struct xtables_set *out)
{
	out->revision = t->index[0].revision;
	return ipset_index(t->tables.fds[0], k, &out->index);
}

/* Asked for one by one, since before Linux 6.6 the removal of a set that is not there takes long, too. */
static enum err drop(struct iptables *t, const struct iptables_filter_sets *s)
{
	char name[NAME_MAX_SET];

	for (unsigned set = 1; set < IPTABLES_FILTER_SETS; set++) {
		struct ipset_kind k = kind_of(s, set, name);
		struct xtables_set there;
		enum err err = find(t, &k, &there);

		if (err == ERR_OK)
			err = ipset_destroy(&t->sets, &k);
		if (err != ERR_OK && err != ERR_NOT_FOUND)
			return err;
	}
	return ERR_OK;
}

static enum err make(struct iptables *t, struct iptables_filter_sets *s, const struct nft_filter *f, unsigned set)
{
	struct ipset_element all[FILTER_NETS_MAX];
	unsigned count = list(s, f, set, all);
	char name[NAME_MAX_SET];
	struct ipset_kind k = kind_of(s, set, name);
	enum err err;

	s->counts[set] = (uint8_t)count;
	if (count == 0)
		return ERR_OK;
	err = ipset_make(&t->sets, &k);
	if (err == ERR_OK)
		err = ipset_put_all(&t->sets, &k, all, count);
	return err == ERR_OK ? find(t, &k, &s->sets[set]) : err;
}

enum err iptables_filter_sets_make(struct iptables *t, struct iptables_filter_sets *s, const struct nft_filter *f)
{
	enum err err;

	s->turn = t->policy.turn[s->family == 6] == 'a' ? 'b' : 'a';
	err = drop(t, s);
	if (err == ERR_BUSY) {
		s->turn = s->turn == 'a' ? 'b' : 'a';
		err = drop(t, s);
	}
	for (unsigned set = 1; set < IPTABLES_FILTER_SETS && err == ERR_OK; set++)
		err = make(t, s, f, set);
	return err;
}

static bool is_whole(struct iptables *t)
{
	char name[NAME_MAX_SET];

	for (unsigned i = 0; i < 2; i++) {
		const struct iptables_filter_sets s = {.family = i ? 6 : 4, .turn = t->policy.turn[i]};

		for (unsigned set = 1; set < IPTABLES_FILTER_SETS; set++) {
			struct ipset_kind k = kind_of(&s, set, name);
			uint32_t count, wanted = t->policy.counts[i][set];

			if (wanted > 0 && (ipset_count(&t->sets, &k, &count) != ERR_OK || count != wanted))
				return false;
		}
	}
	return true;
}

static void remember(struct iptables *t, const struct iptables_filter_sets *s)
{
	t->policy.is_whole = is_whole;
	t->policy.turn[s->family == 6] = s->turn;
	memcpy(t->policy.counts[s->family == 6], s->counts, sizeof(s->counts));
}

void iptables_filter_sets_adopt(struct iptables *t, const struct iptables_filter_sets *s)
{
	const struct iptables_filter_sets old = {.family = s->family, .turn = s->turn == 'a' ? 'b' : 'a'};

	remember(t, s);
	iptables_filter_sets_drop(t, &old);
}

void iptables_filter_sets_drop(struct iptables *t, const struct iptables_filter_sets *s)
{
	/* One that a rule uses goes when its turn comes again. */
	(void)!drop(t, s);
}

void iptables_filter_sets_forget(struct iptables *t)
{
	for (unsigned i = 0; i < 2; i++)
		for (char turn = 'a'; turn <= 'b'; turn++)
			iptables_filter_sets_drop(t, &(struct iptables_filter_sets){.family = i ? 6 : 4, .turn = turn});
	t->policy.is_whole = NULL;
	memset(t->policy.turn, 0, sizeof(t->policy.turn));
	memset(t->policy.counts, 0, sizeof(t->policy.counts));
}

enum err iptables_filter_sets_find(struct iptables *t, struct iptables_filter_sets *s, const struct nft_filter *f)
{
	struct ipset_element all[FILTER_NETS_MAX];
	char name[NAME_MAX_SET];
	enum err err = ERR_OK;

	for (unsigned set = 1; set < IPTABLES_FILTER_SETS; set++) {
		struct ipset_kind k = kind_of(s, set, name);

		s->counts[set] = (uint8_t)list(s, f, set, all);
		if (s->counts[set] > 0 && find(t, &k, &s->sets[set]) != ERR_OK)
			err = ERR_UNVERIFIED;
	}
	return err;
}

struct comparison {
	const struct ipset_element *wanted;
	unsigned count, found;
	bool strange;
};

static void compare(void *context, const struct addr *a, uint64_t left_ms)
{
	struct comparison *c = context;

	c->found++;
	c->strange |= left_ms > 0 || !is_in(c->wanted, c->count, a);
}

enum err iptables_filter_sets_check(struct iptables *t, const struct iptables_filter_sets *s,
				    const struct nft_filter *f)
{
	struct ipset_element all[FILTER_NETS_MAX];
	char name[NAME_MAX_SET];

	remember(t, s);
	for (unsigned set = 1; set < IPTABLES_FILTER_SETS; set++) {
		struct ipset_kind k = kind_of(s, set, name);
		struct comparison c = {.wanted = all, .count = list(s, f, set, all)};
		enum err err = c.count == 0 ? ERR_OK : ipset_dump(&t->sets, &k, compare, &c);

		if (err != ERR_OK)
			return err == ERR_NOT_FOUND ? ERR_UNVERIFIED : err;
		if (c.strange || c.found != c.count)
			return ERR_UNVERIFIED;
	}
	return ERR_OK;
}
