/* SPDX-License-Identifier: Apache-2.0 */
/* Writes why a connection has ended, and reads the certificates that the peer sent. Never ends a connection. */
#include "agent/base/buf.h"
#include "agent/base/tls/tls_inner.h"

#include <mbedtls/error.h>

#include <time.h>

/* Append what is wrong with the server's certificate. Of several faults, the one that says most is named. */
static void explain_certificate(const struct tls_end *end, struct buf *b)
{
	uint32_t faults = tls_end_faults(end);
	time_t now = (time_t)end->wall_s;
	char date[32];
	struct tm tm;

	if (faults & TLS_CERT_UNTRUSTED)
		buf_text(b,
			 end->conf->setup.pin_sha256
				 ? "the server belongs to another fleet than the token or card: its CA is another one"
				 : "the server's certificate is not signed by the fleet's CA");
	else if (faults & TLS_CERT_WRONG_NAME)
		buf_printf(b, "the server's certificate is not for \"%.100s\"", end->conf->server_name);
	else if (faults & TLS_CERT_EXPIRED)
		buf_text(b, "the server's certificate has expired");
	else if (faults & TLS_CERT_FUTURE)
		buf_text(b, "the server's certificate is not valid yet");
	else
		buf_printf(b, "the server's certificate is not acceptable (0x%x)", (unsigned)faults);
	if (faults & ~(TLS_CERT_EXPIRED | TLS_CERT_FUTURE))
		return;
	strftime(date, sizeof(date), "%Y-%m-%d", gmtime_r(&now, &tm));
	buf_printf(b, ", or this device's clock (%s) is wrong", date);
}

/* What a device says when a server refuses it. The server's alert would say more, but is often lost. */
static const char *explain_refusal(const struct tls_end *end)
{
	bool known = end->conf->has_own;

	if (end->hung_up && end->shaken)
		return "the service closed the connection after the handshake; perhaps it does not know this "
		       "device's certificate";
	if (end->hung_up)
		return known ? "the service closed the connection during the handshake; perhaps it does not know this "
			       "device's certificate"
			     : "the server closed the connection during the handshake";
	return known ? "the service refused this device's certificate" : "the server refused the connection";
}

/*
 * Whether the server refused the connection. A service looks at certificates after the handshake, and with TLS 1.3 a
 * client has completed the handshake before the server sees its certificate. An alert that a server with 3.6 sends then
 * cannot be decrypted, because it is encrypted with the handshake's key (Mbed-TLS/mbedtls issue 10877).
 */
static bool is_refusal(const struct tls_end *end)
{
	bool early = end->shaken && !end->heard;

	if (end->conf->setup.role != TLS_CLIENT)
		return false;
	if (end->hung_up)
		return !end->shaken || (early && !end->reason && end->conf->has_own);
	return end->result == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE ||
	       (early && end->result == MBEDTLS_ERR_SSL_INVALID_MAC);
}

void tls_end_why(const struct tls_end *end, char out[TLS_WHY_MAX])
{
	const char *text = end->reason;
	struct buf b = buf_over(out, TLS_WHY_MAX - 1);

	if (end->foreign)
		text = "the server is not a Caltrop service";
	else if (is_refusal(end))
		text = explain_refusal(end);
	out[0] = 0;
	if (text)
		buf_text(&b, text);
	else if (end->result == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED)
		explain_certificate(end, &b);
	else if (!end->hung_up && end->result && end->result != MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
		mbedtls_strerror(end->result, out, TLS_WHY_MAX);
	if (b.len)
		out[b.len] = 0;
}

bool tls_end_certificate(const struct tls_end *end, unsigned at, struct tls_cert *out)
{
	const mbedtls_x509_crt *crt = mbedtls_ssl_get_peer_cert(&end->ssl);

	while (crt && at--)
		crt = crt->next;
	if (crt)
		*out = tls_cert_of(crt);
	return crt != NULL;
}

uint32_t tls_end_faults_under(const struct tls_end *end, const struct tls_cert *root)
{
	mbedtls_x509_crt *chain = (mbedtls_x509_crt *)(uintptr_t)mbedtls_ssl_get_peer_cert(&end->ssl), alone;
	uint32_t faults = TLS_CERT_UNTRUSTED;

	mbedtls_x509_crt_init(&alone);
	if (chain && mbedtls_x509_crt_parse_der(&alone, (const unsigned char *)root->der.data, root->der.len) == 0) {
		faults = 0;
		if (mbedtls_x509_crt_verify(chain, &alone, NULL, NULL, &faults, NULL, NULL) != 0 && faults == 0)
			faults = TLS_CERT_OTHER;
	}
	mbedtls_x509_crt_free(&alone);
	return faults;
}
