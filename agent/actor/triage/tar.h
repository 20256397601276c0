/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of a tar archive in the ustar format (POSIX.1, pax), for regular files of root's with mode 0600. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TAR_BLOCK 512
#define TAR_NAME_MAX 100	/* bytes of a name; one that long has no NUL in the header */
#define TAR_END (2 * TAR_BLOCK) /* zeros that end an archive */

struct tar_entry {
	const char *name;
	uint64_t size;
	int64_t time_s; /* since 1970 */
};

/* Write the header of one file. False: its name is empty or too long, or its size or time has more digits than fit. */
bool tar_header(const struct tar_entry *entry, uint8_t block[TAR_BLOCK]);

/* The bytes that follow a file's content up to the next block. */
uint32_t tar_padding(uint64_t size);
