/* SPDX-License-Identifier: Apache-2.0 */
/* Reads small files of one directory on the API's thread. Never follows a link and never leaves the directory. */
#include "server-stub/api/web_root.h"

#include "agent/base/regular.h"
#include "server-stub/api/asset.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define FILE_MAX (4u << 20)

static enum err read_all(int fd, struct buf *out)
{
	char bytes[8192];
	size_t left = FILE_MAX;
	ssize_t len;

	while ((len = read(fd, bytes, sizeof(bytes))) > 0) {
		if ((size_t)len > left)
			return ERR_TOO_LONG;
		left -= (size_t)len;
		buf_put(out, (struct str){bytes, (size_t)len});
	}
	if (len < 0)
		return ERR_IO;
	return out->overflow ? ERR_TOO_LONG : ERR_OK;
}

enum err web_root_read(const char *dir, struct str name, struct buf *out)
{
	char path[PATH_MAX], text[ASSET_NAME_MAX + 1];
	enum err err = str_copy(name, text, sizeof(text));
	int fd;

	if (!err && snprintf(path, sizeof(path), "%s/%s", dir, text) >= (int)sizeof(path))
		err = ERR_TOO_LONG;
	if (!err)
		err = regular_open(AT_FDCWD, path, O_RDONLY, &fd);
	if (err)
		return err;
	err = read_all(fd, out);
	close(fd);
	return err;
}
