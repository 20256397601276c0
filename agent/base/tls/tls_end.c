/* SPDX-License-Identifier: Apache-2.0 */
/* Moves bytes between the library and its user, for all of Caltrop's TLS. Never touches a socket and reads no clock. */
#include "agent/base/tls/tls_end.h"

#include "agent/base/tls/tls_inner.h"

#include <stdlib.h>

static int on_send(void *context, const unsigned char *bytes, size_t len)
{
	struct tls_end *end = context;
	int taken = end->out.put(end->out.context, bytes, len);

	if (taken > 0)
		return taken;
	if (taken == 0)
		return MBEDTLS_ERR_SSL_WANT_WRITE;
	end->hung_up = true;
	return MBEDTLS_ERR_SSL_CONN_EOF;
}

static int on_receive(void *context, unsigned char *out, size_t cap)
{
	struct tls_end *end = context;
	size_t len = end->in.len < cap ? end->in.len : cap;

	end->starved = len == 0;
	if (end->starved)
		return MBEDTLS_ERR_SSL_WANT_READ;
	memcpy(out, end->in.data, len);
	end->in = str_sub(end->in, len, SIZE_MAX);
	return (int)len;
}

struct tls_end *tls_end_new(struct tls_conf *conf, struct tls_out out, void *peer)
{
	struct tls_end *end = calloc(1, sizeof(*end));

	if (!end)
		return NULL;
	end->conf = conf;
	end->out = out;
	end->peer = peer;
	conf->users++;
	mbedtls_ssl_init(&end->ssl);
	if (mbedtls_ssl_setup(&end->ssl, &conf->conf) != 0) {
		tls_end_free(end);
		return NULL;
	}
	mbedtls_ssl_set_bio(&end->ssl, end, on_send, on_receive, NULL);
	return end;
}

static void forget_session(struct tls_end *end)
{
	if (end->session)
		mbedtls_ssl_session_free(end->session);
	free(end->session);
	end->session = NULL;
}

void tls_end_free(struct tls_end *end)
{
	if (!end)
		return;
	mbedtls_ssl_free(&end->ssl);
	forget_session(end);
	tls_conf_drop(end->conf);
	free(end);
}

/* Keep the session, so that the next handshake can resume it. */
static void keep_session(struct tls_end *end)
{
	forget_session(end);
	end->session = calloc(1, sizeof(*end->session));
	if (!end->session)
		return;
	mbedtls_ssl_session_init(end->session);
	if (mbedtls_ssl_get_session(&end->ssl, end->session) != 0)
		forget_session(end);
}

enum err tls_end_begin(struct tls_end *end, int64_t wall_s)
{
	const struct tls_conf *conf = end->conf;

	/* A new context needs no reset. A reset would write to all of its buffers, and so use their memory. */
	if (end->begun && mbedtls_ssl_session_reset(&end->ssl) != 0)
		return ERR_NO_MEMORY;
	end->begun = true;
	end->full = end->over = end->hung_up = end->foreign = end->closed = end->shaken = end->heard = false;
	end->result = 0;
	end->reason = NULL;
	end->writing = 0;
	end->in = STR_NONE;
	end->wall_s = wall_s;
	if (conf->setup.role == TLS_SERVER)
		return ERR_OK;
	if (mbedtls_ssl_set_hostname(&end->ssl, conf->address.family ? NULL : conf->server_name) != 0)
		return ERR_NO_MEMORY;
	if (end->session && mbedtls_ssl_set_session(&end->ssl, end->session) != 0)
		forget_session(end);
	return ERR_OK;
}

void tls_end_feed(struct tls_end *end, struct str bytes)
{
	/* The bytes fed before would be lost, so the connection ends. */
	if (!str_empty(end->in) && !end->over) {
		end->over = true;
		end->result = MBEDTLS_ERR_SSL_INTERNAL_ERROR;
	}
	end->in = bytes;
}

size_t tls_end_fed(const struct tls_end *end)
{
	return end->in.len;
}

static bool is_at_rest(const struct tls_end *end)
{
	return end->ssl.MBEDTLS_COMPAT(state) == MBEDTLS_SSL_HANDSHAKE_OVER;
}

/* What a result of the library means for the caller. */
static enum tls_step step(struct tls_end *end, int result)
{
	if (result >= 0)
		return TLS_DONE;
	if (result == MBEDTLS_ERR_SSL_WANT_READ)
		return TLS_WAIT_READ;
	if (result == MBEDTLS_ERR_SSL_WANT_WRITE)
		return TLS_WAIT_WRITE;
	end->over = true;
	end->result = result;
	/* A handshake failed that may have tried to resume this session: do not try it again. */
	if (!end->shaken)
		forget_session(end);
	return result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY ? TLS_CLOSED : TLS_FAILED;
}

