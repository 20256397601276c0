/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and rewrites tables as bytes, for xtables.c. Never calls the kernel. */
#include "agent/actor/sys/xtables_blob.h"

#include "agent/base/hash.h"
#include "agent/base/str.h"

#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_limit.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <string.h>

_Static_assert(XTABLES_BYTES_MAX / (sizeof(struct ipt_entry) + XTABLES_PIECE) <= XTABLES_ENTRIES_MAX, "all that fit");

bool xtables_blob_plain(struct xtables_blob *b, int verdict)
{
	const struct xtables_layout *l = xtables_entry_layout(b->family);
	uint16_t size = XTABLES_ALIGN(sizeof(struct xt_standard_target)), target = (uint16_t)l->head;
	uint16_t next = (uint16_t)(target + size);
	uint8_t *p = b->bytes + b->len;

	if (b->cap - b->len < next)
		return false;
	memset(p, 0, next);
	memcpy(p + l->target, &target, sizeof(target));
	memcpy(p + l->target + 2, &next, sizeof(next));
	memcpy(p + target, &size, sizeof(size));
	memcpy(p + target + XTABLES_VERDICT_AT, &verdict, sizeof(verdict));
	b->len += next;
	b->count++;
	return true;
}

/* -- reading -- */

/* Behind a name the kernel may have left a part of a pointer. */
static void clear_name(uint8_t *piece)
{
	size_t len = strnlen((char *)piece + XTABLES_NAME_AT, XT_EXTENSION_MAXNAMELEN);

	memset(piece + XTABLES_NAME_AT + len, 0, XT_EXTENSION_MAXNAMELEN - len);
}

/* Kernels before 4.11 give what a match keeps for itself, too. */
static void clear_match(uint8_t *match, size_t size)
{
	size_t own = XTABLES_PIECE + offsetof(struct xt_rateinfo, prev);

	clear_name(match);
	if (strcmp((char *)match + XTABLES_NAME_AT, "limit") == 0 && size > own)
		memset(match + own, 0, size - own);
}

static bool clear_entry(struct xtables_blob *b, const struct xtables_entry *e)
{
	const struct xtables_layout *l = xtables_entry_layout(b->family);

	memset(b->bytes + e->at + l->target - sizeof(uint32_t), 0, sizeof(uint32_t)); /* nfcache */
	memset(b->bytes + e->at + l->target + 4, 0, l->head - l->target - 4);	      /* comefrom, counters */
	for (size_t at = e->at + l->head; at < e->target;) {
		size_t size = e->target - at < XTABLES_PIECE ? 0 : xtables_entry_u16(b->bytes + at);

		if (size < XTABLES_PIECE || size > e->target - at)
			return false;
		clear_match(b->bytes + at, size);
		at += size;
	}
	clear_name(b->bytes + e->target);
	return true;
}

static bool hooks_are_entries(const struct xtables_blob *b, const uint32_t hooks[XTABLES_HOOKS])
{
	for (unsigned h = 0; h < XTABLES_HOOKS; h++) {
		struct xtables_entry e = {0};
		size_t at = 0;
		bool found = !(b->valid_hooks & 1u << h);

		while (!found && xtables_entry_next(b, &at, &e))
			found = e.at == hooks[h];
		if (!found)
			return false;
	}
	return true;
}

enum err xtables_blob_read(struct xtables_blob *b)
{
	struct xtables_entry e;
	size_t at = 0;

	b->count = 0;
	while (xtables_entry_next(b, &at, &e)) {
		if (!clear_entry(b, &e))
			return ERR_CORRUPT;
		if (++b->count > XTABLES_ENTRIES_MAX)
			return ERR_FULL;
	}
	return at == b->len && b->count > 0 && hooks_are_entries(b, b->hook) && hooks_are_entries(b, b->under)
		       ? ERR_OK
		       : ERR_CORRUPT;
}

/* -- comparing -- */

static uint64_t mix(uint64_t so_far, const void *data, size_t len)
{
	const struct hash_key key = {so_far, UINT64_C(0x63616c74726f7021)};

	return hash_bytes(&key, data, len);
}

