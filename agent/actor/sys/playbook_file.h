/* SPDX-License-Identifier: Apache-2.0 */
/* Bound playbooks as the device keeps them: the object (object_file.h), and beside it who signed it (object_seal.h). */
#pragma once

#include "agent/actor/sys/object_seal.h"
#include "agent/base/err.h"
#include "proto/playbook.h"

#include <stddef.h>

struct playbook_file {
	size_t len;
	char bytes[PLAYBOOK_BYTES_MAX];
	struct object_seal seal;
};

/* Read the bytes of an open file from its beginning; f->seal is not touched. ERR_TOO_LONG: no playbook is that long. */
ERR_CHECK enum err playbook_file_bytes(int fd, struct playbook_file *f);

/* Read a playbook and its seal. ERR_NOT_FOUND: one of both is not there; ERR_CORRUPT: the seal is none. */
ERR_CHECK enum err playbook_file_read(int dir, const char *name, struct playbook_file *f);
