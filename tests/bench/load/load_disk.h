/* SPDX-License-Identifier: Apache-2.0 */
/* What durable costs on a disk, without any of ours. Figures that wait for the disk are read beside it. */
#pragma once

#include <stdint.h>

/* Measure in this folder. Exits with a sentence on failure. */
void load_disk_open(const char *folder);

/* Microseconds of replacing a small file for good, as a reset does /etc/shadow: written, synced, renamed, its folder
 * synced. -1: the disk refused. */
int64_t load_disk_replace(void);

/* Microseconds of appending `len` bytes to one of two files and making that durable. -1: the disk refused. */
int64_t load_disk_append(int file, const void *data, uint32_t len);
