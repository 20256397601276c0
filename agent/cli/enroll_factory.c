/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what the factory put on the device. Whether the certificate is good, the service says. */
#include "agent/cli/enroll_factory.h"

#include "agent/base/key.h"
#include "agent/cli/enroll_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err complain(char why[ENROLL_FACTORY_WHY_MAX], enum err err, const char *file, const char *what)
{
	snprintf(why, ENROLL_FACTORY_WHY_MAX, "%.150s %s", file, what);
	return err;
}

static enum err check_mode(int fd, const char *file, char why[ENROLL_FACTORY_WHY_MAX])
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) != 0)
		return complain(why, ERR_DENIED, file, "may be read by others than its owner: chmod 0400");
	return ERR_OK;
}

/* A file and a NUL behind it; one of a key, if it is root's alone. */
static enum err read_file(const char *file, bool is_key, struct buf *out, char why[ENROLL_FACTORY_WHY_MAX])
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	enum err err = fd < 0 ? err_from_errno(errno) : ERR_OK;
	ssize_t n = 1;

	if (err != ERR_OK)
		return complain(why, err, file, "cannot be opened");
	if (is_key)
		err = check_mode(fd, file, why);
	while (err == ERR_OK && n > 0 && out->len < out->cap) {
		n = read(fd, out->data + out->len, out->cap - out->len);
		if (n < 0)
			err = complain(why, err_from_errno(errno), file, "cannot be read");
		out->len += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	if (err != ERR_OK)
		return err;
	if (out->len == out->cap)
		return complain(why, ERR_TOO_LONG, file, "is too long");
	out->data[out->len] = '\0';
	return ERR_OK;
}

static enum err read_card(const char *file, struct token *card, char why[ENROLL_FACTORY_WHY_MAX])
{
	char text[2 * TOKEN_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));
	enum err err = read_file(file, false, &b, why);

	if (err == ERR_OK && token_decode(str_trim(buf_str(&b)), card) != ERR_OK)
		return complain(why, ERR_CORRUPT, file,
				"is no card, which is one line, as `caltrop factory card` prints it");
	if (err == ERR_OK && !token_is_card(card))
		return complain(why, ERR_CORRUPT, file,
				"is a join token, which has a secret; a card has none: caltrop factory card");
	return err;
}

enum err enroll_factory_read(struct enroll_factory *f, struct token *card, char why[ENROLL_FACTORY_WHY_MAX])
{
	struct buf cert = buf_over(f->cert, sizeof(f->cert)), key = buf_over(f->key, sizeof(f->key));
	enum err err = read_card(f->card_file, card, why);

	if (err == ERR_OK)
		err = read_file(f->cert_file, false, &cert, why);
	if (err == ERR_OK)
		err = read_file(f->key_file, true, &key, why);
	f->cert_len = cert.len;
	f->key_len = key.len;
	if (err != ERR_OK)
		return err;
	if (!enroll_files_pair((struct str){f->cert, f->cert_len}, (struct str){f->key, f->key_len}))
		return complain(why, ERR_CORRUPT, f->cert_file,
				"and the key are not a certificate and its key, both in PEM");
	return ERR_OK;
}
