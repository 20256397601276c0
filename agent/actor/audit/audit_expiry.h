/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From when until when a certificate is good: the Validity of X.509 (RFC 5280 4.1.2.5) in DER, found by walking over
 * what stands before it. Nothing else of the certificate is read or judged. Pure.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct audit_expiry {
	int64_t from_s, until_s; /* since 1970 */
};

/* False: these bytes are no certificate. */
bool audit_expiry_read(struct str der, struct audit_expiry *out);
