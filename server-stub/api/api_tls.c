/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mbedTLS between two byte queues. A "generation" is one certificate with all that hangs on it; the newest serves new
 * connections, an older one lives until its last connection is gone.
 */
#include "server-stub/api/api_tls.h"

#include "agent/base/buf.h"
#include "agent/base/key.h"
#include "server-stub/api/bytes.h"

#include <mbedtls/error.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/x509_crt.h>

#include "agent/base/mbedtls_tls_compat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX 65536
#define IN_MAX         65536
#define TICKET_LIFE_S  86400

struct generation {
	unsigned users; /* links, and the tls for its newest */
	mbedtls_ssl_config conf;
	mbedtls_x509_crt cert;
	mbedtls_pk_context key;
	mbedtls_ssl_ticket_context tickets;
};

struct stamp {
	struct timespec cert, key;
	ino_t cert_inode, key_inode;
};

struct api_tls {
	char cert_path[512], key_path[512];
	struct str ca;
	struct stamp stamp;
	struct generation *newest;
};

struct api_tls_link {
	struct generation *generation;
	mbedtls_ssl_context ssl;
	struct bytes in, out;
	size_t in_at;
	bool over;
};

static void generation_drop(struct generation *g)
{
	if (!g || --g->users)
		return;
	mbedtls_ssl_config_free(&g->conf);
	mbedtls_ssl_ticket_free(&g->tickets);
	mbedtls_x509_crt_free(&g->cert);
	mbedtls_pk_free(&g->key);
	free(g);
}

/* A whole PEM file with the NUL that mbedTLS wants behind it. */
static enum err file_read(const char *path, char *out, size_t *len)
{
	FILE *f = fopen(path, "re");

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

/* A chain of one that the fleet's authority signed gets that authority behind it. */
static void add_authority(struct generation *g, struct str ca)
{
	mbedtls_x509_crt authority;

	if (g->cert.next || !ca.len)
		return;
	mbedtls_x509_crt_init(&authority);
	if (mbedtls_x509_crt_parse_der(&authority, (const unsigned char *)ca.data, ca.len) == 0 &&
		authority.subject_raw.len == g->cert.issuer_raw.len &&
		memcmp(authority.subject_raw.p, g->cert.issuer_raw.p, g->cert.issuer_raw.len) == 0)
		(void)!mbedtls_x509_crt_parse_der(&g->cert, (const unsigned char *)ca.data, ca.len);
	mbedtls_x509_crt_free(&authority);
}

static enum err generation_read(struct api_tls *tls, struct generation *g, char *text, char error[API_ERROR_MAX])
{
	size_t len;

	if (file_read(tls->cert_path, text, &len))
		return complain(ERR_IO, error, tls->cert_path, "the API's certificate can't be read");
	if (mbedtls_x509_crt_parse(&g->cert, (unsigned char *)text, len + 1))
		return complain(ERR_CORRUPT, error, tls->cert_path, "this is not a certificate in PEM");
	add_authority(g, tls->ca);
	if (file_read(tls->key_path, text, &len))
		return complain(ERR_IO, error, tls->key_path, "the API's private key can't be read");
	int failed = mbedtls_compat_parse_key(
		&g->key, (unsigned char *)text, len + 1, key_random_kernel.fill, key_random_kernel.context);

	key_wipe(text, FILE_BYTES_MAX);
	if (failed)
		return complain(ERR_CORRUPT, error, tls->key_path, "this is not a private key in PEM");
	if (mbedtls_compat_check_pair(&g->cert.pk, &g->key, key_random_kernel.fill, key_random_kernel.context))
		return complain(
			ERR_CORRUPT, error, tls->key_path, "the private key does not belong to the certificate");
	return ERR_OK;
}

static enum err generation_configure(struct generation *g)
{
	static const char *alpn[] = { "http/1.1", NULL };
	int failed = mbedtls_ssl_config_defaults(
		&g->conf, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);

	if (failed)
		return ERR_NO_MEMORY;
	mbedtls_tls_compat_conf(&g->conf);
	mbedtls_ssl_conf_rng(&g->conf, key_random_kernel.fill, key_random_kernel.context);
	mbedtls_ssl_conf_authmode(&g->conf, MBEDTLS_SSL_VERIFY_NONE);
	failed = mbedtls_ssl_conf_own_cert(&g->conf, &g->cert, &g->key);
	failed |= mbedtls_ssl_conf_alpn_protocols(&g->conf, alpn);
	failed |= mbedtls_ssl_ticket_setup(&g->tickets, key_random_kernel.fill, key_random_kernel.context,
		MBEDTLS_CIPHER_AES_256_GCM, TICKET_LIFE_S);
	mbedtls_ssl_conf_session_tickets_cb(&g->conf, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse, &g->tickets);
	return failed ? ERR_NO_MEMORY : ERR_OK;
}

static enum err generation_make(struct api_tls *tls, struct generation **out, char error[API_ERROR_MAX])
{
	struct generation *g = calloc(1, sizeof(*g));
	char *text = malloc(FILE_BYTES_MAX);
	enum err err = complain(ERR_NO_MEMORY, error, "the API", "out of memory");

