/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bound playbooks as the device keeps them: the object (object_file.h), and beside it .NAME.signed with the statement
 * and the signatures that it came with, so that whoever runs it can look again whether they are still trusted:
 *
 *   statement_len:u16 statement  signature_count:u8 ( key_id[8]  len:u8  signature )*
 *
 * big-endian. Only root can write there, but nothing that is read is believed: it is the signatures that count.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/common/message.h"
#include "proto/playbook.h"

#include <stddef.h>
#include <stdint.h>

/* A statement, and who signed it. */
struct playbook_file_seal {
	uint16_t statement_len, signature_count;
	uint8_t statement[MESSAGE_STATEMENT_MAX]; /* proto/object.h */
	struct actor_signature signatures[MESSAGE_SIGNATURES_MAX];
};

struct playbook_file {
	size_t len;
	char bytes[PLAYBOOK_BYTES_MAX];
	struct playbook_file_seal seal;
};

/* Read the bytes of an open file from its beginning; f->seal is not touched. ERR_TOO_LONG: no playbook is that long. */
ERR_CHECK enum err playbook_file_bytes(int fd, struct playbook_file *f);

/* Read a playbook and its seal. ERR_NOT_FOUND: one of both is not there; ERR_CORRUPT: the seal is none. */
ERR_CHECK enum err playbook_file_read(int dir, const char *name, struct playbook_file *f);

/* Pure: the seal from its bytes. ERR_CORRUPT; then *out is zero. */
ERR_CHECK enum err playbook_file_seal(struct str bytes, struct playbook_file_seal *out);

/* Put a seal in its place, durable. On an error the one before it stays, or this one is there and may not be durable.
 */
ERR_CHECK enum err playbook_file_keep(int dir, const char *name, const struct playbook_file_seal *seal);
