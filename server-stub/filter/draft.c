/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From YAML to the plain policy: reads keys and entries, gathers what is granted to the same networks, and numbers the
 * lists. Goes on after a mistake, so that all are told at once.
 */
#include "server-stub/filter/draft_inner.h"

#include <stdlib.h>
#include <string.h>

static const char *const default_keys[FILTER_WAYS] = {"inbound", "outbound", "forward"};

/* -- what is not in entries -- */

static void read_default(struct draft *d, const struct doc *node, unsigned way)
{
	bool accept = node->kind == DOC_TEXT && str_equal(node->text, STR("accept"));

	/* Read on as if it dropped, so that entries are not told of for its sake. */
	d->out->drops[way] = !accept;
	if (!accept && !(node->kind == DOC_TEXT && str_equal(node->text, STR("drop"))))
		draft_note(d, node, "is no default; write %s: accept or %s: drop", default_keys[way],
			   default_keys[way]);
}

static void read_log(struct draft *d, const struct doc *node)
{
	uint64_t rate = 0;

	if (node->kind != DOC_TEXT || str_number(node->text, FILTER_LOG_MAX, &rate) != ERR_OK)
		draft_note(d, node, "is no rate; write packets a second, from 0 (none) to %d", FILTER_LOG_MAX);
	d->out->log_rate = (uint16_t)rate;
}

static void add_decoy(struct draft *d, const struct doc *node)
{
	struct filter *f = d->out;
	uint16_t port;
	unsigned i = f->decoy_count;

	if (node->kind != DOC_TEXT || !draft_words_port(node->text, &port)) {
		draft_note(d, node, "is no port; write a TCP port of 1 to 65535");
		return;
	}
	for (unsigned k = 0; k < f->decoy_count; k++)
		if (f->decoys[k] == port) {
			draft_note(d, node, "is a decoy already; leave it out here");
			return;
		}
	if (f->decoy_count == FILTER_DECOYS_MAX) {
		draft_note(d, node, "is more than the %d decoys a policy holds", FILTER_DECOYS_MAX);
		return;
	}
	for (; i > 0 && f->decoys[i - 1] > port; i--)
		f->decoys[i] = f->decoys[i - 1];
	f->decoys[i] = port;
	f->decoy_count++;
}

static void read_decoys(struct draft *d, const struct doc *node)
{
	if (node->kind == DOC_TEXT)
		add_decoy(d, node);
	else if (node->kind == DOC_MAP)
		draft_note(d, node, "is no list of ports; write [23, 5900]");
	for (const struct doc *n = node->first; n && node->kind == DOC_LIST; n = n->next)
		add_decoy(d, n);
}

/* -- entries -- */

/* The number of a list with these networks, which is made if there is none. 0: there are too many lists. */
static uint8_t list_of(struct draft *d, const struct doc *node, const struct draft_nets *nets)
{
	struct filter *f = d->out;
	unsigned used = 0;

	for (unsigned i = 0; i < f->net_lists; i++) {
		used = f->nets_of[i].first + (unsigned)f->nets_of[i].count;
		if (f->nets_of[i].count == nets->count &&
		    memcmp(&f->nets[f->nets_of[i].first], nets->list, nets->count * sizeof(nets->list[0])) == 0)
			return (uint8_t)(i + 1);
	}
	if (f->net_lists == FILTER_LISTS_MAX || used + nets->count > FILTER_NETS_MAX) {
		draft_note(d, node,
			   "makes more than %d different lists or %d networks of one policy; use the same lists, or "
			   "wider networks",
			   FILTER_LISTS_MAX, FILTER_NETS_MAX);
		return 0;
	}
	memcpy(&f->nets[used], nets->list, nets->count * sizeof(nets->list[0]));
	f->nets_of[f->net_lists] = (struct filter_list){(uint8_t)used, (uint8_t)nets->count};
	return ++f->net_lists;
}

