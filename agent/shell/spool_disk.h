/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool's disk over files of one directory, and the pool of threads that waits for flash: everything that
 * may take long (fdatasync, fsync of the directory) happens there. The exception is replacing the spool's mark,
 * which happens once in tens of thousands of records. Only one sync is under way at a time (spool.h asks for no
 * more).
 */
#pragma once

#include "agent/spool/spool.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct spool_disk_files {
	struct spool_disk ops; /* what spool_init takes */
	uv_loop_t *uv;
	struct spool *spool; /* to be told of syncs; set by the loop once it is there */
	int dir;
	struct spool_disk_file {
		int fd; /* -1: none */
		char name[32];
	} write, read;	  /* kept open while the same file is asked for again and again */
	bool dir_changed; /* a name is new: the next sync covers the directory */
	uv_work_t work;
	struct {
		char name[32];
		bool dir;
		uint64_t token;
		enum err err;
	} job;
};

void spool_disk_open(struct spool_disk_files *d, uv_loop_t *uv, int dir);
