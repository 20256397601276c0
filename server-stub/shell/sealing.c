/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the key of second factors' secrets with the fleet. What it seals is fleet_seal.c's. */
#include "server-stub/shell/sealing.h"

#include "agent/base/key.h"
#include "agent/base/regular.h"
#include "agent/base/say.h"
#include "server-stub/fleet/fleet_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTES_MAX 1024 /* of a key's file */
#define BEFORE FLEET_SEAL_FILE ".before"

enum err sealing_open(struct sealing *s, const char *dir)
{
	enum err err = fleet_seal_load(dir, &s->seal, &s->made);

	if (err != ERR_OK)
		say(SAY_ERR, "%s/" FLEET_SEAL_FILE ", the key of second factors: %s", dir, err_text(err));
	return err;
}

enum err sealing_apply(const struct sealing *s, const char *dir, struct store *store)
{
	struct fleet_seal_count count;
	enum err err = fleet_seal_all(&s->seal, store, &count);

	if (err != ERR_OK)
		return err;
	if (count.sealed > 0)
		say(SAY_NOTICE,
		    "the secrets of %u operators' apps are sealed now; copies of the store from before have them open",
		    count.sealed);
	if (count.lost > 0)
		say(SAY_ERR,
		    "%s/" FLEET_SEAL_FILE " %s: the apps of %u operators let nobody in. Put the right one back from "
		    "beside a backup and start again, or let them in by recovery codes or `caltrop-server admin reset`",
		    dir, s->made ? "was gone, and a new one was made" : "is not the key that they were sealed with",
		    count.lost);
	return ERR_OK;
}

static void beside(const char *path, char out[FLEET_FILE_PATH_MAX])
{
	snprintf(out, FLEET_FILE_PATH_MAX, "%s." FLEET_SEAL_FILE, path);
}

enum err sealing_backup(const char *dir, const char *to)
{
	char bytes[BYTES_MAX], path[FLEET_FILE_PATH_MAX];
	size_t len;
	int fd;
	enum err err = fleet_file_read((struct fleet_file){dir, FLEET_SEAL_FILE}, bytes, sizeof(bytes), &len);

	if (err != ERR_OK)
		return err;
	beside(to, path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	err = fd < 0 ? err_from_errno(errno) : regular_keep(fd, (struct str){bytes, len});
	if (fd >= 0)
		close(fd);
	key_wipe(bytes, sizeof(bytes));
	return err;
}

static enum err read_beside(const char *from, char bytes[BYTES_MAX], size_t *len)
{
	char path[FLEET_FILE_PATH_MAX];
	int fd;
	enum err err;

	beside(from, path);
	err = regular_follow(AT_FDCWD, path, O_RDONLY, &fd);
	if (err == ERR_OK)
		err = regular_read(fd, bytes, BYTES_MAX, len);
	if (fd >= 0)
		close(fd);
	return err;
}

/* The key that is there is needed for secrets that the former store has. */
static enum err keep_former(const char *dir, struct str fresh, bool *same)
{
	char bytes[BYTES_MAX];
	size_t len;
	enum err err = fleet_file_read((struct fleet_file){dir, FLEET_SEAL_FILE}, bytes, sizeof(bytes), &len);

	*same = err == ERR_OK && len == fresh.len && memcmp(bytes, fresh.data, len) == 0;
	if (err == ERR_OK && !*same) {
		err = fleet_file_replace((struct fleet_file){dir, BEFORE}, (struct str){bytes, len}, 0600);
		if (err == ERR_OK)
			err = fleet_file_give((struct fleet_file){dir, BEFORE});
	}
	key_wipe(bytes, sizeof(bytes));
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err sealing_restore(const char *dir, const char *from, bool *taken)
{
	const struct fleet_file file = {dir, FLEET_SEAL_FILE};
	char bytes[BYTES_MAX];
	struct str fresh;
	size_t len = 0;
	bool same = false;
	enum err err = read_beside(from, bytes, &len);

	*taken = false;
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	fresh = (struct str){bytes, len};
	err = keep_former(dir, fresh, &same);
	if (err == ERR_OK && !same) {
		err = fleet_file_replace(file, fresh, 0600);
		if (err == ERR_OK)
			err = fleet_file_give(file);
		*taken = err == ERR_OK;
	}
	key_wipe(bytes, sizeof(bytes));
	return err;
}