/* What `from` or `to` says; NULL: everybody. False: a mistake. */
static bool read_nets(struct draft *d, const struct doc *node, uint8_t *out)
{
	static struct draft_nets nets;
	bool good = true;

	*out = 0;
	nets.count = 0;
	if (!node)
		return true;
	if (node->kind == DOC_MAP || (node->kind == DOC_LIST && node->count == 0))
		return draft_note(d, node, "names no network; write one, a name, or a list of both");
	if (node->kind == DOC_TEXT)
		good = draft_words_nets(d, node, &nets);
	for (const struct doc *n = node->first; n && node->kind == DOC_LIST; n = n->next)
		good = draft_words_nets(d, n, &nets) && good;
	if (good)
		*out = list_of(d, node, &nets);
	return *out != 0;
}

static struct draft_part *part_of(struct draft *d, const struct doc *node, const struct filter_grant *grant)
{
	struct draft_part *part;

	for (unsigned i = 0; i < d->part_count; i++)
		if (filter_order_grants(&d->parts[i].grant, grant) == 0)
			return &d->parts[i];
	if (d->part_count == FILTER_GRANTS_MAX) {
		draft_note(d, node,
			   "is more than the %d different grants a policy holds; entries of one direction, protocol "
			   "and networks are one",
			   FILTER_GRANTS_MAX);
		return NULL;
	}
	part = &d->parts[d->part_count++];
	*part = (struct draft_part){.grant = *grant};
	return part;
}

/* Ranges that touch or overlap become one. */
static void add_range(struct draft *d, const struct doc *node, struct draft_part *part, struct filter_range range)
{
	unsigned kept = 0, i;

	for (i = 0; i < part->count; i++) {
		struct filter_range other = part->ranges[i];

		if (range.first > other.last + 1 || other.first > range.last + 1) {
			part->ranges[kept++] = other;
			continue;
		}
		range.first = range.first < other.first ? range.first : other.first;
		range.last = range.last > other.last ? range.last : other.last;
	}
	part->count = kept;
	if (kept == FILTER_PORTS_MAX) {
		draft_note(d, node, "is more than the %d ports and ranges a policy holds; write ranges",
			   FILTER_PORTS_MAX);
		return;
	}
	for (i = part->count++; i > 0 && part->ranges[i - 1].first > range.first; i--)
		part->ranges[i] = part->ranges[i - 1];
	part->ranges[i] = range;
}

/* Whoever connects to a decoy is banned, which nobody wants for those who use a service. Ranges may have one inside. */
static bool is_decoy(const struct filter *f, const struct draft_service *s)
{
	for (unsigned i = 0; i < f->decoy_count && s->what == FILTER_TCP; i++)
		if (s->range.first == f->decoys[i] && s->range.last == f->decoys[i])
			return true;
	return false;
}

/* Let through what a service is. Networks that could not be read are nobody's: then the service is only judged. */
static void grant(struct draft *d, const struct doc *node, const struct filter_grant *for_whom)
{
	struct draft_service services[2];
	unsigned count = draft_words_service(d, node, services);
	struct filter_grant key;

	if (!for_whom)
		return;
	key = *for_whom;
	for (unsigned i = 0; i < count; i++) {
		struct draft_part *part;

		key.what = services[i].what;
		if (key.what == FILTER_ANY && !key.from && !key.to) {
			draft_note(d, node, "is everything for everybody; write %s: accept instead of the entry",
				   default_keys[key.way]);
			return;
		}
		if (key.way == FILTER_IN && is_decoy(d->out, &services[i])) {
			draft_note(d, node, "is served, and port %u is a decoy, whose guests are banned; leave one out",
				   services[i].range.first);
			return;
		}
		part = part_of(d, node, &key);
		if (part && services[i].all_ports)
			part->all_ports = true;
		else if (part)
			add_range(d, node, part, services[i].range);
	}
}

/* The direction that an entry is about: exactly one of the three keys. NULL: a mistake. */
static const struct doc *direction(struct draft *d, const struct doc *entry, uint8_t *way)
{
	const struct doc *found = NULL;

	for (uint8_t i = 0; i < FILTER_WAYS; i++) {
		const struct doc *n = doc_get(entry, filter_way_name(i));

		if (n && found) {
			draft_note_key(d, n, "is a second direction; make an entry of its own for it");
			return NULL;
		}
		if (n) {
			found = n;
			*way = i;
		}
	}
	if (!found)
		draft_note(d, entry, "has no direction; write one of in: SERVICE, out: SERVICE, forward: SERVICE");
	return found;
}

