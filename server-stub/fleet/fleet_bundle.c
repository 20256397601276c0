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

/* Whether the key may sign these verbs. */
static bool may_sign(const struct fleet_bundle *now, const struct fleet *f, const uint8_t id[KEY_ID], uint64_t verbs)
{
	unsigned count = now->len ? now->bundle.order_count : f->order_public_count;
	uint8_t own[KEY_ID];

	for (unsigned i = 0; i < count; i++) {
		key_id(now->len ? &now->bundle.orders[i].key : &f->order_public[i], own);
		if (memcmp(own, id, KEY_ID) == 0)
			return !now->len || (now->bundle.orders[i].verbs & verbs) == verbs;
	}
	return false;
}

void fleet_bundle_count(const struct fleet *f, struct fleet_bundle_tally *out, const struct order *o,
			const struct registry_order *stored)
{
	struct fleet_bundle now;
	uint64_t verbs = 0;
	bool readable = fleet_bundle_read(f->dir, &now) == ERR_OK;

	*out = (struct fleet_bundle_tally){.needed = order_signatures(o)};
	for (unsigned i = 0; i < o->step_count; i++)
		verbs |= UINT64_C(1) << o->steps[i].args.verb;
	for (unsigned i = 0; i < now.bundle.rule_count && !o->dry_run; i++)
		if (now.bundle.rules[i].verb < 64 && verbs >> now.bundle.rules[i].verb & 1 &&
		    now.bundle.rules[i].signatures > out->needed)
			out->needed = now.bundle.rules[i].signatures;
	for (unsigned i = 0; i < stored->signature_count && readable; i++) {
		const struct object_signature *s = stored->signatures;
		bool again = false;

		for (unsigned k = 0; k < i; k++)
			again |= memcmp(s[k].key_id, s[i].key_id, KEY_ID) == 0;
		out->counted += !again && may_sign(&now, f, s[i].key_id, verbs);
	}
}

bool fleet_bundle_order_key(const struct fleet *f, const uint8_t id[KEY_ID], struct key_der *out)
{
	struct fleet_bundle now;
	uint8_t own[KEY_ID];
	bool has_bundle = fleet_bundle_read(f->dir, &now) != ERR_OK || now.len > 0;
	unsigned count = has_bundle ? now.bundle.order_count : f->order_public_count;

	for (unsigned i = 0; i < count; i++) {
		const struct key_der *key = has_bundle ? &now.bundle.orders[i].key : &f->order_public[i];

		key_id(key, own);
		if (memcmp(own, id, KEY_ID) != 0)
			continue;
		*out = *key;
		return true;
	}
	return false;
}
