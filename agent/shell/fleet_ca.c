/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the fleet's CA. Never judges a certificate or a bundle: what root put there is believed. */
#include "agent/shell/fleet_ca.h"

#include "agent/common/trust_bundle.h"
#include "agent/shell/file.h"

void fleet_ca_read(int dir, struct fleet_ca *out)
{
	static struct bundle bundle;
	struct buf pem = buf_over(out->pem, sizeof(out->pem) - 1);
	uint8_t digest[32];
	enum err err = trust_bundle_read(dir, &bundle, digest);

	if (err == ERR_OK)
		err = trust_bundle_cas(&bundle, &pem);
	else if (err == ERR_NOT_FOUND)
		err = file_read(dir, "ca.pem", &pem);
	out->version = bundle.version;
	out->len = err == ERR_OK ? pem.len : 0;
	out->pem[out->len] = '\0';
}
