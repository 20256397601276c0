/* SPDX-License-Identifier: Apache-2.0 */
/* Goes over the processes. One that ends meanwhile is passed over. */
#include "agent/actor/audit/audit_program.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_one(const char *const *names, struct str name)
{
	while (*names && !str_equal(name, str_from(*names)))
		names++;
	return *names != NULL;
}

static bool look_at(struct audit *a, const char *number, char *memory, struct str *name)
{
	char path[32];

	return snprintf(path, sizeof(path), "proc/%s/comm", number) < (int)sizeof(path) &&
	       audit_read(a, path, memory, name);
}

bool audit_program_find(struct audit *a, const char *const *names, char *memory, struct audit_program *out)
{
	int fd = openat(a->root, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;
	unsigned looks = 0;
	bool found = false;
	struct str name;
	uint64_t pid;

	while (list && !found && looks < AUDIT_PROGRAM_LOOKS && (e = readdir(list)) != NULL) {
		if (str_number(str_from(e->d_name), UINT32_MAX, &pid) != ERR_OK)
			continue;
		looks++;
		if (!look_at(a, e->d_name, memory, &name) || !is_one(names, str_trim(name)))
			continue;
		out->pid = (uint32_t)pid;
		str_show(str_trim(name), out->name, sizeof(out->name));
		found = true;
	}
	if (list)
		closedir(list);
	else if (fd >= 0)
		close(fd);
	return found;
}
