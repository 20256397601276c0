/* SPDX-License-Identifier: Apache-2.0 */
/* By certificate and signature alone: what the registry says of the device is judged later. */
#include "server-stub/gateway/voucher.h"

#include "agent/base/tls/tls_cert.h"
#include "proto/vouch.h"

#include <string.h>

static enum err refuse(const char **why, enum err err, const char *text)
{
	*why = text;
	return err;
}

/* By the authority in use, or by one before it. */
static enum err check_certificate(const struct fleet *f, struct str certificate, struct tls_cert_facts *facts)
{
	enum err err = tls_cert_check(certificate, (struct str){(const char *)f->ca_cert, f->ca_cert_len}, facts);

	for (unsigned i = 0; err == ERR_UNTRUSTED && i < f->old_ca_count; i++)
		err = tls_cert_check(certificate, (struct str){(const char *)f->old_cas[i].der, f->old_cas[i].len},
				     facts);
	return err;
}

enum err voucher_check(const struct fleet *f, const struct enroll_request *r, struct fleet_enroll_old *out,
		       const char **why)
{
	const struct str certificate = {(const char *)r->old_cert, r->old_cert_len};
	const struct vouch vouch = {f->ca_sha256, str_from(r->token), {(const char *)r->csr, r->csr_len}, certificate};
	uint8_t statement[VOUCH_STATEMENT];
	struct tls_cert_facts facts;
	enum err err = check_certificate(f, certificate, &facts);

	memset(out, 0, sizeof(*out));
	if (err == ERR_INVALID)
		return refuse(why, err, "this device's old certificate is damaged");
	if (err != ERR_OK)
		return refuse(why, err,
			      "this device's old certificate is of another fleet; --new joins as a new device");
	if (!fleet_issue_device(facts.subject, out->device) || facts.serial_len != sizeof(out->serial))
		return refuse(why, ERR_INVALID, "this device's old certificate is not a device's");
	vouch_statement(&vouch, statement);
	if (key_verify(&facts.key, statement, sizeof(statement), r->vouch, r->vouch_len) != ERR_OK)
		return refuse(why, ERR_SIGNATURE,
			      "the request is not signed by the key of this device's old certificate");
	memcpy(out->serial, facts.serial, sizeof(out->serial));
	out->not_after_s = facts.not_after_s;
	return ERR_OK;
}
