/* SPDX-License-Identifier: Apache-2.0 */
/* From the trust bundle in force to the next one. Root keys are read here, sign, and are forgotten. */
#include "server-stub/cli/bundle_edit.h"

#include "agent/base/clock.h"
#include "agent/cli/command.h"
#include "proto/verb.h"
#include "server-stub/cli/rest.h"
#include "server-stub/cli/signer.h"

#include <mbedtls/base64.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PATH "/api/v1/trust"

struct bundle_edit_options bundle_edit_options;

/* -- reading -- */

static int open_bytes(const char *name, struct str bytes, struct bundle_sealed *sealed, struct bundle *out)
{
	char why[BUNDLE_WHY_MAX];

	if (bundle_open(bytes, sealed, why) == ERR_OK &&
	    bundle_decode((struct str){(const char *)sealed->bytes, sealed->len}, out, why) == ERR_OK)
		return OPTS_GO_ON;
	fprintf(stderr, "caltrop: %s: %s\n", name, why);
	return COMMAND_FAILED;
}

static int read_file(const char *path, struct bundle_sealed *sealed, struct bundle *out)
{
	char bytes[BUNDLE_SEALED_MAX + 1];
	FILE *file = fopen(path, "re");
	size_t len = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
	bool failed = !file || ferror(file);

	if (failed)
		fprintf(stderr, "caltrop: %s: %s\n", path, strerror(errno));
	if (file)
		fclose(file);
	return failed ? COMMAND_FAILED : open_bytes(path, (struct str){bytes, len}, sealed, out);
}

static int take_answer(json_t *answer, struct bundle_sealed *sealed, struct bundle *out)
{
	const char *text = json_string_value(json_object_get(answer, "bundle"));
	unsigned char bytes[BUNDLE_SEALED_MAX];
	size_t len = 0;

	if (!text)
		return opts_failed(COMMAND_NOT_FOUND,
				   "this fleet has no trust bundle yet; make one: caltrop trust create");
	if (mbedtls_base64_decode(bytes, sizeof(bytes), &len, (const unsigned char *)text, strlen(text)) != 0)
		return opts_failed(COMMAND_FAILED, "the trust bundle of the service is no base64");
	return open_bytes("the trust bundle of the service", (struct str){(const char *)bytes, len}, sealed, out);
}

int bundle_edit_read(const char *path, struct bundle_sealed *sealed, struct bundle *out)
{
	int status;
	struct rest *r;
	json_t *answer = NULL;

	if (path)
		return read_file(path, sealed, out);
	r = rest_open(&status);
	if (!r)
		return status;
	status = rest_call(r, &(struct rest_call){.method = "GET", .path = PATH}, &answer);
	if (status == OPTS_GO_ON)
		status = take_answer(answer, sealed, out);
	json_decref(answer);
	rest_close(r);
	return status;
}

/* -- judging -- */

unsigned bundle_edit_signers(const struct bundle *b, uint16_t verb)
{
	unsigned count = 0;

	for (unsigned i = 0; i < b->order_count; i++)
		count += b->orders[i].verbs >> verb & 1;
	return count;
}

void bundle_edit_warn(const struct bundle *b)
{
	for (unsigned i = 0; i < b->rule_count; i++) {
		unsigned signers = bundle_edit_signers(b, b->rules[i].verb);

		if (signers < b->rules[i].signatures)
			fprintf(stderr,
				"caltrop: warning: an order with %s needs %u signatures, and %u order key%s may sign "
				"it: devices take none\nuntil more are trusted (caltrop key trust) or fewer are needed "
				"(caltrop trust require %s COUNT)\n",
				verb_name(b->rules[i].verb), b->rules[i].signatures, signers, signers == 1 ? "" : "s",
				verb_name(b->rules[i].verb));
	}
}

/* -- writing -- */

