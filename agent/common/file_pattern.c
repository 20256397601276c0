/* SPDX-License-Identifier: Apache-2.0 */
/* Says which names fit a pattern. Never looks at a directory. */
#include "agent/common/file_pattern.h"

#include <string.h>

size_t file_pattern_dir(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

bool file_pattern_is(const char *path)
{
	return strpbrk(path, "*?") != NULL;
}

bool file_pattern_wrong(struct str path)
{
	size_t last = 0;

	for (size_t i = 0; i < path.len; i++)
		if (path.data[i] == '/')
			last = i;
	for (size_t i = 0; i < path.len; i++)
		if (path.data[i] == '[' || (i < last && (path.data[i] == '*' || path.data[i] == '?')))
			return true;
	return false;
}

/* The last star takes one byte more whenever what follows it does not fit; earlier ones never have to. */
static bool fits(struct str pattern, struct str name)
{
	size_t p = 0, n = 0, star = SIZE_MAX, from = 0;

	while (n < name.len) {
		if (p < pattern.len && pattern.data[p] == '*') {
			star = p++;
			from = n;
		} else if (p < pattern.len && (pattern.data[p] == '?' || pattern.data[p] == name.data[n])) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			n = ++from;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.data[p] == '*')
		p++;
	return p == pattern.len;
}

bool file_pattern_fits(const char *path, struct str name)
{
	static const char *const packed[] = {".gz", ".xz", ".bz2", ".zst", ".lz4"};
	struct str pattern = str_from(path + file_pattern_dir(path));

	if (str_empty(name) || (name.data[0] == '.' && pattern.data[0] != '.'))
		return false;
	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++)
		if (str_ends(name, str_from(packed[i])) && !str_ends(pattern, str_from(packed[i])))
			return false;
	return fits(pattern, name);
}
