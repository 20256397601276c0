/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and replaces the trust bundle on disk. Never judges whether one may take the place of another. */
#include "agent/common/trust_bundle.h"

#include "agent/base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW_FILE TRUST_BUNDLE_FILE ".new"

static enum err read_file(int dir, uint8_t bytes[BUNDLE_SEALED_MAX + 1], size_t *len)
{
	int fd;
	enum err err = regular_open(dir, TRUST_BUNDLE_FILE, O_RDONLY, &fd);
	ssize_t got = 1;

	*len = 0;
	if (err != ERR_OK)
		return err;
	while (got > 0 && *len <= BUNDLE_SEALED_MAX) {
		got = read(fd, bytes + *len, BUNDLE_SEALED_MAX + 1 - *len);
		if (got > 0)
			*len += (size_t)got;
	}
	if (got < 0)
		err = err_from_errno(errno);
	close(fd);
	return err;
}

enum err trust_bundle_read(int dir, struct bundle *out, uint8_t digest[32])
{
	uint8_t bytes[BUNDLE_SEALED_MAX + 1];
	struct bundle_sealed sealed;
	char why[BUNDLE_WHY_MAX];
	size_t len;
	enum err err = read_file(dir, bytes, &len);

	memset(out, 0, sizeof(*out));
	memset(digest, 0, 32);
	if (err != ERR_OK)
		return err;
	if (bundle_open((struct str){(const char *)bytes, len}, &sealed, why) != ERR_OK ||
	    bundle_decode((struct str){(const char *)sealed.bytes, sealed.len}, out, why) != ERR_OK)
		return ERR_CORRUPT;
	key_sha256(sealed.bytes, sealed.len, digest);
	return ERR_OK;
}

enum err trust_bundle_keep(int dir, struct str sealed)
{
	enum err err;
	int fd;

	(void)unlinkat(dir, NEW_FILE, 0);
	fd = openat(dir, NEW_FILE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_from_errno(errno);
	err = regular_keep(fd, sealed);
	/* Whatever the umask is. */
	if (err == ERR_OK && fchmod(fd, 0644) != 0)
		err = err_from_errno(errno);
	if (close(fd) != 0 && err == ERR_OK)
		err = err_from_errno(errno);
	if (err == ERR_OK && renameat(dir, NEW_FILE, dir, TRUST_BUNDLE_FILE) != 0)
		err = err_from_errno(errno);
	if (err != ERR_OK) {
		(void)unlinkat(dir, NEW_FILE, 0);
		return err;
	}
	return fsync(dir) == 0 ? ERR_OK : err_from_errno(errno);
}

enum err trust_bundle_cas(const struct bundle *b, struct buf *pem)
{
	for (unsigned i = 0; i < b->ca_count; i++) {
		char text[2 * KEY_CERT_MAX];
		enum err err = key_pem("CERTIFICATE", b->cas[i].der, b->cas[i].len, text, sizeof(text));

		if (err != ERR_OK)
			return err;
		buf_text(pem, text);
	}
	return buf_check(pem);
}
