/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API's certificate, and its connections' TLS between two byte queues. The newest certificate serves new
 * connections; an older one is kept until its last connection is closed, because a struct tls_conf counts its users.
 */
#include "server-stub/api/api_tls.h"

#include "agent/base/buf.h"
#include "agent/base/key.h"
#include "agent/base/regular.h"
#include "agent/base/tls/tls_end.h"
#include "server-stub/api/bytes.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX 65536
#define OUT_SLACK 65536 /* alerts and what TLS adds to API_TLS_OUT_MAX */
#define TICKET_LIFE_S 86400

struct stamp {
	struct timespec cert, key;
	ino_t cert_inode, key_inode;
};

struct api_tls {
	char cert_path[512], key_path[512];
	struct str ca;
	struct stamp stamp;
	struct tls_conf *newest;
};

struct api_tls_link {
	struct tls_end *end;
	struct bytes out;
};

/* A whole PEM file with the NUL that mbedTLS wants behind it. */
static enum err file_read(const char *path, char *out, size_t *len)
{
	int fd;
	FILE *f = regular_follow(AT_FDCWD, path, O_RDONLY, &fd) == ERR_OK ? fdopen(fd, "r") : NULL;

	if (!f)
		return ERR_IO;
	*len = fread(out, 1, FILE_BYTES_MAX - 1, f);
	bool bad = ferror(f) || *len == FILE_BYTES_MAX - 1;

	fclose(f);
	out[*len] = 0;
	return bad ? ERR_IO : ERR_OK;
}

static enum err complain(enum err err, char error[API_ERROR_MAX], const char *path, const char *what)
{
	snprintf(error, API_ERROR_MAX, "%.150s: %s.", path, what);
	return err;
}

static enum err blame(const struct api_tls *tls, enum tls_part part, char error[API_ERROR_MAX])
{
	switch (part) {
	case TLS_PART_CERT: return complain(ERR_CORRUPT, error, tls->cert_path, "this is not a certificate in PEM");
	case TLS_PART_KEY: return complain(ERR_CORRUPT, error, tls->key_path, "this is not a private key in PEM");
	case TLS_PART_PAIR:
		return complain(ERR_CORRUPT, error, tls->key_path,
				"the private key does not belong to the certificate");
	default: return complain(ERR_NO_MEMORY, error, "the API", "out of memory");
	}
}

static enum err conf_make(const struct api_tls *tls, const struct tls_conf_setup *setup, struct tls_conf **out,
			  char error[API_ERROR_MAX])
{
	enum tls_part wrong;
	struct tls_conf *conf;
	enum err err = tls_conf_new(setup, &conf, &wrong);

	if (err)
		return blame(tls, wrong, error);
	/* A chain of one that the fleet's authority signed gets that authority behind it. */
	if (tls_conf_lacks(conf, tls->ca))
		err = tls_conf_show(conf, tls->ca);
	if (!err)
		err = tls_conf_tickets(conf, TICKET_LIFE_S);
	if (err) {
		tls_conf_drop(conf);
		return blame(tls, TLS_PART_NONE, error);
	}
	*out = conf;
	return ERR_OK;
}

static enum err conf_read(const struct api_tls *tls, struct tls_conf **out, char error[API_ERROR_MAX])
{
	static const char *const alpn[] = {"http/1.1", NULL};
	char *cert = malloc(FILE_BYTES_MAX), *key = malloc(FILE_BYTES_MAX);
	size_t cert_len, key_len;
	enum err err = complain(ERR_NO_MEMORY, error, "the API", "out of memory");

	if (!cert || !key)
		goto out;
	if (file_read(tls->cert_path, cert, &cert_len))
		err = complain(ERR_IO, error, tls->cert_path, "the API's certificate can't be read");
	else if (file_read(tls->key_path, key, &key_len))
		err = complain(ERR_IO, error, tls->key_path, "the API's private key can't be read");
	else
		err = conf_make(tls,
				&(struct tls_conf_setup){.role = TLS_SERVER,
							 .peers = TLS_PEERS_ANYONE,
							 .proof = TLS_PROOF_NONE,
							 .alpn = alpn,
							 .cert_pem = {cert, cert_len},
							 .key_pem = {key, key_len}},
				out, error);
	key_wipe(key, FILE_BYTES_MAX);
out:
	free(cert);
	free(key);
	return err;
}

