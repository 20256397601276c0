/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides whether the peer is the command line's server. TLS checks the chain and the name; this file decides which of
 * the faults matter for the context, and prints what is wrong.
 */
#include "server-stub/cli/https.h"

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/cli/command.h"
#include "agent/cli/wire.h"
#include "server-stub/cli/opts.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char system_authorities[] = "/etc/ssl/certs/ca-certificates.crt";

#define TRIES_MAX 5
#define AGAIN_MS 100 /* before the second try; before each later one as much more */

struct https {
	struct wire wire;
	struct tls_conf *conf;
};

/* -- who answers -- */

static void hex_of(const uint8_t digest[32], char hex[65])
{
	struct buf b = buf_over(hex, 64);

	buf_hex(&b, digest, 32);
	hex[64] = 0;
}

static void fingerprint_of(const struct tls_cert *cert, char hex[65])
{
	uint8_t digest[32];

	key_sha256(cert->der.data, cert->der.len, digest);
	hex_of(digest, hex);
}

static bool keep(const struct tls_cert *cert, struct context *learn)
{
	return key_pem("CERTIFICATE", (const uint8_t *)cert->der.data, cert->der.len, learn->ca, sizeof(learn->ca)) ==
	       ERR_OK;
}

/* A chain with a pinned certificate in it: the pin is the leaf itself, or an authority that signed the leaf. */
static bool is_pinned(const struct tls_end *end, const struct context *c, struct context *learn)
{
	struct tls_cert cert;
	char hex[65] = "";
	unsigned at = 0;

	for (; tls_end_certificate(end, at, &cert); at++) {
		fingerprint_of(&cert, hex);
		if (strcmp(hex, c->fingerprint) == 0)
			return at == 0 || (tls_end_faults_under(end, &cert) == 0 && (!learn || keep(&cert, learn)));
	}
	return false;
}

static bool wrong(const char *format, const char *a, const char *b)
{
	fprintf(stderr, "caltrop: ");
	fprintf(stderr, format, a, b);
	fprintf(stderr, "\n");
	return false;
}

static bool explain(const struct context *c, uint32_t faults, const char *hex)
{
	if (faults & TLS_CERT_EXPIRED)
		return wrong("the certificate of %s has expired%s", c->host, "");
	if (faults & TLS_CERT_FUTURE)
		return wrong("the certificate of %s is not valid yet: is this machine's clock right?%s", c->host, "");
	if (faults == TLS_CERT_WRONG_NAME)
		return wrong("the certificate of this server is not for %s%s", c->host, "");
	if (c->ca[0])
		return wrong(
			"%s does not show a certificate of the authority given to `caltrop login`; if the fleet has a "
			"new one, log in again with the new ca.pem; its fingerprint is %s",
			c->host, hex);
	return wrong("the certificate of %s is signed by nobody this machine trusts; give --ca FILE, or once you have "
		     "compared it with the one `caltrop-server init` printed: --fingerprint %s",
		     c->host, hex);
}

static bool is_right_server(const struct tls_end *end, const struct context *c, struct context *learn)
{
	uint32_t faults = tls_end_faults(end);
	struct tls_cert top;
	struct addr a;
	unsigned count = 0;
	char hex[65];

	while (tls_end_certificate(end, count, &top))
		count++;
	if (count == 0)
		return wrong("%s shows no certificate%s", c->host, "");
	fingerprint_of(&top, hex);
	if (c->fingerprint[0] && !c->ca[0]) {
		if (!is_pinned(end, c, learn))
			return wrong("%s does not show the certificate with this fingerprint, but %s", c->host, hex);
		return true;
	}
	if (faults == TLS_CERT_WRONG_NAME && addr_parse(str_from(c->host), &a) == ERR_OK)
		return wrong("the certificate of this server is not for the address %s%s", c->host, "");
	return faults ? explain(c, faults, hex) : true;
}

/* -- TLS -- */

static bool configure(struct https *d, const struct context *c)
{
	static const char *const alpn[] = {"http/1.1", NULL};
	const struct tls_conf_setup setup = {
		.role = TLS_CLIENT,
		.peers = TLS_PEERS_ANYONE,
		.proof = TLS_PROOF_JUDGED, /* is_right_server decides and explains */
		.alpn = alpn,
		.server_name = c->host,
		.ca_pem = str_from(c->ca),
	};
	enum err err = tls_conf_new(&setup, &d->conf, NULL);

	if (err == ERR_CORRUPT)
		return wrong("the authority kept for %s is damaged; log in again%s", c->host, "");
	if (err)
		return wrong("out of memory%s%s", "", "");
	if (!c->ca[0] && !c->fingerprint[0])
		tls_conf_trust_file(d->conf, system_authorities);
	return true;
}

static bool dial(struct https *d, const struct context *c)
{
	enum err err = wire_dial(&d->wire, c->host, c->port);

	if (err == ERR_NOT_FOUND)
		fprintf(stderr, "caltrop: the server's name %s can't be resolved: %s\n", c->host, d->wire.why);
	else if (err)
		fprintf(stderr, "caltrop: server %s port %u can't be reached: %s\n", c->host, c->port,
			err == ERR_TIMEOUT ? strerror(ETIMEDOUT) : d->wire.why);
	return !err;
}

static bool complain(const struct https *d, const struct context *c, enum err err)
{
	if (err == ERR_TIMEOUT)
		return wrong("server %s does not answer%s", c->host, "");
	if (err == ERR_NO_MEMORY)
		return wrong("out of memory%s%s", "", "");
	if (d->wire.closed)
		return wrong("%s closed the connection before it spoke TLS: it may be full, or not be the API%s",
			     c->host, "");
	return wrong("%s does not speak TLS as it should; is this the port of the API?%s", c->host, "");
}

/*
 * Connect and shake hands. A service whose places are all taken ends a newcomer's connection, and has room for him a
 * moment later; nothing was asked yet, so he comes again.
 */
static bool reach(struct https *d, const struct context *c)
{
	enum err err = ERR_OK;

	for (int tries = 1; dial(d, c); tries++) {
		err = wire_shake(&d->wire, d->conf);
		if (!err)
			return true;
		if (!d->wire.closed || tries == TRIES_MAX)
			return complain(d, c, err);
		wire_close(&d->wire);
		d->wire = (struct wire){.fd = -1, .deadline_ms = d->wire.deadline_ms};
		poll(NULL, 0, AGAIN_MS * tries);
	}
	return false;
}

struct https *https_open(const struct context *c, struct context *learn, int *status)
{
	struct https *d = calloc(1, sizeof(*d));

	*status = COMMAND_UNREACHABLE;
	if (!d)
		return NULL;
	d->wire = (struct wire){.fd = -1, .deadline_ms = clock_mono_ms() + HTTPS_CONNECT_MS};
	if (configure(d, c) && reach(d, c) && is_right_server(d->wire.tls.end, c, learn)) {
		d->wire.deadline_ms = 0;
		*status = OPTS_GO_ON;
		return d;
	}
	https_close(d);
	return NULL;
}

void https_close(struct https *d)
{
	if (!d)
		return;
	wire_close(&d->wire);
	tls_conf_drop(d->conf);
	free(d);
}

int https_read(struct https *d, char *out, size_t cap, int64_t deadline_ms)
{
	size_t got = 0;

	d->wire.deadline_ms = deadline_ms;
	enum err err = wire_read(&d->wire, out, cap, &got);

	return err == ERR_TIMEOUT ? -2 : err ? -1 : (int)got;
}

bool https_write(struct https *d, const char *data, size_t len)
{
	return wire_write(&d->wire, (struct str){data, len}) == ERR_OK;
}
