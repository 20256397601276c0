/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device shows of who made it: the chain of certificates in its handshake on LINK_TLS_ALPN_ENROLL, of whose
 * first one it has proven to have the key. It lets a device join and does nothing else: the link takes the fleet's own
 * certificates only.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/tls/tls_chain.h"
#include "agent/base/tls/tls_end.h"
#include "server-stub/fleet/fleet_enroll.h"

#define PEDIGREE_BYTES 8192

struct pedigree {
	unsigned count;
	bool is_cut; /* there are more than TLS_CHAIN_MAX certificates, or PEDIGREE_BYTES */
	uint16_t len[TLS_CHAIN_MAX];
	uint8_t bytes[PEDIGREE_BYTES];
};

/* Copy what the peer of a full handshake has shown; without one, nothing. */
void pedigree_read(const struct tls_end *end, struct pedigree *out);

/*
 * Find the manufacturer that issued it. ERR_UNTRUSTED: *why is a sentence's end; out->factory has a name if one has
 * signed the chain nevertheless, and out->serial what the certificate says. Errors of the store.
 */
ERR_CHECK enum err pedigree_check(struct store *s, const struct pedigree *p, struct fleet_enroll_factory *out,
				  const char **why);
