/* SPDX-License-Identifier: Apache-2.0 */
/* A file as it is now. */
#pragma once

#include "agent/base/str.h"
#include "agent/common/lookout_sample.h"

#include <stdbool.h>
#include <stdint.h>

/* What is compared of a file. */
struct lookout_content {
	uint8_t type; /* enum file_type; FILE_TYPE_NONE: there is no such file, or it is a directory */
	bool hashed;  /* of a link: over where it leads */
	uint8_t form; /* enum lookout_form; of what is no regular file LOOKOUT_FORM_UNREAD */
	uint32_t mode, owner;
	uint64_t size, ino;
	int64_t written_ns, changed_ns; /* st_mtim, st_ctim */
	uint8_t hash[LOOKOUT_HASH_BYTES];
};

struct lookout_read {
	struct lookout_content content;
	struct str target; /* where a link leads; it lies in `memory` */
	char memory[LOOKOUT_PATH_MAX];
};

/*
 * Read the file of that name in a directory; `dir` may be -1. What is larger than CONFIG_FILE_HASH_BYTES is not hashed,
 * and read only as far as its form needs.
 * `before`, NULL or what it was: a file with the same times, size and inode is not read again.
 */
void lookout_read_file(struct lookout_read *r, int dir, struct str name, const struct lookout_content *before);
