/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that keeps what was synced. What was not may be there after a power cut, in part, with rubbish at its end,
 * or not at all; a file removed without a sync may come back. A process that merely dies loses nothing here.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/spool/spool.h"
#include "tests/sim/world.h"

#include <stdint.h>

#define DISK_FILES_MAX 128
#define DISK_NAME_MAX 40

struct disk_file {
	char name[DISK_NAME_MAX]; /* empty: free */
	bool gone;		  /* removed, not yet for good */
	bool known;		  /* its name is durable */
	size_t len, synced_len, cap;
	uint8_t *bytes; /* synced_len of them are durable */
};

struct disk {
	struct world *world;
	struct disk_file files[DISK_FILES_MAX];
	enum err trouble; /* of every write, ERR_OK: none */
	uint64_t writes, generation;
	uint64_t strike_power, strike_crash; /* at that write; 0: none */
};

void disk_begin(struct disk *d, struct world *w);
void disk_end(struct disk *d);

/* The spool's view, for a process that starts. A sync ends by `synced` being called later. */
struct spool_disk disk_ops(struct disk *d, world_call synced);

/*
 * What `synced` was called with: what was there when the sync began is durable now. False when the process that
 * began it is no more.
 */
bool disk_synced(struct disk *d, uint64_t tag, uint64_t *token, enum err *err);

/* One file read and replaced as a whole. */
struct str disk_get(const struct disk *d, const char *name);
enum err disk_replace(struct disk *d, const char *name, struct str bytes);

/* The power goes: decide what is left. */
void disk_lose(struct disk *d);
