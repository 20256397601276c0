/* SPDX-License-Identifier: Apache-2.0 */
/* Reads, judges and replaces the fleet's trust bundle. Never signs one. */
#include "server-stub/fleet/fleet_bundle.h"

#include "server-stub/fleet/fleet_file.h"

#include <stdio.h>
#include <string.h>

enum err fleet_bundle_read(const char *dir, struct fleet_bundle *out)
{
	struct bundle_sealed sealed;
	char why[BUNDLE_WHY_MAX];
	enum err err;

	memset(out, 0, sizeof(*out));
	err = fleet_file_read((struct fleet_file){dir, FLEET_BUNDLE_FILE}, (char *)out->sealed, sizeof(out->sealed),
			      &out->len);
	if (err == ERR_OK &&
	    (bundle_open((struct str){(const char *)out->sealed, out->len}, &sealed, why) != ERR_OK ||
	     bundle_decode((struct str){(const char *)sealed.bytes, sealed.len}, &out->bundle, why) != ERR_OK))
		err = ERR_CORRUPT;
	if (err == ERR_OK)
		key_sha256(sealed.bytes, sealed.len, out->digest);
	else
		out->len = 0;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err fleet_bundle_put(const struct fleet *f, struct str sealed, char why[SUCCESSION_WHY_MAX])
{
	struct fleet_bundle now;
	struct bundle next;
	enum err err = fleet_bundle_read(f->dir, &now);
	const struct succession_from from = {
		.version = now.bundle.version,
		.fleet = now.bundle.fleet,
		.digest = now.digest,
		.roots_needed = now.bundle.roots_needed,
		.root_count = now.bundle.root_count,
		.roots = now.bundle.roots,
		.order_key_count = f->order_public_count,
		.order_keys = f->order_public,
	};

	if (err == ERR_OK) {
		err = succession_check(&from, sealed, &next, why);
		if (err != ERR_OK)
			return err;
		err = fleet_file_replace((struct fleet_file){f->dir, FLEET_BUNDLE_FILE}, sealed, 0644);
	}
	if (err != ERR_OK)
		snprintf(why, SUCCESSION_WHY_MAX, "%s: %s", FLEET_BUNDLE_FILE, err_text(err));
	return err;
}

/* The order keys in force: the bundle's, or of a fleet without one its own. There is none when it cannot be read. */
struct order_keys {
	const struct fleet *fleet;
	struct fleet_bundle now;
	bool has_bundle;
	unsigned count;
};

static void read_keys(const struct fleet *f, struct order_keys *k)
{
	k->fleet = f;
	k->has_bundle = fleet_bundle_read(f->dir, &k->now) != ERR_OK || k->now.len > 0;
	k->count = k->has_bundle ? k->now.bundle.order_count : f->order_public_count;
}

static const struct key_der *key_at(const struct order_keys *k, unsigned at)
{
	return k->has_bundle ? &k->now.bundle.orders[at].key : &k->fleet->order_public[at];
}

/* Its place; -1: it is none of them. */
static int find_key(const struct order_keys *k, const uint8_t id[KEY_ID])
{
	uint8_t own[KEY_ID];

	for (unsigned i = 0; i < k->count; i++) {
		key_id(key_at(k, i), own);
		if (memcmp(own, id, KEY_ID) == 0)
			return (int)i;
	}
	return -1;
}

static bool may_sign(const struct order_keys *k, int at, uint64_t verbs)
{
	return at >= 0 && (!k->has_bundle || (k->now.bundle.orders[at].verbs & verbs) == verbs);
}

static bool in_browser(const struct order_keys *k, int at)
{
	return k->has_bundle && k->now.bundle.orders[at].in_browser;
}

void fleet_bundle_count(const struct fleet *f, struct fleet_bundle_tally *out, const struct order *o,
			const struct registry_order *stored)
{
	const struct object_signature *s = stored->signatures;
	uint64_t verbs = order_verbs(o);
	struct order_keys k;
	bool outside = false;

	read_keys(f, &k);
	out->counted = 0;
	out->needed =
		bundle_needed(k.now.bundle.rules, k.now.bundle.rule_count, o->dry_run ? 0 : verbs, order_signatures(o));
	for (unsigned i = 0; i < stored->signature_count; i++) {
		int at = find_key(&k, s[i].key_id);

		if (object_message_signed_by(s, i, s[i].key_id) || !may_sign(&k, at, verbs))
			continue;
		out->counted++;
		outside = outside || !in_browser(&k, at);
	}
	/* Of those of browsers one place stays free, however many there are. */
	if (out->needed >= 2 && out->counted >= out->needed && !outside)
		out->counted = out->needed - 1;
}

bool fleet_bundle_order_key(const struct fleet *f, const uint8_t id[KEY_ID], struct key_der *out)
{
	struct order_keys k;
	int at;

	read_keys(f, &k);
	at = find_key(&k, id);
	if (at >= 0)
		*out = *key_at(&k, (unsigned)at);
	return at >= 0;
}
