/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trust bundle at the desk: read the one in force, change it, sign the next version with root keys, and hand it to
 * the service or write it to a file. What the service says is believed as far as root keys signed it. Messages are
 * printed here. Functions return OPTS_GO_ON, or an exit status after a message.
 */
#pragma once

#include "proto/bundle.h"
#include "server-stub/cli/opts.h"

/* What all commands have that make a bundle. */
struct bundle_edit_options {
	struct opts_list root_keys; /* --root-key */
	const char *from;	    /* --from: a file, instead of what the service has */
	const char *out;	    /* --out: write it to this file, and push nothing */
};
extern struct bundle_edit_options bundle_edit_options;

#define BUNDLE_EDIT_OPTIONS                                                                                       \
	{OPTS_MANY, "root-key", "FILE", &bundle_edit_options.root_keys,                                           \
	 "a root key of the fleet; again, when several have to sign"},                                            \
		{OPTS_TEXT, "from", "FILE", &bundle_edit_options.from,                                            \
		 "change this bundle instead of the one that the service has"},                                   \
	{                                                                                                         \
		OPTS_TEXT, "out", "FILE", &bundle_edit_options.out, "write the new bundle there and push nothing" \
	}

struct bundle_edit {
	struct bundle_sealed base, next;
	struct bundle bundle; /* what the base says; the caller changes it */
};

/*
 * Read the bundle to change, which has to be signed by its own root keys, and by one of those that were given; have
 * `change` change it as the arguments say; sign it as the next version, and push or write it. `change` returns as this
 * does.
 */
int bundle_edit_change(struct bundle_edit *e, int (*change)(struct bundle *b, const struct opts_list *args),
		       const struct opts_list *args);

/* Sign e->bundle, which has no base, as it is, and push or write it; `order_key` signs too, unless it is NULL. */
int bundle_edit_first(struct bundle_edit *e, const char *order_key);

/* How many of the bundle's order keys may sign orders with the verb. */
unsigned bundle_edit_signers(const struct bundle *b, uint16_t verb);

/* Say on standard error which verbs need more signatures than there are keys for. */
void bundle_edit_warn(const struct bundle *b);

/* Read a sealed bundle, from a file or, for NULL, from the service. COMMAND_NOT_FOUND: the service has none yet. */
int bundle_edit_read(const char *path, struct bundle_sealed *sealed, struct bundle *out);

/* Sign a bundle with one more key and write it back; whether it may sign, the receivers decide. */
int bundle_edit_sign(struct bundle_sealed *sealed, const char *key);

/* Write a sealed bundle to a file, or push it to the service. */
int bundle_edit_write(const char *path, const struct bundle_sealed *sealed);
int bundle_edit_push(const struct bundle_sealed *sealed);
