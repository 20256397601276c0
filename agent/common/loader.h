/* SPDX-License-Identifier: Apache-2.0 */
/* What caltropd and caltrop-bpf agree on: caltropd gives it the name of a program, and gets descriptors or why. */
#pragma once

#include <stdint.h>

/* It passes the ring's map, the counts' map, and a link for each function of the program: at most this many. */
#define LOADER_FDS_MAX 7

/* The program has this as its constants: the guard's own namespaces, by their numbers in /proc/self/ns. */
struct namespaces {
	uint32_t pid, net;
};
