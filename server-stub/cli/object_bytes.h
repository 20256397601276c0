/* SPDX-License-Identifier: Apache-2.0 */
/* Moves an object's bytes between a file and the service, piece by piece. Messages are printed here. */
#pragma once

#include "agent/base/str.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/rest.h"

#include <stdbool.h>
#include <stdint.h>

/* What `object offer` asks for. */
struct object_bytes_offer {
	const char *kind, *name, *group, *key_file;
	const struct opts_list *keys; /* further ones, each for a signature; NULL: none */
	int64_t version;	      /* 0: the service chooses */
	bool all;
	const struct opts_list *devices;
	struct str bytes; /* instead of those of the file, which is then only named; data NULL: those of the file */
	json_t *sealed;	  /* what object_bytes_seal() made, borrowed; NULL: it is signed now */
};

/*
 * Sign the bytes of an offer with its keys: {"statement", "signatures"}, in base64, which the caller gives to
 * json_decref. NULL after a message; *status is then an exit status.
 */
json_t *object_bytes_seal(struct rest *r, const struct object_bytes_offer *o, int *status);

/* Make an object of a file. *answer is the object, which the caller gives to json_decref. Returns an exit status. */
int object_bytes_offer(struct rest *r, const char *file, const struct object_bytes_offer *o, json_t **answer);

/* Write an object's bytes to a new file, or to standard output for "-", and check its hash. Returns an exit status. */
int object_bytes_get(struct rest *r, const char *id, const char *file);
