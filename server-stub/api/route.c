/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the row of a path. It walks over all rows, which takes a few hundred nanoseconds. Pure. */
#include "server-stub/api/route.h"

#include "agent/base/buf.h"

#include <string.h>

static const char *const method_names[] = {"", "GET", "HEAD", "POST", "DELETE"};

uint8_t route_role(const char *name)
{
	static const struct {
		const char *name;
		uint8_t role;
	} roles[] = {
		{"viewer", ROLE_VIEWER},
		{"responder", ROLE_RESPONDER},
		{"admin", ROLE_ADMIN},
		{"auditor", ROLE_AUDITOR},
	};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(roles[i].name, name) == 0)
			return roles[i].role;
	return 0;
}

bool route_covers(uint8_t role, uint8_t other)
{
	return role == other || role == ROLE_ADMIN || other == ROLE_VIEWER;
}

bool route_names(struct str words, const char *action)
{
	while (words.len) {
		struct str word = str_cut(&words, ' ');

		if (str_equal(word, str_from(action)))
			return true;
		if (word.len > 2 && str_take_back(&word, STR("*")) && str_ends(word, STR(".")) &&
		    str_starts(str_from(action), word))
			return true;
	}
	return false;
}

/* Segment by segment; "*" takes one that is not empty. */
static bool matches(struct str pattern, struct str path, struct str *arg)
{
	/* Any other path that ends in '/' is another one than that without it. */
	if (str_equal(path, STR("/")))
		return str_equal(pattern, path);
	while (pattern.len && path.len) {
		struct str want = str_cut(&pattern, '/');
		bool path_goes_on = str_find_byte(path, '/') != SIZE_MAX;
		struct str have = str_cut(&path, '/');

		if (path_goes_on && !path.len)
			return false;
		if (str_equal(want, STR("*")) && have.len)
			*arg = have;
		else if (!str_equal(want, have))
			return false;
	}
	return !pattern.len && !path.len;
}

static bool allows(const struct route *route, enum http_word method)
{
	return route->method == method || (method == METHOD_HEAD && route->method == METHOD_GET);
}

const struct route *route_find(const struct route *routes, struct route_ask ask, struct str *arg,
			       char allow[ROUTE_ALLOW_MAX])
{
	struct buf b = buf_over(allow, ROUTE_ALLOW_MAX - 1);

	*arg = STR_NONE;
	for (const struct route *r = routes; r->path; r++) {
		struct str found = STR_NONE;

		if (!matches(str_from(r->path), ask.path, &found))
			continue;
		if (allows(r, ask.method)) {
			*arg = found;
			return r;
		}
		if (b.len)
			buf_text(&b, ", ");
		buf_text(&b, method_names[r->method]);
		if (r->method == METHOD_GET)
			buf_text(&b, ", HEAD");
	}
	allow[b.len] = 0;
	return NULL;
}