/* A jump counts by the name of its chain, because everybody's next change of the table moves it. */
static uint64_t mix_entry(uint64_t sum, const struct xtables_blob *b, const struct xtables_entry *e)
{
	int verdict;
	struct str chain;

	if (!xtables_entry_standard(b, e, &verdict))
		return mix(sum, b->bytes + e->at, e->next - e->at);
	sum = mix(sum, b->bytes + e->at, e->target + XTABLES_VERDICT_AT - e->at);
	chain = xtables_entry_chain(b, verdict);
	return chain.len > 0 ? mix(sum, chain.data, chain.len) : mix(sum, &verdict, sizeof(verdict));
}

static uint64_t sum_chains(const struct xtables_blob *b, struct str name)
{
	uint64_t sum = 0, chain_sum = 0;
	struct str chain;
	struct xtables_entry e;
	size_t at = 0;
	bool inside = false;

	while (xtables_entry_next(b, &at, &e)) {
		if (xtables_entry_head(b, &e, &chain)) {
			sum += inside ? chain_sum : 0;
			inside = str_starts(chain, name);
			chain_sum = mix(1, chain.data, chain.len);
		} else if (inside) {
			chain_sum = mix_entry(chain_sum, b, &e);
		}
	}
	return sum + (inside ? chain_sum : 0);
}

static uint64_t sum_jump(unsigned hook, struct str chain)
{
	return mix(mix(2, &hook, sizeof(hook)), chain.data, chain.len);
}

/* The chain of the guard to which a rule leads all packets. False: it does not, or tests something. */
static bool own_jump(const struct xtables_blob *b, const struct xtables_entry *e, struct str *chain)
{
	static const uint8_t none[sizeof(struct ip6t_entry)];
	const struct xtables_layout *l = xtables_entry_layout(b->family);
	int verdict;

	if (e->target - e->at != l->head || !xtables_entry_standard(b, e, &verdict) || verdict <= 0 ||
	    memcmp(b->bytes + e->at, none, l->target - sizeof(uint32_t)) != 0)
		return false;
	*chain = xtables_entry_chain(b, verdict);
	return str_starts(*chain, STR(XTABLES_PREFIX));
}

/* Of the jumps that stand before everything else in a hook's chain. */
static uint64_t sum_jumps(const struct xtables_blob *b, unsigned hook, struct str name)
{
	size_t at = b->hook[hook];
	uint64_t sum = 0;
	struct str chain;
	struct xtables_entry e;

	while (at < b->under[hook] && xtables_entry_next(b, &at, &e) && own_jump(b, &e, &chain))
		sum += str_starts(chain, name) ? sum_jump(hook, chain) : 0;
	return sum;
}

uint64_t xtables_blob_sum(const struct xtables_blob *b, const char *name)
{
	uint64_t sum = sum_chains(b, str_from(name));

	for (unsigned h = 0; h < XTABLES_HOOKS; h++)
		if (b->valid_hooks & 1u << h)
			sum += sum_jumps(b, h, str_from(name));
	return sum;
}

uint64_t xtables_blob_group_sum(const struct xtables_group *g)
{
	uint64_t sum = sum_chains(&g->chains, str_from(g->name));

	for (unsigned h = 0; h < XTABLES_HOOKS; h++)
		if (g->jump[h] != XTABLES_NONE)
			sum += sum_jump(h, xtables_entry_chain(&g->chains, (int)g->jump[h]));
	return sum;
}

/* -- taking a group out -- */

static void put_verdict(struct xtables_blob *out, size_t at, int verdict)
{
	const struct xtables_layout *l = xtables_entry_layout(out->family);

	memcpy(out->bytes + at + xtables_entry_u16(out->bytes + at + l->target) + XTABLES_VERDICT_AT, &verdict,
	       sizeof(verdict));
}

static enum err copy_chains(const struct xtables_blob *b, struct xtables_group *g)
{
	struct xtables_blob *to = &g->chains;
	struct xtables_entry e;
	struct str chain;
	size_t at = 0;
	bool inside = false;

