/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS for the API: bytes in, bytes out; the caller has the sockets. Session tickets are on. When the certificate's
 * files change, new connections use the new one, and open connections keep theirs. For one thread.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "server-stub/api/api.h"

#include <stdbool.h>
#include <stddef.h>

#define API_TLS_OUT_MAX (8u << 20) /* encrypted bytes that may wait for a slow reader */

struct api_tls;
struct api_tls_link;

struct api_tls_files {
	const char *cert_path, *key_path; /* PEM; the certificate first, then what signed it */
	struct str ca; /* DER of the fleet's authority: shown too when it signed the certificate, so that it can be
			  pinned */
};

/* Load the files. ERR_IO: one cannot be read; ERR_CORRUPT: no certificate, or not its key; ERR_NO_MEMORY. `error` is a
 * sentence. */
ERR_CHECK enum err api_tls_open(const struct api_tls_files *files, struct api_tls **out, char error[API_ERROR_MAX]);
void api_tls_close(struct api_tls *tls); /* after the last link */

/*
 * Load the files if they changed. ERR_NOT_FOUND: they did not. Other errors are those of api_tls_open: the old
 * certificate stays in use, and the same change is not tried again.
 */
ERR_CHECK enum err api_tls_reload(struct api_tls *tls, char error[API_ERROR_MAX]);

/* A new connection, to be released with api_tls_free. NULL: out of memory. */
struct api_tls_link *api_tls_link(struct api_tls *tls);
void api_tls_free(struct api_tls_link *link);

/* Give it encrypted bytes. They must stay valid until api_tls_read has nothing more; only then give more. */
void api_tls_feed(struct api_tls_link *link, struct str bytes);

/* Read decrypted bytes. ERR_OK with *len 0: there are no more yet. ERR_CLOSED: the peer has ended the connection.
 * ERR_PROTOCOL: TLS failed. */
ERR_CHECK enum err api_tls_read(struct api_tls_link *link, char *out, size_t cap, size_t *len);

/* Encrypt bytes. ERR_TOO_LONG: more than API_TLS_OUT_MAX would wait. */
ERR_CHECK enum err api_tls_write(struct api_tls_link *link, struct str bytes);

/* Send close_notify; write nothing after it. */
void api_tls_finish(struct api_tls_link *link);

/*
 * Take the encrypted bytes to send; the caller frees their data. Empty when there are none.
 * api_tls_waiting is their number.
 */
struct str api_tls_take(struct api_tls_link *link);
size_t api_tls_waiting(const struct api_tls_link *link);
