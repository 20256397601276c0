/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and pins receipt keys. A pinned key is never replaced: who trusts another one removes the file. */
#include "server-stub/cli/receipt_key.h"

#include "agent/base/buf.h"
#include "agent/cli/command.h"
#include "server-stub/cli/opts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_CAP 1024
#define PEM_LABEL "PUBLIC KEY"

static int failed(const char *path, const char *why)
{
	fprintf(stderr, "caltrop: %s: %s\n", path, why);
	return COMMAND_FAILED;
}

static int read_key(const char *path, struct key_der *key)
{
	char text[4096];
	size_t len = 0;

	if (!context_read_file(path, text, sizeof(text)))
		return COMMAND_FAILED;
	if (key_from_pem(PEM_LABEL, text, key->bytes, sizeof(key->bytes), &len) != ERR_OK)
		return failed(path, "it is not a public key in PEM");
	key->len = (uint16_t)len;
	return OPTS_GO_ON;
}

static const char *id_of(const struct key_der *key, char hex[KEY_ID * 2 + 1])
{
	struct buf b = buf_over(hex, KEY_ID * 2);
	uint8_t id[KEY_ID];

	key_id(key, id);
	buf_hex(&b, id, KEY_ID);
	hex[b.len] = '\0';
	return hex;
}

static int pin(const char *path, const struct receipt_key_device *device, struct key_der *key)
{
	char text[512], hex[KEY_ID * 2 + 1];
	int fd = -1;
	bool good = key_pem(PEM_LABEL, device->now->bytes, device->now->len, text, sizeof(text)) == ERR_OK;

	if (good)
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fsync(fd) == 0;
	if (fd >= 0 && close(fd))
		good = false;
	if (!good) {
		const char *why = strerror(errno);

		if (fd >= 0)
			unlink(path);
		return failed(path, why);
	}
	*key = *device->now;
	fprintf(stderr,
		"caltrop: %s: its receipt key %s is seen for the first time and kept in %s; compare it on the device\n",
		device->name, id_of(key, hex), path);
	return OPTS_GO_ON;
}

/* The service may name no key, but not another one. */
static int compare(const char *path, const struct receipt_key_device *device, const struct key_der *key)
{
	char known[KEY_ID * 2 + 1];

	if (!device->now_id[0] || strcmp(id_of(key, known), device->now_id) == 0)
		return OPTS_GO_ON;
	fprintf(stderr,
		"caltrop: %s: the receipt key changed: it was %s (%s), and the service names %s; if the device was "
		"enrolled anew, compare the key on the device, then give it by --key or remove a kept one\n",
		device->name, known, path, device->now_id);
	return COMMAND_CONFLICT;
}

int receipt_key_get(const struct context *c, const char *path, const struct receipt_key_device *device,
		    struct key_der *key)
{
	char pinned[PATH_CAP], dir[PATH_CAP / 2];
	int status;

	key->len = 0;
	if (strlen(device->id) != RECEIPT_KEY_DEVICE || strspn(device->id, "0123456789abcdef") != RECEIPT_KEY_DEVICE)
		return failed(device->name, "the service gave no id of a device");
	if (!path) {
		if (!context_dir(dir, sizeof(dir)))
			return COMMAND_FAILED;
		snprintf(pinned, sizeof(pinned), "%s/%s.receipt-key.%s.pem", dir, c->name, device->id);
		path = pinned;
		if (access(path, F_OK) && device->now->len == 0)
			return OPTS_GO_ON;
		if (access(path, F_OK))
			return pin(path, device, key);
	}
	status = read_key(path, key);
	return status == OPTS_GO_ON ? compare(path, device, key) : status;
}
