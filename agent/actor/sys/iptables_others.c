/* SPDX-License-Identifier: Apache-2.0 */
/* Finds what else filters packets by iptables, table by table and then rule by rule. */
#include "agent/actor/sys/iptables_others.h"

#include <linux/netfilter.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAMES_MAX 256 /* of the file that names the tables */

/* Tables that filter; `first`: packets come there before the policy's chains. */
static const struct table {
	const char *name;
	bool first, filters;
} tables[] = {{"raw", true, false}, {"mangle", false, false}, {"filter", false, true}, {"security", false, true}};

static const char *const hooks[XTABLES_HOOKS] = {
	[NF_INET_PRE_ROUTING] = "PREROUTING", [NF_INET_LOCAL_IN] = "INPUT",	      [NF_INET_FORWARD] = "FORWARD",
	[NF_INET_LOCAL_OUT] = "OUTPUT",	      [NF_INET_POST_ROUTING] = "POSTROUTING",
};

/* Where a walk through a table is. */
struct walk {
	struct nft_others *out;
	const struct table *table;
	const char *program;
	struct str chain;
	unsigned hook; /* whose chain it is; XTABLES_HOOKS: somebody's own */
	unsigned number;
};

/* Whether a family has that table, without making it. */
static bool has_table(uint8_t family, const char *name)
{
	int fd = open(family == 4 ? "/proc/net/ip_tables_names" : "/proc/net/ip6_tables_names", O_RDONLY | O_CLOEXEC);
	char text[NAMES_MAX];
	ssize_t len = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
	struct str rest = {text, len > 0 ? (size_t)len : 0};
	bool found = false;

	if (fd >= 0)
		close(fd);
	while (!found && rest.len > 0)
		found = str_equal(str_cut(&rest, '\n'), str_from(name));
	return found;
}

static void note_table(const struct walk *w, unsigned *count, char name[NFT_OTHERS_NAME_MAX])
{
	if ((*count)++ == 0)
		snprintf(name, NFT_OTHERS_NAME_MAX, "%s %s", w->program, w->table->name);
}

static void note_rule(const struct walk *w)
{
	struct nft_others_rule *r;
	char chain[XTABLES_CHAIN_MAX];

	if (w->out->rules++ >= NFT_OTHERS_RULES_MAX)
		return;
	r = &w->out->named[w->out->rules - 1];
	str_show(w->chain, chain, sizeof(chain));
	snprintf(r->place, sizeof(r->place), "%s %s %s", w->program, w->table->name, chain);
	r->handle = w->number;
	r->before = w->table->first || w->hook == NF_INET_PRE_ROUTING;
}

static bool drops(const struct xtables_blob *b, const struct xtables_entry *e)
{
	int verdict;

	return xtables_entry_standard(b, e, &verdict) ? verdict == XTABLES_DROP
						      : str_equal(xtables_entry_target(b, e), STR("REJECT"));
}

/* The last entry of a hook's chain is what becomes of packets that no rule decides. */
static bool is_default(const struct walk *w, const struct xtables_blob *b, const struct xtables_entry *e)
{
	return w->hook < XTABLES_HOOKS && b->under[w->hook] == e->at;
}

static void take(struct walk *w, const struct xtables_blob *b, const struct xtables_entry *e)
{
	for (unsigned h = 0; h < XTABLES_HOOKS; h++)
		if (b->valid_hooks & 1u << h && b->hook[h] == e->at) {
			w->hook = h;
			w->chain = str_from(hooks[h]);
			w->number = 0;
		}
	if (xtables_entry_head(b, e, &w->chain)) {
		w->hook = XTABLES_HOOKS;
		w->number = 0;
		return;
	}
	w->number++;
	if (is_default(w, b, e)) {
		if (drops(b, e))
			note_table(w, &w->out->dropping, w->out->drops);
		else if (w->number > 1 && w->table->filters)
			note_table(w, &w->out->filtering, w->out->filters);
	} else if (!str_starts(w->chain, STR(XTABLES_PREFIX)) && drops(b, e)) {
		note_rule(w);
	}
}

static enum err look(struct iptables *t, uint8_t family, const struct table *table, struct nft_others *out)
{
	struct walk w = {
		.out = out, .table = table, .program = family == 4 ? "iptables" : "ip6tables", .hook = XTABLES_HOOKS};
	struct xtables_entry e;
	struct xtables_blob b;
	size_t at = 0;
	enum err err = xtables_read(&t->tables, family, table->name, &b);

	if (err == ERR_TOO_LONG || err == ERR_FULL) {
		note_table(&w, &out->filtering, out->filters);
		return ERR_OK;
	}
	while (err == ERR_OK && xtables_entry_next(&b, &at, &e))
		take(&w, &b, &e);
	return err;
}

enum err iptables_others_read(struct iptables *t, struct nft_others *out)
{
	static const uint8_t families[2] = {4, 6};
	enum err err = ERR_OK;

	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < 2; i++)
		for (size_t k = 0; k < sizeof(tables) / sizeof(tables[0]) && err == ERR_OK; k++)
			if (xtables_has(&t->tables, families[i]) && has_table(families[i], tables[k].name))
				err = look(t, families[i], &tables[k], out);
	return err;
}
