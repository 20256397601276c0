/* SPDX-License-Identifier: Apache-2.0 */
/* Issues device certificates. The fleet decides the name in them; only the key comes from the device's request. */
#include "server-stub/fleet/fleet.h"

#include "agent/base/hex.h"

#include <stdio.h>
#include <string.h>

#define DAY_S 86400
#define BACKDATED_S 3600 /* clocks of devices and relays are not exact */

/* 8-4-4-4-12, RFC 9562 section 4. */
static void put_uuid(struct buf *b, const uint8_t id[STORE_ID])
{
	for (unsigned i = 0; i < STORE_ID; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf_char(b, '-');
		buf_hex(b, id + i, 1);
	}
}

/* The common name is the id in hex. */
bool fleet_issue_device(const char *subject, uint8_t id[STORE_ID])
{
	return strlen(subject) == 3 + 2 * STORE_ID && memcmp(subject, "CN=", 3) == 0 &&
	       hex_read((struct str){subject + 3, 2 * STORE_ID}, id, STORE_ID);
}

/*
 * Of one device: a certificate every FLEET_ISSUE_EVERY_US, and FLEET_ISSUE_BURST at once. Each costs the service a
 * signature and a durable write. The moment from which there is a backlog is all that is kept (ITU-T I.371, GCRA).
 */
static enum err spend_issue(struct registry_device *d, int64_t wall_us)
{
	int64_t due_us = d->issue_due_us > wall_us ? d->issue_due_us : wall_us;
	int64_t most_us = wall_us + FLEET_ISSUE_BURST * FLEET_ISSUE_EVERY_US;

	/* The clock was set back: the device must not wait for what it was. */
	if (due_us > most_us)
		due_us = wall_us;
	if (due_us + FLEET_ISSUE_EVERY_US > most_us)
		return ERR_BUDGET;
	d->issue_due_us = due_us + FLEET_ISSUE_EVERY_US;
	return ERR_OK;
}

enum err fleet_issue(const struct fleet *f, struct registry_device *d, const uint8_t *csr, size_t csr_len,
		     int64_t wall_s, uint8_t cert[KEY_CERT_MAX], size_t *cert_len)
{
	char subject[64] = {0}, uri[64] = {0};
	struct buf subject_text = buf_over(subject, sizeof(subject) - 1), uri_text = buf_over(uri, sizeof(uri) - 1);
	struct key_der public_key;
	struct key_cert_request request = {
		.kind = KEY_CERT_DEVICE,
		.subject_key = &public_key,
		.issuer_key = &f->ca_key,
		.subject = subject,
		.issuer = FLEET_CA_NAME,
		.uri = uri,
		.not_before_s = wall_s - BACKDATED_S,
		.not_after_s = wall_s + f->cert_days * DAY_S,
	};
	enum err err = key_csr_public(csr, csr_len, &public_key);

	*cert_len = 0;
	if (err == ERR_OK)
		err = spend_issue(d, wall_s * 1000000);
	if (err != ERR_OK)
		return err;
	if (key_random_kernel.fill(NULL, request.serial, sizeof(request.serial)) != 0)
		return ERR_CRYPTO;
	/* Positive, and as long in DER as it is here (RFC 5280 4.1.2.2). */
	request.serial[0] = (uint8_t)((request.serial[0] & 0x3f) | 0x40);
	buf_text(&subject_text, "CN=");
	buf_hex(&subject_text, d->id, sizeof(d->id));
	buf_text(&uri_text, "urn:uuid:");
	put_uuid(&uri_text, d->id);
	err = key_cert(&request, key_random_kernel, cert, cert_len);
	if (err != ERR_OK)
		return err;
	memcpy(d->next_serial, request.serial, sizeof(d->next_serial));
	d->cert_not_after_s = request.not_after_s;
	return ERR_OK;
}
