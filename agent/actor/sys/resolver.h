/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that asks for the addresses of names: caltropd's own program, started anew by the guard's user with
 * nothing of caltropd's memory, descriptors or environment, and confined before it asks. It reads answers from the
 * network with the C library, whose name service may load modules.
 */
#pragma once

#include "agent/base/addr.h"

#define RESOLVER_MODE "--resolve" /* caltropd's first argument; the others are names */
#define RESOLVER_ANSWERS_MAX 16	  /* addresses of a name */
#define RESOLVER_LIMIT_S 30	  /* seconds for each name */

/* What it writes to standard output: each address of a name, then the name's end. */
struct resolver_answer {
	uint32_t name;	  /* rails_name() */
	uint8_t end;	  /* RESOLVER_... */
	struct addr addr; /* as packets have it; with an end none */
};

enum { RESOLVER_ADDRESS, RESOLVER_END, RESOLVER_SILENT /* it could not be resolved */ };

/*
 * Resolve the names in their order and end the process: with status 1 without a sandbox, and by SIGALRM at the first
 * name that takes longer than the limit, so those behind it get no answer.
 */
_Noreturn void resolver_main(int count, char **names, unsigned limit_s);
