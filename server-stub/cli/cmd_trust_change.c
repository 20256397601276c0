/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop trust escrow|ca`: the parts of the trust bundle that sign no orders. */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "server-stub/cli/bundle_edit.h"
#include "server-stub/cli/bundle_show.h"
#include "server-stub/cli/context.h"
#include "server-stub/cli/signer.h"

#include <stdio.h>
#include <string.h>

#define PEM_MAX 8192

static struct bundle_edit edit;

/* Have the fleet's bundle changed, and show it. */
static int change(int (*by)(struct bundle *b, const struct opts_list *args), const struct opts_list *args)
{
	int status = bundle_edit_change(&edit, by, args);

	if (status != OPTS_GO_ON)
		return status;
	bundle_show(&edit.next, &edit.bundle);
	return COMMAND_OK;
}

/* -- escrow -- */

static const struct opts_option escrow_options[] = {
	BUNDLE_EDIT_OPTIONS,
	{.kind = OPTS_END},
};

static const struct opts_command escrow_command = {
	.usage = "trust escrow KEY|none --root-key FILE",
	.about = "Have devices seal the secrets that they make, such as the password of an account that was reset, to "
		 "this\n"
		 "public key. What was sealed before still needs the private key of then: keep it. With `none` devices "
		 "keep\n"
		 "such a secret in a file that only root reads.",
	.examples = "  caltrop key create escrow_2.pem\n"
		    "  caltrop trust escrow escrow_2.pem.pub --root-key root_key.pem",
	.options = escrow_options,
	.args_min = 1,
	.args_max = 1,
};

static int put_escrow(struct bundle *b, const struct opts_list *args)
{
	const char *path = args->items[0];

	if (strcmp(path, "none") != 0)
		return signer_public_only(path, &b->escrow);
	b->escrow = (struct key_der){.len = 0};
	return OPTS_GO_ON;
}

int cmd_trust_escrow(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&escrow_command, argc, argv, &args);

	return status == OPTS_GO_ON ? change(put_escrow, &args) : status;
}

/* -- ca -- */

static bool remove_it;

static const struct opts_option ca_options[] = {
	{OPTS_FLAG, "remove", NULL, &remove_it, "have devices accept it no longer"},
	BUNDLE_EDIT_OPTIONS,
	{.kind = OPTS_END},
};

static const struct opts_command ca_command = {
	.usage = "trust ca CERTIFICATE [--remove] --root-key FILE",
	.about =
		"Have devices accept a service whose certificate this authority signed, beside those they accept now; "
		"with\n"
		"--remove no longer. CERTIFICATE is a file in PEM. Change an authority in this order: add the new one; "
		"when\n"
		"all devices have the bundle, give the service its new certificate; when the last certificate of a "
		"device\n"
		"that the old one signed was renewed, remove the old one.",
	.examples = "  caltrop trust ca ca_2.pem --root-key root_key.pem\n"
		    "  caltrop trust ca ca_1.pem --remove --root-key root_key.pem",
	.options = ca_options,
	.args_min = 1,
	.args_max = 1,
};

static int read_certificate(const char *path, struct bundle_ca *ca)
{
	char text[PEM_MAX];
	size_t len;

	if (!context_read_file(path, text, sizeof(text)))
		return opts_failed(COMMAND_FAILED, "%s can't be read, or is longer than 8191 bytes", path);
	if (key_from_pem("CERTIFICATE", text, ca->der, sizeof(ca->der), &len) != ERR_OK)
		return opts_failed(COMMAND_FAILED, "%s is not a certificate in PEM", path);
	ca->len = (uint16_t)len;
	return OPTS_GO_ON;
}

static unsigned find(const struct bundle *b, const struct bundle_ca *ca)
{
	unsigned at = 0;

	while (at < b->ca_count && (b->cas[at].len != ca->len || memcmp(b->cas[at].der, ca->der, ca->len) != 0))
		at++;
	return at;
}

static int put_ca(struct bundle *b, const struct opts_list *args)
{
	const char *path = args->items[0];
	struct bundle_ca ca;
	int status = read_certificate(path, &ca);

	if (status != OPTS_GO_ON)
		return status;
	if (find(b, &ca) < b->ca_count)
		return opts_failed(COMMAND_CONFLICT, "devices accept %s already", path);
	if (b->ca_count == BUNDLE_CAS_MAX)
		return opts_failed(COMMAND_CONFLICT, "devices accept at most 3 authorities; remove one first");
	b->cas[b->ca_count++] = ca;
	return OPTS_GO_ON;
}

static int remove_ca(struct bundle *b, const struct opts_list *args)
{
	const char *path = args->items[0];
	struct bundle_ca ca;
	int status = read_certificate(path, &ca);
	unsigned at;

	if (status != OPTS_GO_ON)
		return status;
	at = find(b, &ca);
	if (at == b->ca_count)
		return opts_failed(COMMAND_NOT_FOUND, "devices don't accept %s", path);
	if (b->ca_count == 1)
		return opts_failed(COMMAND_CONFLICT, "it is the only authority: devices would accept no service");
	b->ca_count--;
	memmove(&b->cas[at], &b->cas[at + 1], (b->ca_count - at) * sizeof(b->cas[0]));
	return OPTS_GO_ON;
}

int cmd_trust_ca(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&ca_command, argc, argv, &args);

	return status == OPTS_GO_ON ? change(remove_it ? remove_ca : put_ca, &args) : status;
}
