/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an enrolment leaves on the device: the trust bundle, root's, and the identity, the guard user's
 * (agent/common/trust.h). Each file is replaced atomically, key and certificate as at a renewal
 * (agent/shell/identity.h); device_id comes last, and without it the guard counts as not enrolled.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "agent/common/settings.h"
#include "proto/token.h"

#include "caltrop/v1/link.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct enroll_files {
	int trust, identity, actor; /* directories */
	uid_t uid;		    /* the guard's user */
	gid_t gid;
	char why[256]; /* what failed, with the path */
};

/* Find the guard's user, and open or make the directories. On an error f->why is a sentence: ERR_NOT_FOUND (there is no
 * such user), ERR_DENIED and other errors of files. */
ERR_CHECK enum err enroll_files_open(struct enroll_files *f, const struct settings *settings);
void enroll_files_close(struct enroll_files *f);

/* Whether the device is enrolled: it has a certificate and its key. */
bool enroll_files_enrolled(const struct enroll_files *f);

/* Read the key and request of an earlier try, or make new ones; they are durable on return. */
ERR_CHECK enum err enroll_files_request(struct enroll_files *f, struct key_der *key, uint8_t csr[KEY_CSR_MAX],
					size_t *csr_len);

/* Read the public half of the actor's receipt key (agent/common/receipt_key.h), which is made when there is none. */
ERR_CHECK enum err enroll_files_receipt_key(struct enroll_files *f, struct key_der *public_key);

/* Whether a certificate and a private key in PEM, each with a NUL behind it, belong together. */
bool enroll_files_pair(struct str cert, struct str key);

/*
 * Check what the service sent, and write it. ERR_CORRUPT: it is damaged, or the certificate is for another key;
 * ERR_UNTRUSTED: its CA or the fleet's root keys are not those of
 * the token; or an error of files.
 */
ERR_CHECK enum err enroll_files_keep(struct enroll_files *f, const Caltrop__V1__EnrollReply *reply,
				     const struct key_der *key, const struct token *token);

/* Write a drop-in beside the configuration that holds the server's address. */
ERR_CHECK enum err enroll_files_server(struct enroll_files *f, const char *config, const char *host, uint16_t port);