	to->len = to->count = 0;
	while (xtables_entry_next(b, &at, &e)) {
		if (xtables_entry_head(b, &e, &chain))
			inside = str_starts(chain, str_from(g->name));
		if (!inside)
			continue;
		if (to->cap - to->len < e.next - e.at)
			return ERR_TOO_LONG;
		memcpy(to->bytes + to->len, b->bytes + e.at, e.next - e.at);
		to->len += e.next - e.at;
		to->count++;
	}
	return ERR_OK;
}

/* Where the first rule of a chain is in the group; 0: it is not there. */
static uint32_t place_of(const struct xtables_blob *b, struct str name)
{
	struct xtables_entry e;
	struct str chain;
	size_t at = 0;

	while (xtables_entry_next(b, &at, &e))
		if (xtables_entry_head(b, &e, &chain) && str_equal(chain, name))
			return (uint32_t)e.next;
	return 0;
}

enum err xtables_blob_take(const struct xtables_blob *b, struct xtables_group *g)
{
	struct xtables_blob *to = &g->chains;
	enum err err = copy_chains(b, g);
	struct xtables_entry e;
	struct str chain;
	size_t at = 0;
	int verdict;

	while (err == ERR_OK && xtables_entry_next(to, &at, &e)) {
		if (!xtables_entry_standard(to, &e, &verdict) || verdict < 0)
			continue;
		put_verdict(to, e.at, (int)place_of(to, xtables_entry_chain(b, verdict)));
		if (place_of(to, xtables_entry_chain(b, verdict)) == 0)
			err = ERR_CORRUPT;
	}
	memset(g->jump, 0xff, sizeof(g->jump));
	for (unsigned h = 0; h < XTABLES_HOOKS && err == ERR_OK; h++)
		for (at = b->hook[h]; b->valid_hooks & 1u << h && at < b->under[h] && xtables_entry_next(b, &at, &e);)
			if (own_jump(b, &e, &chain) && str_starts(chain, str_from(g->name)))
				g->jump[h] = place_of(to, chain);
	return err;
}

/* -- rewriting -- */

struct edit {
	const struct xtables_blob *b;
	const struct xtables_group *g;
	struct xtables_blob *out;
	uint32_t *from;
	unsigned count;
	struct {
		uint32_t at, to; /* offsets of before, and of now; of what goes, that of what comes behind it */
		bool gone;
	} rows[XTABLES_ENTRIES_MAX];
	uint32_t jumps[XTABLES_HOOKS]; /* where the new ones stand in out */
};

static bool copy(struct edit *x, const struct xtables_blob *b, const struct xtables_entry *e, uint32_t number)
{
	size_t len = e->next - e->at;

	if (x->out->cap - x->out->len < len || x->out->count >= XTABLES_ENTRIES_MAX)
		return false;
	memcpy(x->out->bytes + x->out->len, b->bytes + e->at, len);
	x->out->len += len;
	x->from[x->out->count++] = number;
	return true;
}

/* Which entries are the group's: its chains, and whatever leads to them. */
static void find_group(struct edit *x)
{
	struct str name = str_from(x->g->name), chain;
	struct xtables_entry e;
	size_t at = 0;
	bool inside = false;
	int verdict;

	for (x->count = 0; xtables_entry_next(x->b, &at, &e) && x->count < XTABLES_ENTRIES_MAX; x->count++) {
		if (xtables_entry_head(x->b, &e, &chain))
			inside = str_starts(chain, name);
		x->rows[x->count].at = (uint32_t)e.at;
		x->rows[x->count].gone = inside || (xtables_entry_standard(x->b, &e, &verdict) && verdict > 0 &&
						    str_starts(xtables_entry_chain(x->b, verdict), name));
	}
}

/* The hook whose chain this entry begins or is in; XTABLES_HOOKS: none. */
static unsigned hook_of(const struct xtables_blob *b, size_t at)
{
	for (unsigned h = 0; h < XTABLES_HOOKS; h++)
		if ((b->valid_hooks & 1u << h) && at >= b->hook[h] && at <= b->under[h])
			return h;
	return XTABLES_HOOKS;
}

static bool comes_before(struct str a, struct str b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.data, b.data, len);

	return order < 0 || (order == 0 && a.len < b.len);
}