int bundle_edit_write(const char *path, const struct bundle_sealed *sealed)
{
	uint8_t memory[BUNDLE_SEALED_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	FILE *file = bundle_seal(&b, sealed) == ERR_OK ? fopen(path, "we") : NULL;
	bool written = file && fwrite(memory, 1, b.len, file) == b.len;

	if (file && fclose(file) != 0)
		written = false;
	if (written)
		return OPTS_GO_ON;
	fprintf(stderr, "caltrop: %s: %s\n", path, strerror(errno));
	return COMMAND_FAILED;
}

int bundle_edit_push(const struct bundle_sealed *sealed)
{
	uint8_t memory[BUNDLE_SEALED_MAX];
	unsigned char text[BUNDLE_SEALED_MAX * 4 / 3 + 8];
	struct buf b = buf_over(memory, sizeof(memory));
	size_t len = 0;
	int status;
	struct rest *r;
	json_t *answer = NULL, *body;

	if (bundle_seal(&b, sealed) != ERR_OK || mbedtls_base64_encode(text, sizeof(text), &len, memory, b.len) != 0)
		return opts_failed(COMMAND_FAILED, "the trust bundle is too long");
	r = rest_open(&status);
	if (!r)
		return status;
	body = json_pack("{s:s%}", "bundle", text, len);
	status = rest_call(r, &(struct rest_call){.method = "POST", .path = PATH, .body = body}, &answer);
	if (status == OPTS_GO_ON && !opts_common.json)
		printf("trust bundle %lld is in force: connected devices have it within seconds, others when they come "
		       "back\n",
		       (long long)json_integer_value(json_object_get(answer, "version")));
	json_decref(body);
	json_decref(answer);
	rest_close(r);
	return status;
}

/* -- signing -- */

int bundle_edit_sign(struct bundle_sealed *sealed, const char *key)
{
	struct signer_signature signature;
	struct signer signer;
	int status = signer_open(key, &signer);
	enum err err;

	if (status != OPTS_GO_ON)
		return status;
	err = signer_sign(&signer, sealed->bytes, sealed->len, &signature);
	if (err == ERR_OK)
		err = bundle_add(sealed, &signer.public_key, signature.bytes, signature.len);
	signer_close(&signer);
	if (err == ERR_OK)
		return OPTS_GO_ON;
	fprintf(stderr, "caltrop: %s: %s\n", key, err == ERR_EXISTS ? "it has signed already" : err_text(err));
	return COMMAND_FAILED;
}

static int encode(struct bundle_edit *e)
{
	struct buf b = buf_over(e->next.bytes, sizeof(e->next.bytes));
	char why[BUNDLE_WHY_MAX];

	e->next.signature_count = 0;
	e->bundle.created_s = clock_wall_s();
	if (bundle_encode(&b, &e->bundle, why) != ERR_OK)
		return opts_failed(COMMAND_USAGE, "%s", why);
	e->next.len = (uint16_t)b.len;
	return OPTS_GO_ON;
}

/* Whether enough have signed; where the bundle is only written, others may sign it later. */
static int finish(const struct bundle_edit *e, const struct key_der *roots, unsigned count, unsigned needed)
{
	const char *out = bundle_edit_options.out;
	unsigned signers = 0;
	int status;

	if (bundle_signers(&e->next, roots, count, &signers) != ERR_OK)
		return opts_failed(COMMAND_FAILED, "a signature does not verify");
	if (signers < needed && !out) {
		fprintf(stderr,
			"caltrop: %u root keys have to sign and %u did: give more --root-key, or write it with --out "
			"FILE,\nhave it signed elsewhere by `caltrop trust sign FILE --root-key FILE`, and push it by "
			"`caltrop trust push FILE`\n",
			needed, signers);
		return COMMAND_USAGE;
	}
	status = out ? bundle_edit_write(out, &e->next) : bundle_edit_push(&e->next);
	if (status == OPTS_GO_ON && out && !opts_common.json)
		printf("%s: trust bundle %llu, signed by %u of the %u root keys that are needed\n", out,
		       (unsigned long long)e->bundle.version, signers, needed);
	return status;
}

static int sign_all(struct bundle_edit *e)
{
	const struct opts_list *keys = &bundle_edit_options.root_keys;
	int status = encode(e);

	for (unsigned i = 0; status == OPTS_GO_ON && i < keys->count; i++)
		status = bundle_edit_sign(&e->next, keys->items[i]);
	return status;
}

/* Whether a key that was given is one of the bundle's root keys, and whether it has signed that bundle. */
static int look_at_root(const struct bundle_edit *e, const char *path, bool *signed_base)
{
	struct key_der key;
	unsigned signers = 0;
	int status = signer_public(path, &key);

	if (status != OPTS_GO_ON)
		return status;
	for (unsigned i = 0; i < e->bundle.root_count; i++) {
		if (key.len != e->bundle.roots[i].len || memcmp(key.bytes, e->bundle.roots[i].bytes, key.len) != 0)
			continue;
		if (bundle_signers(&e->base, &key, 1, &signers) == ERR_OK && signers == 1)
			*signed_base = true;
		return OPTS_GO_ON;
	}
	return opts_failed(COMMAND_FAILED, "%s is no root key of this fleet", path);
}

/* Read the bundle to change. */
static int begin(struct bundle_edit *e)
{
	const struct opts_list *keys = &bundle_edit_options.root_keys;
	unsigned signers = 0;
	bool signed_base = false;
	int status;

	memset(e, 0, sizeof(*e));
	if (keys->count == 0)
		return opts_failed(COMMAND_USAGE,
				   "--root-key is missing: only the fleet's root keys change whom devices trust");
	status = bundle_edit_read(bundle_edit_options.from, &e->base, &e->bundle);
	if (status != OPTS_GO_ON)
		return status;
	if (bundle_signers(&e->base, e->bundle.roots, e->bundle.root_count, &signers) != ERR_OK ||
	    signers < e->bundle.roots_needed)
		return opts_failed(COMMAND_FAILED,
				   "the trust bundle is not signed by its own root keys; nothing was changed");
	for (unsigned i = 0; status == OPTS_GO_ON && i < keys->count; i++)
		status = look_at_root(e, keys->items[i], &signed_base);
	/* A service could make a bundle that names this root key beside one of its own, and have it signed here. */
	if (status == OPTS_GO_ON && !signed_base && !bundle_edit_options.from)
		return opts_failed(
			COMMAND_CONFLICT,
			"the service's trust bundle was not signed by the root key given here; if "
			"you know that it is the right one, save it by `caltrop trust show --out FILE`, look at it, "
			"and give it with --from FILE");
	return status;
}

/* Sign e->bundle as the next version, and push or write it. */
static int end(struct bundle_edit *e)
{
	struct bundle was;
	char why[BUNDLE_WHY_MAX];
	int status;

	/* Today's root keys decide, also about a change of themselves. */
	if (bundle_decode((struct str){(const char *)e->base.bytes, e->base.len}, &was, why) != ERR_OK)
		return opts_failed(COMMAND_FAILED, "%s", why);
	e->bundle.version = was.version + 1;
	status = sign_all(e);
	return status == OPTS_GO_ON ? finish(e, was.roots, was.root_count, was.roots_needed) : status;
}

int bundle_edit_change(struct bundle_edit *e, int (*change)(struct bundle *b, const struct opts_list *args),
		       const struct opts_list *args)
{
	int status = begin(e);

	if (status == OPTS_GO_ON)
		status = change(&e->bundle, args);
	return status == OPTS_GO_ON ? end(e) : status;
}

int bundle_edit_first(struct bundle_edit *e, const char *order_key)
{
	int status = sign_all(e);

	if (status == OPTS_GO_ON && order_key)
		status = bundle_edit_sign(&e->next, order_key);
	return status == OPTS_GO_ON ? finish(e, e->bundle.roots, e->bundle.root_count, e->bundle.roots_needed) : status;
}
