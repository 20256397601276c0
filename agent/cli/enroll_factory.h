/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device shows in place of a join token: the certificate that its manufacturer gave it (IEEE 802.1AR), with its
 * key, and the fleet's card (proto/token.h), which says where the service is and whom to believe there. The key signs
 * the handshake and is not kept.
 */
#pragma once

#include "agent/base/err.h"
#include "proto/token.h"

#include <stddef.h>

#define ENROLL_FACTORY_CERT_MAX 12288
#define ENROLL_FACTORY_KEY_MAX 8192
#define ENROLL_FACTORY_WHY_MAX 256

struct enroll_factory {
	const char *card_file, *cert_file, *key_file; /* of the options; NULL: not given */
	size_t cert_len, key_len;
	char cert[ENROLL_FACTORY_CERT_MAX], key[ENROLL_FACTORY_KEY_MAX]; /* PEM, with a NUL behind it */
};

/*
 * Read the three files into *f and *card. On an error `why` is a sentence: ERR_DENIED (others than the owner may read
 * the key), ERR_CORRUPT (a file is not what it has to be, or key and certificate do not belong together), and errors of
 * files. The caller wipes the key.
 */
ERR_CHECK enum err enroll_factory_read(struct enroll_factory *f, struct token *card, char why[ENROLL_FACTORY_WHY_MAX]);
