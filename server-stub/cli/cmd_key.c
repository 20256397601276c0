/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop key`: the keys that orders are signed with, and which of them the fleet's devices trust. */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "proto/verb.h"
#include "server-stub/cli/bundle_edit.h"
#include "server-stub/cli/bundle_show.h"
#include "server-stub/cli/signer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ID_PREFIX_MIN 4

static struct bundle_edit edit;

/* -- create -- */

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

static const struct opts_command create_command = {
	.usage = "key create FILE|pkcs11:URI",
	.about = "Make a key pair: the private key in FILE, which nobody else may read, and the public one in "
		 "FILE.pub; or\n"
		 "in a token that speaks PKCS #11, which it never leaves. Wherever a command takes a key's file, it "
		 "takes "
		 "the URI.\n"
		 "It signs nothing that counts until the fleet trusts it: caltrop key trust.",
	.examples = "  caltrop key create ada.pem\n"
		    "  caltrop key create 'pkcs11:token=desk;object=ada?module-path=/usr/lib/softhsm/libsofthsm2.so'",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

/* False: it is there already, or cannot be written; a message was printed. */
static bool write_new(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	size_t len = strlen(text);
	bool good = fd >= 0 && write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;

	if (!good)
		fprintf(stderr, "caltrop: %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (!good && fd >= 0)
		unlink(path);
	return good;
}

static int create(const char *path, struct key_der *private_key, struct key_der *public_key)
{
	char pem[1024], public_path[4096], id[BUNDLE_SHOW_ID];
	bool good;

	if (snprintf(public_path, sizeof(public_path), "%s.pub", path) >= (int)sizeof(public_path))
		return opts_failed(COMMAND_USAGE, "%s is too long", path);
	if (key_generate(key_random_kernel, private_key) != ERR_OK || key_public(private_key, public_key) != ERR_OK ||
	    key_pem("EC PRIVATE KEY", private_key->bytes, private_key->len, pem, sizeof(pem)) != ERR_OK)
		return opts_failed(COMMAND_FAILED, "a key cannot be made");
	good = write_new(path, pem, 0600);
	key_wipe(pem, sizeof(pem));
	if (!good)
		return COMMAND_FAILED;
	if (key_pem("PUBLIC KEY", public_key->bytes, public_key->len, pem, sizeof(pem)) != ERR_OK ||
	    !write_new(public_path, pem, 0644)) {
		unlink(path);
		return COMMAND_FAILED;
	}
	printf("%s\n", bundle_show_id(public_key, id));
	return COMMAND_OK;
}

static int create_in_token(const char *uri)
{
	struct key_der public_key;
	char id[BUNDLE_SHOW_ID];
	int status = signer_create(uri, &public_key);

	if (status != OPTS_GO_ON)
		return status;
	printf("%s\n", bundle_show_id(&public_key, id));
	return COMMAND_OK;
}

int cmd_key_create(int argc, char **argv)
{
	struct opts_list args;
	struct key_der private_key, public_key;
	int status = opts_read(&create_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	if (strncmp(args.items[0], "pkcs11:", 7) == 0)
		return create_in_token(args.items[0]);
	status = create(args.items[0], &private_key, &public_key);
	key_wipe(&private_key, sizeof(private_key));
	return status;
}

/* -- list -- */

static const struct opts_option list_options[] = {
	{OPTS_TEXT, "from", "FILE", &bundle_edit_options.from, "of this trust bundle instead of the service's"},
	{.kind = OPTS_END},
};

static const struct opts_command list_command = {
	.usage = "key list",
	.about = "List the order keys that the fleet's devices are to trust, and what each may sign.",
	.examples = "  caltrop key list",
	.options = list_options,
};

int cmd_key_list(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&list_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = bundle_edit_read(bundle_edit_options.from, &edit.base, &edit.bundle);
	if (status != OPTS_GO_ON)
		return status;
	bundle_show_order_keys(&edit.bundle);
	return COMMAND_OK;
}

/* Have the fleet's bundle changed, and show which order keys it has then. */
static int change_keys(int (*change)(struct bundle *b, const struct opts_list *args), const struct opts_list *args)
{
	int status = bundle_edit_change(&edit, change, args);

	if (status != OPTS_GO_ON)
		return status;
	bundle_show_order_keys(&edit.bundle);
	bundle_edit_warn(&edit.bundle);
	return COMMAND_OK;
}

/* -- trust -- */

static struct {
	const char *name, *verbs;
	bool objects, browser;
} trust;

static const struct opts_option trust_options[] = {
	{OPTS_TEXT, "name", "NAME", &trust.name, "whose key it is, for people"},
	{OPTS_TEXT, "verbs", "LIST", &trust.verbs, "what it may sign: ban,unban (default: all)"},
	{OPTS_FLAG, "objects", NULL, &trust.objects, "with --verbs: it may sign objects, such as files, too"},
	{OPTS_FLAG, "browser", NULL, &trust.browser, "a browser keeps it: where two sign, another has to be of none"},
	BUNDLE_EDIT_OPTIONS,
	{.kind = OPTS_END},
};

static const struct opts_command trust_command = {
	.usage = "key trust KEY --name NAME [--verbs LIST] [--browser] --root-key FILE",
	.about = "Have all devices of the fleet trust an order key: a new trust bundle, signed by root keys. KEY is a "
		 "file with\n"
		 "the public key. A key that is trusted already gets the name and verbs given now.",
	.examples = "  caltrop key trust ada.pem.pub --name ada --root-key /mnt/stick/root_key.pem\n"
		    "  caltrop key trust night.pem.pub --name night --verbs ban,unban --root-key root_key_1.pem "
		    "--root-key root_key_3.pem",
	.options = trust_options,
	.args_min = 1,
	.args_max = 1,
};

/* A list of verbs as a set; 0: there is one that is none. */
static uint64_t verb_set(const char *list)
{
	struct str rest = str_from(list);
	uint64_t set = 0;

	while (rest.len > 0) {
		size_t end = str_find(rest, STR(","));
		char name[32];
		uint16_t verb;

		if (str_copy(str_trim(str_sub(rest, 0, end)), name, sizeof(name)) != ERR_OK)
			return 0;
		verb = verb_number(name);
		if (verb == VERB_NONE)
			return 0;
		set |= UINT64_C(1) << verb;
		rest = end == SIZE_MAX ? STR_NONE : str_sub(rest, end + 1, SIZE_MAX);
	}
	return set;
}

static int put_key(struct bundle *b, const struct opts_list *args)
{
	struct bundle_order_key fresh = {.verbs = BUNDLE_ALL, .kinds = BUNDLE_ALL, .in_browser = trust.browser};
	unsigned at = 0;
	int status = signer_public_only(args->items[0], &fresh.key);

	if (status != OPTS_GO_ON)
		return status;
	if (trust.verbs) {
		fresh.verbs = verb_set(trust.verbs);
		fresh.kinds = trust.objects ? BUNDLE_ALL : 0;
	}
	if (fresh.verbs == 0)
		return opts_failed(COMMAND_USAGE, "'%s' is no list of verbs; caltrop order verbs lists them",
				   trust.verbs);
	if (str_copy(str_from(trust.name), fresh.name, sizeof(fresh.name)) != ERR_OK)
		return opts_failed(COMMAND_USAGE, "'%s' is longer than 32 characters", trust.name);
	while (at < b->order_count && (b->orders[at].key.len != fresh.key.len ||
				       memcmp(b->orders[at].key.bytes, fresh.key.bytes, fresh.key.len) != 0))
		at++;
	if (at == BUNDLE_ORDER_KEYS_MAX)
		return opts_failed(COMMAND_CONFLICT, "devices trust at most 8 order keys; revoke one first");
	b->orders[at] = fresh;
	b->order_count += at == b->order_count;
	return OPTS_GO_ON;
}

int cmd_key_trust(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&trust_command, argc, argv, &args);

	if (status == OPTS_GO_ON && !trust.name)
		status = opts_wrong(&trust_command, "--name is missing");
	if (status == OPTS_GO_ON && trust.objects && !trust.verbs)
		status = opts_wrong(&trust_command, "--objects goes with --verbs; a key without --verbs may sign "
						    "everything, objects too");
	return status == OPTS_GO_ON ? change_keys(put_key, &args) : status;
}

/* -- revoke -- */

static const struct opts_option revoke_options[] = {
	BUNDLE_EDIT_OPTIONS,
	{.kind = OPTS_END},
};

static const struct opts_command revoke_command = {
	.usage = "key revoke KEY --root-key FILE",
	.about = "Have no device of the fleet trust an order key any more: a new trust bundle, signed by root keys. "
		 "KEY is "
		 "its\n"
		 "name, its id or the beginning of it (caltrop key list). When the last one goes, devices obey nobody "
		 "until\n"
		 "another is trusted.",
	.examples = "  caltrop key revoke ada --root-key /mnt/stick/root_key.pem",
	.options = revoke_options,
	.args_min = 1,
	.args_max = 1,
};

static bool is_meant(const struct bundle_order_key *key, const char *text)
{
	char id[BUNDLE_SHOW_ID];

	if (strcmp(key->name, text) == 0)
		return true;
	return strlen(text) >= ID_PREFIX_MIN && strncmp(bundle_show_id(&key->key, id), text, strlen(text)) == 0;
}

static int drop_key(struct bundle *b, const struct opts_list *args)
{
	const char *text = args->items[0];
	unsigned at = BUNDLE_ORDER_KEYS_MAX, found = 0;

	for (unsigned i = 0; i < b->order_count; i++)
		if (is_meant(&b->orders[i], text)) {
			at = i;
			found++;
		}
	if (found != 1)
		return opts_failed(found ? COMMAND_USAGE : COMMAND_NOT_FOUND,
				   found ? "'%s' may be several order keys; say its id" : "there is no order key '%s'",
				   text);
	b->order_count--;
	memmove(&b->orders[at], &b->orders[at + 1], (b->order_count - at) * sizeof(b->orders[0]));
	return OPTS_GO_ON;
}

int cmd_key_revoke(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&revoke_command, argc, argv, &args);

	return status == OPTS_GO_ON ? change_keys(drop_key, &args) : status;
}
