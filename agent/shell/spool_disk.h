/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool's disk (struct spool_disk): files in one directory. What may take long, fdatasync(2) and fsync(2) of the
 * directory, is done by libuv's threads. The exception is the spool's mark: it is replaced in the loop, once in tens of
 * thousands of records. At most one sync is under way at a time; spool.h asks for no more.
 */
#pragma once

#include "agent/spool/spool.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct spool_disk_files {
	struct spool_disk ops; /* the argument of spool_init() */
	uv_loop_t *uv;
	/* Gets the end of each sync; the owner sets both before the first one. */
	void (*synced)(void *arg, uint64_t token, enum err err);
	void *arg;
	int dir;
	struct spool_disk_file {
		int fd; /* -1: none */
		char name[32];
	} write, read;	  /* the files used last, which stay open */
	bool dir_changed; /* a file was made or removed: the next sync includes the directory */
	uv_work_t work;
	struct {
		char name[32];
		bool dir;
		uint64_t token;
		enum err err;
	} job;
};

/* Prepare `d`, which must not move. `dir` is the open directory. */
void spool_disk_open(struct spool_disk_files *d, uv_loop_t *uv, int dir);
