/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop trust`: the trust bundle itself, which the root keys sign and devices go by. */
#include "server-stub/cli/fleet.h"

#include "agent/base/hex.h"
#include "agent/cli/command.h"
#include "proto/verb.h"
#include "server-stub/cli/bundle_edit.h"
#include "server-stub/cli/bundle_show.h"
#include "server-stub/cli/rest.h"
#include "server-stub/cli/signer.h"

#include <mbedtls/base64.h>

#include <stdio.h>
#include <string.h>

static struct bundle_edit edit;

/* -- show -- */

static const struct opts_option show_options[] = {
	{OPTS_TEXT, "out", "FILE", &bundle_edit_options.out, "also write the bundle to this file"},
	{.kind = OPTS_END},
};

static const struct opts_command show_command = {
	.usage = "trust show [FILE] [--out FILE]",
	.about = "Show a trust bundle: that in FILE, or the one that the service has.",
	.examples = "  caltrop trust show\n  caltrop trust show --out before.bundle",
	.options = show_options,
	.args_max = 1,
};

int cmd_trust_show(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&show_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = bundle_edit_read(args.count ? args.items[0] : NULL, &edit.base, &edit.bundle);
	if (status == OPTS_GO_ON && bundle_edit_options.out)
		status = bundle_edit_write(bundle_edit_options.out, &edit.base);
	if (status != OPTS_GO_ON)
		return status;
	bundle_show(&edit.base, &edit.bundle);
	return COMMAND_OK;
}

/* -- sign, push -- */

static const struct opts_option sign_options[] = {
	{OPTS_MANY, "root-key", "FILE", &bundle_edit_options.root_keys, "a root key of the fleet; may be given again"},
	{.kind = OPTS_END},
};

static const struct opts_command sign_command = {
	.usage = "trust sign FILE --root-key FILE",
	.about = "Show the trust bundle in FILE and add a root key's signature to it. It asks no service, so it can be "
		 "done\n"
		 "where the root key is kept.",
	.examples = "  caltrop trust sign next.bundle --root-key root_key_2.pem",
	.options = sign_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_trust_sign(int argc, char **argv)
{
	const struct opts_list *keys = &bundle_edit_options.root_keys;
	struct opts_list args;
	int status = opts_read(&sign_command, argc, argv, &args);

	if (status == OPTS_GO_ON && keys->count == 0)
		status = opts_wrong(&sign_command, "--root-key is missing");
	if (status == OPTS_GO_ON)
		status = bundle_edit_read(args.items[0], &edit.next, &edit.bundle);
	for (unsigned i = 0; status == OPTS_GO_ON && i < keys->count; i++)
		status = bundle_edit_sign(&edit.next, keys->items[i]);
	if (status == OPTS_GO_ON)
		status = bundle_edit_write(args.items[0], &edit.next);
	if (status != OPTS_GO_ON)
		return status;
	bundle_show(&edit.next, &edit.bundle);
	return COMMAND_OK;
}

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

static const struct opts_command push_command = {
	.usage = "trust push FILE",
	.about = "Give the trust bundle in FILE to the service, which passes it on to all devices. Each device judges "
		 "it "
		 "for\n"
		 "itself: it must be newer, of the same fleet, and signed by enough root keys.",
	.examples = "  caltrop trust push next.bundle",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_trust_push(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&push_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = bundle_edit_read(args.items[0], &edit.next, &edit.bundle);
	if (status == OPTS_GO_ON)
		status = bundle_edit_push(&edit.next);
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}

/* -- require -- */

static const struct opts_option require_options[] = {
	BUNDLE_EDIT_OPTIONS,
	{.kind = OPTS_END},
};

static const struct opts_command require_command = {
	.usage = "trust require VERB COUNT --root-key FILE",
	.about =
		"Have devices take orders with VERB only when COUNT different order keys signed them, 1 to 3. It never "
		"makes\n"
		"them fewer than the verb needs by itself. That many keys must be trusted for it already.",
	.examples = "  caltrop trust require isolate 2 --root-key root_key.pem",
	.options = require_options,
	.args_min = 2,
	.args_max = 2,
};

static int put_rule(struct bundle *b, const struct opts_list *args)
{
	uint16_t verb = verb_number(args->items[0]);
	unsigned at = 0, count = (unsigned)(args->items[1][0] - '0'), signers = bundle_edit_signers(b, verb);

	if (signers < count && count > 1)
		return opts_failed(COMMAND_CONFLICT,
				   "devices would take no order with %s: it would need %u signatures, and %u of the "
				   "order keys may sign it. Have more trusted first: caltrop key trust",
				   args->items[0], count, signers);
	while (at < b->rule_count && b->rules[at].verb < verb)
		at++;
	if (at == b->rule_count || b->rules[at].verb != verb) {
		if (b->rule_count == BUNDLE_RULES_MAX)
			return opts_failed(COMMAND_CONFLICT, "a trust bundle has at most 16 such rules");
		memmove(&b->rules[at + 1], &b->rules[at], (b->rule_count - at) * sizeof(b->rules[0]));
		b->rule_count++;
	}
	b->rules[at] = (struct bundle_rule){verb, (uint8_t)count};
	return OPTS_GO_ON;
}

int cmd_trust_require(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&require_command, argc, argv, &args);
	const char *count = status == OPTS_GO_ON ? args.items[1] : "";

	if (status == OPTS_GO_ON && verb_number(args.items[0]) == VERB_NONE)
		status = opts_wrong(&require_command, "'%s' is no verb", args.items[0]);
	if (status == OPTS_GO_ON && (strlen(count) != 1 || count[0] < '1' || count[0] > '3'))
		status = opts_wrong(&require_command, "'%s' is not 1, 2 or 3", count);
	if (status == OPTS_GO_ON)
		status = bundle_edit_change(&edit, put_rule, &args);
	if (status != OPTS_GO_ON)
		return status;
	bundle_show(&edit.next, &edit.bundle);
	return COMMAND_OK;
}

/* -- create -- */

static struct {
	int64_t needed;
	const char *order_key;
} first = {.needed = 1};

static const struct opts_option create_options[] = {
	{OPTS_COUNT, "root-needed", "K", &first.needed,
	 "how many of the root keys have to sign later ones (default: 1)"},
	{OPTS_TEXT, "order-key", "FILE", &first.order_key, "an order key that devices trust already"},
	BUNDLE_EDIT_OPTIONS,
	{.kind = OPTS_END},
};

static const struct opts_command create_command = {
	.usage = "trust create --root-key FILE... --order-key FILE",
	.about =
		"Make the first trust bundle of a fleet that was made before there were any, of the CA, order keys and "
		"escrow\n"
		"key that the service has. An order key that devices trust vouches for it, once: from then on the root "
		"keys\n"
		"alone decide. Make those before, by `caltrop key create`, and keep them off line.",
	.examples = "  caltrop trust create --root-key root.pem --order-key /var/lib/caltrop-server/order_key.pem",
	.options = create_options,
};

static bool decode(json_t *text, uint8_t *out, size_t cap, size_t *len)
{
	const char *base64 = json_string_value(text);

	return base64 && mbedtls_base64_decode(out, cap, len, (const unsigned char *)base64, strlen(base64)) == 0;
}

static bool decode_key(json_t *text, struct key_der *key)
{
	size_t len = 0;
	bool good = decode(text, key->bytes, sizeof(key->bytes), &len);

	key->len = (uint16_t)len;
	return good;
}

static bool decode_fleet(const char *hex, uint8_t out[BUNDLE_FLEET])
{
	return hex && hex_read(str_from(hex), out, BUNDLE_FLEET);
}

static bool take_answer(json_t *answer, struct bundle *b)
{
	json_t *one;
	size_t i, len = 0;

	if (!decode_fleet(json_string_value(json_object_get(answer, "fleet")), b->fleet) ||
	    !decode(json_object_get(answer, "ca"), b->cas[0].der, sizeof(b->cas[0].der), &len) ||
	    !decode_key(json_object_get(answer, "escrow"), &b->escrow))
		return false;
	b->cas[0].len = (uint16_t)len;
	b->ca_count = 1;
	json_array_foreach(json_object_get(answer, "order_keys"), i, one)
	{
		struct bundle_order_key *key = &b->orders[i];

		if (i == BUNDLE_ORDER_KEYS_MAX || !decode_key(json_object_get(one, "key"), &key->key))
			return false;
		key->verbs = key->kinds = BUNDLE_ALL;
		snprintf(key->name, sizeof(key->name), "key %zu", i + 1);
		b->order_count++;
	}
	return true;
}

static int fetch(struct bundle *b)
{
	int status;
	struct rest *r = rest_open(&status);
	json_t *answer = NULL;

	if (!r)
		return status;
	status = rest_call(r, &(struct rest_call){.method = "GET", .path = "/api/v1/trust"}, &answer);
	if (status == OPTS_GO_ON && json_is_string(json_object_get(answer, "bundle")))
		status = opts_failed(COMMAND_CONFLICT, "this fleet has a trust bundle already: caltrop trust show");
	else if (status == OPTS_GO_ON && !take_answer(answer, b))
		status = opts_failed(COMMAND_FAILED, "the service does not say what it trusts");
	json_decref(answer);
	rest_close(r);
	return status;
}

static int fill(struct bundle *b)
{
	const struct opts_list *keys = &bundle_edit_options.root_keys;
	int status = OPTS_GO_ON;

	b->version = 1;
	b->roots_needed = (uint8_t)first.needed;
	for (unsigned i = 0; status == OPTS_GO_ON && i < keys->count && i < BUNDLE_ROOTS_MAX; i++) {
		status = signer_public(keys->items[i], &b->roots[i]);
		b->root_count++;
	}
	return status == OPTS_GO_ON ? fetch(b) : status;
}

int cmd_trust_create(int argc, char **argv)
{
	const struct opts_list *keys = &bundle_edit_options.root_keys;
	struct opts_list args;
	int status = opts_read(&create_command, argc, argv, &args);

	if (status == OPTS_GO_ON && (keys->count == 0 || keys->count > BUNDLE_ROOTS_MAX))
		status = opts_wrong(&create_command, "--root-key is needed, one to five times");
	if (status == OPTS_GO_ON && (first.needed < 1 || first.needed > keys->count))
		status = opts_wrong(&create_command, "--root-needed is at least 1 and at most the number of root keys");
	if (status == OPTS_GO_ON && !first.order_key)
		status = opts_wrong(&create_command, "--order-key is missing: devices would not take the bundle");
	if (status == OPTS_GO_ON)
		status = fill(&edit.bundle);
	if (status == OPTS_GO_ON)
		status = bundle_edit_first(&edit, first.order_key);
	if (status != OPTS_GO_ON)
		return status;
	bundle_show(&edit.next, &edit.bundle);
	return COMMAND_OK;
}
