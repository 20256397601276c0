/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the service remembers, behind four interfaces: the log (log.h), the registry (registry.h), the views (views.h)
 * and people (person.h). This header has what they share: the handle, its transactions and its care. A file keeps them
 * in production (sqlite*.c), memory in the simulator and in unit tests (memory*.c). One thread at a time uses a handle;
 * the writer has a handle, and each reader its own.
 *
 * A call that changes something outside of store_begin and store_commit is a durable transaction by itself. Structs are
 * copied in and out. Blobs given to a callback are valid during the call. A callback returns false to end its list.
 *
 * Every call may return an error of the disk (ERR_IO, ERR_NO_SPACE, ERR_CORRUPT, ERR_NO_MEMORY) or ERR_BUSY; further
 * errors are said at the call. A `get` returns ERR_NOT_FOUND when there is no such row. A `put` inserts, or replaces
 * the row of the same id.
 */
#pragma once

#include "agent/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_ID 16
#define STORE_NAME_MAX 64
#define STORE_TEXT_MAX 256
#define STORE_HEALTH_MAX 8192 /* of a device's health record; a longer one is not kept whole */
#define STORE_HASH 32
#define STORE_FLEET 32
#define STORE_ORDER_MAX 1024
#define STORE_SIGNATURES_MAX 3
#define STORE_PAGE_MAX 1000
#define STORE_KEY 91 /* bytes of a P-256 public key as DER SubjectPublicKeyInfo (RFC 5480) */

struct store_retention {
	int64_t age_us;	    /* entries of the log that are older than this are removed; 0: no bound */
	int64_t low_age_us; /* events of low severity go earlier (ingest/thin.h); 0: as all */
	uint64_t bytes_max; /* while the store holds more, the oldest entries of its log are removed; 0: no bound */
};

struct store;

/*
 * Open the store in that file, or a new one in memory (NULL). `fleet` is the identity of the fleet (fleet.h) whose
 * store it has to be, or NULL for anybody's. A store of an earlier version is brought up to date; one from before
 * stores had an identity gets that of the first fleet that opens it. ERR_NOT_FOUND: there is no store, and none is
 * made. ERR_FOREIGN: it is another fleet's. ERR_UNSUPPORTED: a later version made it. ERR_IO, ERR_CORRUPT,
 * ERR_NO_SPACE, ERR_BUSY.
 */
ERR_CHECK enum err store_open(const char *path, const uint8_t *fleet, struct store **out);

/* Make a store for that fleet in a new file of mode 0600, and open it. ERR_EXISTS: the file is there. */
ERR_CHECK enum err store_create(const char *path, const uint8_t fleet[STORE_FLEET], struct store **out);

/*
 * Read which version of the tables the store in that file has, and which one this program makes of it when it opens it.
 * Changes nothing. ERR_NOT_FOUND, ERR_CORRUPT: it is no store.
 */
struct store_version {
	int now, ours;
};
ERR_CHECK enum err store_version(const char *path, struct store_version *out);

/* Close the handle and free it. An open transaction is rolled back. */
void store_close(struct store *s);

/*
 * One transaction around many calls. store_commit returns when the transaction is durable; when it returns an error,
 * nothing of the transaction is kept. Writers get their turn in order of arrival; ERR_BUSY: not in time. To read a row,
 * change it and put it back is safe against other handles only between begin and commit. A list's callback must not
 * start the same list again.
 */
ERR_CHECK enum err store_begin(struct store *s);
ERR_CHECK enum err store_commit(struct store *s);
void store_rollback(struct store *s);

/*
 * Let this handle's commits return before they are durable: after a power cut the last of them may be missing, each
 * whole. For what can be made anew.
 */
ERR_CHECK enum err store_relax(struct store *s);

/*
 * Where the store was put back from a backup and nothing was there to take newer revocations from: until when it knows
 * who may come, by the wall clock; 0: it knows all. See registry_merge for the other case.
 */
ERR_CHECK enum err store_gap(struct store *s, int64_t *known_us);
ERR_CHECK enum err store_gap_put(struct store *s, int64_t known_us);
/* When the store last wrote down anything, as far as it tells; 0: it holds nothing. */
ERR_CHECK enum err store_latest(struct store *s, int64_t *wall_us);
/* Read the whole file and see that its pages fit together. ERR_CORRUPT: they do not. */
ERR_CHECK enum err store_check(struct store *s);

/*
 * The same, bounded: look at a few MiB of the file and remember in *at where to go on; all zero begins. Also sees that
 * the indexes of the log know its entries, and that their bytes are messages. ERR_CORRUPT: a part is damaged, which
 * at->table names; the next call goes on behind it. at->passes counts how often the end was reached.
 */
struct store_place {
	const char *table; /* that was looked at last */
	uint64_t passes;
	/* private */
	unsigned part;
	int64_t row;
};
ERR_CHECK enum err store_examine(struct store *s, struct store_place *at);

/* Write a consistent copy into a new file of mode 0600. ERR_EXISTS: the file is there; ERR_UNSUPPORTED: the kind is
 * memory. */
ERR_CHECK enum err store_backup(struct store *s, const char *path);
struct store_figures {
	uint64_t batches, records, bytes, devices, incidents_open;
};
ERR_CHECK enum err store_figures(struct store *s, struct store_figures *out);
