/* SPDX-License-Identifier: Apache-2.0 */
/* Opens keys in files, and those in tokens with the help of pkcs11_key.c. Never prints one. */
#include "server-stub/cli/signer.h"

#include "agent/base/kconfig.h"
#include "agent/cli/command.h"
#include "server-stub/cli/context.h"
#include "server-stub/cli/opts.h"

#include <stdio.h>
#include <string.h>

#define FILE_MAX 4096

static int wrong(const char *path, const char *what)
{
	fprintf(stderr, "caltrop: %s %s\n", path, what);
	return COMMAND_FAILED;
}

/* OPTS_GO_ON with len 0: the file has no such block. */
static int load(const char *path, const char *const *labels, struct key_der *out)
{
	char text[FILE_MAX];
	size_t len = 0;
	enum err err = ERR_NOT_FOUND;

	out->len = 0;
	if (!context_read_file(path, text, sizeof(text)))
		return COMMAND_FAILED;
	for (; *labels && err == ERR_NOT_FOUND; labels++)
		err = key_from_pem(*labels, text, out->bytes, sizeof(out->bytes), &len);
	key_wipe(text, sizeof(text));
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return wrong(path, "is damaged: its PEM cannot be read");
	out->len = (uint16_t)len;
	return OPTS_GO_ON;
}

static const char *const private_labels[] = {"EC PRIVATE KEY", "PRIVATE KEY", NULL};
static const char *const public_labels[] = {"PUBLIC KEY", NULL};

static bool names_token(const char *name)
{
	return strncmp(name, "pkcs11:", 7) == 0;
}

static int without_tokens(void)
{
	return opts_failed(COMMAND_FAILED, "this caltrop is built without PKCS #11 (CLI_PKCS11)");
}

int signer_open_file(const char *name, struct signer *out)
{
	int status;

	memset(out, 0, sizeof(*out));
	out->name = name;
	if (names_token(name))
		return opts_failed(COMMAND_USAGE, "a key in a token can't do this: it takes a file");
	status = load(name, private_labels, &out->private_key);
	if (status != OPTS_GO_ON)
		return status;
	if (out->private_key.len == 0 || key_public(&out->private_key, &out->public_key) != ERR_OK)
		return wrong(name, "is not a private P-256 key in PEM");
	return OPTS_GO_ON;
}

int signer_open(const char *name, struct signer *out)
{
	int status;

	if (!names_token(name))
		return signer_open_file(name, out);
	if (!IS_ENABLED(CONFIG_CLI_PKCS11))
		return without_tokens();
	memset(out, 0, sizeof(*out));
	out->name = name;
	status = pkcs11_key_open(name, &out->token);
	out->public_key = out->token.public_key;
	return status;
}

int signer_create(const char *name, struct key_der *public_key)
{
	if (!IS_ENABLED(CONFIG_CLI_PKCS11))
		return without_tokens();
	return pkcs11_key_create(name, public_key);
}

enum err signer_sign(const struct signer *s, const void *data, size_t len, struct signer_signature *out)
{
	if (IS_ENABLED(CONFIG_CLI_PKCS11) && s->token.f)
		return pkcs11_key_sign(&s->token, (struct str){data, len}, out->bytes, &out->len);
	return key_sign(&s->private_key, key_random_kernel, data, len, out->bytes, &out->len);
}

void signer_close(struct signer *s)
{
	key_wipe(&s->private_key, sizeof(s->private_key));
	if (IS_ENABLED(CONFIG_CLI_PKCS11))
		pkcs11_key_close(&s->token);
}

/* The public half of what the file holds; *is_private: that is a private key. */
static int read_public(const char *path, struct key_der *out, bool *is_private)
{
	struct key_der private_key;
	int status;

	*is_private = false;
	if (names_token(path))
		return IS_ENABLED(CONFIG_CLI_PKCS11) ? pkcs11_key_public(path, out) : without_tokens();
	status = load(path, public_labels, out);
	if (status != OPTS_GO_ON || out->len > 0)
		return status;
	status = load(path, private_labels, &private_key);
	if (status == OPTS_GO_ON && (private_key.len == 0 || key_public(&private_key, out) != ERR_OK))
		status = wrong(path, "is not a P-256 key in PEM");
	*is_private = status == OPTS_GO_ON;
	key_wipe(&private_key, sizeof(private_key));
	return status;
}

int signer_public(const char *path, struct key_der *out)
{
	bool is_private;

	return read_public(path, out, &is_private);
}

int signer_public_only(const char *path, struct key_der *out)
{
	bool is_private;
	int status = read_public(path, out, &is_private);

	if (status != OPTS_GO_ON || !is_private)
		return status;
	return opts_failed(COMMAND_USAGE,
			   "%s is a private key, which stays with its owner: give the public one, as `caltrop key "
			   "create` wrote it to %s.pub",
			   path, path);
}
