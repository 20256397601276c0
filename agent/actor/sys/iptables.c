/* SPDX-License-Identifier: Apache-2.0 */
/* Bans by ipset and iptables, and what the other verbs need of both. The bytes are xtables*.c's and ipset.c's. */
#include "agent/actor/sys/iptables.h"

#include <linux/netfilter.h>

#include <string.h>

#define TIME_UNKNOWN (UINT64_MAX / 4)
#define NAT64_PREFIX 96

static const struct ipset_kind kinds[IPTABLES_SETS] = {
	[BAN_SET4] = {"caltrop_ban4", 4, false},	[BAN_SET4_24] = {"caltrop_ban4_24", 4, true},
	[BAN_SET6] = {"caltrop_ban6", 6, false},	[BAN_SET6_64] = {"caltrop_ban6_64", 6, true},
	[BAN_SET4_NET] = {"caltrop_ban4_net", 4, true}, [BAN_SET6_NET] = {"caltrop_ban6_net", 6, true},
	[IPTABLES_NAT64] = {"caltrop_nat64", 6, false}, [IPTABLES_NAT64_NET] = {"caltrop_nat64_net", 6, true},
};

/* NULL behind the last one. */
static const char *const groups[IPTABLES_GROUPS + 1] = {
	[IPTABLES_BAN] = XTABLES_PREFIX "BAN",	     [IPTABLES_ISOLATE] = XTABLES_PREFIX "ISOLATE",
	[IPTABLES_LIMIT] = XTABLES_PREFIX "LIMIT",   [IPTABLES_PACKETS] = XTABLES_PREFIX "PACKETS",
	[IPTABLES_POLICY] = XTABLES_PREFIX "POLICY",
};

static const uint8_t families[2] = {4, 6};

enum err iptables_open(struct iptables *t)
{
	enum err err = ipset_open(&t->sets);

	if (err == ERR_OK)
		err = xtables_open(&t->tables);
	else
		t->tables.fds[0] = t->tables.fds[1] = t->tables.lock = -1;
	if (err != ERR_OK)
		iptables_close(t);
	return err;
}

void iptables_close(struct iptables *t)
{
	ipset_close(&t->sets);
	xtables_close(&t->tables);
}

/* -- groups of chains -- */

void iptables_begin(struct iptables *t, enum iptables_group which, uint8_t family)
{
	t->group.chains = (struct xtables_blob){.bytes = t->group_bytes, .cap = sizeof(t->group_bytes)};
	xtables_rule_begin(&t->group, groups[which], family);
}

enum err iptables_put(struct iptables *t, enum iptables_group which)
{
	enum err err = xtables_rule_end(&t->group);
	uint8_t family = t->group.chains.family;

	/* Without IPv6 there is nothing to let through, and nothing to stop. */
	if (err != ERR_OK || !xtables_has(&t->tables, family))
		return err;
	err = xtables_put(&t->tables, &t->group);
	if (err == ERR_OK)
		t->sums[family == 6][which] = xtables_blob_group_sum(&t->group);
	return err;
}

static enum err sum_of(struct iptables *t, enum iptables_group which, uint8_t family, uint64_t *sum)
{
	const char *const names[] = {groups[which], NULL};

	return xtables_sums(&t->tables, family, names, sum);
}

enum err iptables_check(struct iptables *t, enum iptables_group which)
{
	enum err err = xtables_rule_end(&t->group);
	uint8_t family = t->group.chains.family;
	uint64_t sum;

	if (err != ERR_OK || !xtables_has(&t->tables, family))
		return err;
	t->sums[family == 6][which] = xtables_blob_group_sum(&t->group);
	err = sum_of(t, which, family, &sum);
	return err == ERR_OK && sum != t->sums[family == 6][which] ? ERR_UNVERIFIED : err;
}

enum err iptables_there(struct iptables *t, enum iptables_group which, bool *there)
{
	*there = false;
	for (unsigned i = 0; i < 2; i++) {
		uint64_t sum;
		enum err err;

		if (!xtables_has(&t->tables, families[i]))
			continue;
		err = sum_of(t, which, families[i], &sum);
		if (err != ERR_OK)
			return err;
		*there = *there || sum != 0;
	}
	return ERR_OK;
}

enum err iptables_put_none(struct iptables *t, enum iptables_group which)
{
	enum err err = ERR_OK;

	for (unsigned i = 0; i < 2 && err == ERR_OK; i++) {
		iptables_begin(t, which, families[i]);
		err = iptables_put(t, which);
	}
	return err;
}

