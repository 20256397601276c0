/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device that is enrolled shows when it enrols again (proto/vouch.h): its certificate, and its key's signature
 * over the new request. So it stays the device that it is.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "agent/cli/enroll_files.h"
#include "proto/vouch.h"

#define ENROLL_VOUCH_DEVICE 16

struct enroll_vouch {
	uint8_t device[ENROLL_VOUCH_DEVICE]; /* the id that the service gave it */
	struct key_der key;		     /* private; the caller wipes it */
	size_t cert_len, signature_len;
	uint8_t cert[KEY_CERT_MAX], signature[KEY_SIGNATURE_MAX];
};

/*
 * Read the newest pair of key and certificate that belong together (agent/shell/identity.h), and the device's id.
 * ERR_CORRUPT: there is none, or a file is damaged.
 */
ERR_CHECK enum err enroll_vouch_open(const struct enroll_files *f, struct enroll_vouch *out);

/* Sign the request: `v` holds token, CSR and CA; its certificate is filled in. */
ERR_CHECK enum err enroll_vouch_sign(struct enroll_vouch *vouch, struct vouch v);
