/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk goes from the last place to the first, because a signature holds for the places before it. It holds for a
 * place as long as each receipt's hash is the one that the receipt behind it names.
 */
#include "server-stub/cli/chain_check.h"

#include <stdlib.h>
#include <string.h>

static const char no_place[] = "it is not in the chain of the device's actor";
static const char no_signature[] = "the device's signature has not come yet";
static const char late[] = "it came out of order";
static const char twin[] = "its place belongs to another";
static const char broken[] = "the receipts after it do not follow it";
static const char other[] = "the device's actor signed something else";
static const char missing[] = "it was made and is missing";
static const char bad_head[] = "a signature of it is not by the device's receipt key";
static const char no_key[] = "the device's receipt key is not known";
static const char forgot[] = "the device lost power and does not know it any more";
static const char began[] = "the device lost its chain and began another behind it";
static const char denied[] = "the receipts after it say that it never was";

struct node {
	const struct chain_receipt *receipt;
	uint8_t hash[CHAIN_HASH];
	size_t number; /* in the order in which they were told */
	bool is_late;
};

struct fate {
	enum chain_verdict verdict;
	const char *why;
};

struct walk {
	void (*each)(void *arg, const struct chain_row *row);
	void *arg;
	const struct chain_place *after; /* of the receipt behind; NULL: none, or it is not known what it follows */
	struct fate fate;		 /* of the receipt that the one behind names */
	uint64_t at;			 /* the place that is looked at */
	uint64_t said;			 /* the missing place that was said last */
};

static void say(const struct walk *w, const struct chain_row *row)
{
	w->each(w->arg, row);
}

static struct fate unproven(const char *why)
{
	return (struct fate){CHAIN_UNPROVEN, why};
}