enum err iptables_empty(struct iptables *t, enum iptables_group which)
{
	bool there;
	enum err err = iptables_there(t, which, &there);

	if (err == ERR_OK && !there)
		return ERR_NOT_FOUND;
	return err == ERR_OK ? iptables_put_none(t, which) : err;
}

enum err iptables_gone(struct iptables *t, enum iptables_group which)
{
	bool there;
	enum err err = iptables_there(t, which, &there);

	return err == ERR_OK && there ? ERR_UNVERIFIED : err;
}

/* -- the table of bans -- */

static void put_ban_chain(struct iptables *t, const char *name, unsigned hook)
{
	uint8_t family = t->group.chains.family;
	bool out = hook == NF_INET_LOCAL_OUT;

	t->group.jump[hook] = (uint32_t)xtables_rule_chain(&t->group, name);
	for (unsigned i = 0; i < IPTABLES_SETS; i++)
		if (kinds[i].family == family)
			xtables_rule_put(&t->group, &(struct xtables_rule){.src_set = out ? NULL : &t->index[i],
									   .dst_set = out ? &t->index[i] : NULL,
									   .verdict = XTABLES_DROP});
}

static void make_bans(struct iptables *t, uint8_t family)
{
	iptables_begin(t, IPTABLES_BAN, family);
	put_ban_chain(t, XTABLES_PREFIX "BAN_FORWARD", NF_INET_FORWARD);
	put_ban_chain(t, XTABLES_PREFIX "BAN_IN", NF_INET_LOCAL_IN);
	put_ban_chain(t, XTABLES_PREFIX "BAN_OUT", NF_INET_LOCAL_OUT);
}

static enum err make_set(struct iptables *t, unsigned i)
{
	enum err err = ipset_make(&t->sets, &kinds[i]);

	if (err == ERR_EXISTS) {
		/* A set cannot be removed while rules use it. */
		err = iptables_put_none(t, IPTABLES_BAN);
		if (err == ERR_OK)
			err = ipset_destroy(&t->sets, &kinds[i]);
		if (err == ERR_OK)
			err = ipset_make(&t->sets, &kinds[i]);
	}
	/* iptables(8) shows and saves a rule only by the newest revision that the kernel has. */
	t->index[i].revision = xtables_has_match(&t->tables, 4, "set", 4) ? 4 : 1;
	return err == ERR_OK ? ipset_index(t->tables.fds[0], &kinds[i], &t->index[i].index) : err;
}

/* What the other verbs' chains are now is what they are to be, until those verbs have looked. */
static enum err adopt(struct iptables *t)
{
	enum err err = ERR_OK;

	for (unsigned i = 0; i < 2 && err == ERR_OK; i++)
		if (xtables_has(&t->tables, families[i]))
			err = xtables_sums(&t->tables, families[i], groups + IPTABLES_BAN + 1,
					   t->sums[i] + IPTABLES_BAN + 1);
	return err;
}

enum err iptables_setup(struct iptables *t)
{
	enum err err = ERR_OK;

	for (unsigned i = 0; i < IPTABLES_SETS && err == ERR_OK; i++)
		err = make_set(t, i);
	for (unsigned i = 0; i < 2 && err == ERR_OK; i++) {
		make_bans(t, families[i]);
		err = iptables_put(t, IPTABLES_BAN);
	}
	for (unsigned i = 0; i < 2 && err == ERR_OK; i++) {
		make_bans(t, families[i]);
		err = iptables_check(t, IPTABLES_BAN);
	}
	return err == ERR_OK ? adopt(t) : err;
}

/* -- elements -- */

/* The address by which an IPv4 one comes through NAT64, and the set it goes into. */
static struct addr behind_nat64(const struct addr *a, enum iptables_set *set)
{
	struct addr six = {.family = 6, .prefix = (uint8_t)(NAT64_PREFIX + a->prefix), .bytes = {0, 0x64, 0xff, 0x9b}};

	memcpy(six.bytes + NAT64_PREFIX / 8, a->bytes, 4);
	*set = a->prefix == 32 ? IPTABLES_NAT64 : IPTABLES_NAT64_NET;
	return six;
}

static uint32_t seconds(uint64_t timeout_ms)
{
	uint64_t s = (timeout_ms + 999) / 1000;

	return s < IPSET_TIMEOUT_MAX ? (uint32_t)s : IPSET_TIMEOUT_MAX;
}

static enum err tell(struct iptables *t, enum ipset_what what, const struct addr *a, uint64_t timeout_ms)
{
	struct ipset_element e = {*a, seconds(timeout_ms)};
	enum ban_set set;

