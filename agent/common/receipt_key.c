/* SPDX-License-Identifier: Apache-2.0 */
/* Reads or makes the receipt key, for caltropd before it is confined and for `caltrop enroll`. Never replaces one. */
#include "agent/common/receipt_key.h"

#include "agent/base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static enum err read_key(int dir, struct key_der *out)
{
	int fd;
	ssize_t got;
	enum err err = regular_open(dir, RECEIPT_KEY_FILE, O_RDONLY, &fd);

	if (err != ERR_OK)
		return err;
	got = read(fd, out->bytes, sizeof(out->bytes));
	err = got < 0 ? err_from_errno(errno) : ERR_OK;
	close(fd);
	out->len = got > 0 ? (uint16_t)got : 0;
	return err;
}

static enum err write_new(int dir, const char *name, const struct key_der *key)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	enum err err = ERR_OK;
	ssize_t written;

	if (fd < 0)
		return err_from_errno(errno);
	written = write(fd, key->bytes, key->len);
	if (written != (ssize_t)key->len)
		err = written < 0 ? err_from_errno(errno) : ERR_NO_SPACE;
	if (err == ERR_OK && fdatasync(fd) != 0)
		err = err_from_errno(errno);
	close(fd);
	return err;
}

/* Under its name only when it is whole, and only if nobody was faster. */
static enum err make_key(int dir)
{
	struct key_der key;
	char name[48];
	enum err err = key_generate(key_random_kernel, &key);

	snprintf(name, sizeof(name), "%s.%ld", RECEIPT_KEY_FILE, (long)getpid());
	(void)unlinkat(dir, name, 0);
	if (err == ERR_OK)
		err = write_new(dir, name, &key);
	if (err == ERR_OK && linkat(dir, name, dir, RECEIPT_KEY_FILE, 0) != 0 && errno != EEXIST)
		err = err_from_errno(errno);
	(void)unlinkat(dir, name, 0);
	if (err == ERR_OK && fsync(dir) != 0)
		err = err_from_errno(errno);
	key_wipe(&key, sizeof(key));
	return err;
}

enum err receipt_key_open(int dir, struct key_der *private_key, struct key_der *public_key)
{
	enum err err = read_key(dir, private_key);

	public_key->len = 0;
	if (err == ERR_NOT_FOUND) {
		err = make_key(dir);
		if (err == ERR_OK)
			err = read_key(dir, private_key);
	}
	if (err == ERR_OK)
		err = key_public(private_key, public_key);
	if (err != ERR_OK)
		key_wipe(private_key, sizeof(*private_key));
	return err;
}
