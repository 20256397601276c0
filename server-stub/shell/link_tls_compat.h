/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs in the server side of TLS between mbedTLS 2.28 and 3.6 (agent/base/mbedtls_compat.h has the rest).
 * Source: docs/3.0-migration-guide.md of mbedTLS.
 */
#pragma once

#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

#include "agent/base/mbedtls_compat.h"

#if MBEDTLS_VERSION_MAJOR >= 3

#include <psa/crypto.h>

/* TLS 1.3 does its cryptography through PSA. */
#define link_tls_compat_start() (psa_crypto_init() == PSA_SUCCESS)

/* Groups of RFC 8446 4.2.7: secp256r1, x25519. */
#define LINK_TLS_COMPAT_GROUPS static const uint16_t link_tls_compat_groups[] = { 0x0017, 0x001d, 0 }
#define link_tls_compat_conf(conf)                                \
	(mbedtls_ssl_conf_groups((conf), link_tls_compat_groups), \
		mbedtls_ssl_conf_min_tls_version((conf), MBEDTLS_SSL_VERSION_TLS1_2))

/* Whether the session in hand was taken up from a ticket is the ticket callback's knowledge, in both. */

#else

#define link_tls_compat_start() true
#define LINK_TLS_COMPAT_GROUPS                                                                   \
	static const mbedtls_ecp_group_id link_tls_compat_groups[] = { MBEDTLS_ECP_DP_SECP256R1, \
		MBEDTLS_ECP_DP_CURVE25519, MBEDTLS_ECP_DP_NONE }
#define link_tls_compat_conf(conf)                                \
	(mbedtls_ssl_conf_curves((conf), link_tls_compat_groups), \
		mbedtls_ssl_conf_min_version((conf), MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3))

#endif
