/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs between mbedTLS 2.28 and 3.6, so that all other code is written once: first keys and certificates, then
 * TLS. Files that call mbedTLS directly include it after the library's headers. Sources: docs/3.0-migration-guide.md of
 * mbedTLS and the release notes of 3.6.
 */
#pragma once

#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/sha256.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

#include <stddef.h>
#include <stdint.h>

#if MBEDTLS_VERSION_MAJOR >= 3

#include <psa/crypto.h>

/* A member that 3.x calls private and has no function for. */
#define MBEDTLS_COMPAT(member) MBEDTLS_PRIVATE(member)

#define mbedtls_compat_sha256 mbedtls_sha256
#define mbedtls_compat_sha256_starts mbedtls_sha256_starts
#define mbedtls_compat_sha256_update mbedtls_sha256_update
#define mbedtls_compat_sha256_finish mbedtls_sha256_finish
#define mbedtls_compat_parse_key(pk, der, len, fill, context) \
	mbedtls_pk_parse_key((pk), (der), (len), NULL, 0, (fill), (context))
#define mbedtls_compat_ecdsa_sign(key, digest, out, cap, out_len, fill, context)                               \
	mbedtls_ecdsa_write_signature((key), MBEDTLS_MD_SHA256, (digest), 32, (out), (cap), (out_len), (fill), \
				      (context))

#define mbedtls_compat_check_pair(public, private, fill, context) \
	mbedtls_pk_check_pair((public), (private), (fill), (context))

/* Serial numbers: 3.x takes raw bytes, and needs no number. */
typedef int mbedtls_compat_serial;
#define mbedtls_compat_serial_init(number) ((void)(*(number) = 0))
#define mbedtls_compat_serial_set(writer, number, bytes, len) \
	((void)(number), mbedtls_x509write_crt_set_serial_raw((writer), (unsigned char *)(uintptr_t)(bytes), (len)))
#define mbedtls_compat_serial_free(number) ((void)(number))

/* Prepare PSA, by which TLS 1.3 does its cryptography. 0: it is ready. */
#define mbedtls_compat_start_tls() (psa_crypto_init() == PSA_SUCCESS ? 0 : -1)

/* Allow TLS 1.2 and later. */
#define mbedtls_compat_versions(conf) mbedtls_ssl_conf_min_tls_version((conf), MBEDTLS_SSL_VERSION_TLS1_2)

/* Set the key exchange groups (RFC 8446 4.2.7) by a list that ends in MBEDTLS_COMPAT_GROUP_NONE. */
typedef uint16_t mbedtls_compat_group;
#define MBEDTLS_COMPAT_SECP256R1 0x0017
#define MBEDTLS_COMPAT_SECP384R1 0x0018
#define MBEDTLS_COMPAT_X25519 0x001d
#define MBEDTLS_COMPAT_GROUP_NONE 0
#define mbedtls_compat_groups(conf, list) mbedtls_ssl_conf_groups((conf), (list))

/*
 * Let a server resume a session without a new key exchange, as TLS 1.2 does. It then resumes fifteen times as many
 * sessions a second, and whoever has the key of the tickets can read the resumed sessions.
 */
#define mbedtls_compat_resume_cheaply(conf)                                                          \
	mbedtls_ssl_conf_tls13_key_exchange_modes((conf), MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK | \
								  MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL)

#else

#define MBEDTLS_COMPAT(member) member

#define mbedtls_compat_check_pair(public, private, fill, context) \
	((void)(fill), (void)(context), mbedtls_pk_check_pair((public), (private)))

/* Serial numbers: 2.28 takes a number, which its writer copies. */
typedef mbedtls_mpi mbedtls_compat_serial;
#define mbedtls_compat_serial_init mbedtls_mpi_init
#define mbedtls_compat_serial_set(writer, number, bytes, len)                                                      \
	(mbedtls_mpi_read_binary((number), (bytes), (len)) || mbedtls_x509write_crt_set_serial((writer), (number)) \
		 ? -1                                                                                              \
		 : 0)
#define mbedtls_compat_serial_free mbedtls_mpi_free

#define mbedtls_compat_sha256 mbedtls_sha256_ret
#define mbedtls_compat_sha256_starts mbedtls_sha256_starts_ret
#define mbedtls_compat_sha256_update mbedtls_sha256_update_ret
#define mbedtls_compat_sha256_finish mbedtls_sha256_finish_ret
#define mbedtls_compat_parse_key(pk, der, len, fill, context) \
	((void)(fill), (void)(context), mbedtls_pk_parse_key((pk), (der), (len), NULL, 0))
#define mbedtls_compat_ecdsa_sign(key, digest, out, cap, out_len, fill, context) \
	mbedtls_ecdsa_write_signature((key), MBEDTLS_MD_SHA256, (digest), 32, (out), (out_len), (fill), (context))

#define mbedtls_compat_start_tls() 0
#define mbedtls_compat_versions(conf) \
	mbedtls_ssl_conf_min_version((conf), MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3)

typedef mbedtls_ecp_group_id mbedtls_compat_group;
#define MBEDTLS_COMPAT_SECP256R1 MBEDTLS_ECP_DP_SECP256R1
#define MBEDTLS_COMPAT_GROUP_NONE MBEDTLS_ECP_DP_NONE
/* A client must not name a group that the library was built without, so such a group ends the list. */
#ifdef MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_COMPAT_SECP384R1 MBEDTLS_ECP_DP_SECP384R1
#else
#define MBEDTLS_COMPAT_SECP384R1 MBEDTLS_ECP_DP_NONE
#endif
#ifdef MBEDTLS_ECP_DP_CURVE25519_ENABLED
#define MBEDTLS_COMPAT_X25519 MBEDTLS_ECP_DP_CURVE25519
#else
#define MBEDTLS_COMPAT_X25519 MBEDTLS_ECP_DP_NONE
#endif
#define mbedtls_compat_groups(conf, list) mbedtls_ssl_conf_curves((conf), (list))
#define mbedtls_compat_resume_cheaply(conf) ((void)(conf))

#endif

/* The peer is asked for short records only where the library saves memory by them: with buffers below 16 KiB. */
#if defined(MBEDTLS_SSL_IN_CONTENT_LEN) && MBEDTLS_SSL_IN_CONTENT_LEN < 16384
#define MBEDTLS_COMPAT_FRAGMENT MBEDTLS_SSL_MAX_FRAG_LEN_4096
#else
#define MBEDTLS_COMPAT_FRAGMENT MBEDTLS_SSL_MAX_FRAG_LEN_NONE
#endif

/* 3.6.1 and later report TLS 1.3 tickets only when this was set. */
#ifdef MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED
#define mbedtls_compat_report_tickets(conf)                       \
	mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets( \
		(conf), MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED)
#else
#define mbedtls_compat_report_tickets(conf) ((void)(conf))
#endif

/* The result of a call that received a TLS 1.3 ticket and nothing else. */
#ifdef MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET
#define MBEDTLS_COMPAT_TICKET MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET
#else
#define MBEDTLS_COMPAT_TICKET (-0x7fff0000) /* never returned */
#endif
