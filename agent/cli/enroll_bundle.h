/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trust bundle (proto/bundle.h) at an enrolment: the one moment at which root on the device believes what a service
 * says whose CA the join token names, and only with the root keys that the token names (proto/token.h). From then on
 * only those change whom the device trusts.
 */
#pragma once

#include "agent/base/err.h"
#include "proto/token.h"

#include "caltrop/v1/link.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Judge the bundle that a service gave, if it gave one. ERR_CORRUPT: it does not parse. ERR_SIGNATURE: its own root
 * keys have not signed it, as many as it says. ERR_UNTRUSTED: the CA of the join token is not in it.
 */
ERR_CHECK enum err enroll_bundle_check(const Caltrop__V1__Trust *trust, const uint8_t ca_sha256[32]);

/* Whether the root keys of a bundle that was checked are those that the join token names. A token of version 1 names
 * none.
 */
bool enroll_bundle_has_roots(const Caltrop__V1__Trust *trust, const struct token *token);

/*
 * Put it into the trust directory; without one, remove what another fleet left there. A newer one of the same fleet
 * stays: an enrolment never sets a device back.
 */
ERR_CHECK enum err enroll_bundle_keep(int dir, const Caltrop__V1__Trust *trust);
