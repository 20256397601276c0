/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What root at the device wants, and the core must not be able to make up: it is put into the actor's own directory,
 * and the core passes on that it is there.
 */
#pragma once

#include "agent/base/str.h"
#include "agent/common/settings.h"

struct local_wish {
	const struct settings *settings;
	int dir;	     /* the actor's (state_dir.h) */
	const char *file;    /* its name there */
	const char *request; /* to the guard, one line */
};

/*
 * Put the bytes there, have the guard read them, print its answer, and take them away. Returns enum command_exit; when
 * it is not COMMAND_OK, the reason was printed.
 */
int local_wish_ask(const struct local_wish *wish, struct str bytes);
