/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of key.h share: our DER bytes to and from mbedTLS's own structures, P-256 only. Not for other folders.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"

#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>

#define KEY_CURVE_POINT 65 /* SEC 1 2.3.3: uncompressed */
#define KEY_CURVE_SPKI 91  /* RFC 5480: 26 fixed bytes and the point */

/* ERR_INVALID: not exactly such a key or not on the curve. The caller frees group and point. */
ERR_CHECK enum err key_curve_point(const struct key_der *public_key, mbedtls_ecp_group *group,
				   mbedtls_ecp_point *point);

/* The other way. ERR_CRYPTO: not a P-256 point. */
ERR_CHECK enum err key_curve_public(const mbedtls_ecp_group *group, const mbedtls_ecp_point *point,
				    struct key_der *public_key);

/* PKCS#8 or SEC 1. ERR_INVALID, ERR_UNSUPPORTED (another kind or curve). The caller frees pk. */
ERR_CHECK enum err key_curve_private(const struct key_der *private_key, struct key_random random,
				     mbedtls_pk_context *pk);
