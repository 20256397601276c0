/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests of the log (log_digest in store/log.h): for each run of about a thousand records a Bloom filter over their
 * facets (Bloom 1970, with the two hashes of Kirsch and Mitzenmacher 2006), so that a search skips the runs that have
 * nothing for it. They are made behind the log's end by one reader, and never on a batch's way to the disk. A filter
 * says "surely not" or "perhaps": 14 bits and 9 probes a facet are wrong about one time in a thousand. A second filter
 * has every two facets of a record together, for searches that ask for several things of which each is everywhere.
 * Saved: what hashes and bits mean never changes. Pure.
 */
#pragma once

#include "server-stub/search/facet.h"
#include "server-stub/store/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_RECORDS 1024 /* a run ends when it has this many of either */
#define DIGEST_BATCHES 256
#define DIGEST_FACETS_MAX 24576 /* with more different ones, as only an attacker makes, it says "perhaps" always */

struct digest;

/* The size of one, which the caller allocates: 600 KiB. */
size_t digest_size(void);

/* Begin a run behind that position of the log. */
void digest_begin(struct digest *d, uint64_t after);

/* Add a batch, the next one of the log. True: the run has ended. */
bool digest_add(struct digest *d, uint64_t position, const struct log_batch *b);

/* What is to be stored of the run; bits point into *d until the next call. */
void digest_end(struct digest *d, struct log_digest *out);

/* The hash by which a digest knows the facet. */
uint64_t digest_hash(const struct facet *f);

/* Whether the pairs of records have this facet; of a process's number and a device they do not. */
bool digest_pairs(enum facet_name name);

/* The hash by which a digest knows that one record has both facets, of different names. */
uint64_t digest_pair_hash(const struct facet *a, const struct facet *b);

/* Whether the run may have the facet, or with its `pairs` the pair, of that hash; false: it has not. */
bool digest_may_have(struct str bits, uint64_t hash);
