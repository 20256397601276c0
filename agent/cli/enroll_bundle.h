/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trust bundle (proto/bundle.h) at an enrolment: the one moment at which root on the device believes what a service
 * says whose CA the join token names. From then on only the root keys in it change whom the device trusts.
 */
#pragma once

#include "agent/base/err.h"

#include "caltrop/v1/link.pb-c.h"

#include <stdint.h>

/*
 * Judge the bundle that a service gave, if it gave one. ERR_CORRUPT: it does not parse. ERR_SIGNATURE: its own root
 * keys have not signed it, as many as it says. ERR_UNTRUSTED: the CA of the join token is not in it.
 */
ERR_CHECK enum err enroll_bundle_check(const Caltrop__V1__Trust *trust, const uint8_t ca_sha256[32]);

/*
 * Put it into the trust directory; without one, remove what another fleet left there. A newer one of the same fleet
 * stays: an enrolment never sets a device back.
 */
ERR_CHECK enum err enroll_bundle_keep(int dir, const Caltrop__V1__Trust *trust);
