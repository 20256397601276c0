/* SPDX-License-Identifier: Apache-2.0 */
/* The header's fields by their places. Pure. */
#include "agent/actor/triage/tar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define OCTAL_MAX UINT64_C(077777777777) /* eleven digits */

enum { AT_NAME = 0, AT_MODE = 100, AT_UID = 108, AT_GID = 116, AT_SIZE = 124, AT_TIME = 136, AT_SUM = 148 };
enum { AT_TYPE = 156, AT_MAGIC = 257, AT_OWNER = 265, AT_GROUP = 297 };

bool tar_header(const struct tar_entry *e, uint8_t block[TAR_BLOCK])
{
	size_t len = strnlen(e->name, TAR_NAME_MAX + 1);
	char *at = (char *)block;
	unsigned sum = 0;

	if (len == 0 || len > TAR_NAME_MAX || e->size > OCTAL_MAX || e->time_s < 0 || (uint64_t)e->time_s > OCTAL_MAX)
		return false;
	memset(block, 0, TAR_BLOCK);
	memcpy(at + AT_NAME, e->name, len);
	snprintf(at + AT_MODE, 8, "%07o", 0600);
	snprintf(at + AT_UID, 8, "%07o", 0);
	snprintf(at + AT_GID, 8, "%07o", 0);
	snprintf(at + AT_SIZE, 12, "%011" PRIo64, e->size);
	snprintf(at + AT_TIME, 12, "%011" PRIo64, (uint64_t)e->time_s);
	at[AT_TYPE] = '0';
	memcpy(at + AT_MAGIC,
	       "ustar\0"
	       "00",
	       8);
	memcpy(at + AT_OWNER, "root", 4);
	memcpy(at + AT_GROUP, "root", 4);
	/* The sum is over the header with spaces in its own place. */
	memset(at + AT_SUM, ' ', 8);
	for (unsigned i = 0; i < TAR_BLOCK; i++)
		sum += block[i];
	snprintf(at + AT_SUM, 8, "%06o", sum);
	at[AT_SUM + 7] = ' ';
	return true;
}

uint32_t tar_padding(uint64_t size)
{
	return (uint32_t)((TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
}
