/* SPDX-License-Identifier: Apache-2.0 */
/* The descriptors of one process become a table that each of the kernel's connections is looked for in. */
#include "agent/actor/sys/cut_sockets.h"

#include "agent/actor/sys/owner.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SLOTS (2 * CUT_SOCKETS_MAX)

/* Where the number is, or the free place where it would be. At least half of them are free. */
static uint32_t place(const struct cut_sockets *s, uint32_t inode)
{
	uint32_t i = inode % SLOTS;

	while (s->slots[i] != 0 && s->slots[i] != inode)
		i = (i + 1) % SLOTS;
	return i;
}

static void add(struct cut_sockets *s, uint32_t inode)
{
	if (s->count == CUT_SOCKETS_MAX) {
		s->more = true;
		return;
	}
	s->slots[place(s, inode)] = inode;
	s->count++;
}

enum err cut_sockets_read(int32_t pid, struct cut_sockets *out)
{
	struct owner_found found;
	struct owner_walk walk;
	enum owner_step step;
	unsigned steps = 0;
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool begun = proc >= 0 && owner_begin_one(&walk, proc, (uint32_t)pid);

	memset(out, 0, sizeof(*out));
	for (; begun && (step = owner_next(&walk, &found)) != OWNER_END; steps++)
		if (step == OWNER_SOCKET && found.inode != 0)
			add(out, found.inode);
	out->more |= steps > OWNER_DESCRIPTORS_MAX;
	if (proc >= 0)
		close(proc);
	return begun ? ERR_OK : ERR_NOT_FOUND;
}

bool cut_sockets_has(const struct cut_sockets *s, uint32_t inode)
{
	return inode != 0 && s->slots[place(s, inode)] == inode;
}

bool cut_sockets_are_here(int32_t pid)
{
	char path[32], own[32] = "", other[32] = "";

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (readlink("/proc/self/ns/net", own, sizeof(own) - 1) <= 0 || readlink(path, other, sizeof(other) - 1) <= 0)
		return false;
	return strcmp(own, other) == 0;
}
