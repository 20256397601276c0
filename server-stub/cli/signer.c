/* SPDX-License-Identifier: Apache-2.0 */
/* Opens keys in files. Never prints one. */
#include "server-stub/cli/signer.h"

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

int signer_open(const char *name, struct signer *out)
{
	int status;

	memset(out, 0, sizeof(*out));
	out->name = name;
	status = load(name, private_labels, &out->private_key);
	if (status != OPTS_GO_ON)
		return status;
	if (out->private_key.len == 0 || key_public(&out->private_key, &out->public_key) != ERR_OK)
		return wrong(name, "is not a private P-256 key in PEM");
	return OPTS_GO_ON;
}

enum err signer_sign(const struct signer *s, const void *data, size_t len, struct signer_signature *out)
{
	return key_sign(&s->private_key, key_random_kernel, data, len, out->bytes, &out->len);
}

void signer_close(struct signer *s)
{
	key_wipe(&s->private_key, sizeof(s->private_key));
}

int signer_public(const char *path, struct key_der *out)
{
	struct key_der private_key;
	int status = load(path, public_labels, out);

	if (status != OPTS_GO_ON || out->len > 0)
		return status;
	status = load(path, private_labels, &private_key);
	if (status == OPTS_GO_ON && (private_key.len == 0 || key_public(&private_key, out) != ERR_OK))
		status = wrong(path, "is not a P-256 key in PEM");
	key_wipe(&private_key, sizeof(private_key));
	return status;
}
