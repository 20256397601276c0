/* SPDX-License-Identifier: Apache-2.0 */
/* The starter's own half: from a request to a program, or to a refusal. */
#pragma once

#include "agent/actor/starter/starter.h"

struct starter_serving {
	int socket; /* its other end is caltropd's */
	const struct settings *settings;
	enum service_manager services;
	unsigned under_way;
};

/* Serve the requests of the socket until its other end is closed. Does not return. */
_Noreturn void starter_serve(struct starter_serving *s);
