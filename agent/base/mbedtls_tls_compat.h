/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs in the TLS half of mbedTLS 2.28 and 3.6, for those who speak TLS with people's programs: version 1.2 and
 * up, and groups in the order in which they cost least (2.28 alone would begin with the costliest). Included after
 * mbedTLS. Source: docs/3.0-migration-guide.md of mbedTLS.
 */
#pragma once

#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

#include "agent/base/mbedtls_compat.h"

#include <stdbool.h>

#if MBEDTLS_VERSION_MAJOR >= 3

#include <psa/crypto.h>

/* TLS 1.3 does its cryptography through PSA. */
static inline bool mbedtls_tls_compat_start(void)
{
	return psa_crypto_init() == PSA_SUCCESS;
}

static inline void mbedtls_tls_compat_conf(mbedtls_ssl_config *conf)
{
	/* RFC 8446 4.2.7: secp256r1, x25519, secp384r1 */
	static const uint16_t groups[] = { 0x0017, 0x001d, 0x0018, 0 };

	mbedtls_ssl_conf_groups(conf, groups);
	mbedtls_ssl_conf_min_tls_version(conf, MBEDTLS_SSL_VERSION_TLS1_2);
}

/*
 * A server that takes tickets without a new key exchange, as TLS 1.2 does: fifteen times as many resumptions a second,
 * and a session is no more secret than the key of its ticket.
 */
static inline void mbedtls_tls_compat_resume_cheaply(mbedtls_ssl_config *conf)
{
	mbedtls_ssl_conf_tls13_key_exchange_modes(conf, MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK |
							    MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL);
}

#else

static inline bool mbedtls_tls_compat_start(void)
{
	return true;
}

static inline void mbedtls_tls_compat_conf(mbedtls_ssl_config *conf)
{
	static const mbedtls_ecp_group_id groups[] = { MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_CURVE25519,
		MBEDTLS_ECP_DP_SECP384R1, MBEDTLS_ECP_DP_NONE };

	mbedtls_ssl_conf_curves(conf, groups);
	mbedtls_ssl_conf_min_version(conf, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
}

static inline void mbedtls_tls_compat_resume_cheaply(mbedtls_ssl_config *conf)
{
	(void)conf;
}

#endif
