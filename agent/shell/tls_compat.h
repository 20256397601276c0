/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs in the TLS half of mbedTLS 2.28 and 3.6 (agent/base/mbedtls_compat.h has the rest). Included after
 * mbedTLS. Source: docs/3.0-migration-guide.md and the release notes of 3.6.
 */
#pragma once

#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

#include "agent/base/mbedtls_compat.h"

#if MBEDTLS_VERSION_MAJOR >= 3

#include <psa/crypto.h>

#define tls_compat_start() (psa_crypto_init() == PSA_SUCCESS ? 0 : -1)

/* Named groups of RFC 8446 4.2.7: secp256r1, x25519. */
#define TLS_COMPAT_GROUPS static const uint16_t tls_compat_groups[] = {0x0017, 0x001d, 0}
#define tls_compat_conf(conf) \
	(mbedtls_ssl_conf_groups((conf), tls_compat_groups), \
	 mbedtls_ssl_conf_min_tls_version((conf), MBEDTLS_SSL_VERSION_TLS1_2), tls_compat_signal_tickets(conf))

#else

#define tls_compat_start() 0

#define TLS_COMPAT_GROUPS \
	static const mbedtls_ecp_group_id tls_compat_groups[] = {MBEDTLS_ECP_DP_SECP256R1, \
								 MBEDTLS_ECP_DP_CURVE25519, MBEDTLS_ECP_DP_NONE}
#define tls_compat_conf(conf) \
	(mbedtls_ssl_conf_curves((conf), tls_compat_groups), \
	 mbedtls_ssl_conf_min_version((conf), MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3))

#endif

/* Ask for short records only where the library saves memory by them: built with content buffers below 16 KiB. */
#if defined(MBEDTLS_SSL_IN_CONTENT_LEN) && MBEDTLS_SSL_IN_CONTENT_LEN < 16384
#define tls_compat_fragment() MBEDTLS_SSL_MAX_FRAG_LEN_4096
#else
#define tls_compat_fragment() MBEDTLS_SSL_MAX_FRAG_LEN_NONE
#endif

/* 3.6.1 and later tell of TLS 1.3 tickets only when asked. */
#ifdef MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED
#define tls_compat_signal_tickets(conf) \
	mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets((conf), \
		MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED)
#else
#define tls_compat_signal_tickets(conf) ((void)(conf))
#endif

/* A read that found only a TLS 1.3 ticket. */
#ifdef MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET
#define TLS_COMPAT_TICKET MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET
#else
#define TLS_COMPAT_TICKET (-0x7fff0000)	/* never returned */
#endif
