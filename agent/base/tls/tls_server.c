/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only a server configures: the function that judges clients, further certificates to send, and tickets. Either
 * the library or the configuration's user seals tickets; this file never has a key.
 */
#include "agent/base/key.h"
#include "agent/base/tls/tls_inner.h"

#include <mbedtls/ssl_ticket.h>

#include <stdlib.h>

/* Replaces the function of tls_conf.c: a server compares no name and no pin, and its user judges the client. */
static int on_verify(void *context, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
	struct tls_conf *c = context;
	struct tls_cert cert = tls_cert_of(crt);

	c->judge(c->current->peer, &cert, depth, flags);
	return 0;
}

void tls_conf_judge(struct tls_conf *c,
		    void (*judge)(void *peer, const struct tls_cert *cert, int depth, uint32_t *faults))
{
	c->judge = judge;
	mbedtls_ssl_conf_verify(&c->conf, on_verify, c);
}

enum err tls_conf_show(struct tls_conf *c, struct str der)
{
	int failed = mbedtls_x509_crt_parse_der(&c->own, (const unsigned char *)der.data, der.len);

	return failed == 0 ? ERR_OK : failed == MBEDTLS_ERR_X509_ALLOC_FAILED ? ERR_NO_MEMORY : ERR_CORRUPT;
}

bool tls_conf_lacks(const struct tls_conf *c, struct str der)
{
	const mbedtls_x509_buf *issuer = &c->own.issuer_raw;
	mbedtls_x509_crt authority;
	bool lacks = false;

	if (c->own.next || der.len == 0)
		return false;
	mbedtls_x509_crt_init(&authority);
	if (mbedtls_x509_crt_parse_der(&authority, (const unsigned char *)der.data, der.len) == 0)
		lacks = authority.subject_raw.len == issuer->len &&
			memcmp(authority.subject_raw.p, issuer->p, issuer->len) == 0;
	mbedtls_x509_crt_free(&authority);
	return lacks;
}

static void free_tickets(void *library_tickets)
{
	mbedtls_ssl_ticket_free(library_tickets);
	free(library_tickets);
}

enum err tls_conf_tickets(struct tls_conf *c, uint32_t life_s)
{
	mbedtls_ssl_ticket_context *tickets = calloc(1, sizeof(*tickets));

	if (!tickets)
		return ERR_NO_MEMORY;
	mbedtls_ssl_ticket_init(tickets);
	if (mbedtls_ssl_ticket_setup(tickets, key_random_kernel.fill, key_random_kernel.context,
				     MBEDTLS_CIPHER_AES_256_GCM, life_s) != 0) {
		free_tickets(tickets);
		return ERR_NO_MEMORY;
	}
	c->library_tickets = tickets;
	c->free_library_tickets = free_tickets;
	mbedtls_ssl_conf_session_tickets_cb(&c->conf, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse, tickets);
	return ERR_OK;
}

/* When the user writes no ticket, write one that nobody can open: after an error TLS 1.3 would end the handshake. */
static int on_write(void *context, const mbedtls_ssl_session *session, unsigned char *start, const unsigned char *end,
		    size_t *len, uint32_t *lifetime)
{
	struct tls_conf *c = context;
	uint8_t plain[TLS_SESSION_MAX];
	size_t plain_len = 0;
	struct buf out = buf_over(start, (size_t)(end - start));
	enum err err = ERR_TOO_LONG;

	*lifetime = c->tickets->hint_s;
	if (mbedtls_ssl_session_save(session, plain, sizeof(plain), &plain_len) == 0)
		err = c->tickets->seal(c->tickets, c->current, (struct str){(char *)plain, plain_len}, &out);
	if (err) {
		*lifetime = 0;
		out = buf_over(start, (size_t)(end - start));
		buf_text(&out, "none");
	}
	key_wipe(plain, plain_len);
	*len = out.len;
	return 0;
}

static int on_parse(void *context, mbedtls_ssl_session *session, unsigned char *bytes, size_t len)
{
	struct tls_conf *c = context;
	uint8_t memory[TLS_SESSION_MAX];
	struct buf ticket = {(char *)bytes, len, len, false}, plain = buf_over(memory, sizeof(memory));
	enum err err = c->tickets->open(c->tickets, c->current, &ticket, &plain);

	if (!err && mbedtls_ssl_session_load(session, memory, plain.len) != 0)
		err = ERR_CRYPTO;
	key_wipe(memory, plain.len);
	if (err)
		return err == ERR_EXPIRED ? MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED : MBEDTLS_ERR_SSL_INVALID_MAC;
	return 0;
}

void tls_conf_seal_tickets(struct tls_conf *c, const struct tls_tickets *tickets)
{
	c->tickets = tickets;
	mbedtls_ssl_conf_session_tickets_cb(&c->conf, on_write, on_parse, c);
}
