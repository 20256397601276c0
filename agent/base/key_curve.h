/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns DER bytes into mbedTLS's structures and back, for P-256 only. Only the files that implement key.h include it.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"

#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>

#define KEY_CURVE_POINT 65 /* SEC 1 2.3.3: uncompressed */
#define KEY_CURVE_SPKI 91  /* RFC 5480: 26 fixed bytes and the point */

/* Read a public key. ERR_INVALID: it is not such a key, or its point is not on the curve. The caller frees both. */
ERR_CHECK enum err key_curve_point(const struct key_der *public_key, mbedtls_ecp_group *group,
				   mbedtls_ecp_point *point);

/* Write a public key. ERR_CRYPTO: the point is not one of P-256. */
ERR_CHECK enum err key_curve_public(const mbedtls_ecp_group *group, const mbedtls_ecp_point *point,
				    struct key_der *public_key);

/* Read a private key of PKCS#8 or SEC 1. ERR_INVALID; ERR_UNSUPPORTED: another kind or curve. The caller frees pk. */
ERR_CHECK enum err key_curve_private(const struct key_der *private_key, struct key_random random,
				     mbedtls_pk_context *pk);