static int by_place(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	if (x->receipt->place.seq != y->receipt->place.seq)
		return x->receipt->place.seq > y->receipt->place.seq ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static int by_seq(const void *a, const void *b)
{
	const struct chain_head *const *x = a, *const *y = b;

	return (*x)->seq > (*y)->seq ? -1 : (*x)->seq < (*y)->seq;
}

/* Receipts with a place, the last place first. The others are said at once. */
static size_t place_receipts(const struct chain_records *told, struct node *nodes, const struct walk *w)
{
	uint64_t last = 0;
	size_t count = 0;

	for (size_t i = 0; i < told->receipt_count; i++) {
		const struct chain_receipt *r = &told->receipts[i];
		struct node *n = &nodes[count];

		if (r->place.seq == 0) {
			say(w, &(struct chain_row){0, CHAIN_UNPROVEN, no_place, r});
			continue;
		}
		*n = (struct node){.receipt = r, .number = i, .is_late = r->place.seq < last};
		chain_hash(&r->place, r->bytes, n->hash);
		last = r->place.seq > last ? r->place.seq : last;
		count++;
	}
	qsort(nodes, count, sizeof(*nodes), by_place);
	return count;
}

static bool is_signed(const struct chain_head *head, const struct key_der *key)
{
	uint8_t statement[CHAIN_STATEMENT];

	chain_statement(head->seq, head->hash, statement);
	return key_verify(key, statement, sizeof(statement), (const uint8_t *)head->signature.data,
			  head->signature.len) == ERR_OK;
}

/* Signatures that are the key's, the last place first. The others are said at once. */
static void trust_heads(const struct chain_records *told, const struct key_der *key, const struct chain_head **heads,
			const struct walk *w)
{
	size_t count = 0;

	for (size_t i = 0; i < told->head_count; i++) {
		if (key->len == 0 || !is_signed(&told->heads[i], key))
			say(w, &(struct chain_row){told->heads[i].seq, CHAIN_UNPROVEN, key->len ? bad_head : no_key,
						   NULL});
		else
			heads[count++] = &told->heads[i];
	}
	if (count)
		qsort(heads, count, sizeof(const struct chain_head *), by_seq);
}

/* All that was before is not covered by what follows it. */
static void miss(struct walk *w, uint64_t seq)
{
	if (w->said != seq)
		say(w, &(struct chain_row){seq, CHAIN_UNPROVEN, missing, NULL});
	w->said = seq;
	w->after = NULL;
	w->fate = unproven(broken);
}

/* How the receipt behind follows this place: true, it names it. False: it names another, or nothing is behind. */
static bool follow(struct walk *w, struct fate *fate)
{
	const struct chain_place *after = w->after;
	uint64_t seq = w->at;

	if (after && after->prev_seq > seq)
		miss(w, after->prev_seq);
	*fate = w->fate;
	if (!after || after->prev_seq >= seq)
		return after && after->prev_seq == seq;
	if (after->prev_seq == 0)
		*fate = unproven(began);
	else
		*fate = unproven(after->seq - after->prev_seq >= CHAIN_JUMP ? forgot : denied);
	return false;
}

/* The receipt of a place, of all that were told for it, with that hash. */
static const struct node *with_hash(const struct node *group, size_t count, const uint8_t hash[CHAIN_HASH])
{
	for (size_t i = 0; i < count; i++)
		if (memcmp(group[i].hash, hash, CHAIN_HASH) == 0)
			return &group[i];
	return NULL;
}

static void say_receipt(const struct walk *w, const struct node *n, const struct fate *fate)
{
	struct chain_row row = {n->receipt->place.seq, fate->verdict, fate->why, n->receipt};

	if (n->is_late && fate->verdict != CHAIN_UNPROVEN) {
		row.verdict = CHAIN_UNPROVEN;
		row.why = late;
	}
	say(w, &row);
}

/* Go on before this place. Where the one behind it names an earlier place, that place is the next in the chain. */
static void pass(struct walk *w, const struct chain_place *place, const struct fate *fate)
{
	if (w->after && w->after->prev_seq && w->after->prev_seq < w->at && fate->verdict == CHAIN_UNPROVEN)
		return;
	w->after = place;
	w->fate = *fate;
	if (fate->verdict == CHAIN_UNPROVEN && fate->why != no_key)
		w->fate.why = broken;
}

/* One place, with the receipts that were told for it and the signature of it, if there is one. */
static void check_place(struct walk *w, const struct node *group, size_t count, const struct chain_head *head)
{
	const struct node *member = group;
	const struct fate not_it = unproven(twin);
	struct fate fate;

	w->at = group->receipt->place.seq;
	if (follow(w, &fate)) {
		member = with_hash(group, count, w->after->prev);
		if (!member)
			fate = unproven(broken);
	}
	if (head) {
		member = with_hash(group, count, head->hash);
		fate = member ? (struct fate){CHAIN_PROVEN, NULL} : unproven(other);
	}
	for (size_t i = 0; i < count; i++)
		if (with_hash(group, i, group[i].hash) == NULL)
			say_receipt(w, &group[i], &group[i] == member || !member ? &fate : &not_it);
	pass(w, member ? &member->receipt->place : NULL, &fate);
}

static void walk(struct walk *w, const struct node *nodes, size_t count, const struct chain_head **heads)
{
	for (size_t i = 0, n; i < count; i += n) {
		uint64_t seq = nodes[i].receipt->place.seq;

		for (; *heads && (*heads)->seq > seq; heads++)
			miss(w, (*heads)->seq);
		for (n = 1; i + n < count && nodes[i + n].receipt->place.seq == seq; n++)
			;
		check_place(w, &nodes[i], n, *heads && (*heads)->seq == seq ? *heads : NULL);
		while (*heads && (*heads)->seq == seq)
			heads++;
	}
}

enum err chain_check(const struct chain_records *told, const struct key_der *key,
		     void (*each)(void *arg, const struct chain_row *row), void *arg)
{
	struct walk w = {.each = each, .arg = arg};
	struct node *nodes = calloc(told->receipt_count + 1, sizeof(*nodes));
	const struct chain_head **heads = calloc(told->head_count + 1, sizeof(*heads));
	enum err err = nodes && heads ? ERR_OK : ERR_NO_MEMORY;

	if (err == ERR_OK) {
		size_t count = place_receipts(told, nodes, &w);

		trust_heads(told, key, heads, &w);
		w.fate = key->len ? (struct fate){CHAIN_PENDING, no_signature} : unproven(no_key);
		walk(&w, nodes, count, heads);
	}
	free(nodes);
	free((void *)heads);
	return err;
}
