/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the certificate by which devices and operators recognise the service. */
#include "server-stub/fleet/fleet_server.h"

#include "agent/base/addr.h"
#include "server-stub/fleet/fleet_file.h"

#include <stdio.h>
#include <string.h>

#define DAY_S 86400
#define NAMES_MAX (FLEET_CONF_NAMES_MAX + 3)

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

static void collect(const struct fleet_conf *conf, struct names *n)
{
	memset(n, 0, sizeof(*n));
	for (unsigned i = 0; i < conf->name_count; i++)
		add_name(n, conf->names[i]);
	/* For the command line on the same machine. */
	add_name(n, "localhost");
	add_name(n, "127.0.0.1");
	add_name(n, "::1");
}

void fleet_server_names(const struct fleet_conf *conf, struct buf *out)
{
	struct names names;

	collect(conf, &names);
	for (unsigned i = 0; i < names.dns_count; i++)
		buf_printf(out, "%s%s", i ? " " : "", names.dns[i]);
}

enum err fleet_server_certificate(const struct fleet *f, const struct fleet_conf *conf, int64_t wall_s)
{
	struct key_der private_key, public_key;
	struct names names;
	char subject[80], text[8192];
	uint8_t cert[KEY_CERT_MAX];
	size_t cert_len;
	struct key_cert_request request = {
		.kind = KEY_CERT_SERVER,
		.subject_key = &public_key,
		.issuer_key = &f->ca_key,
		.subject = subject,
		.issuer = FLEET_CA_NAME,
		.not_before_s = wall_s - DAY_S,
		.not_after_s = wall_s + FLEET_SERVER_DAYS * (int64_t)DAY_S,
		.dns_names = names.dns,
		.ip_names = names.ip,
	};
	enum err err;

	collect(conf, &names);
	snprintf(subject, sizeof(subject), "CN=%.60s", conf->names[0]);
	if (key_random_kernel.fill(NULL, request.serial, sizeof(request.serial)) != 0)
		return ERR_CRYPTO;
	request.serial[0] = (uint8_t)((request.serial[0] & 0x3f) | 0x40);
	err = key_generate(key_random_kernel, &private_key);
	if (err == ERR_OK)
		err = key_public(&private_key, &public_key);
	if (err == ERR_OK)
		err = key_cert(&request, key_random_kernel, cert, &cert_len);
	if (err == ERR_OK)
		err = key_pem("EC PRIVATE KEY", private_key.bytes, private_key.len, text, sizeof(text));
	/* The key first: whoever loads between the two finds that they do not match, and tries again. */
	if (err == ERR_OK)
		err = fleet_file_replace((struct fleet_file){f->dir, "server_key.pem"}, str_from(text), 0600);
	key_wipe(&private_key, sizeof(private_key));
	key_wipe(text, sizeof(text));
	if (err == ERR_OK)
		err = key_pem("CERTIFICATE", cert, cert_len, text, sizeof(text));
	if (err == ERR_OK)
		err = fleet_file_replace((struct fleet_file){f->dir, "server.pem"}, str_from(text), 0644);
	return err;
}