static bool keys_are_known(struct draft *d, const struct doc *entry, uint8_t way)
{
	bool good = true;

	for (const struct doc *n = entry->first; n; n = n->next) {
		bool from = str_equal(n->key, STR("from")), to = str_equal(n->key, STR("to"));

		if (from && way == FILTER_OUT)
			good = draft_note_key(d, n,
					      "is not for `out`, which comes from this device; write to: NETWORK");
		else if (to && way == FILTER_IN)
			good = draft_note_key(d, n, "is not for `in`, which goes to this device; write from: NETWORK");
		else if (!from && !to && !str_equal(n->key, str_from(filter_way_name(way))))
			good = draft_note_key(d, n, "is no key of an entry; there are in, out, forward, from, to");
	}
	return good;
}

/* Whether packets can go from these networks to those: both lists have some of one version of IP. */
static bool is_way(const struct filter *f, const struct filter_grant *key)
{
	if (!key->from || !key->to)
		return true;
	for (uint8_t family = 4; family <= 6; family += 2)
		if (filter_has_family(f, key->from, family) && filter_has_family(f, key->to, family))
			return true;
	return false;
}

static void read_entry(struct draft *d, const struct doc *entry)
{
	struct filter_grant key = {0};
	const struct filter_grant *for_whom;
	const struct doc *what;

	if (entry->kind != DOC_MAP) {
		draft_note(d, entry, "is no entry; write - in: SERVICE, and from: NETWORK in the line below");
		return;
	}
	what = direction(d, entry, &key.way);
	if (!what || !keys_are_known(d, entry, key.way))
		return;
	if (!d->out->drops[key.way]) {
		draft_note_key(d, what, "allows what passes anyway; write %s: drop, or leave the entry out",
			       default_keys[key.way]);
		return;
	}
	for_whom = read_nets(d, doc_get(entry, "from"), &key.from) ? &key : NULL;
	if (!read_nets(d, doc_get(entry, "to"), &key.to))
		for_whom = NULL;
	if (for_whom && !is_way(d->out, for_whom)) {
		draft_note_key(d, doc_get(entry, "to"),
			       "are networks of another version of IP than those of `from`; no packet goes there");
		return;
	}
	if (what->kind == DOC_MAP || (what->kind == DOC_LIST && what->count == 0))
		draft_note(d, what, "is no service; write one as tcp/22, or a list of them");
	else if (what->kind == DOC_TEXT)
		grant(d, what, for_whom);
	for (const struct doc *n = what->first; n && what->kind == DOC_LIST; n = n->next)
		grant(d, n, for_whom);
}

static void read_allow(struct draft *d, const struct doc *node)
{
	if (node->kind != DOC_LIST) {
		draft_note(d, node, "is no list of entries; write - in: SERVICE in lines below");
		return;
	}
	for (const struct doc *n = node->first; n; n = n->next)
		read_entry(d, n);
}

/* -- the whole -- */

static void read_keys(struct draft *d, const struct doc *map)
{
	static const char *const others[] = {"networks", "allow", "decoys", "log"};
	const struct doc *n;

	for (const struct doc *key = map->first; key; key = key->next) {
		bool known = false;

		for (unsigned i = 0; i < FILTER_WAYS; i++)
			known |= str_equal(key->key, str_from(default_keys[i]));
		for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			known |= str_equal(key->key, str_from(others[i]));
		if (!known)
			draft_note_key(d, key,
				       "'%s' is no key of a policy; there are inbound, outbound, forward, networks, "
				       "allow, decoys, log",
				       draft_note_shown(key->key));
	}
	for (unsigned way = 0; way < FILTER_WAYS; way++)
		if ((n = doc_get(map, default_keys[way])))
			read_default(d, n, way);
	if ((n = doc_get(map, "networks")))
		draft_words_named(d, n);
	if ((n = doc_get(map, "decoys")))
		read_decoys(d, n);
	if ((n = doc_get(map, "log")))
		read_log(d, n);
	if ((n = doc_get(map, "allow")))
		read_allow(d, n);
}

