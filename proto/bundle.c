/* SPDX-License-Identifier: Apache-2.0 */
/* Writes, reads and checks the trust bundle. Whether one may take the place of another, the actor decides. Pure. */
#include "proto/bundle.h"

#include "agent/base/view.h"

#include <stdio.h>
#include <string.h>

#define KEY_BYTES 91 /* of a SubjectPublicKeyInfo on P-256 */

#define MAGIC 4
#define IN_BROWSER 1

static const uint8_t plain[MAGIC] = {'C', 'T', 'B', '1'};
static const uint8_t flagged[MAGIC] = {'C', 'T', 'B', '2'};

static enum err no(char why[BUNDLE_WHY_MAX], const char *text)
{
	snprintf(why, BUNDLE_WHY_MAX, "%s", text);
	return ERR_INVALID;
}

static bool same_key(const struct key_der *a, const struct key_der *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/*
 * The named curve and an uncompressed point: the one spelling, by which two keys that differ are two. key_verify()
 * finds a wrong signature only after it has accepted the key, so that proves a good key.
 */
static bool good_key(const struct key_der *key)
{
	static const uint8_t no_signature[1];

	return key->len == KEY_BYTES && key_verify(key, "", 0, no_signature, 1) == ERR_SIGNATURE;
}

static enum err check_roots(const struct bundle *b, char why[BUNDLE_WHY_MAX])
{
	if (b->root_count == 0 || b->root_count > BUNDLE_ROOTS_MAX)
		return no(why, "a trust bundle has 1 to 5 root keys");
	if (b->roots_needed == 0 || b->roots_needed > b->root_count)
		return no(why, "a trust bundle needs at least one and at most all of its root keys");
	for (unsigned i = 0; i < b->root_count; i++) {
		if (!good_key(&b->roots[i]))
			return no(why, "a root key is no P-256 public key");
		for (unsigned k = 0; k < i; k++)
			if (same_key(&b->roots[i], &b->roots[k]))
				return no(why, "a root key stands there twice");
	}
	return ERR_OK;
}

/* A name is for people: printable ASCII, and no blank at its ends. */
static bool good_name(const char name[BUNDLE_NAME_MAX])
{
	size_t len = strnlen(name, BUNDLE_NAME_MAX);

	for (size_t i = 0; i < len; i++)
		if (name[i] < ' ' || name[i] > '~')
			return false;
	return len > 0 && len < BUNDLE_NAME_MAX && name[0] != ' ' && name[len - 1] != ' ';
}

static enum err check_order_key(const struct bundle *b, unsigned at, char why[BUNDLE_WHY_MAX])
{
	const struct bundle_order_key *own = &b->orders[at];

	if (!good_name(own->name))
		return no(why, "an order key's name is not 1 to 32 printable characters");
	if (!good_key(&own->key))
		return no(why, "an order key is no P-256 public key");
	for (unsigned i = 0; i < at; i++)
		if (same_key(&own->key, &b->orders[i].key))
			return no(why, "an order key stands there twice");
	for (unsigned i = 0; i < b->root_count; i++)
		if (same_key(&own->key, &b->roots[i]))
			return no(why, "a root key is no order key: it signs trust bundles only");
	return ERR_OK;
}

static enum err check_rest(const struct bundle *b, char why[BUNDLE_WHY_MAX])
{
	if (b->rule_count > BUNDLE_RULES_MAX)
		return no(why, "there are more rules about signatures than 16");
	for (unsigned i = 0; i < b->rule_count; i++)
		if (b->rules[i].signatures == 0 || b->rules[i].signatures > BUNDLE_RULE_SIGNATURES_MAX ||
		    b->rules[i].verb == 0 || (i > 0 && b->rules[i].verb <= b->rules[i - 1].verb))
			return no(why, "a rule about signatures is not 1 to 3 for a verb, or verbs do not rise");
	if (b->ca_count == 0 || b->ca_count > BUNDLE_CAS_MAX)
		return no(why, "a trust bundle has 1 to 3 certificates of authorities");
	for (unsigned i = 0; i < b->ca_count; i++)
		if (b->cas[i].len == 0 || b->cas[i].len > KEY_CERT_MAX)
			return no(why, "a certificate of an authority is empty or too long");
	if (b->escrow.len > 0 && !good_key(&b->escrow))
		return no(why, "the escrow key is no P-256 public key");
	return ERR_OK;
}

enum err bundle_check(const struct bundle *b, char why[BUNDLE_WHY_MAX])
{
	enum err err;

	why[0] = '\0';
	if (b->version == 0)
		return no(why, "versions of trust bundles begin with 1");
	err = check_roots(b, why);
	if (err == ERR_OK && b->order_count > BUNDLE_ORDER_KEYS_MAX)
		err = no(why, "a trust bundle has at most 8 order keys");
	for (unsigned i = 0; err == ERR_OK && i < b->order_count; i++)
		err = check_order_key(b, i, why);
	return err == ERR_OK ? check_rest(b, why) : err;
}

static void put_key(struct buf *out, const struct key_der *key)
{
	buf_be8(out, (uint8_t)key->len);
	buf_bytes(out, key->bytes, key->len);
}

static void put_roots(struct buf *out, const struct bundle *b)
{
	buf_be8(out, b->roots_needed);
	buf_be8(out, b->root_count);
	for (unsigned i = 0; i < b->root_count; i++)
		put_key(out, &b->roots[i]);
}

void bundle_roots_sha256(const struct bundle *b, uint8_t out[32])
{
	uint8_t memory[2 + BUNDLE_ROOTS_MAX * (1 + KEY_DER_MAX)];
	struct buf bytes = buf_over(memory, sizeof(memory));

	put_roots(&bytes, b);
	key_sha256(memory, bytes.len, out);
}

/* Of a bundle that need not be checked. */
static bool has_flags(const struct bundle *b)
{
	for (unsigned i = 0; i < b->order_count && i < BUNDLE_ORDER_KEYS_MAX; i++)
		if (b->orders[i].in_browser)
			return true;
	return false;
}

static void put_order_key(struct buf *out, const struct bundle_order_key *own, bool flags)
{
	put_key(out, &own->key);
	buf_be8(out, (uint8_t)strlen(own->name));
	buf_text(out, own->name);
	buf_be64(out, own->verbs);
	buf_be64(out, own->kinds);
	if (flags)
		buf_be8(out, own->in_browser ? IN_BROWSER : 0);
}

enum err bundle_encode(struct buf *out, const struct bundle *b, char why[BUNDLE_WHY_MAX])
{
	size_t before = out->len;
	bool flags = has_flags(b);
	enum err err = bundle_check(b, why);

	if (err != ERR_OK)
		return err;
	buf_bytes(out, flags ? flagged : plain, MAGIC);
	buf_bytes(out, b->fleet, sizeof(b->fleet));
	buf_be64(out, b->version);
	buf_be64(out, (uint64_t)b->created_s);
	put_roots(out, b);
	buf_be8(out, b->order_count);
	for (unsigned i = 0; i < b->order_count; i++)
		put_order_key(out, &b->orders[i], flags);
	buf_be8(out, b->rule_count);
	for (unsigned i = 0; i < b->rule_count; i++) {
		buf_be16(out, b->rules[i].verb);
		buf_be8(out, b->rules[i].signatures);
	}
	buf_be8(out, b->ca_count);
	for (unsigned i = 0; i < b->ca_count; i++) {
		buf_be16(out, b->cas[i].len);
		buf_bytes(out, b->cas[i].der, b->cas[i].len);
	}
	put_key(out, &b->escrow);
	if (out->len - before <= BUNDLE_BYTES_MAX && !out->overflow)
		return ERR_OK;
	(void)no(why, "the trust bundle is longer than 6144 bytes");
	return ERR_TOO_LONG;
}

static void take_key(struct view *v, struct key_der *key)
{
	key->len = view_be8(v);
	view_bytes(v, key->bytes, key->len);
}

static void take_order_key(struct view *v, struct bundle_order_key *own, bool flags)
{
	uint8_t len, bits = 0;

	take_key(v, &own->key);
	len = view_be8(v);
	/* One that is longer than a name can be, or has a NUL, is refused by bundle_check() or the comparison of
	 * lengths. */
	if (len >= sizeof(own->name))
		v->short_read = true;
	else
		view_bytes(v, own->name, len);
	if (strnlen(own->name, sizeof(own->name)) != len)
		v->short_read = true;
	own->verbs = view_be64(v);
	own->kinds = view_be64(v);
	if (flags)
		bits = view_be8(v);
	if (bits & ~IN_BROWSER)
		v->short_read = true;
	own->in_browser = bits & IN_BROWSER;
}

static void take_rest(struct view *v, struct bundle *b)
{
	b->rule_count = view_be8(v);
	for (unsigned i = 0; i < b->rule_count && i < BUNDLE_RULES_MAX; i++) {
		b->rules[i].verb = view_be16(v);
		b->rules[i].signatures = view_be8(v);
	}
	b->ca_count = view_be8(v);
	for (unsigned i = 0; i < b->ca_count && i < BUNDLE_CAS_MAX; i++) {
		b->cas[i].len = view_be16(v);
		if (b->cas[i].len > KEY_CERT_MAX)
			v->short_read = true;
		else
			view_bytes(v, b->cas[i].der, b->cas[i].len);
	}
	take_key(v, &b->escrow);
}

static enum err take(struct view *v, struct bundle *b)
{
	uint8_t head[MAGIC];
	bool flags;

	view_bytes(v, head, sizeof(head));
	flags = memcmp(head, flagged, MAGIC) == 0;
	if (!flags && memcmp(head, plain, MAGIC) != 0)
		return ERR_INVALID;
	view_bytes(v, b->fleet, sizeof(b->fleet));
	b->version = view_be64(v);
	b->created_s = (int64_t)view_be64(v);
	b->roots_needed = view_be8(v);
	b->root_count = view_be8(v);
	for (unsigned i = 0; i < b->root_count && i < BUNDLE_ROOTS_MAX; i++)
		take_key(v, &b->roots[i]);
	b->order_count = view_be8(v);
	for (unsigned i = 0; i < b->order_count && i < BUNDLE_ORDER_KEYS_MAX; i++)
		take_order_key(v, &b->orders[i], flags);
	if (flags && !has_flags(b))
		return ERR_INVALID;
	take_rest(v, b);
	return view_done(v);
}

enum err bundle_decode(struct str bytes, struct bundle *out, char why[BUNDLE_WHY_MAX])
{
	struct view v = view_over(bytes.data, bytes.len);
	enum err err = ERR_TOO_LONG;

	memset(out, 0, sizeof(*out));
	if (bytes.len <= BUNDLE_BYTES_MAX)
		err = take(&v, out);
	if (err == ERR_OK)
		err = bundle_check(out, why);
	else
		(void)no(why, "it is no trust bundle that this version can read");
	if (err != ERR_OK)
		memset(out, 0, sizeof(*out));
	return err;
}

unsigned bundle_needed(const struct bundle_rule *rules, unsigned count, uint64_t verbs, unsigned least)
{
	unsigned needed = least;

	for (unsigned k = 0; k < count; k++)
		if (rules[k].verb < 64 && verbs >> rules[k].verb & 1 && rules[k].signatures > needed)
			needed = rules[k].signatures;
	return needed;
}