/* Before the first entry that is no jump of a group that comes before. */
static bool put_jump(struct edit *x, const struct xtables_entry *e)
{
	unsigned h = hook_of(x->b, e->at);
	struct str chain;

	if (h == XTABLES_HOOKS || x->g->jump[h] == XTABLES_NONE || x->jumps[h] != XTABLES_NONE)
		return true;
	if (e->at != x->b->under[h] && own_jump(x->b, e, &chain) && comes_before(chain, str_from(x->g->name)))
		return true;
	x->jumps[h] = (uint32_t)x->out->len;
	if (x->out->count >= XTABLES_ENTRIES_MAX)
		return false;
	x->from[x->out->count] = XTABLES_NONE;
	return xtables_blob_plain(x->out, 0);
}

/* The group's chains, before the table's last entry; their jumps and those to them become offsets in the table. */
static bool put_chains(struct edit *x)
{
	int base = (int)x->out->len, verdict;
	struct xtables_entry e;
	size_t at = 0;

	while (xtables_entry_next(&x->g->chains, &at, &e)) {
		size_t to = x->out->len;

		if (!copy(x, &x->g->chains, &e, XTABLES_NONE))
			return false;
		if (xtables_entry_standard(&x->g->chains, &e, &verdict) && verdict > 0)
			put_verdict(x->out, to, verdict + base);
	}
	for (unsigned h = 0; h < XTABLES_HOOKS; h++)
		if (x->jumps[h] != XTABLES_NONE)
			put_verdict(x->out, x->jumps[h], base + (int)x->g->jump[h]);
	return true;
}

static enum err put_all(struct edit *x)
{
	struct xtables_entry e;
	size_t at = 0;

	for (unsigned i = 0; xtables_entry_next(x->b, &at, &e); i++) {
		bool last = e.next == x->b->len;

		for (unsigned h = 0; h < XTABLES_HOOKS; h++)
			if (x->b->hook[h] == e.at)
				x->out->hook[h] = (uint32_t)x->out->len;
		if (!x->rows[i].gone && !put_jump(x, &e))
			return ERR_TOO_LONG;
		/* Every table ends with an entry of nobody. */
		if (last && x->rows[i].gone)
			return ERR_CORRUPT;
		if (last && !put_chains(x))
			return ERR_TOO_LONG;
		x->rows[i].to = (uint32_t)x->out->len;
		for (unsigned h = 0; h < XTABLES_HOOKS; h++)
			if (x->b->under[h] == e.at)
				x->out->under[h] = (uint32_t)x->out->len;
		if (!x->rows[i].gone && !copy(x, x->b, &e, i))
			return ERR_TOO_LONG;
	}
	return ERR_OK;
}

/* Everybody else's jumps lead where they did. */
static enum err move_jumps(struct edit *x)
{
	struct xtables_entry e;
	size_t at = 0;
	int verdict;

	for (unsigned i = 0; xtables_entry_next(x->b, &at, &e); i++) {
		unsigned to = 0;

		if (x->rows[i].gone || !xtables_entry_standard(x->b, &e, &verdict) || verdict < 0)
			continue;
		while (to < x->count && x->rows[to].at != (uint32_t)verdict)
			to++;
		if (to == x->count)
			return ERR_CORRUPT;
		put_verdict(x->out, x->rows[i].to, (int)x->rows[to].to);
	}
	return ERR_OK;
}

enum err xtables_blob_put(const struct xtables_blob *b, const struct xtables_group *g, struct xtables_blob *out,
			  uint32_t from[XTABLES_ENTRIES_MAX])
{
	struct edit x = {.b = b, .g = g, .out = out, .from = from};
	enum err err;

	memset(x.jumps, 0xff, sizeof(x.jumps));
	out->family = b->family;
	out->valid_hooks = b->valid_hooks;
	out->len = 0;
	out->count = 0;
	memset(out->hook, 0, sizeof(out->hook));
	memset(out->under, 0, sizeof(out->under));
	find_group(&x);
	err = put_all(&x);
	return err == ERR_OK ? move_jumps(&x) : err;
}
