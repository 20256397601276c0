/* SPDX-License-Identifier: Apache-2.0 */
/* Tells whether there could be another user than root. Reads one file of the kernel's. */
#include "agent/common/user_map.h"

#include "agent/base/numbers.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define TEXT_BYTES 256 /* a row has three numbers, and one row is what is looked for; more are more users */

enum { FIRST_INSIDE, FIRST_OUTSIDE, USERS, FIELDS };

bool user_map_is_only_root(const char *text)
{
	const char *end = strchr(text, '\n');
	uint64_t row[FIELDS];

	if (end && end[1] != '\0')
		return false;
	return numbers_read(text, '\0', row, FIELDS) == FIELDS && row[FIRST_INSIDE] == 0 && row[USERS] == 1;
}

bool user_map_only_root(void)
{
	char text[TEXT_BYTES];
	int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[got > 0 ? got : 0] = '\0';
	return user_map_is_only_root(text);
}