	if (!g || !text)
		goto out;
	g->users = 1;
	mbedtls_ssl_config_init(&g->conf);
	mbedtls_x509_crt_init(&g->cert);
	mbedtls_pk_init(&g->key);
	mbedtls_ssl_ticket_init(&g->tickets);
	err = generation_read(tls, g, text, error);
	if (!err)
		err = generation_configure(g);
	if (!err)
		*out = g;
	else
		generation_drop(g);
	g = NULL;
out:
	free(g);
	free(text);
	return err;
}

static struct stamp stamp_now(const struct api_tls *tls)
{
	struct stat cert = { 0 }, key = { 0 };

	if (stat(tls->cert_path, &cert) || stat(tls->key_path, &key))
		return (struct stamp){ 0 };
	return (struct stamp){ cert.st_mtim, key.st_mtim, cert.st_ino, key.st_ino };
}

enum err api_tls_open(const struct api_tls_files *files, struct api_tls **out, char error[API_ERROR_MAX])
{
	struct api_tls *tls = calloc(1, sizeof(*tls));

	if (!tls || !mbedtls_tls_compat_start()) {
		free(tls);
		return complain(ERR_NO_MEMORY, error, "the API", "out of memory");
	}
	snprintf(tls->cert_path, sizeof(tls->cert_path), "%s", files->cert_path);
	snprintf(tls->key_path, sizeof(tls->key_path), "%s", files->key_path);
	tls->ca = files->ca;
	tls->stamp = stamp_now(tls);
	enum err err = generation_make(tls, &tls->newest, error);

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
	generation_drop(tls->newest);
	free(tls);
}

enum err api_tls_reload(struct api_tls *tls, char error[API_ERROR_MAX])
{
	struct stamp stamp = stamp_now(tls);
	struct generation *g = NULL;

	if (stamp.cert_inode == 0 || memcmp(&stamp, &tls->stamp, sizeof(stamp)) == 0)
		return ERR_NOT_FOUND;
	tls->stamp = stamp;
	enum err err = generation_make(tls, &g, error);

	if (err)
		return err;
	generation_drop(tls->newest);
	tls->newest = g;
	return ERR_OK;
}

static int bio_send(void *context, const unsigned char *data, size_t len)
{
	struct api_tls_link *link = context;

	if (bytes_add(&link->out, data, len, API_TLS_OUT_MAX + IN_MAX))
		return MBEDTLS_ERR_SSL_ALLOC_FAILED;
	return (int)len;
}

static int bio_recv(void *context, unsigned char *out, size_t cap)
{
	struct api_tls_link *link = context;
	size_t have = link->in.len - link->in_at;

	if (have == 0)
		return MBEDTLS_ERR_SSL_WANT_READ;
	size_t part = have < cap ? have : cap;

	memcpy(out, link->in.data + link->in_at, part);
	link->in_at += part;
	if (link->in_at == link->in.len)
		link->in_at = link->in.len = 0;
	return (int)part;
}

struct api_tls_link *api_tls_link(struct api_tls *tls)
{
	struct api_tls_link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	mbedtls_ssl_init(&link->ssl);
	link->generation = tls->newest;
	link->generation->users++;
	if (mbedtls_ssl_setup(&link->ssl, &link->generation->conf)) {
		api_tls_free(link);
		return NULL;
	}
	mbedtls_ssl_set_bio(&link->ssl, link, bio_send, bio_recv, NULL);
	return link;
}

void api_tls_free(struct api_tls_link *link)
{
	if (!link)
		return;
	mbedtls_ssl_free(&link->ssl);
	generation_drop(link->generation);
	bytes_free(&link->in);
	bytes_free(&link->out);
	free(link);
}

enum err api_tls_feed(struct api_tls_link *link, struct str bytes)
{
	return bytes_add(&link->in, bytes.data, bytes.len, IN_MAX);
}

enum err api_tls_read(struct api_tls_link *link, char *out, size_t cap, size_t *len)
{
	*len = 0;
	if (link->over)
		return ERR_PROTOCOL;
	int rc = mbedtls_ssl_read(&link->ssl, (unsigned char *)out, cap);

	if (rc > 0) {
		*len = (size_t)rc;
		return ERR_OK;
	}
	if (rc == MBEDTLS_ERR_SSL_WANT_READ || rc == MBEDTLS_ERR_SSL_WANT_WRITE)
		return ERR_OK;
	link->over = true;
	return rc == 0 || rc == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY ? ERR_CLOSED : ERR_PROTOCOL;
}

enum err api_tls_write(struct api_tls_link *link, struct str bytes)
{
	if (link->over)
		return ERR_CLOSED;
	if (link->out.len + bytes.len > API_TLS_OUT_MAX)
		return ERR_TOO_LONG;
	while (bytes.len) {
		int rc = mbedtls_ssl_write(&link->ssl, (const unsigned char *)bytes.data, bytes.len);

		if (rc <= 0) {
			link->over = true;
			return ERR_PROTOCOL;
		}
		bytes = str_sub(bytes, (size_t)rc, SIZE_MAX);
	}
	return ERR_OK;
}

void api_tls_finish(struct api_tls_link *link)
{
	if (!link->over)
		mbedtls_ssl_close_notify(&link->ssl);
	link->over = true;
}

struct str api_tls_take(struct api_tls_link *link)
{
	struct str out = { link->out.data, link->out.len };

	link->out = (struct bytes){ 0 };
	return out;
}

size_t api_tls_waiting(const struct api_tls_link *link)
{
	return link->out.len;
}
