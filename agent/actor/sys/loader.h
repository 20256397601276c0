/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has caltrop-bpf load a program into the kernel. The program runs as long as caltropd holds its links, which are never
 * used and never closed.
 */
#pragma once

#include "agent/common/loader.h"

#include <stdbool.h>

/* Why there is none in a build without the kernel's program. */
#define LOADER_NOT_BUILT "this build has no BPF"

struct loader {
	int fds[LOADER_FDS_MAX]; /* the maps of the ring and of the counts, and the links */
	bool there;
	char why[160]; /* why it is not there */
};

/*
 * Load the program of that name ("process"), and print why it is not there. `l` must be zero. A build without
 * CONFIG_BPF does not have this function.
 */
void loader_run(struct loader *l, const char *name);