static void check_whole(struct draft *d, const struct doc *map)
{
	const struct filter *f = d->out;
	const struct doc *log = doc_get(map, "log");

	for (unsigned i = 0; i < d->named_count; i++)
		if (!d->named[i].used)
			draft_note_key(d, d->named[i].node, "'%s' is used by no entry; use it or leave it out",
				       draft_note_shown(d->named[i].node->key));
	if (log && f->log_rate && !f->drops[FILTER_IN])
		draft_note_key(d, log,
			       "logs what is dropped inbound, and nothing is; write inbound: drop, or leave it out");
	if (!f->drops[FILTER_IN] && !f->drops[FILTER_OUT] && !f->drops[FILTER_FORWARD])
		draft_note(d, map, "drops nothing; write inbound: drop, outbound: drop or forward: drop");
}

/* The number of a list with the part's ports. 0: all ports, or a mistake. */
static uint8_t ports_of(struct draft *d, const struct doc *map, const struct draft_part *part)
{
	struct filter *f = d->out;
	unsigned used = 0;

	if (part->all_ports || part->count == 0)
		return 0;
	for (unsigned i = 0; i < f->port_lists; i++) {
		used = f->ports_of[i].first + (unsigned)f->ports_of[i].count;
		if (f->ports_of[i].count == part->count &&
		    memcmp(&f->ranges[f->ports_of[i].first], part->ranges, part->count * sizeof(part->ranges[0])) == 0)
			return (uint8_t)(i + 1);
	}
	if (f->port_lists == FILTER_LISTS_MAX || used + part->count > FILTER_PORTS_MAX) {
		draft_note(d, map, "has more than %d different lists of ports, or %d ports and ranges; write ranges",
			   FILTER_LISTS_MAX, FILTER_PORTS_MAX);
		return 0;
	}
	memcpy(&f->ranges[used], part->ranges, part->count * sizeof(part->ranges[0]));
	f->ports_of[f->port_lists] = (struct filter_list){(uint8_t)used, (uint8_t)part->count};
	return ++f->port_lists;
}

static int by_grant(const void *a, const void *b)
{
	return filter_order_grants(a, b);
}

/* A list that only a grant of a wrong entry uses cannot be: then there are mistakes. */
static void number_grants(struct draft *d, const struct doc *map)
{
	struct filter *f = d->out;

	for (unsigned i = 0; i < d->part_count; i++) {
		f->grants[i] = d->parts[i].grant;
		f->grants[i].ports = ports_of(d, map, &d->parts[i]);
	}
	f->grant_count = (uint8_t)d->part_count;
	qsort(f->grants, f->grant_count, sizeof(f->grants[0]), by_grant);
}

static void read_documents(struct draft *d, const struct doc *all, const struct doc_error *error)
{
	const struct doc whole = {.line = 0}, place = {.line = error->line, .column = error->column};

	if (!all)
		draft_note(d, &place, "%s", error->why);
	else if (all->count != 1 || all->first->kind != DOC_MAP)
		draft_note(d, &whole, "is no policy; write one map, which begins with inbound: drop");
	else {
		read_keys(d, all->first);
		check_whole(d, all->first);
		number_grants(d, all->first);
	}
}

bool draft_read(struct str text, struct filter *out, struct draft_mistakes *mistakes)
{
	struct doc_error error = {0};
	struct arena arena = {0};
	struct draft *d = calloc(1, sizeof(*d));

	memset(out, 0, sizeof(*out));
	mistakes->count = 0;
	mistakes->more = false;
	if (!d) {
		mistakes->list[mistakes->count++] = (struct draft_mistake){.why = "needs more memory than there is"};
		return false;
	}
	d->mistakes = mistakes;
	d->out = out;
	read_documents(d, doc_read(text, &arena, &error), &error);
	arena_free(&arena);
	free(d);
	return mistakes->count == 0;
}
