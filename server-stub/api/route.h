/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API's paths, one row for each method and path (table.c). A row says which roles may call it, so no handler checks
 * that. openapi.json describes the same rows but the console's; a unit test compares the two.
 */
#pragma once

#include "agent/base/str.h"
#include "server-stub/api/http.h"

#include <stdbool.h>
#include <stdint.h>

#define ROUTE_ALLOW_MAX 64 /* the methods of one path, in words */

struct call;

/* A user has one role; a row names the set of roles that may call it. */
enum route_role {
	ROLE_VIEWER = 1,    /* reads */
	ROLE_RESPONDER = 2, /* reads and pushes orders */
	ROLE_ADMIN = 4,	    /* does that, and decides on tokens and devices */
	ROLE_AUDITOR = 8,   /* reads, the audit log too */
	ROLE_ANY = 15,
	ROLE_ACT = ROLE_RESPONDER | ROLE_ADMIN,
	ROLE_AUDIT = ROLE_AUDITOR | ROLE_ADMIN,
};

enum route_flag {
	ROUTE_PUBLIC = 1,  /* needs no token */
	ROUTE_LOCAL = 2,   /* needs no token when the caller's address is loopback */
	ROUTE_QUIET = 4,   /* is not in the audit log: it is called often and tells no secret */
	ROUTE_FIRST = 8,   /* may also be called while the password has to be changed */
	ROUTE_FACTOR = 16, /* may also be called while a second factor has to be set up, as may those of ROUTE_FIRST */
	ROUTE_PERSON = 32, /* is not for API tokens */
};

struct route {
	enum http_word method;
	const char *path;   /* "/api/v1/devices/" and "*" for one segment */
	uint8_t roles;	    /* set of enum route_role */
	uint8_t flags;	    /* set of enum route_flag */
	const char *action; /* its name in the audit log */
	const char *query;  /* parameters it knows, separated by spaces; "*": any, for a page to read */
	void (*handle)(struct call *call);
};

/* The rows of the API; a row whose path is NULL ends them. */
extern const struct route api_routes[];

/* The set that holds only the named role; 0 for an unknown name. */
uint8_t route_role(const char *name);

/* Whether whoever has the first role may do all that the other one may. */
bool route_covers(uint8_t role, uint8_t other);

/* Whether an action is among those that the words name: "device.list", or "device.*" for all of the device. */
bool route_names(struct str words, const char *action);

struct route_ask {
	enum http_word method;
	struct str path;
};

/*
 * Find the row for a method and path; *arg is the segment that "*" stands for. HEAD finds the row of GET. NULL: there
 * is none; `allow` then lists the methods of the path ("GET, HEAD, POST"), and is empty for an unknown path.
 */
const struct route *route_find(const struct route *routes, struct route_ask ask, struct str *arg,
			       char allow[ROUTE_ALLOW_MAX]);
