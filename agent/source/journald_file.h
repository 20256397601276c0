/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads one file of systemd's journal, entry after entry, while journald appends to it. The format is systemd's
 * "Journal File Format" (https://systemd.io/JOURNALD_FILE_FORMAT/), with keyed hashes, the compact mode of systemd 252
 * and data compressed by zstd, LZ4 or XZ (journald_unpack.h). It takes the fields that tell of one log line and passes
 * over all others.
 *
 * The file is read by offsets and never mapped, because a mapped file that is cut ends the program. Every offset and
 * length is checked against the file, and no chain is followed backwards, so a damaged file ends the reading and
 * nothing else. Memory is fixed; nothing is allocated: zstd and liblzma get static work spaces.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNALD_ID 16
#define JOURNALD_MESSAGE_MAX 8192u /* bytes of a message that are read; the rest is cut */
#define JOURNALD_VALUE_MAX 96u	   /* bytes of another field's value */
#define JOURNALD_FIELDS_MAX 1024u  /* fields of one entry that are looked at */
#define JOURNALD_KNOWN 512u	   /* data objects whose field is remembered */

enum journald_field {
	JOURNALD_OTHER, /* one that is passed over */
	JOURNALD_MESSAGE,
	JOURNALD_IDENTIFIER, /* SYSLOG_IDENTIFIER, by the sender */
	JOURNALD_SYSLOG_PID, /* by the sender */
	JOURNALD_PID,	     /* _PID, _UID, _EXE, _TRANSPORT, _SYSTEMD_UNIT: by journald and the kernel */
	JOURNALD_UID,
	JOURNALD_EXE,
	JOURNALD_TRANSPORT,
	JOURNALD_UNIT,
	JOURNALD_PARTIAL, /* Docker's driver: the message is a part of one, and a client chose where it begins */
	JOURNALD_FIELDS,
};

/* One entry. Its texts are valid until the next call. */
struct journald_entry {
	uint64_t seqnum;
	int64_t realtime_us;
	struct str message;
	struct str fields[JOURNALD_FIELDS]; /* data NULL: the entry has no such field */
	bool cut;			    /* the message was longer than JOURNALD_MESSAGE_MAX */
};

/* Reads `len` bytes at `offset`, or fewer at the end of the file; -1: an error. */
struct journald_io {
	int64_t (*read)(void *context, uint64_t offset, void *to, size_t len);
	void *context;
};

struct journald_known {
	uint64_t offset; /* 0: free */
	uint8_t field, len;
	char value[JOURNALD_VALUE_MAX];
};

/* A place in the chain of entry arrays. */
struct journald_place {
	uint64_t array;	 /* the offset of the array; 0: none yet */
	uint64_t places; /* that the array has; 0: not looked at yet */
	uint64_t index;	 /* of the next place in it */
	uint64_t taken;	 /* entries before it, which were read or passed over */
};

struct journald_file {
	struct journald_io io;
	bool compact, archived;
	uint8_t file_id[JOURNALD_ID], seqnum_id[JOURNALD_ID];
	uint64_t entries;	  /* n_entries of the header when it was last looked at */
	uint64_t tail_seqnum;	  /* of its last entry then */
	struct journald_place at; /* of the next entry */
	uint64_t not_unpacked;	  /* compressed fields that could not be read */
	uint8_t foreign;	  /* enum journald_packing, or-ed: of those that this build does not read */
	uint64_t damaged;	  /* entries that were passed over, because they are damaged */
	size_t message_len;
	bool message_cut;
	char message[JOURNALD_MESSAGE_MAX];
	char values[JOURNALD_FIELDS][JOURNALD_VALUE_MAX];
	struct journald_known known[JOURNALD_KNOWN];
};

/*
 * Begin with a file. ERR_TRUNCATED: it has no whole header yet. ERR_CORRUPT: it is no journal. ERR_UNSUPPORTED: it has
 * an incompatible flag that this reader does not know; nothing of it can be read.
 */
ERR_CHECK enum err journald_file_begin(struct journald_file *f, const struct journald_io *io);

/* Look at the header again: the number of entries, and whether journald has archived the file. */
ERR_CHECK enum err journald_file_refresh(struct journald_file *f);

/* Pass over all entries up to and including that number. */
ERR_CHECK enum err journald_file_seek(struct journald_file *f, uint64_t seqnum);

/* The number of the next entry, without taking it. Errors as of journald_file_next(); damaged entries are passed over.
 */
ERR_CHECK enum err journald_file_peek(struct journald_file *f, uint64_t *seqnum);

/*
 * Take the next entry. ERR_NOT_FOUND: there is none yet, by the last look at the header. ERR_CORRUPT: the chain of
 * entries is damaged, and the rest of the file cannot be read. A single damaged entry is passed over and counted.
 */
ERR_CHECK enum err journald_file_next(struct journald_file *f, struct journald_entry *out);
