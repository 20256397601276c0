/* SPDX-License-Identifier: Apache-2.0 */
/* What an error of the store means for who runs the service. Never makes a store: an empty one would disown the fleet.
 */
#include "server-stub/shell/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

const char *storage_advice(enum err err)
{
	switch (err) {
	case ERR_NOT_FOUND:
		return "there is no store; put back the newest copy that `caltrop-server backup` made. An empty store "
		       "would "
		       "know none of the fleet's devices, so none is made";
	case ERR_FOREIGN:
		return "this store is another fleet's, and would disown the devices of this one; put this fleet's "
		       "store "
		       "there, or see that --dir names the right fleet";
	case ERR_UNSUPPORTED: return "a later version of caltrop-server made this store; run that version";
	case ERR_CORRUPT:
		return "this is no store, or it is damaged; put one back with `caltrop-server restore --from BACKUP`";
	case ERR_BUSY: return "another program keeps the store locked; end it";
	case ERR_NO_SPACE: return "the disk is full; make room";
	default: return err_text(err);
	}
}

enum err storage_open(const char *dir, const uint8_t *fleet, struct store **out, char error[STORAGE_ERROR_MAX])
{
	char path[FLEET_FILE_PATH_MAX];
	enum err err = fleet_file_path((struct fleet_file){dir, STORAGE_NAME}, path);

	*out = NULL;
	if (err == ERR_OK)
		err = store_open(path, fleet, out);
	if (err != ERR_OK)
		snprintf(error, STORAGE_ERROR_MAX, "%.200s/%s: %s", dir, STORAGE_NAME, storage_advice(err));
	return err;
}

bool storage_lock(const char *dir, char error[STORAGE_ERROR_MAX])
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	snprintf(error, STORAGE_ERROR_MAX, "%.200s: %s", dir,
		 errno == EWOULDBLOCK ? "another caltrop-server serves this fleet; stop it first" : strerror(errno));
	if (fd >= 0)
		close(fd);
	return false;
}

bool storage_is_locked(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_locked = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	return is_locked;
}
