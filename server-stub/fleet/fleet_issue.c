/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets a device certificate, and how often. The notary makes it; only the key comes from the device's request. */
#include "server-stub/fleet/fleet.h"

#include "agent/base/hex.h"

#include <string.h>

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
	struct notary_request request = {.kind = NOTARY_DEVICE, .wall_s = wall_s};
	struct notary_answer answer;
	enum err err = key_csr_public(csr, csr_len, &request.public_key);

	*cert_len = 0;
	if (err == ERR_OK)
		err = spend_issue(d, wall_s * 1000000);
	if (err != ERR_OK)
		return err;
	memcpy(request.device, d->id, sizeof(request.device));
	err = notary_certify(f->notary, &request, &answer);
	if (err != ERR_OK)
		return err;
	memcpy(cert, answer.bytes, answer.len);
	*cert_len = answer.len;
	memcpy(d->next_serial, answer.serial, sizeof(d->next_serial));
	d->cert_not_after_s = answer.not_after_s;
	return ERR_OK;
}