static struct stamp stamp_now(const struct api_tls *tls)
{
	struct stat cert = {0}, key = {0};

	if (stat(tls->cert_path, &cert) || stat(tls->key_path, &key))
		return (struct stamp){0};
	return (struct stamp){cert.st_mtim, key.st_mtim, cert.st_ino, key.st_ino};
}

enum err api_tls_open(const struct api_tls_files *files, struct api_tls **out, char error[API_ERROR_MAX])
{
	struct api_tls *tls = calloc(1, sizeof(*tls));

	if (!tls)
		return complain(ERR_NO_MEMORY, error, "the API", "out of memory");
	snprintf(tls->cert_path, sizeof(tls->cert_path), "%s", files->cert_path);
	snprintf(tls->key_path, sizeof(tls->key_path), "%s", files->key_path);
	tls->ca = files->ca;
	tls->stamp = stamp_now(tls);
	enum err err = conf_read(tls, &tls->newest, error);

	if (err)
		free(tls);
	else
		*out = tls;
	return err;
}

void api_tls_close(struct api_tls *tls)
{
	if (!tls)
		return;
	tls_conf_drop(tls->newest);
	free(tls);
}

enum err api_tls_reload(struct api_tls *tls, char error[API_ERROR_MAX])
{
	struct stamp stamp = stamp_now(tls);
	struct tls_conf *fresh = NULL;

	if (stamp.cert_inode == 0 || memcmp(&stamp, &tls->stamp, sizeof(stamp)) == 0)
		return ERR_NOT_FOUND;
	tls->stamp = stamp;
	enum err err = conf_read(tls, &fresh, error);

	if (err)
		return err;
	tls_conf_drop(tls->newest);
	tls->newest = fresh;
	return ERR_OK;
}

static int put(void *context, const void *bytes, size_t len)
{
	struct api_tls_link *link = context;

	return bytes_add(&link->out, bytes, len, API_TLS_OUT_MAX + OUT_SLACK) ? -1 : (int)len;
}

struct api_tls_link *api_tls_link(struct api_tls *tls)
{
	struct api_tls_link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	link->end = tls_end_new(tls->newest, (struct tls_out){put, link}, link);
	if (link->end && tls_end_begin(link->end, 0) == ERR_OK)
		return link;
	api_tls_free(link);
	return NULL;
}

void api_tls_free(struct api_tls_link *link)
{
	if (!link)
		return;
	tls_end_free(link->end);
	bytes_free(&link->out);
	free(link);
}

void api_tls_feed(struct api_tls_link *link, struct str bytes)
{
	tls_end_feed(link->end, bytes);
}

enum err api_tls_read(struct api_tls_link *link, char *out, size_t cap, size_t *len)
{
	enum tls_step step = tls_end_read(link->end, out, cap, len);

	return step == TLS_CLOSED ? ERR_CLOSED : step == TLS_FAILED ? ERR_PROTOCOL : ERR_OK;
}

enum err api_tls_write(struct api_tls_link *link, struct str bytes)
{
	enum tls_step step = TLS_DONE;

	if (link->out.len + bytes.len > API_TLS_OUT_MAX)
		return ERR_TOO_LONG;
	while (bytes.len && step == TLS_DONE) {
		size_t taken;

		step = tls_end_write(link->end, bytes, &taken);
		bytes = str_sub(bytes, taken, SIZE_MAX);
	}
	return step == TLS_DONE ? ERR_OK : step == TLS_CLOSED ? ERR_CLOSED : ERR_PROTOCOL;
}

void api_tls_finish(struct api_tls_link *link)
{
	tls_end_close(link->end);
}

struct str api_tls_take(struct api_tls_link *link)
{
	struct str out = {link->out.data, link->out.len};

	link->out = (struct bytes){0};
	return out;
}

size_t api_tls_waiting(const struct api_tls_link *link)
{
	return link->out.len;
}
