/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has the fleet's private keys. While the service runs, the notary is a process of its own: the one that parses
 * what networks send has neither the authority's key nor the order key in its memory. What makes a fleet, and tests,
 * have it in their own process. Every call may come from any thread; one is served at a time.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "agent/base/str.h"
#include "proto/object_message.h"
#include "server-stub/fleet/notary_desk.h"

#include <sys/types.h>

#define NOTARY_ANSWER_S 10 /* that a request waits for its answer */

struct notary;

/* Have the keys of the fleet's directory in this process. Errors and *bad_file are those of notary_desk_load(). */
ERR_CHECK enum err notary_open(const char *dir, struct notary **out, const char **bad_file);

/*
 * Start a process that reads the keys, and go on when it has. It ends when this one does. To be called before there are
 * threads. ERR_NO_MEMORY, ERR_IO: there can be no process; else as notary_open().
 */
ERR_CHECK enum err notary_start(const char *dir, struct notary **out, const char **bad_file);

/* The process that notary_start() made; 0: it is this one. When it has ended, nothing is signed any more. */
pid_t notary_process(const struct notary *n);

/* The public halves: of the authority, and of the order key, whose len is 0 where the service has none. */
const struct key_der *notary_ca_key(const struct notary *n);
const struct key_der *notary_order_key(const struct notary *n);

/*
 * Sign the bytes of an order or of an object's statement with the order key. Errors are those of notary_desk_answer();
 * ERR_CLOSED: the notary's process has ended. ERR_TIMEOUT: it did not answer within NOTARY_ANSWER_S.
 */
ERR_CHECK enum err notary_sign(struct notary *n, enum notary_kind kind, struct str bytes, struct object_signature *out);

/* Send a request for a certificate and get its answer. The number is set here. Errors as notary_sign(). */
ERR_CHECK enum err notary_certify(struct notary *n, struct notary_request *request, struct notary_answer *answer);

/* End the process, if there is one, and wipe the keys. It does nothing for NULL. */
void notary_close(struct notary *n);