	if (!ban_set_of(a, &set))
		return what == IPSET_PUT ? ERR_UNSUPPORTED : ERR_NOT_FOUND;
	ipset_begin(&t->sets);
	ipset_put(&t->sets, &kinds[set], what, &e);
	if (a->family == 4) {
		enum iptables_set nat64;

		e.addr = behind_nat64(a, &nat64);
		ipset_put(&t->sets, &kinds[nat64], what, &e);
	}
	return ipset_send(&t->sets);
}

enum err iptables_add(struct iptables *t, const struct addr *a, uint64_t timeout_ms)
{
	return tell(t, IPSET_PUT, a, timeout_ms);
}

enum err iptables_remove(struct iptables *t, const struct addr *a)
{
	return tell(t, IPSET_TAKE, a, 0);
}

enum err iptables_find(struct iptables *t, const struct addr *a, uint64_t *left_ms)
{
	enum err err = tell(t, IPSET_LOOK, a, 0);

	*left_ms = err == ERR_OK ? TIME_UNKNOWN : 0;
	return err;
}

struct walk {
	unsigned set;
	void (*each)(void *context, const struct addr *a, uint64_t left_ms);
	void *context;
};

/* Another program's network of a length that is not the set's is passed over. */
static void walk_element(void *context, const struct addr *a, uint64_t left_ms)
{
	const struct walk *w = context;
	enum ban_set set;

	if (ban_set_of(a, &set) && set == w->set)
		w->each(w->context, a, left_ms);
}

enum err iptables_dump(struct iptables *t, void (*each)(void *context, const struct addr *a, uint64_t left_ms),
		       void *context)
{
	enum err err = ERR_OK;

	for (unsigned set = 0; set < BAN_SETS_MAX && err == ERR_OK; set++) {
		struct walk walk = {set, each, context};

		err = ipset_dump(&t->sets, &kinds[set], walk_element, &walk);
	}
	return err;
}

static enum err put_chunk(struct iptables *t, enum ban_set set, struct ipset_element *list, unsigned count)
{
	enum iptables_set nat64 = IPTABLES_NAT64;
	enum err err = ipset_put_all(&t->sets, &kinds[set], list, count);

	if (err != ERR_OK || kinds[set].family != 4)
		return err;
	for (unsigned i = 0; i < count; i++)
		list[i].addr = behind_nat64(&list[i].addr, &nat64);
	return ipset_put_all(&t->sets, &kinds[nat64], list, count);
}

enum err iptables_bulk(struct iptables *t, enum ban_set set,
		       bool (*next)(void *context, struct addr *a, uint64_t *timeout_ms), void *context)
{
	struct ipset_element list[IPSET_BULK_MAX];
	enum err err = ERR_OK;
	bool more = true;

	while (more && err == ERR_OK) {
		uint64_t timeout_ms;
		unsigned count = 0;

		while (count < IPSET_BULK_MAX && (more = next(context, &list[count].addr, &timeout_ms)))
			list[count++].timeout_s = seconds(timeout_ms);
		if (count > 0)
			err = put_chunk(t, set, list, count);
	}
	return err;
}

/* -- watching -- */

static bool tables_are_right(struct iptables *t)
{
	for (unsigned i = 0; i < 2; i++) {
		uint64_t sums[IPTABLES_GROUPS];

		if (xtables_has(&t->tables, families[i]) &&
		    (xtables_sums(&t->tables, families[i], groups, sums) != ERR_OK ||
		     memcmp(sums, t->sums[i], sizeof(sums)) != 0))
			return false;
	}
	return true;
}

static bool sets_are_full(struct iptables *t, const uint32_t least[BAN_SETS_MAX])
{
	uint32_t wanted[IPTABLES_SETS] = {
		[IPTABLES_NAT64] = least[BAN_SET4], [IPTABLES_NAT64_NET] = least[BAN_SET4_24] + least[BAN_SET4_NET]};

	memcpy(wanted, least, BAN_SETS_MAX * sizeof(wanted[0]));
	for (unsigned i = 0; i < IPTABLES_SETS; i++) {
		uint32_t count;

		if (wanted[i] > 0 && (ipset_count(&t->sets, &kinds[i], &count) != ERR_OK || count < wanted[i]))
			return false;
	}
	return true;
}

void iptables_watch(struct iptables *t, const uint32_t least[BAN_SETS_MAX], struct netfilter_news *news)
{
	memset(news, 0, sizeof(*news));
	news->changed =
		!tables_are_right(t) || !sets_are_full(t, least) || (t->policy.is_whole && !t->policy.is_whole(t));
}
