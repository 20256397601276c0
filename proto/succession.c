/* SPDX-License-Identifier: Apache-2.0 */
/* Judges trust bundles. Cheap tests first; signatures are looked at last. Pure. */
#include "proto/succession.h"

#include <stdio.h>
#include <string.h>

_Static_assert(SUCCESSION_WHY_MAX >= BUNDLE_WHY_MAX, "a bundle's own sentences fit");

static enum err no(char why[SUCCESSION_WHY_MAX], enum err err, const char *text)
{
	snprintf(why, SUCCESSION_WHY_MAX, "%s", text);
	return err;
}

struct signers {
	const char *who; /* "root keys" */
	const struct key_der *keys;
	unsigned count, needed;
};

static enum err check_signers(const struct bundle_sealed *s, const struct signers *by, char why[SUCCESSION_WHY_MAX])
{
	unsigned signers;

	if (bundle_signers(s, by->keys, by->count, &signers) != ERR_OK)
		return no(why, ERR_SIGNATURE, "a signature of the trust bundle does not verify");
	if (signers >= by->needed)
		return ERR_OK;
	snprintf(why, SUCCESSION_WHY_MAX, "the trust bundle is signed by %u %s, and needs %u", signers, by->who,
		 by->needed);
	return signers == 0 ? ERR_UNTRUSTED : ERR_SIGNATURE;
}

/* Whom the device trusts vouches for the root keys of its first bundle, and they for themselves. */
static enum err check_first(const struct succession_from *from, const struct bundle_sealed *s, const struct bundle *b,
			    char why[SUCCESSION_WHY_MAX])
{
	const struct signers orders = {"order keys that are trusted", from->order_keys, from->order_key_count,
				       from->order_keys_needed > 0 ? from->order_keys_needed : 1};
	const struct signers roots = {"root keys in it", b->roots, b->root_count, b->roots_needed};
	enum err err = check_signers(s, &orders, why);

	return err == ERR_OK ? check_signers(s, &roots, why) : err;
}

static enum err check_next(const struct succession_from *from, const struct bundle_sealed *s, const struct bundle *b,
			   char why[SUCCESSION_WHY_MAX])
{
	const struct signers roots = {"root keys of this fleet", from->roots, from->root_count, from->roots_needed};
	uint8_t digest[32];

	if (memcmp(b->fleet, from->fleet, sizeof(b->fleet)) != 0)
		return no(why, ERR_WRONG_TARGET, "the trust bundle is of another fleet");
	key_sha256(s->bytes, s->len, digest);
	if (b->version == from->version && memcmp(digest, from->digest, sizeof(digest)) == 0)
		return no(why, ERR_EXISTS, "this trust bundle is in force already");
	if (b->version <= from->version) {
		snprintf(why, SUCCESSION_WHY_MAX, "the trust bundle has version %llu, and version %llu is in force",
			 (unsigned long long)b->version, (unsigned long long)from->version);
		return ERR_REPLAYED;
	}
	return check_signers(s, &roots, why);
}

enum err succession_check(const struct succession_from *from, struct str sealed, struct bundle *out,
			  char why[SUCCESSION_WHY_MAX])
{
	struct bundle_sealed s;
	enum err err = bundle_open(sealed, &s, why);

	memset(out, 0, sizeof(*out));
	if (err == ERR_OK)
		err = bundle_decode((struct str){(const char *)s.bytes, s.len}, out, why);
	if (err != ERR_OK)
		return err;
	return from->version > 0 ? check_next(from, &s, out, why) : check_first(from, &s, out, why);
}
