/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fence around the service, up before it opens its store or a socket or starts a thread: system calls (seccomp(2),
 * list in ports/linux/seccomp/server.h), files and ports (landlock.h). Inside it can change files of the fleet's
 * directory and of the directory of the store, read below the directories above the API's certificate and key, so that
 * these can be replaced with their directory, listen on its two ports, and connect to nothing. It starts no program.
 */
#pragma once

#include "agent/base/err.h"

#include <stdint.h>

#define FENCE_ERROR_MAX 256

struct fence {
	const char *dir, *store; /* the fleet's directory, and the store's path */
	const char *cert, *key;	 /* paths of the API's */
	const char *web_root;	 /* NULL, or a directory that may be read */
	uint16_t link_port, api_port;
};

/*
 * Put it up for this process and all its threads. A kernel without Landlock or without filters is said on standard
 * error, and the service goes on. Any other failure is an error, and `error` a sentence: the service must end.
 */
ERR_CHECK enum err fence_enter(const struct fence *fence, char error[FENCE_ERROR_MAX]);
