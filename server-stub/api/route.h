/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API's paths, one row each (table.c). A row says who may call it, so no handler has to ask. openapi.json describes
 * the same rows; a unit test holds the two together.
 */
#pragma once

#include "agent/base/str.h"
#include "server-stub/api/http.h"

#include <stdbool.h>
#include <stdint.h>

#define ROUTE_ALLOW_MAX 64 /* the methods of one path, in words */

struct call;

/* Roles are sets, a row names the set that may call it. */
enum route_role {
	ROLE_VIEWER = 1,    /* looks */
	ROLE_RESPONDER = 2, /* and pushes orders */
	ROLE_ADMIN = 4,	    /* and decides who and what belongs to the fleet */
	ROLE_AUDITOR = 8,   /* looks, and reads the audit log */
	ROLE_ANY = 15,
	ROLE_ACT = ROLE_RESPONDER | ROLE_ADMIN,
	ROLE_AUDIT = ROLE_AUDITOR | ROLE_ADMIN,
};

enum route_flag {
	ROUTE_PUBLIC = 1, /* without a token */
	ROUTE_LOCAL = 2,  /* without a token from loopback */
	ROUTE_QUIET = 4,  /* not in the audit log: it says nothing and is asked all the time */
	ROUTE_FIRST = 8,  /* also while the password must be changed first */
};

struct route {
	enum http_word method;
	const char *path;   /* "/api/v1/devices/" and "*" for one segment */
	uint8_t roles;	    /* set of enum route_role */
	uint8_t flags;	    /* set of enum route_flag */
	const char *action; /* its name in the audit log */
	const char *query;  /* parameters it knows, separated by spaces */
	void (*handle)(struct call *call);
};

/* The API's own, for api.c to serve; ends with a row whose path is NULL. */
extern const struct route api_routes[];

/* The set with just the named role in it; 0 for an unknown name. */
uint8_t route_role(const char *name);

struct route_ask {
	enum http_word method;
	struct str path;
};

/*
 * The row of `routes` for a method and path; *arg becomes the segment that "*" stands for. HEAD finds GET. NULL: there
 * is none; `allow` then lists the methods that the path has ("GET, HEAD, POST"), and is empty for an unknown path.
 */
const struct route *route_find(const struct route *routes, struct route_ask ask, struct str *arg,
			       char allow[ROUTE_ALLOW_MAX]);
