/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the configuration of the kernel that runs: /proc/config.gz, which gzip(1) unpacks, or the file that a
 * distribution puts beside the kernel.
 */
#pragma once

#include "agent/base/str.h"

#define KERNEL_FILE_MAX (1 << 20) /* bytes; that of a distribution for everything has 300,000 */

struct kernel_file {
	const char *path; /* where it was found; NULL: nowhere */
	struct str text;
	char path_bytes[128];
	char bytes[KERNEL_FILE_MAX];
};

/* Read that of a kernel of this release (uname(2)). Not found, empty, or longer than KERNEL_FILE_MAX: path is NULL. */
void kernel_file_read(struct kernel_file *f, const char *release);
