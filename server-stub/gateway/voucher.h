/* SPDX-License-Identifier: Apache-2.0 */
/* Checks what a device shows of its earlier enrolment (proto/vouch.h). */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet_enroll.h"
#include "server-stub/gateway/session/enroll.h"

/*
 * Check that the request's old certificate is of this fleet's CA, and that its key has signed the request. Whether the
 * certificate has expired is of no account: the registry knows which one is in use. ERR_INVALID, ERR_UNTRUSTED,
 * ERR_SIGNATURE: *why is the end of a sentence.
 */
ERR_CHECK enum err voucher_check(const struct fleet *f, const struct enroll_request *r, struct fleet_enroll_old *out,
				 const char **why);
