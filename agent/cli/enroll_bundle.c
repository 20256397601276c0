/* SPDX-License-Identifier: Apache-2.0 */
/* Judges and keeps the first trust bundle of a device. The actor takes all later ones. */
#include "agent/cli/enroll_bundle.h"

#include "agent/common/trust_bundle.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static enum err decode(const Caltrop__V1__Trust *trust, struct bundle_sealed *sealed, struct bundle *out)
{
	char why[BUNDLE_WHY_MAX];
	struct str bytes = {(const char *)trust->bundle.data, trust->bundle.len};

	if (bundle_open(bytes, sealed, why) != ERR_OK ||
	    bundle_decode((struct str){(const char *)sealed->bytes, sealed->len}, out, why) != ERR_OK)
		return ERR_CORRUPT;
	return ERR_OK;
}

static bool has_ca(const struct bundle *b, const uint8_t ca_sha256[32])
{
	uint8_t digest[32];

	for (unsigned i = 0; i < b->ca_count; i++) {
		key_sha256(b->cas[i].der, b->cas[i].len, digest);
		if (key_equal(digest, ca_sha256, sizeof(digest)))
			return true;
	}
	return false;
}

enum err enroll_bundle_check(const Caltrop__V1__Trust *trust, const uint8_t ca_sha256[32])
{
	struct bundle_sealed sealed;
	struct bundle bundle;
	unsigned signers;
	enum err err;

	if (trust->bundle.len == 0)
		return ERR_OK;
	err = decode(trust, &sealed, &bundle);
	if (err == ERR_OK)
		err = bundle_signers(&sealed, bundle.roots, bundle.root_count, &signers);
	if (err == ERR_OK && signers < bundle.roots_needed)
		err = ERR_SIGNATURE;
	return err == ERR_OK && !has_ca(&bundle, ca_sha256) ? ERR_UNTRUSTED : err;
}

bool enroll_bundle_has_roots(const Caltrop__V1__Trust *trust, const struct token *token)
{
	struct bundle_sealed sealed;
	struct bundle bundle;
	uint8_t digest[32];

	if (!token->has_roots)
		return true;
	if (decode(trust, &sealed, &bundle) != ERR_OK)
		return false;
	bundle_roots_sha256(&bundle, digest);
	return key_equal(digest, token->roots_sha256, sizeof(digest));
}

/* Whether the device has a newer one of that fleet. */
static bool is_newer(int dir, const struct bundle *than)
{
	struct bundle have;
	uint8_t digest[32];

	return trust_bundle_read(dir, &have, digest) == ERR_OK && have.version > than->version &&
	       memcmp(have.fleet, than->fleet, sizeof(have.fleet)) == 0;
}

enum err enroll_bundle_keep(int dir, const Caltrop__V1__Trust *trust)
{
	struct bundle_sealed sealed;
	struct bundle bundle;
	enum err err;

	if (trust->bundle.len == 0)
		return unlinkat(dir, TRUST_BUNDLE_FILE, 0) == 0 || errno == ENOENT ? ERR_OK : err_from_errno(errno);
	err = decode(trust, &sealed, &bundle);
	if (err != ERR_OK || is_newer(dir, &bundle))
		return err;
	return trust_bundle_keep(dir, (struct str){(const char *)trust->bundle.data, trust->bundle.len});
}
