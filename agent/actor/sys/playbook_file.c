/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and keeps playbooks and who signed them. Never judges: playbooks.c does. */
#include "agent/actor/sys/playbook_file.h"

#include "agent/base/regular.h"

#include <fcntl.h>
#include <unistd.h>

enum err playbook_file_bytes(int fd, struct playbook_file *f)
{
	return regular_read(fd, f->bytes, sizeof(f->bytes), &f->len);
}

static enum err read_file(int dir, const char *name, struct playbook_file *f)
{
	int fd;
	enum err err = regular_open(dir, name, O_RDONLY, &fd);

	if (err != ERR_OK)
		return err;
	err = playbook_file_bytes(fd, f);
	close(fd);
	return err;
}

enum err playbook_file_read(int dir, const char *name, struct playbook_file *f)
{
	enum err err = read_file(dir, name, f);

	return err == ERR_OK ? object_seal_load(dir, name, &f->seal) : err;
}
