/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An actor without a kernel and without rights, for tests of what it answers to its core's messages: a temporary
 * directory, two ends of a socket, no confinement, no firewall. Needs no root. The order key that it trusts is the
 * test's.
 */
#pragma once

#include "agent/actor/verb/actor.h"

struct bare {
	struct actor actor;
	struct key_der order_key; /* private */
	char dir[64];
	int core; /* the core's end of the socket */
};

/* The one that a test program works with. */
extern struct bare bare;

/* cmocka's set-up and tear-down of that one, for tests that need no more: bare_start and bare_end. */
int bare_set_up(void **state);
int bare_tear_down(void **state);

/* Make it; device 0707..., group "gates". */
void bare_start(struct bare *b);

/* Close it and remove its directory. */
void bare_end(struct bare *b);

/* Write a file below the directory; below "trust" the actor notices it at once. */
void bare_put(const struct bare *b, const char *name, const char *text);

/* The actor's next message to its core. false: it has none now. */
bool bare_next(struct bare *b, union actor_message *m);

/* Its next receipt to its core; what it says before that is dropped. It is in *m. NULL: there is none now. */
const struct actor_receipt *bare_receipt(struct bare *b, union actor_message *m);

/* Begin what the arguments say, as an order asks for it. */
void bare_act(struct bare *b, const struct verb_args *args);
