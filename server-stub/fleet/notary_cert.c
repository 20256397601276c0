/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the certificates of devices and of the service. Whether somebody gets one is decided elsewhere. */
#include "server-stub/fleet/notary_cert.h"

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_conf.h"

#include <stdio.h>
#include <string.h>

#define DAY_S 86400
#define BACKDATED_S 3600 /* clocks of devices and relays are not exact */
#define NAMES_MAX (FLEET_CONF_NAMES_MAX + 3)

/* Positive, and as long in DER as it is here (RFC 5280 4.1.2.2). */
static enum err make_serial(uint8_t serial[16])
{
	if (key_random_kernel.fill(NULL, serial, 16) != 0)
		return ERR_CRYPTO;
	serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40);
	return ERR_OK;
}

static enum err make(struct notary_cert *c, struct key_cert_request *request)
{
	enum err err = make_serial(request->serial);

	request->subject_key = c->public_key;
	request->issuer_key = c->ca_key;
	request->issuer = FLEET_CA_NAME;
	if (err == ERR_OK)
		err = key_cert(request, key_random_kernel, c->bytes, &c->len);
	if (err != ERR_OK)
		return err;
	memcpy(c->serial, request->serial, sizeof(c->serial));
	c->not_after_s = request->not_after_s;
	return ERR_OK;
}

/* -- of a device -- */

/* 8-4-4-4-12, RFC 9562 section 4. */
static void put_uuid(struct buf *b, const uint8_t id[STORE_ID])
{
	for (unsigned i = 0; i < STORE_ID; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf_char(b, '-');
		buf_hex(b, id + i, 1);
	}
}

enum err notary_cert_device(struct notary_cert *c, const uint8_t id[STORE_ID], int64_t days)
{
	char subject[64] = {0}, uri[64] = {0};
	struct buf subject_text = buf_over(subject, sizeof(subject) - 1), uri_text = buf_over(uri, sizeof(uri) - 1);
	struct key_cert_request request = {
		.kind = KEY_CERT_DEVICE,
		.subject = subject,
		.uri = uri,
		.not_before_s = c->wall_s - BACKDATED_S,
		.not_after_s = c->wall_s + days * DAY_S,
	};

	buf_text(&subject_text, "CN=");
	buf_hex(&subject_text, id, STORE_ID);
	buf_text(&uri_text, "urn:uuid:");
	put_uuid(&uri_text, id);
	return make(c, &request);
}

/* -- of the service -- */

struct names {
	const char *dns[NAMES_MAX + 1];
	const uint8_t *ip[NAMES_MAX + 1];
	uint8_t addresses[NAMES_MAX][17];
	unsigned dns_count, ip_count;
};

static bool has_name(const struct names *n, const char *name)
{
	for (unsigned i = 0; i < n->dns_count; i++)
		if (str_equal_fold(str_from(n->dns[i]), str_from(name)))
			return true;
	return false;
}

/* An address stands in both kinds: mbedTLS 2.28 compares what it was told with names only. */
static void add_name(struct names *n, const char *name)
{
	struct addr addr;
	uint8_t *at = n->addresses[n->ip_count];

	if (has_name(n, name))
		return;
	n->dns[n->dns_count++] = name;
	if (addr_parse(str_from(name), &addr) != ERR_OK)
		return;
	at[0] = addr.family == 4 ? 4 : 16;
	memcpy(at + 1, addr.bytes, 16);
	n->ip[n->ip_count++] = at;
}

static enum err collect(struct names *n, const char *names, size_t len)
{
	const char *at = names, *end = names + len;

	memset(n, 0, sizeof(*n));
	if (len == 0 || end[-1] != '\0')
		return ERR_INVALID;
	for (unsigned i = 0; at < end; i++, at += strlen(at) + 1) {
		if (i == FLEET_CONF_NAMES_MAX)
			return ERR_INVALID;
		add_name(n, at);
	}
	add_name(n, "localhost");
	add_name(n, "127.0.0.1");
	add_name(n, "::1");
	return ERR_OK;
}

void notary_cert_names(const char *names, size_t len, struct buf *out)
{
	struct names n;

	if (collect(&n, names, len) != ERR_OK)
		return;
	for (unsigned i = 0; i < n.dns_count; i++)
		buf_printf(out, "%s%s", i ? " " : "", n.dns[i]);
}

enum err notary_cert_server(struct notary_cert *c, const char *names, size_t len)
{
	struct names n;
	char subject[80];
	struct key_cert_request request = {
		.kind = KEY_CERT_SERVER,
		.subject = subject,
		.not_before_s = c->wall_s - DAY_S,
		.not_after_s = c->wall_s + FLEET_SERVER_DAYS * (int64_t)DAY_S,
		.dns_names = n.dns,
		.ip_names = n.ip,
	};
	enum err err = collect(&n, names, len);

	if (err != ERR_OK)
		return err;
	snprintf(subject, sizeof(subject), "CN=%.60s", n.dns[0]);
	return make(c, &request);
}
