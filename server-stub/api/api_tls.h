/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS for the API, as bytes in and bytes out; sockets are the caller's. Session tickets are on. A certificate that
 * changes on disk is used for connections from then on; those that are open keep the one they began with. One thread.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "server-stub/api/api.h"

#include <stdbool.h>
#include <stddef.h>

#define API_TLS_OUT_MAX (8u << 20) /* encrypted bytes waiting for a slow reader */

struct api_tls;
struct api_tls_link;

struct api_tls_files {
	const char *cert_path, *key_path; /* PEM; the certificate first, then what signed it */
	struct str ca; /* DER of the fleet's authority: shown too when it signed the certificate, so that it can be
			  pinned */
};

/* ERR_IO (a file can't be read), ERR_CORRUPT (not a certificate, not its key), ERR_NO_MEMORY; error says which. */
ERR_CHECK enum err api_tls_open(const struct api_tls_files *files, struct api_tls **out, char error[API_ERROR_MAX]);
void api_tls_close(struct api_tls *tls); /* after the last link */

/*
 * Take up changed files. ERR_NOT_FOUND: nothing changed. Other errors as api_tls_open: the old certificate stays in
 * use, and the same change is not tried again.
 */
ERR_CHECK enum err api_tls_reload(struct api_tls *tls, char error[API_ERROR_MAX]);

/* One connection. NULL: out of memory. */
struct api_tls_link *api_tls_link(struct api_tls *tls);
void api_tls_free(struct api_tls_link *link);

/* Encrypted bytes that came. They must stay until api_tls_read has nothing more; only then may more be fed. */
void api_tls_feed(struct api_tls_link *link, struct str bytes);

/* Decrypted bytes. ERR_OK with *len 0: nothing more for now. ERR_CLOSED: the peer is done. ERR_PROTOCOL: it is over. */
ERR_CHECK enum err api_tls_read(struct api_tls_link *link, char *out, size_t cap, size_t *len);

/* Encrypt. ERR_TOO_LONG: more than API_TLS_OUT_MAX would wait. */
ERR_CHECK enum err api_tls_write(struct api_tls_link *link, struct str bytes);

/* Say goodbye (close_notify); nothing is written after it. */
void api_tls_finish(struct api_tls_link *link);

/*
 * The encrypted bytes to send, handed over: the caller frees data. Empty when there are none.
 * api_tls_waiting says how many there are without taking them.
 */
struct str api_tls_take(struct api_tls_link *link);
size_t api_tls_waiting(const struct api_tls_link *link);