/* Call this before each call of the library. */
static void enter(struct tls_end *end)
{
	end->conf->current = end;
	end->starved = false;
}

/*
 * Whether to call the library again at once. It returns WANT_READ also after it ignored a warning or stored a ticket
 * (3.6). The caller must wait for bytes only when the library found none to read.
 */
static bool goes_on(struct tls_end *end, int result)
{
	bool again = result == MBEDTLS_COMPAT_TICKET || (result == MBEDTLS_ERR_SSL_WANT_READ && !end->starved);

	if (result == MBEDTLS_COMPAT_TICKET)
		keep_session(end);
	end->starved = false;
	return again;
}

enum tls_step tls_end_shake(struct tls_end *end)
{
	const struct tls_conf_setup *setup = &end->conf->setup;
	int result = 0;

	if (end->over)
		return end->result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY ? TLS_CLOSED : TLS_FAILED;
	if (end->shaken)
		return TLS_DONE;
	enter(end);
	while ((result == 0 || goes_on(end, result)) && !is_at_rest(end)) {
		/* A server sends its certificate in a full handshake only. */
		end->full |= end->ssl.MBEDTLS_COMPAT(state) == MBEDTLS_SSL_SERVER_CERTIFICATE;
		result = mbedtls_ssl_handshake_step(&end->ssl);
	}
	if (result != 0)
		return step(end, result);
	end->shaken = true;
	/* A server that agrees on none of Caltrop's protocols is another kind of server. */
	end->foreign = setup->role == TLS_CLIENT && setup->peers == TLS_PEERS_OURS && !tls_end_alpn(end);
	if (end->foreign)
		return step(end, MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
	/* With TLS 1.3 the server sends its tickets later. */
	if (setup->role == TLS_CLIENT && strcmp(mbedtls_ssl_get_version(&end->ssl), "TLSv1.2") == 0)
		keep_session(end);
	return TLS_DONE;
}

enum tls_step tls_end_read(struct tls_end *end, void *out, size_t cap, size_t *got)
{
	enum tls_step shaken = tls_end_shake(end);
	int result;

	*got = 0;
	if (shaken != TLS_DONE)
		return shaken;
	enter(end);
	do
		result = mbedtls_ssl_read(&end->ssl, out, cap);
	while (goes_on(end, result));
	*got = result > 0 ? (size_t)result : 0;
	end->heard |= result > 0;
	return step(end, result == 0 ? MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY : result);
}

enum tls_step tls_end_write(struct tls_end *end, struct str bytes, size_t *taken)
{
	enum tls_step next = tls_end_shake(end);
	int result;

	*taken = 0;
	if (next != TLS_DONE || end->closed)
		return next != TLS_DONE ? next : TLS_CLOSED;
	/* The library still has bytes that it could not send, and expects the next call to have the same ones. */
	if (end->writing && bytes.len > end->writing)
		bytes.len = end->writing;
	enter(end);
	do
		result = mbedtls_ssl_write(&end->ssl, (const unsigned char *)bytes.data, bytes.len);
	while (goes_on(end, result));
	*taken = result > 0 ? (size_t)result : 0;
	next = step(end, result);
	end->writing = next == TLS_WAIT_WRITE ? bytes.len : 0;
	return next;
}

void tls_end_close(struct tls_end *end)
{
	if (end->over || end->closed || !end->begun)
		return;
	enter(end);
	(void)!mbedtls_ssl_close_notify(&end->ssl);
	end->closed = true;
}

void tls_end_hung_up(struct tls_end *end, const char *reason)
{
	end->hung_up = true;
	end->reason = reason;
	if (end->over)
		return;
	end->over = true;
	end->result = MBEDTLS_ERR_SSL_CONN_EOF;
	if (!end->shaken)
		forget_session(end);
}

const char *tls_end_alpn(const struct tls_end *end)
{
	return mbedtls_ssl_get_alpn_protocol(&end->ssl);
}

bool tls_end_resumed(const struct tls_end *end)
{
	return !end->full;
}

uint32_t tls_end_faults(const struct tls_end *end)
{
	return mbedtls_ssl_get_verify_result(&end->ssl);
}

bool tls_end_validity(const struct tls_end *end, int64_t *not_before_s, int64_t *not_after_s)
{
	return tls_conf_validity(end->conf, not_before_s, not_after_s);
}

void *tls_end_peer(const struct tls_end *end)
{
	return end->peer;
}
