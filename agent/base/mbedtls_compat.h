/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs between mbedTLS 2.28 and 3.6, so that the rest is written once. Included by files that call mbedTLS
 * directly, after its headers. Source: docs/3.0-migration-guide.md of mbedTLS.
 */
#pragma once

#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/sha256.h>
#include <mbedtls/version.h>

#include <stddef.h>
#include <stdint.h>

#if MBEDTLS_VERSION_MAJOR >= 3

/* Whether a call of the TLS layer is to be made again (users include mbedtls/ssl.h). TLS 1.3 tells of its
 * tickets so. */
#define mbedtls_compat_again(rc) \
	((rc) == MBEDTLS_ERR_SSL_WANT_READ || (rc) == MBEDTLS_ERR_SSL_WANT_WRITE || \
	 (rc) == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)

/* Members that 3.x calls private and gives no function for. */
#define MBEDTLS_COMPAT(member) MBEDTLS_PRIVATE(member)

#define mbedtls_compat_sha256 mbedtls_sha256
#define mbedtls_compat_parse_key(pk, der, len, fill, context) \
	mbedtls_pk_parse_key((pk), (der), (len), NULL, 0, (fill), (context))
#define mbedtls_compat_ecdsa_sign(key, digest, out, cap, out_len, fill, context) \
	mbedtls_ecdsa_write_signature((key), MBEDTLS_MD_SHA256, (digest), 32, (out), (cap), (out_len), (fill), \
				      (context))

#define mbedtls_compat_check_pair(public, private, fill, context) \
	mbedtls_pk_check_pair((public), (private), (fill), (context))

/* Serial numbers: raw bytes; the "number" is a placeholder. */
typedef int mbedtls_compat_serial;
#define mbedtls_compat_serial_init(number) ((void)(*(number) = 0))
#define mbedtls_compat_serial_set(writer, number, bytes, len) \
	((void)(number), mbedtls_x509write_crt_set_serial_raw((writer), (unsigned char *)(uintptr_t)(bytes), (len)))
#define mbedtls_compat_serial_free(number) ((void)(number))

#else

#define mbedtls_compat_again(rc) ((rc) == MBEDTLS_ERR_SSL_WANT_READ || (rc) == MBEDTLS_ERR_SSL_WANT_WRITE)

#define MBEDTLS_COMPAT(member) member

#define mbedtls_compat_check_pair(public, private, fill, context) \
	((void)(fill), (void)(context), mbedtls_pk_check_pair((public), (private)))

/* Serial numbers: an mpi that the writer copies. */
typedef mbedtls_mpi mbedtls_compat_serial;
#define mbedtls_compat_serial_init mbedtls_mpi_init
#define mbedtls_compat_serial_set(writer, number, bytes, len) \
	(mbedtls_mpi_read_binary((number), (bytes), (len)) || \
	 mbedtls_x509write_crt_set_serial((writer), (number)) ? -1 : 0)
#define mbedtls_compat_serial_free mbedtls_mpi_free

#define mbedtls_compat_sha256 mbedtls_sha256_ret
#define mbedtls_compat_parse_key(pk, der, len, fill, context) \
	((void)(fill), (void)(context), mbedtls_pk_parse_key((pk), (der), (len), NULL, 0))
#define mbedtls_compat_ecdsa_sign(key, digest, out, cap, out_len, fill, context) \
	mbedtls_ecdsa_write_signature((key), MBEDTLS_MD_SHA256, (digest), 32, (out), (out_len), (fill), \
				      (context))

#endif
